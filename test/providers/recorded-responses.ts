// Recorded traffic of the Responses dialect with a reading of its own, made without the decoder: of a stream it reads the last
// event, which repeats the whole answer, while the decoder reads the pieces. What they have in common is then compared.

import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { CANARY_KEY } from '../contract/provider.ts';
import { payloadsOf, type Reading, type Recording } from './recorded.ts';

const TERMINAL = /^response\.(completed|incomplete|failed)$/;

/** The whole answer, which a stream repeats at its end. */
export function wholeOf({ stream, body }: Recording): JsonObject {
  if (stream === null) return isObject(body) ? body : {};
  const last = payloadsOf(stream).findLast((event) => TERMINAL.test(stringAt(event, 'type') ?? ''));
  return objectAt(last, 'response') ?? {};
}

export function readingOfResponse(recording: Recording): Reading {
  const whole = wholeOf(recording);
  const items = arrayAt(whole, 'output') ?? [];
  const usage = objectAt(whole, 'usage');
  const calls = items.filter((item) => /^(function|custom_tool)_call$/.test(stringAt(item, 'type') ?? ''));
  return {
    content: items.flatMap((item) => textsOf(item, 'message', 'content')).join(''),
    reasoning: items
      .map((item) => [...textsOf(item, 'reasoning', 'summary'), ...textsOf(item, 'reasoning', 'content')].join('\n\n'))
      .join(''),
    calls: calls.map((call) => [
      stringAt(call, 'name') ?? '',
      stringAt(call, 'arguments') ?? stringAt(call, 'input') ?? '',
    ]),
    finishReason: stringAt(objectAt(whole, 'incomplete_details'), 'reason') ?? stringAt(whole, 'status'),
    promptTokens: numberAt(usage, 'input_tokens'),
    completionTokens: numberAt(usage, 'output_tokens'),
    cachedTokens: numberAt(objectAt(usage, 'input_tokens_details'), 'cached_tokens'),
    reasoningTokens: numberAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
  };
}

function textsOf(item: Json, type: string, member: string): readonly string[] {
  if (stringAt(item, 'type') !== type) return [];
  return (arrayAt(item, member) ?? []).map((piece) => stringAt(piece, 'text') ?? stringAt(piece, 'refusal') ?? '');
}

/** The states of reasoning and custom calls, which go back as they came. */
export function statesOf(recording: Recording): readonly Json[] {
  return (arrayAt(wholeOf(recording), 'output') ?? []).filter(
    (item) =>
      stringAt(item, 'type') === 'custom_tool_call' ||
      (stringAt(item, 'type') === 'reasoning' &&
        ((stringAt(item, 'encrypted_content') ?? '') !== '' || (arrayAt(item, 'content') ?? []).length > 0)),
  );
}

/** As that vendor is asked by Responses; the address is where it would be asked. */
export function responsesProviderFor(vendor: string, baseUrl = 'https://vendor.example'): LLMProvider {
  const account = { apiKey: CANARY_KEY, api: 'responses', baseUrl } as const;
  if (vendor === 'openai') return createOpenAi(account);
  if (vendor === 'azure' || vendor === 'xai' || vendor === 'deepseek')
    return createCompatible({ id: vendor, preset: vendor, ...account });
  throw new Error(`nothing is known of ${vendor} by Responses`);
}

/** By what is said, since the recordings do not say what we should call it. */
export const RESPONSES_FAILURES: Readonly<Record<string, string>> = {
  'deepseek/error/pydantic-ai--test-deepseek-responses-rejects-interleaved-function-calls.json': 'provider_rejected',
  'openai/error/ai--openai-error-1.json': 'provider_quota',
  'openai/error/ai--reasoning-model-temperature-error.json': 'provider_rejected',
  'openai/error/mirascope--encodes-thoughts-as-text-for-model-consumption.json': 'provider_rejected',
  'openai/error/opentelemetry-python--test-responses-create-api-error-content-mode0.json': 'model_not_found',
  'openai/error/pydantic-ai--test-multimodal-tool-return-matrix-direct-url-audio-openai-responses-2.json':
    'provider_rejected',
  'openai/error/ruby-llm--chat-real-error-scenarios-openai-gpt-5-nano-handles-context-length-exc.json':
    'context_length_exceeded',
  'xai/error/ruby-llm--chat-error-handling-with-xai-grok-4-1-fast-non-reasoning-raises-approp.json': 'provider_auth',
};
