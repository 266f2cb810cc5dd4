// How often the process may ask again: at most 20 % of its requests of the last 10 s, and 10 more (the share is
// Finagle's default). So a vendor that fails everything is asked 1.2 times as much, not four times.

import type { Clock } from '../core/clock.ts';
import type { RetryBudget } from '../core/parts.ts';

const WINDOW_SECONDS = 10;
const SHARE = 0.2;
const ALWAYS = 10;

interface Second {
  atSecond: number;
  requests: number;
  retries: number;
}

export function createRetryBudget(clock: Clock): RetryBudget {
  const ring: Second[] = Array.from({ length: WINDOW_SECONDS }, () => ({ atSecond: -1, requests: 0, retries: 0 }));
  const current = (): Second => {
    const atSecond = Math.floor(clock.monotonicMs() / 1_000);
    const slot = ring[atSecond % WINDOW_SECONDS];
    if (slot === undefined) throw new Error('The ring of seconds has a hole');
    if (slot.atSecond !== atSecond) Object.assign(slot, { atSecond, requests: 0, retries: 0 });
    return slot;
  };
  return {
    request: () => {
      current().requests += 1;
    },
    take: () => {
      const now = current();
      let requests = 0;
      let retries = 0;
      for (const second of ring) {
        if (second.atSecond <= now.atSecond - WINDOW_SECONDS) continue;
        requests += second.requests;
        retries += second.retries;
      }
      if (retries >= requests * SHARE + ALWAYS) return false;
      now.retries += 1;
      return true;
    },
  };
}
