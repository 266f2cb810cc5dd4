// An answer that was not handed on, because its judge refused it, or it does not keep to the schema that its model was told in words
// (emulation.ts); and what is asked after it: the same once more, with what was wrong.

import type { TokenCounter } from './catalog.ts';
import type { LLMError } from './errors.ts';
import { contentOf } from './events.ts';
import type { Fitted } from './fitted.ts';
import type { AnswerPart, Message } from './request.ts';

/** An answer, or what there was of one, that nobody has read: the cause of a failure. It stays in this process. */
export class WithheldAnswer {
  /** It was written, so it is paid for. */
  readonly parts: readonly AnswerPart[];
  /** What was wrong with it, in words for the model; null: it did not come to its end. */
  readonly problem: string | null;

  constructor(parts: readonly AnswerPart[], problem: string | null) {
    this.parts = parts;
    this.problem = problem;
  }
}

export function withheldIn(failure: LLMError | null): WithheldAnswer | null {
  return failure?.cause instanceof WithheldAnswer ? failure.cause : null;
}

/** It was refused by us, for a reason that its model can be told. */
export function isRefusal(failure: LLMError | null): boolean {
  return (withheldIn(failure)?.problem ?? null) !== null;
}

/** Of an answer that goes back: enough to see what was wrong, and a small part of any window. */
const MOST_REPEATED = 4_000;

/** With what was wrong the last time; unchanged where that is nothing, or would not fit beside the answer. */
export function repaired(
  fitted: Fitted,
  failure: LLMError | null,
  { tokens }: { readonly tokens: Pick<TokenCounter, 'messageEstimate'> },
): Fitted {
  const { request, context, emulation } = fitted;
  const { parts = [], problem = null } = withheldIn(failure) ?? {};
  const text = contentOf(parts);
  if (problem === null || text.trim() === '') return fitted;
  const added: readonly Message[] = [
    { role: 'assistant', content: text.slice(0, MOST_REPEATED).toWellFormed() },
    {
      role: 'user',
      content: `That answer was refused: ${problem.replace(/\.$/, '')}. Answer again, with the whole JSON value and nothing else.`,
    },
  ];
  const estimatedTokens = added.reduce(
    (sum, message) => sum + tokens.messageEstimate(message),
    context.estimatedTokens,
  );
  const toldTokens = emulation === null ? 0 : emulation.estimatedTokens;
  if (estimatedTokens + toldTokens > context.window) return fitted;
  const messages = [...request.messages, ...added];
  return {
    ...fitted,
    request: { ...request, messages },
    context: { ...context, estimatedTokens },
    keptAs: request.messages,
  };
}
