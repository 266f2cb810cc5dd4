// Answers among the processes that share a Redis: asked once, read on and stopped from any of them.

import type { Clock } from '../core/clock.ts';
import type { Flights } from '../core/flight.ts';
import { leaseMsOf } from '../core/parts.ts';
import type { Peers } from '../core/peers.ts';
import { createSharedFlights } from '../generations/shared-flights.ts';
import { SharedGenerations } from '../generations/shared-generations.ts';
import { SharedLogs } from '../generations/shared-logs.ts';

export interface Sharing {
  readonly peers: Peers;
  readonly flights: Flights;
  readonly generations: SharedGenerations;
  /** Resolves when what was written for others is there, or will not be. */
  close(): Promise<void>;
}

export function shareGenerations(peers: Peers, clock: Clock, totalTimeoutMs: number): Sharing {
  const logs = new SharedLogs(peers, clock);
  return {
    peers,
    flights: createSharedFlights({ logs, longestMs: leaseMsOf({ totalTimeoutMs }) }),
    generations: new SharedGenerations(logs, clock),
    close: () => logs.close(),
  };
}
