// After a death: what the process left in its journal. Its open rows are closed as `unknown`, here and at once. Its holds can be
// ended only when all rows of their requests are in the ledger, since the journal has forgotten what was shipped before: so that
// waits for the ledger, however long, and survives another death. Meanwhile they stand, or have expired and are charged in full.
// Those that were made while the store of the windows was away it may never have heard of: they are put on record first.

import type { Clock } from '../core/clock.ts';
import { nanoUsdCeil } from '../core/money.ts';
import type { Report } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import type { OwedSettle, RowJournal } from '../core/row-journal.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import type { WindowStore } from '../core/window-store.ts';
import type { Amounts, Window } from '../core/windows.ts';
import type { Shipper } from './shipper.ts';
import { asUnknown } from './unknown.ts';

const BATCH_HOLDS = 100;
const ROUND_MS = 5_000;
/** A hold is known for 24 hours after its lease, which is at most 21 minutes long. */
const HOLDS_KNOWN_MS = 25 * 3_600_000;
/** So long a hold that was put on record and settled is known, should it be told again after one more death. */
const TOLD_AGAIN_WITHIN_MS = 3_600_000;

export interface JournalRecoveryParts {
  readonly journal: RowJournal;
  readonly shipper: Pick<Shipper, 'start' | 'flush'>;
  readonly ledger: Pick<LedgerStore, 'rows'>;
  readonly windows: Pick<WindowStore, 'adopt' | 'settle'>;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  readonly clock: Clock;
  readonly report: Report;
}

export interface JournalRecovery {
  /** Rows that were open. */
  readonly closed: number;
  /** Ends the settling; what is owed stays in the journal for the next start. */
  stop(): void;
}

/** Closes the rows and starts the shipper; the holds follow by themselves. Throws only when the journal cannot be used. */
export function recoverJournal(parts: JournalRecoveryParts): JournalRecovery {
  const { journal, shipper, clock } = parts;
  const nowMs = clock.nowMs();
  const closed = journal.closeAfterDeath((row) => asUnknown(row, nowMs), nowMs - HOLDS_KNOWN_MS);
  shipper.start();
  const settling = new Settling(parts);
  settling.begin();
  return { closed, stop: () => settling.stop() };
}

/** Goes its rounds until nothing is owed. */
class Settling {
  readonly #parts: JournalRecoveryParts;
  #isStopped = false;
  #stopTimer = () => {};

  constructor(parts: JournalRecoveryParts) {
    this.#parts = parts;
  }

  begin(): void {
    void this.#round().then((isDone) => {
      if (isDone || this.#isStopped) return;
      this.#stopTimer = this.#parts.clock.after(ROUND_MS, () => this.begin());
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  /** True: nothing is owed any more. Never rejects. */
  async #round(): Promise<boolean> {
    const { journal, shipper, report } = this.#parts;
    try {
      await shipper.flush(ROUND_MS);
      for (;;) {
        if (this.#isStopped) return true;
        const owed = journal.owedSettles(BATCH_HOLDS);
        if (owed.length === 0) return journal.counts().owedSettles === 0;
        for (const one of owed) await this.#settle(one);
      }
    } catch (error) {
      if (!this.#isStopped) report('warn', 'settles_owed', { error });
      return false;
    }
  }

  async #settle({ requestId, tenant, userId, wasAlone }: OwedSettle): Promise<void> {
    if (this.#isStopped) return;
    const { journal, ledger, windows, windowsOf, clock } = this.#parts;
    const rows = new Map<string, LedgerRow>();
    let cursor: string | null = null;
    do {
      const page = await ledger.rows({ requestId, limit: 1_000, ...(cursor !== null && { cursor }) });
      for (const row of page.rows) rows.set(row.attemptId, row);
      cursor = page.nextCursor;
    } while (cursor !== null);
    if (this.#isStopped) return;
    for (const row of journal.setAsideRows(requestId)) rows.set(row.attemptId, row);
    const [first] = rows.values();
    const used = {
      holdId: requestId,
      windows: windowsOf({ tenant, userId }),
      amounts: totalOfRows([...rows.values()]),
    };
    const nowMs = clock.nowMs();
    if (wasAlone && first !== undefined) {
      const times = { heldAtMs: first.heldAtMs, expiresAtMs: nowMs + TOLD_AGAIN_WITHIN_MS };
      await windows.adopt({ ...used, ...times, note: null, isInLedger: true }, nowMs);
    }
    await windows.settle(requestId, used.amounts, nowMs, used.windows);
    if (!this.#isStopped) journal.settled(requestId);
  }
}

/** What the request itself would have settled: as its rows say, or as held where nobody can say. A correction is later business. */
function totalOfRows(rows: readonly LedgerRow[]): Amounts {
  let tokens = 0;
  let nanoUsd = 0;
  for (const { usage, usageSource, heldTokens, costPicoUsd, corrects } of rows) {
    if (corrects !== null) continue;
    if (costPicoUsd !== null) nanoUsd += nanoUsdCeil(costPicoUsd);
    if (usageSource === 'none') continue;
    const isTold = usage !== null && usage.inputTokens !== null && usage.outputTokens !== null;
    const used = isTold ? usage.inputTokens + usage.outputTokens : heldTokens;
    if (used !== null) tokens += used;
  }
  return { requests: 1, tokens, nanoUsd, inFlight: 0 };
}
