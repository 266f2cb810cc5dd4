// Fills the windows of a tenant that the shared store knows nothing of, from the ledger: after the store has come back empty, and
// when a tenant is seen for the first time. Without the ledger it fails: what a tenant has used is then not known, and not nothing.

import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/request.ts';
import type { LedgerRow, LedgerStore } from '../core/stores.ts';
import type { SharedWindowStore, WindowCharge } from '../core/window-store.ts';
import { idOfKeyPart, placeAt, type Window, windowOfKind } from '../core/windows.ts';
import { earliestMonthMs, holdsOf, windowCharges } from './window-charges.ts';

const PAGE_ROWS = 1_000;
/** Rows that are read one by one: ten questions of some 20 ms. A tenant with more is filled by sums alone. */
const RECENT_ROWS_MOST = 10_000;
/** Two instances may differ by so much; what is read too early is not counted. */
const CLOCKS_DIFFER_MS = 60_000;

export interface SeederParts {
  readonly shared: Pick<SharedWindowStore, 'seed'>;
  readonly ledger: Pick<LedgerStore, 'charges' | 'rows' | 'openRows'>;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  /** What kinds of windows these are for a tenant. */
  readonly kindsOf: (tenant: string) => readonly string[];
  /** What kinds others have counted for this tag. Default: none. */
  readonly kindsMet?: (tag: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  /** Asks all instances to write down what they have; resolves when they had time to. */
  readonly flushJournals: () => Promise<void>;
  /** How long a hold lives: the total deadline of a request and a minute. */
  readonly leaseMs: number;
}

/** `nowMs`: the time of the store, if it is known. `owedSinceMs`: the beginning of an outage, if one has just ended. */
export type Seeder = (tag: string, nowMs?: number, owedSinceMs?: number) => Promise<void>;

export function createSeeder(parts: SeederParts): Seeder {
  return async (tag, nowMs = parts.clock.nowMs(), owedSinceMs = nowMs) => {
    const { shared, flushJournals } = parts;
    // What a vendor account has used the vendor knows, and says.
    if (tag.startsWith('account:')) {
      await shared.seed(tag, [], [], nowMs);
      return;
    }
    await flushJournals();
    await seedTenant(parts, tag, nowMs, Math.min(nowMs, owedSinceMs) - parts.leaseMs - CLOCKS_DIFFER_MS);
  };
}

// Rows since a lease before the outage are seeded as holds, whether they are closed or not: an instance may still owe the settle of
// a request whose row is closed, and then finds its hold here instead of adding it to the sum. All older rows are sums.
async function seedTenant(parts: SeederParts, tag: string, nowMs: number, sinceMs: number): Promise<void> {
  const { shared, ledger, kindsOf, leaseMs, kindsMet } = parts;
  const tenant = idOfKeyPart(tag);
  const kindsBefore = kindsOf(tenant);
  const othersKinds = ((await kindsMet?.(tag)) ?? []).filter((kind) => !kindsBefore.includes(kind));
  const others = othersWindows(othersKinds, kindsBefore, nowMs);
  const windowsOf = (caller: Caller) => [...parts.windowsOf(caller), ...others(caller)];
  // Open rows first: one that is closed meanwhile may count twice, but is never missed.
  const open = await ledger.openRows(tenant);
  const recent = await rowsSince(ledger, sinceMs, tenant);
  const rows = recent === null ? open : [...open.filter(({ heldAtMs }) => heldAtMs < sinceMs), ...recent];
  const charges: WindowCharge[] = [];
  const asked = { ledger, windowsOf, nowMs, tenant, ...(recent !== null && { beforeMs: sinceMs }) };
  for await (const batch of windowCharges(asked)) for (const charge of batch) charges.push(charge);
  // A row that has hung open since before any window began counts nowhere but in flight; its lease is long over.
  const counted = rows.filter(({ heldAtMs }) => heldAtMs >= earliestMonthMs(nowMs));
  const holds = holdsOf(counted, windowsOf, leaseMs);
  // Where the rules changed meanwhile, only what stood before and after was filled wholly.
  const kindsAfter = kindsOf(tenant);
  const kinds = kindsBefore.filter((kind) => kindsAfter.includes(kind));
  await shared.seed(tag, charges, holds, nowMs, kinds, othersKinds);
}

/** What only others count is filled for them: they take up what is filled here. */
function othersWindows(kinds: readonly string[], own: readonly string[], nowMs: number) {
  const nobody = { tenant: '', userId: '' };
  // Two zones whose day ends at the same moment are one count.
  const placeOf = (kind: string) => {
    const window = windowOfKind(kind, nobody);
    return window === null ? null : `${window.scope} ${window.name} ${placeAt(window, nowMs)}`;
  };
  const places = new Set(own.map(placeOf));
  const added = kinds.filter((kind) => {
    const place = placeOf(kind);
    const isNew = place !== null && !places.has(place);
    places.add(place);
    return isNew;
  });
  return (caller: Caller): readonly Window[] => added.flatMap((kind) => windowOfKind(kind, caller) ?? []);
}

/** Rows of one tenant or of all. Null: too many to be read one by one. */
export async function rowsSince(
  ledger: Pick<LedgerStore, 'rows'>,
  fromMs: number,
  tenant?: string,
): Promise<readonly LedgerRow[] | null> {
  const rows: LedgerRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LedgerStore['rows']>> = await ledger.rows({
      fromMs,
      limit: PAGE_ROWS,
      ...(tenant !== undefined && { tenant }),
      ...(cursor !== null && { cursor }),
    });
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null && rows.length < RECENT_ROWS_MOST);
  return cursor === null ? rows : null;
}
