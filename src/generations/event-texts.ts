// Events as they stand in a log that other processes read: JSON, with failures and exact money as data. What is read was written by
// this code or by that of another version; an event that is not known here makes the log as good as lost.

import { ERRORS, type ErrorCode, type ErrorDetail, type LLMError, llmError } from '../core/errors.ts';
import type { ContentEvent, DataDraft, StreamEvent } from '../core/events.ts';
import type { FlightEnd, FlightEvent } from '../core/flight.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { picoUsd } from '../core/money.ts';
import type { Answer } from '../core/response.ts';
import { begunShape, draftShape, errorShape, landedShape, startShape, summaryShape } from './event-shapes.ts';

export function eventText(event: StreamEvent): string {
  return JSON.stringify(event.type === 'error' ? { type: 'error', error: errorData(event.error) } : event);
}

/** Null: no event that is known here. */
export function eventFrom(entry: unknown): StreamEvent | null {
  const { type, error } = fieldsOf(entry);
  if (type === 'error') return { type, error: errorFrom(error) };
  return isContentEvent(entry) || isStartOrEnd(entry) || isDraft(entry) ? entry : null;
}

export function flightText(event: FlightEvent | FlightEnd): string {
  if (event.type === 'failed') return JSON.stringify({ type: 'failed', error: errorData(event.error) });
  if (event.type !== 'landed') return JSON.stringify(event);
  const { answer, costPicoUsd, ...about } = event.answer;
  // Its content has come, event by event.
  const { vectors: _told, ...end } = answer;
  const told = { ...about, answer: { ...end, parts: [] }, costPicoUsd: costPicoUsd?.toString() ?? null };
  return JSON.stringify({ type: 'landed', answer: told });
}

/** `delivered`: what has come of the answer, for its end. Null: nothing that is known here. */
export function flightFrom(
  entry: unknown,
  delivered: () => Pick<Answer, 'parts' | 'vectors'>,
): FlightEvent | FlightEnd | null {
  if (isContentEvent(entry) || isBegun(entry)) return entry;
  if (isLanded(entry)) {
    const { answer, costPicoUsd, ...about } = entry.answer;
    const paidPicoUsd = costPicoUsd === null ? null : picoUsd(BigInt(costPicoUsd));
    return {
      type: 'landed',
      answer: { ...about, answer: { ...answer, ...delivered() }, costPicoUsd: paidPicoUsd },
    };
  }
  const { type, error } = fieldsOf(entry);
  if (type === 'failed') return { type, error: errorFrom(error) };
  return type === 'vacated' || type === 'kept' ? { type } : null;
}

/** All that a caller may see; what was its cause stays in the process that met it. */
function errorData({ code, message, detail, timestamp }: LLMError) {
  return { code, message, detail, timestamp };
}

function errorFrom(data: unknown): LLMError {
  if (!isErrorData(data)) return llmError('generation_lost', 'The answer failed in another process');
  const { code, message, detail, timestamp } = data;
  return llmError(code, message, { ...detail, ...(timestamp !== null && { timestamp }) });
}

type Landed = Extract<FlightEnd, { type: 'landed' }>['answer'];
interface LandedText {
  readonly answer: Omit<Landed, 'costPicoUsd'> & { readonly costPicoUsd: string | null };
}

function isErrorData(data: unknown): data is {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
  readonly timestamp: string | null;
} {
  const { code } = fieldsOf(data);
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) && errorShape.safeParse(data).success;
}

/** The text that each must have. */
const TEXT_OF: ReadonlyMap<unknown, string | null> = new Map<ContentEvent['type'], string | null>([
  ['text-delta', 'text'],
  ['reasoning-delta', 'text'],
  ['reasoning-end', null],
  ['tool-call-start', 'name'],
  ['tool-call-delta', 'argumentsText'],
  ['tool-call-end', 'toolCallId'],
  ['embedding', 'vector'],
]);

function isContentEvent(entry: unknown): entry is ContentEvent {
  const fields = fieldsOf(entry);
  const { type } = fields;
  const text = TEXT_OF.get(type);
  return text !== undefined && (text === null || typeof fields[text] === 'string');
}

function isStartOrEnd(entry: unknown): entry is Extract<StreamEvent, { type: 'response-start' | 'response-end' }> {
  const { type, response } = fieldsOf(entry);
  if (type === 'response-start') return startShape.safeParse(entry).success;
  return type === 'response-end' && summaryShape.safeParse(response).success;
}

function isDraft(entry: unknown): entry is DataDraft {
  return draftShape.safeParse(entry).success;
}

function isBegun(entry: unknown): entry is Extract<FlightEvent, { type: 'begun' }> {
  const { type, start } = fieldsOf(entry);
  return type === 'begun' && begunShape.safeParse(start).success;
}

function isLanded(entry: unknown): entry is LandedText {
  const { type, answer } = fieldsOf(entry);
  return type === 'landed' && landedShape.safeParse(answer).success;
}

function fieldsOf(entry: unknown): JsonObject {
  return isObject(entry) ? entry : {};
}
