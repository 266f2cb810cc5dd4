// Re-rates the attempts of a period with the prices that are in force now for the moment of each one's hold. No row changes: what
// an attempt should cost beyond what is booked for it is a row of its own. Those rows are the whole trail: each names the attempt,
// the price it was reckoned with and when that was done, so there is no second record that could tell it otherwise.
//
// Windows that are counting now are left alone: a budget is held to what its money was worth when it was spent.

import type { Catalog } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { type BilledTokens, costOf, type PicoUsd, type Price, picoUsd, priceIdOf } from '../core/money.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';

const PAGE_ROWS = 1_000;
/** Rows of one transaction, as the journal writes them. */
const BATCH_ROWS = 200;

export interface RepriceOptions {
  /** By the moment of the hold: from <= row < to. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenant?: string;
  readonly provider?: string;
  readonly model?: string;
  /** Reckons, and writes nothing. */
  readonly dryRun: boolean;
}

/** Of the attempts that are settled and have a usage to be rated by; one without any is not looked at. */
export interface RepriceSummary {
  readonly attempts: number;
  readonly corrected: number;
  /** Of them, those that have no price now: left as they are. */
  readonly unpriced: number;
  /** Beside them: rows that are open or unknown. A late settle may still give them another cost, on which no correction may stand. */
  readonly unsettled: number;
  /** What is booked for all of them, corrections included, before and after. */
  readonly beforePicoUsd: PicoUsd;
  readonly afterPicoUsd: PicoUsd;
}

/** Repeating it is harmless, also at the same time. Rejects when the ledger cannot be used; what it has written stays, and is right. */
export async function reprice(
  ledger: Pick<LedgerStore, 'rows' | 'write'>,
  priceOf: Catalog['priceOf'],
  options: RepriceOptions,
  clock: Clock,
): Promise<RepriceSummary> {
  const sum = { attempts: 0, corrected: 0, unpriced: 0, unsettled: 0, before: 0n, after: 0n };
  let batch: LedgerRow[] = [];
  const write = async (least: number) => {
    if (batch.length < least) return;
    if (!options.dryRun) await ledger.write(batch);
    sum.corrected += batch.length;
    batch = [];
  };
  for await (const { row, tokens, corrections } of attemptsOf(ledger, options)) {
    if (row.state === 'open' || row.state === 'unknown') sum.unsettled++;
    if (row.state !== 'settled' || tokens === null) continue;
    const booked = bookedFor(row, corrections);
    const listed = priceOf(row.provider, row.model, row.heldAtMs);
    // What had no price beside one that leaves sound out may have been sound: it stays as it is.
    const price = booked === null && listed?.audioApart === true ? null : listed;
    const due = price === null ? booked : costOf(tokens, price);
    sum.attempts++;
    sum.before += booked ?? 0n;
    sum.after += due ?? 0n;
    if (price === null) sum.unpriced++;
    else if (due !== null && due !== booked) {
      const differencePicoUsd = picoUsd(due - (booked ?? 0n));
      batch.push(correctionOf(row, corrections.length, differencePicoUsd, price, clock.nowMs()));
    }
    await write(BATCH_ROWS);
  }
  await write(1);
  const { before, after, ...counts } = sum;
  return { ...counts, beforePicoUsd: picoUsd(before), afterPicoUsd: picoUsd(after) };
}

interface Booked {
  readonly row: LedgerRow;
  /** Null: it has no usage to be rated by. */
  readonly tokens: BilledTokens | null;
  readonly corrections: readonly LedgerRow[];
}

/** A correction has the moment of what it corrects, so both come together, and only rows of one moment are kept at a time. */
async function* attemptsOf(ledger: Pick<LedgerStore, 'rows'>, options: RepriceOptions): AsyncGenerator<Booked> {
  let moment: LedgerRow[] = [];
  for await (const row of rowsOf(ledger, options)) {
    if (moment[0] !== undefined && moment[0].heldAtMs !== row.heldAtMs) {
      yield* bookedTogether(moment);
      moment = [];
    }
    moment.push(row);
  }
  yield* bookedTogether(moment);
}

async function* rowsOf(ledger: Pick<LedgerStore, 'rows'>, options: RepriceOptions): AsyncGenerator<LedgerRow> {
  const { fromMs, toMs, tenant, provider, model } = options;
  let cursor: string | undefined;
  do {
    const page = await ledger.rows({
      fromMs,
      toMs,
      limit: PAGE_ROWS,
      ...(tenant !== undefined && { tenant }),
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.rows) {
      if ((provider ?? row.provider) === row.provider && (model ?? row.model) === row.model) yield row;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function* bookedTogether(rows: readonly LedgerRow[]): Generator<Booked> {
  const corrections = Map.groupBy(rows, ({ corrects }) => corrects);
  for (const row of corrections.get(null) ?? []) {
    yield { row, tokens: tokensOf(row), corrections: corrections.get(row.attemptId) ?? [] };
  }
}

function tokensOf({ usage }: LedgerRow): BilledTokens | null {
  if (usage === null || usage.inputTokens === null || usage.outputTokens === null) return null;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  return { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens };
}

/** Null: it has no price yet. */
function bookedFor({ costPicoUsd }: LedgerRow, corrections: readonly LedgerRow[]): bigint | null {
  const booked = [costPicoUsd, ...corrections.map((correction) => correction.costPicoUsd)].filter(
    (each) => each !== null,
  );
  return booked.length === 0 ? null : booked.reduce<bigint>((sum, each) => sum + each, 0n);
}

/**
 * Its id says which correction of its attempt it is, so of two that were reckoned on the same bookings the ledger takes one: the
 * difference is never booked twice, not even with two price lists. The other list's turn is the next run.
 */
function correctionOf(
  row: LedgerRow,
  earlier: number,
  differencePicoUsd: PicoUsd,
  price: Price,
  nowMs: number,
): LedgerRow {
  return {
    ...row,
    attemptId: `${row.attemptId}.${earlier + 1}`,
    corrects: row.attemptId,
    state: 'settled',
    usage: null,
    usageSource: 'none',
    costPicoUsd: differencePicoUsd,
    priceId: priceIdOf(price),
    priced: true,
    savedPicoUsd: null,
    savedTokens: null,
    heldPicoUsd: null,
    heldTokens: null,
    overHold: false,
    startedAtMs: nowMs,
    firstEventAfterMs: null,
    endedAtMs: nowMs,
  };
}
