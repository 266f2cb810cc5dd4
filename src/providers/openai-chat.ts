// The Chat Completions dialect as a provider. Nothing here knows a vendor; a vendor is a ChatDialect.

import { llmError } from '../core/errors.ts';
import { Collector } from '../core/events.ts';
import { isObject } from '../core/json.ts';
import type { HttpCodec, LLMProvider } from '../core/provider.ts';
import { ChatDecoder } from './openai-chat-decoder.ts';
import type { ChatDialect } from './openai-chat-dialect.ts';
import { errorOfReply } from './openai-chat-errors.ts';
import { chatBody } from './openai-chat-request.ts';
import { drainedForMs } from './retry-after.ts';

export function createOpenAiChat(dialect: ChatDialect): LLMProvider {
  const { id, vendor, baseUrl, apiKey, billAfterCancel } = dialect;
  const url = `${baseUrl}/chat/completions`;
  const headers = { authorization: `Bearer ${apiKey}` };

  const transport: HttpCodec = {
    kind: 'http',
    encode: (request, model, stream) => ({ url, headers, ...chatBody(request, model, stream, dialect) }),
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
  return { id, billAfterCancel, transport };
}

/** A base URL as the vendors' own clients take it: the usual path is added where there is none. */
export function withPath(baseUrl: string, usualPath: string): string {
  const url = URL.parse(baseUrl);
  const trimmed = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl;
  return url !== null && url.pathname === '/' ? trimmed + usualPath : trimmed;
}
