// Recorded traffic of the Responses dialect with a reading of its own, made without the decoder: of a stream it reads the last
// event, which repeats the whole answer, while the decoder reads the pieces. What they have in common is then compared.

import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
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
