// Time and chance, handed in. Everything that waits, dates or draws lots does it through these two, so the whole life
// of a request runs under a simulated clock. The real ones are made here and nowhere else.

export interface Clock {
  /** Wall time in milliseconds since 1970: for rows, windows and headers. It may jump. */
  nowMs(): number;
  /** Milliseconds since some moment; never goes back: for durations and deadlines. */
  monotonicMs(): number;
  /** Calls `action` once after the delay; what comes back cancels it. Only with `keepsAlive` the process waits for it. */
  after(delayMs: number, action: () => void, keepsAlive?: boolean): () => void;
}

export interface Chance {
  /** In [0, 1). */
  random(): number;
  /** A fresh id such as `req_0198…`: 128 random bits, no meaning in it. */
  id(prefix: string): string;
}

// setTimeout takes at most 2^31 - 1 ms and treats anything longer as 1 ms.
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action, keepsAlive = false) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemChance: Chance = {
  random: () => Math.random(),
  id: (prefix) => `${prefix}_${crypto.randomUUID().replaceAll('-', '')}`,
};

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = clock.after(durationMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
