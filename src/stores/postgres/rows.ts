// A ledger row as columns and back, and the one statement that writes a batch of them. All values travel as one JSON text, so the
// statement is the same for one row and for five hundred.

import { wellFormed } from '../../core/check.ts';
import type { LedgerRow, RowState } from '../../core/stores.ts';
import { codeOf, finishReasonOf, outcomeOf, stateOf, usageSourceOf } from '../row-words.ts';
import { type Columns, cleanOr, figureOr, moneyOr, text, textOr } from './columns.ts';

/** What a row is and was held at: never changes. */
const FIXED = {
  attempt_id: 'text',
  request_id: 'text',
  generation_id: 'text',
  tenant: 'text',
  user_id: 'text',
  provider: 'text',
  model: 'text',
  requested_model: 'text',
  key_id: 'text',
  prompt_name: 'text',
  prompt_version: 'text',
  prompt_hash: 'text',
  priced: 'boolean',
  corrects: 'text',
  held_pico_usd: 'bigint',
  held_tokens: 'bigint',
  tags: 'jsonb',
  held_at_ms: 'bigint',
  started_at_ms: 'bigint',
} as const;

/** What became of it: written when it is closed. */
const CLOSING = {
  state: 'text',
  outcome: 'text',
  code: 'text',
  finish_reason: 'text',
  has_usage: 'boolean',
  input_tokens: 'bigint',
  cache_read_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  output_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  usage_source: 'text',
  cost_pico_usd: 'bigint',
  price_id: 'text',
  saved_pico_usd: 'bigint',
  saved_tokens: 'bigint',
  over_hold: 'boolean',
  first_event_after_ms: 'bigint',
  ended_at_ms: 'bigint',
} as const;

const COLUMNS = { ...FIXED, ...CLOSING };
type Fixed = keyof typeof FIXED;
type Closing = keyof typeof CLOSING;

export const COLUMN_LIST = Object.keys(COLUMNS).join(', ');

const TYPED_COLUMNS = Object.entries(COLUMNS).map(([column, type]) => `${column} ${type}`);
const CHANGES = Object.keys(CLOSING).map((column) => `${column} = excluded.${column}`);

/** The only changes of a row are open -> settled, released, unknown and unknown -> settled. */
export const UPSERT = `
  INSERT INTO ledger (${COLUMN_LIST})
  SELECT ${COLUMN_LIST} FROM json_to_recordset($1::json) AS written (${TYPED_COLUMNS.join(', ')})
  ON CONFLICT (attempt_id) DO UPDATE SET ${CHANGES.join(', ')}
  WHERE ledger.state IN ('open', 'unknown')
    AND (excluded.state = 'settled' OR (ledger.state = 'open' AND excluded.state IN ('released', 'unknown')))`;

type Json = string | number | boolean | null | Readonly<Record<string, string>>;
type FixedColumns = Readonly<Record<Fixed, Json>>;
type ClosingColumns = Readonly<Record<Closing, Json>> & { readonly state: RowState };

/**
 * The value of UPSERT. A statement changes a row once at most, so what a batch says of one attempt is folded before, by the rule
 * of the statement. In order of their ids: two batches that meet never wait for each other in a circle.
 */
export function batchOf(rows: readonly LedgerRow[]): string {
  const folded = new Map<string, FixedColumns & ClosingColumns>();
  for (const row of rows) {
    const id = wellFormed(row.attemptId);
    const earlier = folded.get(id);
    if (earlier === undefined) folded.set(id, { ...fixedOf(row), ...closingOf(row) });
    else if (mayChange(earlier.state, row.state)) folded.set(id, { ...earlier, ...closingOf(row) });
  }
  const inOrder = [...folded].sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(inOrder.map(([, columns]) => columns));
}

function mayChange(from: RowState, to: RowState): boolean {
  if (from === 'open') return to !== 'open';
  return from === 'unknown' && to === 'settled';
}

function fixedOf(row: LedgerRow): FixedColumns {
  return {
    attempt_id: wellFormed(row.attemptId),
    request_id: wellFormed(row.requestId),
    generation_id: wellFormed(row.generationId),
    tenant: wellFormed(row.tenant),
    user_id: wellFormed(row.userId),
    provider: wellFormed(row.provider),
    model: wellFormed(row.model),
    requested_model: cleanOr(row.requestedModel),
    key_id: cleanOr(row.keyId),
    prompt_name: cleanOr(row.prompt?.name ?? null),
    prompt_version: cleanOr(row.prompt?.version ?? null),
    prompt_hash: cleanOr(row.prompt?.hash ?? null),
    priced: row.priced,
    corrects: cleanOr(row.corrects),
    held_pico_usd: exact(row.heldPicoUsd),
    held_tokens: row.heldTokens,
    tags: Object.fromEntries(Object.entries(row.tags).map(([name, value]) => [wellFormed(name), wellFormed(value)])),
    held_at_ms: row.heldAtMs,
    started_at_ms: row.startedAtMs,
  };
}

function closingOf(row: LedgerRow): ClosingColumns {
  const { usage } = row;
  return {
    state: row.state,
    outcome: row.outcome,
    code: row.code,
    finish_reason: row.finishReason,
    has_usage: usage !== null,
    input_tokens: usage?.inputTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    usage_source: row.usageSource,
    cost_pico_usd: exact(row.costPicoUsd),
    price_id: cleanOr(row.priceId),
    saved_pico_usd: exact(row.savedPicoUsd),
    saved_tokens: row.savedTokens,
    over_hold: row.overHold,
    first_event_after_ms: row.firstEventAfterMs,
    ended_at_ms: row.endedAtMs,
  };
}

/** A number in JSON would be a float to many a reader; text is read as it stands. */
function exact(amount: bigint | null): string | null {
  return amount === null ? null : String(amount);
}

export function rowOf(columns: Columns): LedgerRow {
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
    usage: columns['has_usage'] === true ? usageOf(columns) : null,
    usageSource: usageSourceOf(columns['usage_source']),
    costPicoUsd: moneyOr(columns, 'cost_pico_usd'),
    priceId: textOr(columns, 'price_id'),
    corrects: textOr(columns, 'corrects'),
    priced: columns['priced'] === true,
    savedPicoUsd: moneyOr(columns, 'saved_pico_usd'),
    savedTokens: figureOr(columns, 'saved_tokens'),
    heldPicoUsd: moneyOr(columns, 'held_pico_usd'),
    heldTokens: figureOr(columns, 'held_tokens'),
    overHold: columns['over_hold'] === true,
    tags: tagsOf(columns['tags']),
    heldAtMs: Number(columns['held_at_ms']),
    startedAtMs: Number(columns['started_at_ms']),
    firstEventAfterMs: figureOr(columns, 'first_event_after_ms'),
    endedAtMs: figureOr(columns, 'ended_at_ms'),
  };
}

function promptOf(columns: Columns): LedgerRow['prompt'] {
  const name = textOr(columns, 'prompt_name');
  if (name === null) return null;
  return { name, version: text(columns, 'prompt_version'), hash: textOr(columns, 'prompt_hash') ?? '' };
}

function usageOf(columns: Columns): NonNullable<LedgerRow['usage']> {
  return {
    inputTokens: figureOr(columns, 'input_tokens'),
    cacheReadTokens: figureOr(columns, 'cache_read_tokens'),
    cacheWriteTokens: figureOr(columns, 'cache_write_tokens'),
    outputTokens: figureOr(columns, 'output_tokens'),
    reasoningTokens: figureOr(columns, 'reasoning_tokens'),
  };
}

function tagsOf(value: unknown): LedgerRow['tags'] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, tag]) => [name, String(tag)]));
}
