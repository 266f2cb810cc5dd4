// A ledger that is too simple to be wrong: a map of rows, and sums that go through all of them.

import { nanoUsdCeil, type PicoUsd, picoUsd } from '../../src/core/money.ts';
import type { CallerCharge, ChargeQuery, LedgerRow, UsageQuery, UsageTotals } from '../../src/core/stores.ts';

export class LedgerModel {
  readonly rows = new Map<string, LedgerRow>();

  write(row: LedgerRow): void {
    const known = this.rows.get(row.attemptId);
    const allowed =
      (known?.state === 'open' && row.state !== 'open') || (known?.state === 'unknown' && row.state === 'settled');
    if (known === undefined || allowed) this.rows.set(row.attemptId, row);
  }

  matching({ tenant, userId, fromMs, toMs }: UsageQuery): LedgerRow[] {
    return [...this.rows.values()].filter(
      (row) =>
        (tenant ?? row.tenant) === row.tenant &&
        (userId ?? row.userId) === row.userId &&
        (fromMs ?? row.heldAtMs) <= row.heldAtMs &&
        row.heldAtMs < (toMs ?? Number.POSITIVE_INFINITY),
    );
  }

  totals(rows: readonly LedgerRow[]): UsageTotals {
    const standing = rows.filter(({ corrects }) => corrects === null);
    const attempts = standing.filter(({ outcome }) => outcome !== 'cached');
    const add = (values: readonly (number | null | undefined)[]) =>
      values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    const addMoney = (values: readonly (PicoUsd | null)[]) =>
      picoUsd(values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n));
    const promptTokens = add(attempts.map(({ usage }) => usage?.inputTokens));
    const completionTokens = add(attempts.map(({ usage }) => usage?.outputTokens));
    const closed = standing.filter((row) => row.state === 'settled' || row.state === 'unknown');
    return {
      requests: new Set(standing.map(({ requestId }) => requestId)).size,
      attempts: attempts.length,
      cached: standing.length - attempts.length,
      promptTokens,
      completionTokens,
      totalTokens: promptTokens + completionTokens,
      costPicoUsd: addMoney(rows.map(({ costPicoUsd }) => costPicoUsd)),
      savedTokens: add(standing.map(({ savedTokens }) => savedTokens)),
      savedPicoUsd: addMoney(standing.map(({ savedPicoUsd }) => savedPicoUsd)),
      unpriced: closed.filter((row) => row.costPicoUsd === null && !this.corrected(row)).length,
    };
  }

  corrected({ attemptId }: LedgerRow): boolean {
    return [...this.rows.values()].some(({ corrects }) => corrects === attemptId);
  }

  charges({ tenant, fromMs, toMs, slotMs }: ChargeQuery): CallerCharge[] {
    const charged = this.matching({ fromMs, toMs, ...(tenant !== undefined && { tenant }) });
    const slots = Map.groupBy(
      charged.filter(({ state, corrects }) => state !== 'open' && corrects === null),
      (row) => {
        const atMs = slotMs === null ? fromMs : Math.max(fromMs, Math.floor(row.heldAtMs / slotMs) * slotMs);
        return JSON.stringify([row.tenant, row.userId, atMs]);
      },
    );
    return [...slots].map(([slot, rows]) => {
      const [tenant, userId, atMs] = JSON.parse(slot);
      const firsts = rows.filter((row) => this.#isFirst(row));
      const tokens = rows.map(({ usageSource, usage, heldTokens }) => {
        if (usageSource === 'none') return 0;
        return usage?.inputTokens == null || usage.outputTokens === null
          ? Number(heldTokens)
          : usage.inputTokens + usage.outputTokens;
      });
      const nanoUsd = rows.flatMap(({ costPicoUsd }) => (costPicoUsd === null ? [] : [nanoUsdCeil(costPicoUsd)]));
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      return {
        caller: { tenant, userId },
        atMs,
        amounts: { requests: firsts.length, tokens: sum(tokens), nanoUsd: sum(nanoUsd), inFlight: 0 },
      };
    });
  }

  /** The first row of its request that was written. */
  #isFirst({ attemptId, requestId }: LedgerRow): boolean {
    const first = [...this.rows.values()].find((row) => row.requestId === requestId && row.corrects === null);
    return first?.attemptId === attemptId;
  }
}
