// Anthropic's Messages API. Read from platform.claude.com/docs, @anthropic-ai/sdk 1.12.0 and recorded traffic, to November 2026; where
// these are silent, the careful choice is taken and said. What differs among its models is data: anthropic/families.ts.

import { llmError } from '../core/errors.ts';
import { Collector } from '../core/events.ts';
import type { HttpCodec, LLMProvider } from '../core/provider.ts';
import { MessagesDecoder } from './anthropic/decoder.ts';
import { errorOfReply } from './anthropic/errors.ts';
import { drainedForMs } from './anthropic/limits.ts';
import { anthropicModelList } from './anthropic/models.ts';
import { messagesCall } from './anthropic/request.ts';
import { isVendorItself, keyProblem } from './endpoint.ts';

export interface AnthropicAccount {
  readonly apiKey: string;
  /** Default: Anthropic's own address. `/v1` is added as its own clients add it: to any path that does not end in it. */
  readonly baseUrl?: string;
  /** Anthropic takes no request without max tokens: what is sent where the request leaves them open. Null: nobody knows the model's. */
  readonly outputLimitOf: (model: string) => number | null;
}

const ANTHROPIC_ADDRESS = 'https://api.anthropic.com';
const DOMAIN = 'anthropic.com';

/**
 * The older of the two that live (November 2026): the newer one takes temperature and top_p from the models that still have them, and
 * gives nothing that is asked for here.
 */
const API_VERSION = '2023-06-01';

export function createAnthropic({ apiKey, baseUrl = ANTHROPIC_ADDRESS, outputLimitOf }: AnthropicAccount): LLMProvider {
  const address = withVersion(baseUrl);
  const url = `${address}/messages`;
  const headers = { 'x-api-key': apiKey, 'anthropic-version': API_VERSION };

  const transport: HttpCodec = {
    kind: 'http',
    encode: (request, model, stream) => {
      const { betas, ...call } = messagesCall(request, model, stream, outputLimitOf);
      return {
        url,
        headers: betas.length === 0 ? headers : { ...headers, 'anthropic-beta': betas.join(',') },
        ...call,
      };
    },
    decode: (body, replyHeaders) => {
      const collector = new Collector();
      new MessagesDecoder().whole(body, replyHeaders, (event) => collector.add(event));
      const answer = collector.answer();
      if (answer === null) throw llmError('internal', 'A whole answer was read without its end');
      return answer;
    },
    decodeStream: () => new MessagesDecoder(),
    decodeError: errorOfReply,
    drainedForMs,
  };
  // OpenRouter's list of vendors that stop, and stop the bill, when a stream is cancelled names Anthropic (read 2026-11); what stands
  // behind another address is not known to.
  return {
    id: 'anthropic',
    billAfterCancel: isVendorItself(baseUrl, DOMAIN) ? 'stops' : 'unknown',
    transport,
    modelList: anthropicModelList(`${address}/models`, headers),
  };
}

/**
 * What is wrong with the form of a key; null when nothing is. It never repeats the key. Behind another address than Anthropic's own
 * (a proxy, a test) a key may look as it likes, as long as it fits into a header.
 */
export function anthropicKeyProblem(key: string, baseUrl = ANTHROPIC_ADDRESS): string | null {
  const prefix = isVendorItself(baseUrl, DOMAIN) ? 'sk-ant-' : null;
  return keyProblem(key, { prefix, vendor: 'Anthropic', page: 'platform.claude.com/settings/keys' });
}

function withVersion(baseUrl: string): string {
  const trimmed = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl;
  return trimmed.endsWith('/v1') ? trimmed : `${trimmed}/v1`;
}
