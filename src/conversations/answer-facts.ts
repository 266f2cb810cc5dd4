// What is told of an answer beside its text. Of one that did not come to its end the tokens are not known: null, and never 0.

import type { AnswerFacts } from '../core/conversations.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { StreamEvent } from '../core/events.ts';
import { type PicoUsd, parseUsd, picoUsd } from '../core/money.ts';
import type { AttemptReport, ResponseSummary } from '../core/response.ts';

/** Null: nobody has begun to answer. */
export type Start = Extract<StreamEvent, { type: 'response-start' }> | null;

/** While it is made; of a process that dies this is what remains. */
export function factsUnderWay(start: Start): AnswerFacts {
  return {
    generationId: start?.generationId ?? '',
    provider: start?.provider ?? null,
    model: start?.model ?? null,
    ending: null,
    code: null,
    inputTokens: null,
    outputTokens: null,
    usageSource: 'none',
    costPicoUsd: null,
    cached: start?.cached ?? false,
  };
}

/** `attempts`: what was tried for it, where that is known. */
export function factsOfPart(start: Start, code: ErrorCode, attempts?: readonly AttemptReport[]): AnswerFacts {
  const ending = code === 'cancelled' ? 'cancelled' : 'broken';
  return { ...factsUnderWay(start), ending, code, costPicoUsd: attempts === undefined ? null : costOf(attempts) };
}

export function factsOfAnswer(start: Start, response: ResponseSummary): AnswerFacts {
  const { usage, usageSource, costUsd, finishReason: ending } = response;
  return {
    ...factsUnderWay(start),
    ending,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    usageSource,
    costPicoUsd: costUsd === null ? null : parseUsd(costUsd),
  };
}

/** Null as soon as one attempt that was made has no price. */
function costOf(attempts: readonly AttemptReport[]): PicoUsd | null {
  let sum = 0n;
  for (const { outcome, costUsd } of attempts) {
    if (outcome === 'skipped') continue;
    if (costUsd === null) return null;
    sum += parseUsd(costUsd);
  }
  return picoUsd(sum);
}
