// What windows were charged, for them to be filled again: by caller and slot.

import type { DatabaseSync } from 'node:sqlite';
import { wellFormed } from '../../core/check.ts';
import type { CallerCharge, ChargeQuery } from '../../core/stores.ts';
import { text } from './rows.ts';

/** Integer division goes towards zero, which is up only for what is negative. */
const NANO_USD = 'cost_pico_usd / 1000 + (cost_pico_usd % 1000 > 0)';

// A correction is none: a budget goes by the price its calls were held at, whether its windows were ever filled again or not.
// TOTAL is a float, exact to 2^53, which is all that a window counts to; SUM would throw where 64 bits overflow.
export function selectCharges(db: DatabaseSync, { tenant, fromMs, toMs, slotMs }: ChargeQuery): CallerCharge[] {
  const sql = `
    SELECT tenant, user_id,
      ${slotMs === null ? ':fromMs' : 'MAX(:fromMs, held_at_ms / :slotMs * :slotMs)'} AS at_ms,
      COUNT(*) FILTER (WHERE is_first) AS requests,
      TOTAL(COALESCE(input_tokens + output_tokens, held_tokens, 0))
        FILTER (WHERE usage_source <> 'none') AS tokens,
      TOTAL(${NANO_USD}) AS nano_usd
    FROM ledger
    WHERE held_at_ms >= :fromMs AND held_at_ms < :toMs AND state <> 'open' AND corrects IS NULL
      ${tenant === undefined ? '' : 'AND +tenant = :tenant'}
    GROUP BY 1, 2, 3`;
  return db
    .prepare(sql)
    .all({
      fromMs,
      toMs,
      ...(slotMs !== null && { slotMs: BigInt(slotMs) }),
      ...(tenant !== undefined && { tenant: wellFormed(tenant) }),
    })
    .map((columns) => {
      const amount = (column: string) => Math.min(Math.max(0, Number(columns[column])), Number.MAX_SAFE_INTEGER);
      return {
        caller: { tenant: text(columns, 'tenant'), userId: text(columns, 'user_id') },
        atMs: Number(columns['at_ms']),
        amounts: { requests: amount('requests'), tokens: amount('tokens'), nanoUsd: amount('nano_usd'), inFlight: 0 },
      };
    });
}
