// Step 4, second part. Is the very same under way, for this scope? Then its events go into this request's own log as they come, from
// the first one on; leaving it, or stopping, ends this request alone. Whoever finds nobody leading leads.

import { asLLMError, brokenOff } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import type { FlightEnd, FlightEvent, Followed, Lead, Seat } from '../core/flight.ts';
import type { EventLog, Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import { summaryOfStoppedReader } from '../core/summary.ts';

/**
 * `key` null: it is shared with nobody. When a leader leads nobody any more, whoever comes first leads the rest. Null: the answer is kept
 * by now.
 */
export async function share(
  key: string | null,
  asked: Fitted,
  call: Call,
  parts: Parts,
  log: EventLog,
): Promise<Seat | null> {
  for (let isFirst = true; ; isFirst = false) {
    // Who wants a new answer does not read along; where somebody leads already, he is on his own.
    const seat = key === null ? null : await parts.flights.board(key, call.generationId, asked.cache === 'use');
    if (seat === null) return { found: null, lead: null, looksAgain: false };
    if (seat.leads) return { found: null, lead: seat.flight, looksAgain: seat.afterOthers || !isFirst };
    const end = await readAlong(seat.flight, asked, call, parts, log);
    if (end.type === 'failed') throw end.error;
    if (end.type === 'kept') return null;
    if (end.type === 'landed') return { found: { answer: end.answer, ledBy: seat.flight.generationId }, lead: null };
  }
}

/** Others read along from here on, unless the answer was lowered for money; then it is nobody else's. */
export function leads(lead: Lead | null, { shareable }: Fitted, { departure, flow }: Call): void {
  if (lead === null) return;
  if (shareable) {
    departure.shareWith((whenDeserted) => lead.isFollowed(whenDeserted));
    lead.onFollowed(() => flow.free());
  } else lead.end({ type: 'vacated' });
}

/** Resolves with how the flight ended; rejects when this request ends before it. */
function readAlong(flight: Followed, asked: Fitted, call: Call, parts: Parts, log: EventLog): Promise<FlightEnd> {
  const { requestId: id, generationId, signal, departure } = call;
  let hasBegun = false;
  const take = (event: FlightEvent) => {
    if (event.type !== 'begun') return log.append(event);
    hasBegun = true;
    const { start } = event;
    departure.onStop(() =>
      log.append({ type: 'response-end', response: summaryOfStoppedReader(start, asked, call, parts) }),
    );
    const about = { type: 'response-start', id, generationId, ...start, maxTokens: asked.maxTokens } as const;
    log.append({ ...about, cached: false, shared: true, attempts: 0 });
  };
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let leave = () => {};
    const left = () => {
      leave();
      reject(hasBegun ? brokenOff(asLLMError(signal.reason)) : signal.reason);
    };
    signal.addEventListener('abort', left, { once: true });
    leave = flight.follow({
      event: take,
      ended(how) {
        signal.removeEventListener('abort', left);
        resolve(how);
      },
    });
  });
}
