// What a benched process says to whoever started it: its port once, and what it has used whenever it is asked.

import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Used {
  readonly cpuMicros: number;
  readonly rssMib: number;
  /** How late the event loop was since it was asked before. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Of the timer that looks. Chosen: each look costs a turn, and what is looked for is 50 ms. */
const RESOLUTION_MS = 1;

export function tellParent(address: unknown): void {
  if (typeof address !== 'object' || address === null || !('port' in address))
    throw new Error('The server has no port');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.send?.({ port: address.port });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const lateMs = (nanos: number) => Math.max(0, nanos / 1e6 - RESOLUTION_MS);
    const delayMs = { p50: lateMs(delay.percentile(50)), p99: lateMs(delay.percentile(99)), max: lateMs(delay.max) };
    delay.reset();
    process.send?.({
      cpuMicros: user + system,
      rssMib: process.memoryUsage.rss() / 1_048_576,
      delayMs,
    } satisfies Used);
  });
  process.on('disconnect', () => process.exit(0));
}
