// The Chat Completions dialect as a provider. Nothing here knows a vendor; a vendor is a ChatDialect.

import { llmError } from '../../core/errors.ts';
import { Collector } from '../../core/events.ts';
import { isObject } from '../../core/json.ts';
import type { HttpCodec, LLMProvider } from '../../core/provider.ts';
import { headersOf, urlOf } from '../endpoint.ts';
import { errorOfReply } from '../errors.ts';
import { isAddress } from '../media.ts';
import { modelListOf } from '../model-list.ts';
import { drainedForMs } from '../retry-after.ts';
import { ChatDecoder } from './decoder.ts';
import type { ChatDialect } from './dialect.ts';
import { chatBody } from './request.ts';

export function createOpenAiChat(dialect: ChatDialect): LLMProvider {
  const { id, vendor, billAfterCancel } = dialect;
  const headers = headersOf(dialect);

  const transport: HttpCodec = {
    kind: 'http',
    encode: (request, model, stream) => ({
      url: urlOf(dialect, '/chat/completions', model),
      headers,
      ...chatBody(request, model, stream, dialect),
    }),
    needsBytes: ({ type, url }) =>
      isAddress(url) && !(type === 'file' ? dialect.fileUrls === true : dialect.imageUrls !== false),
    decode: (body) => {
      const collector = new Collector();
      if (isObject(body)) new ChatDecoder(dialect).whole(body, (event) => collector.add(event));
      const answer = collector.answer();
      if (answer === null) throw llmError('provider_bad_reply', `${vendor} answered with JSON that is no answer`);
      return answer;
    },
    decodeStream: () => new ChatDecoder(dialect),
    decodeError: (reply) => errorOfReply(vendor, reply),
    drainedForMs,
  };
  return { id, billAfterCancel, transport, ...modelListOf(dialect) };
}
