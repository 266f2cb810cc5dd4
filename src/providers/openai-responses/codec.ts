// The Responses dialect as a provider. It is asked without any state on the vendor's side (`store: false`): what a conversation needs
// of the answers before is in its messages, the state of the reasoning as providerData.

import { llmError } from '../../core/errors.ts';
import { Collector } from '../../core/events.ts';
import { isObject } from '../../core/json.ts';
import type { HttpCodec, LLMProvider } from '../../core/provider.ts';
import { headersOf, urlOf } from '../endpoint.ts';
import { errorOfReply } from '../errors.ts';
import { modelListOf } from '../model-list.ts';
import { drainedForMs } from '../retry-after.ts';
import { ResponsesDecoder } from './decoder.ts';
import type { ResponsesDialect } from './dialect.ts';
import { responsesBody } from './request.ts';

export function createOpenAiResponses(dialect: ResponsesDialect): LLMProvider {
  const { id, vendor, billAfterCancel } = dialect;
  const headers = headersOf(dialect);

  const transport: HttpCodec = {
    kind: 'http',
    encode: (request, model, stream) => ({
      url: urlOf(dialect, '/responses', model),
      headers,
      ...responsesBody(request, model, stream, dialect),
    }),
    decode: (body) => {
      const collector = new Collector();
      if (isObject(body)) new ResponsesDecoder(dialect).whole(body, (event) => collector.add(event));
      const answer = collector.answer();
      if (answer === null) throw llmError('provider_bad_reply', `${vendor} answered with JSON that is no answer`);
      return answer;
    },
    decodeStream: () => new ResponsesDecoder(dialect),
    decodeError: (reply) => errorOfReply(vendor, reply),
    drainedForMs,
  };
  return { id, api: 'responses', billAfterCancel, transport, ...modelListOf(dialect) };
}
