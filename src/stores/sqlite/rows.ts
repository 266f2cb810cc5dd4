// A ledger row as columns and back. The list of columns is the one place that knows their order.

import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { wellFormed } from '../../core/check.ts';
import { type PicoUsd, picoUsd } from '../../core/money.ts';
import type { PromptVersion } from '../../core/request.ts';
import type { Usage } from '../../core/response.ts';
import type { LedgerRow } from '../../core/stores.ts';
import { codeOf, finishReasonOf, outcomeOf, stateOf, usageSourceOf } from '../row-words.ts';

/** What a row is and was held at: never changes. */
const FIXED = [
  'attempt_id',
  'request_id',
  'generation_id',
  'tenant',
  'user_id',
  'provider',
  'model',
  'requested_model',
  'key_id',
  'prompt_name',
  'prompt_version',
  'prompt_hash',
  'priced',
  'corrects',
  'held_pico_usd',
  'held_tokens',
  'tags',
  'held_at_ms',
  'started_at_ms',
] as const;

/** What became of it: written when it is closed. */
const CLOSING = [
  'state',
  'outcome',
  'code',
  'finish_reason',
  'has_usage',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'usage_source',
  'cost_pico_usd',
  'price_id',
  'saved_pico_usd',
  'saved_tokens',
  'over_hold',
  'first_event_after_ms',
  'ended_at_ms',
] as const;

const COLUMNS = [...FIXED, ...CLOSING];
type Column = (typeof COLUMNS)[number];

export const COLUMN_LIST = COLUMNS.join(', ');

/** No parameter is numbered: Node 22.19 refuses those ("column index out of range"), 22.20 does not. */
export const PLACEHOLDERS = COLUMNS.map(() => '?').join(', ');

export const SET_CLOSING = CLOSING.map((column) => `${column} = excluded.${column}`).join(', ');

/** The only changes of a row are open -> settled, released, unknown and unknown -> settled. */
export function mayChange(table: string): string {
  return `${table}.state IN ('open', 'unknown')
    AND (excluded.state = 'settled' OR (${table}.state = 'open' AND excluded.state IN ('released', 'unknown')))`;
}

/** A correction is no row that its request could be counted by. */
export const UPSERT = `
  INSERT INTO ledger (${COLUMN_LIST}, is_first)
  VALUES (${PLACEHOLDERS}, ? IS NULL AND NOT EXISTS (SELECT 1 FROM ledger WHERE request_id = ? AND corrects IS NULL))
  ON CONFLICT (attempt_id) DO UPDATE SET ${SET_CLOSING} WHERE ${mayChange('ledger')}`;

/** The values of UPSERT, in its order. */
export function valuesOf(row: LedgerRow): SQLInputValue[] {
  return [...columnValues(row), textOrNull(row.corrects), wellFormed(row.requestId)];
}

/** The values of a row's columns, in the order of COLUMN_LIST. */
export function columnValues(row: LedgerRow): SQLInputValue[] {
  const columns = columnsOf(row);
  return COLUMNS.map((column) => columns[column]);
}

// NUL and lone surrogates are no text for a database: one of them must not cost the row, let alone those beside it.
function columnsOf(row: LedgerRow): Record<Column, SQLInputValue> {
  const { usage } = row;
  return {
    attempt_id: wellFormed(row.attemptId),
    request_id: wellFormed(row.requestId),
    generation_id: wellFormed(row.generationId),
    tenant: wellFormed(row.tenant),
    user_id: wellFormed(row.userId),
    provider: wellFormed(row.provider),
    model: wellFormed(row.model),
    requested_model: textOrNull(row.requestedModel),
    key_id: textOrNull(row.keyId),
    prompt_name: textOrNull(row.prompt?.name ?? null),
    prompt_version: textOrNull(row.prompt?.version ?? null),
    prompt_hash: textOrNull(row.prompt?.hash ?? null),
    priced: Number(row.priced),
    corrects: textOrNull(row.corrects),
    held_pico_usd: row.heldPicoUsd,
    held_tokens: row.heldTokens,
    tags: tagsJson(row.tags),
    held_at_ms: row.heldAtMs,
    started_at_ms: row.startedAtMs,
    state: row.state,
    outcome: row.outcome,
    code: row.code,
    finish_reason: row.finishReason,
    has_usage: Number(usage !== null),
    input_tokens: usage?.inputTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    usage_source: row.usageSource,
    cost_pico_usd: row.costPicoUsd,
    price_id: textOrNull(row.priceId),
    saved_pico_usd: row.savedPicoUsd,
    saved_tokens: row.savedTokens,
    over_hold: Number(row.overHold),
    first_event_after_ms: row.firstEventAfterMs,
    ended_at_ms: row.endedAtMs,
  };
}

function textOrNull(value: string | null): string | null {
  return value === null ? null : wellFormed(value);
}

function tagsJson(tags: LedgerRow['tags']): string {
  const entries = Object.entries(tags);
  if (entries.length === 0) return '{}';
  return JSON.stringify(Object.fromEntries(entries.map(([name, value]) => [wellFormed(name), wellFormed(value)])));
}

export type Columns = Readonly<Record<string, SQLOutputValue>>;

export function rowOf(columns: Columns): LedgerRow {
  const tags: Readonly<Record<string, string>> = JSON.parse(text(columns, 'tags'));
  return {
    attemptId: text(columns, 'attempt_id'),
    requestId: text(columns, 'request_id'),
    generationId: text(columns, 'generation_id'),
    tenant: text(columns, 'tenant'),
    userId: text(columns, 'user_id'),
    provider: text(columns, 'provider'),
    model: text(columns, 'model'),
    requestedModel: textOr(columns, 'requested_model'),
    keyId: textOr(columns, 'key_id'),
    prompt: promptOf(columns),
    state: stateOf(columns['state']),
    outcome: outcomeOf(columns['outcome']),
    code: codeOf(columns['code']),
    finishReason: finishReasonOf(columns['finish_reason']),
    usage: columns['has_usage'] === 1n ? usageOf(columns) : null,
    usageSource: usageSourceOf(columns['usage_source']),
    costPicoUsd: money(columns, 'cost_pico_usd'),
    priceId: textOr(columns, 'price_id'),
    corrects: textOr(columns, 'corrects'),
    priced: columns['priced'] === 1n,
    savedPicoUsd: money(columns, 'saved_pico_usd'),
    savedTokens: figure(columns, 'saved_tokens'),
    heldPicoUsd: money(columns, 'held_pico_usd'),
    heldTokens: figure(columns, 'held_tokens'),
    overHold: columns['over_hold'] === 1n,
    tags,
    heldAtMs: Number(columns['held_at_ms']),
    startedAtMs: Number(columns['started_at_ms']),
    firstEventAfterMs: figure(columns, 'first_event_after_ms'),
    endedAtMs: figure(columns, 'ended_at_ms'),
  };
}

function usageOf(columns: Columns): Usage {
  return {
    inputTokens: figure(columns, 'input_tokens'),
    cacheReadTokens: figure(columns, 'cache_read_tokens'),
    cacheWriteTokens: figure(columns, 'cache_write_tokens'),
    outputTokens: figure(columns, 'output_tokens'),
    reasoningTokens: figure(columns, 'reasoning_tokens'),
  };
}

export function text(columns: Columns, column: string): string {
  const value = columns[column];
  return typeof value === 'string' ? value : '';
}

function textOr(columns: Columns, column: string): string | null {
  const value = columns[column];
  return typeof value === 'string' ? value : null;
}

function promptOf(columns: Columns): PromptVersion | null {
  const name = textOr(columns, 'prompt_name');
  if (name === null) return null;
  return { name, version: text(columns, 'prompt_version'), hash: text(columns, 'prompt_hash') };
}

function figure(columns: Columns, column: string): number | null {
  const value = columns[column];
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : null;
}

function money(columns: Columns, column: string): PicoUsd | null {
  const value = columns[column];
  return typeof value === 'bigint' ? picoUsd(value) : null;
}
