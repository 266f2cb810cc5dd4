// Windows that new rules bring, in a store that counted without them so far: they are filled with what was spent before, for the
// ledger knows it. What is under way at that moment is counted as it is held, and corrected by its settle.

import type { Caller } from '../core/request.ts';
import type { LedgerStore } from '../core/stores.ts';
import type { OwnWindowStore } from '../core/window-store.ts';
import { idOfKeyPart, unlimited, type Window, windowId } from '../core/windows.ts';
import { rowsSince } from './seeding.ts';
import { holdsOf, windowCharges } from './window-charges.ts';

export interface WideningParts {
  readonly windows: Pick<OwnWindowStore, 'widen' | 'record'>;
  readonly ledger: Pick<LedgerStore, 'charges' | 'rows'>;
  readonly windowsOf: (caller: Caller) => readonly Window[];
  /** It was not counted so far. */
  readonly isNew: (window: Window) => boolean;
  /** Writes down the rows that wait. */
  readonly flush: () => Promise<unknown>;
  readonly nowMs: number;
}

/** Rejects when the ledger cannot be asked; the windows then miss what was spent before. */
export function widenWindows({ windows, ledger, windowsOf, isNew, flush, nowMs }: WideningParts): Promise<void> {
  const addedFor = (caller: Caller) => windowsOf(caller).filter(isNew);
  const addedTo = (ofHold: readonly Window[]) => {
    const caller = callerOf(ofHold);
    return caller === null ? [] : addedFor(caller);
  };
  return windows.widen(
    isNew,
    addedTo,
    async (open, sinceMs) => {
      await flush();
      // Rows of what is under way must not count beside its hold, so the latest rows are looked at one by one.
      const recent = await rowsSince(ledger, sinceMs);
      const asked = { ledger, windowsOf: addedFor, nowMs, ...(recent !== null && { beforeMs: sinceMs }) };
      for await (const charges of windowCharges(asked))
        for (const { windows: of, amounts, atMs } of charges) await windows.record(of, amounts, atMs);
      const ended = (recent ?? []).filter(({ requestId }) => !open.has(requestId));
      for (const { windows: of, amounts, heldAtMs } of holdsOf(ended, addedFor, 0))
        await windows.record(of, amounts, heldAtMs);
    },
    nowMs,
  );
}

/** These windows of a caller, and without a limit what else is counted for him by the rules of now. */
export function withCounted(
  windows: readonly Window[],
  countedOf: (caller: Caller) => readonly Window[],
): readonly Window[] {
  const caller = callerOf(windows);
  const counted = caller === null ? windows : countedOf(caller);
  if (counted === windows) return windows;
  const ids = new Set(windows.map(windowId));
  const added = counted.filter((window) => !ids.has(windowId(window)));
  return added.length === 0 ? windows : [...windows, ...unlimited(added)];
}

function callerOf(windows: readonly Window[]): Caller | null {
  const [tenant, userId] = windows.find(({ scope }) => scope === 'user')?.scopeKey.split('/') ?? [];
  return tenant === undefined || userId === undefined
    ? null
    : { tenant: idOfKeyPart(tenant), userId: idOfKeyPart(userId) };
}
