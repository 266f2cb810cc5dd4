// The words that a row may hold, read back from a database. What is none of them reads as "not known".

import type { AnswerEnding } from '../core/conversations.ts';
import { ERRORS, type ErrorCode } from '../core/errors.ts';
import type { FinishReason, Outcome, UsageSource } from '../core/response.ts';
import type { RowState } from '../core/stores.ts';

const STATES: readonly RowState[] = ['open', 'settled', 'released', 'unknown'];
const OUTCOMES: readonly Outcome[] = ['completed', 'failed', 'cancelled', 'cut', 'cached', 'joined'];
const FINISH_REASONS: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter', 'stopped', 'other'];
const ENDINGS: readonly AnswerEnding[] = [...FINISH_REASONS, 'cancelled', 'broken'];
const USAGE_SOURCES: readonly UsageSource[] = ['provider', 'estimate', 'none'];

export const stateOf = (value: unknown): RowState => wordOf(STATES, value) ?? 'unknown';
export const outcomeOf = (value: unknown): Outcome | null => wordOf(OUTCOMES, value);
export const finishReasonOf = (value: unknown): FinishReason | null => wordOf(FINISH_REASONS, value);
export const endingOf = (value: unknown): AnswerEnding | null => wordOf(ENDINGS, value);
export const usageSourceOf = (value: unknown): UsageSource => wordOf(USAGE_SOURCES, value) ?? 'none';

export function codeOf(value: unknown): ErrorCode | null {
  const isCode = (word: string): word is ErrorCode => Object.hasOwn(ERRORS, word);
  return typeof value === 'string' && isCode(value) ? value : null;
}

function wordOf<Word extends string>(words: readonly Word[], value: unknown): Word | null {
  return words.find((word) => word === value) ?? null;
}
