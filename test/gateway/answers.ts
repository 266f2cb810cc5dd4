// Any answer that there can be, as the events of a stream, for tests of how a dialect writes it.

import fc from 'fast-check';
import type { AnswerPart, JsonObject, ResponseSummary, StreamEvent } from '../../src/index.ts';

export const SUMMARY: ResponseSummary = {
  id: 'req_1',
  generationId: 'gen_1',
  provider: 'groq',
  model: 'some-model',
  finishReason: 'stop',
  finishReasonRaw: 'stop',
  usage: { inputTokens: 3, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 4, reasoningTokens: 2 },
  usageSource: 'provider',
  tokensUsed: 7,
  costUsd: '0.01',
  priced: true,
  cached: false,
  shared: false,
  cacheKey: null,
  responseTimeMs: 1,
  timestamp: '2026-01-01T00:00:00.000Z',
  attempts: [],
  context: { kept: 1, dropped: 0, estimatedTokens: 1, window: 1 },
  warnings: [],
  maxTokens: null,
  providerMetadata: {},
};

export const START = {
  type: 'response-start',
  id: 'req_1',
  generationId: 'gen_1',
  provider: 'groq',
  model: 'm',
  cached: false,
  shared: false,
  attempts: 1,
  maxTokens: null,
} as const satisfies StreamEvent;

/** A part that was drawn, of any type. */
export interface AnyPart {
  readonly type: AnswerPart['type'];
  readonly text: string;
  readonly toolCallId: string;
  readonly name: string;
  readonly state: JsonObject | undefined;
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\n\nevent: x\ndata: y\n\n', '\u2028', '\ud83d', '{"a":'),
);
const plainName = fc.string({ unit: 'grapheme-ascii' }).filter((name) => !/^(__proto__|constructor)$/.test(name));
const anyState = fc.option(
  fc.oneof(
    fc.constant({ type: 'thinking', signature: 'c2ln' }),
    fc.constant({ type: 'redacted_thinking', data: 'aGk=' }),
    fc.dictionary(plainName, fc.string(), { minKeys: 1 }),
  ),
  { nil: undefined },
);

export const anyParts: fc.Arbitrary<AnyPart[]> = fc.array(
  fc.record({
    type: fc.constantFrom('text', 'reasoning', 'tool-call'),
    text: anyText,
    toolCallId: fc.uuid(),
    name: anyText,
    state: anyState,
  }),
  { maxLength: 8 },
);

export function drawnOf(part: AnswerPart): AnyPart {
  const isCall = part.type === 'tool-call';
  return {
    type: part.type,
    text: isCall ? part.argumentsText : part.text,
    toolCallId: isCall ? part.toolCallId : '',
    name: isCall ? part.name : '',
    state: part.type === 'text' ? undefined : part.providerData,
  };
}

/** As vendors tell them: the ends of all calls together at the end, or each at once. */
export function eventsOf(parts: readonly AnyPart[], endsLate: boolean): StreamEvent[] {
  const late: StreamEvent[] = [];
  const events = parts.flatMap((part): StreamEvent[] => {
    const { type, text, toolCallId, name } = part;
    if (type === 'text') return [{ type: 'text-delta', text }];
    const providerData = part.state && { providerData: part.state };
    if (type === 'reasoning') {
      const half = Math.floor(text.length / 2);
      const pieces = [text.slice(0, half), text.slice(half)];
      const deltas = pieces.map((piece): StreamEvent => ({ type: 'reasoning-delta', text: piece }));
      return [...deltas, { type: 'reasoning-end', ...providerData }];
    }
    const end: StreamEvent = { type: 'tool-call-end', toolCallId, ...providerData };
    if (endsLate) late.push(end);
    return [
      { type: 'tool-call-start', toolCallId, name },
      { type: 'tool-call-delta', toolCallId, argumentsText: text },
      ...(endsLate ? [] : [end]),
    ];
  });
  return [...events, ...late];
}
