// The one event that every attempt makes when it is closed: what metrics are made of, and a line for whoever looks closely.

import { formatUsd } from './money.ts';
import type { LedgerRow } from './stores.ts';

/** A figure that nobody told is null, as everywhere. */
export function attemptFields(row: LedgerRow, durationMs: number): Readonly<Record<string, unknown>> {
  const { usage, costPicoUsd } = row;
  return {
    request_id: row.requestId,
    attempt_id: row.attemptId,
    provider: row.provider,
    model: row.model,
    outcome: row.outcome,
    code: row.code,
    duration_ms: Math.round(durationMs),
    first_event_after_ms: row.firstEventAfterMs,
    input_tokens: usage?.inputTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    cost_usd: costPicoUsd === null ? null : formatUsd(costPicoUsd),
  };
}
