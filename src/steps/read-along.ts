// Step 4, where the same answer is under way already: its events go into this request's own log as they come, from the first one on.
// Leaving it, or stopping, ends this request alone.

import type { Fitted } from '../core/fitted.ts';
import type { FlightEnd, FlightEvent, FlightStart, Followed, Lead } from '../core/flight.ts';
import type { EventLog } from '../core/parts.ts';
import type { Call } from '../core/request.ts';

/** Resolves with how the flight ended; rejects when this request ends before it. */
export function readAlong(
  flight: Followed,
  { maxTokens }: Fitted,
  onBegin: (from: FlightStart) => void,
  call: Call,
  log: EventLog,
): Promise<FlightEnd> {
  return new Promise((resolve, reject) => {
    const take = (event: FlightEvent) => {
      if (event.type !== 'begun') return log.append(event);
      const { provider, model } = event.start;
      onBegin(event.start);
      const { requestId: id, generationId } = call;
      const start = { type: 'response-start', id, generationId, provider, model, maxTokens } as const;
      log.append({ ...start, cached: false, shared: true, attempts: 0 });
    };
    const end = () => {
      leave();
      reject(call.signal.reason);
    };
    if (call.signal.aborted) return reject(call.signal.reason);
    call.signal.addEventListener('abort', end, { once: true });
    const leave = flight.follow({
      event: take,
      ended(how) {
        call.signal.removeEventListener('abort', end);
        resolve(how);
      },
    });
  });
}

/** This request leads: others read along from here on, unless its answer was lowered for money; then it is nobody else's. */
export function leads(lead: Lead, { shareable }: Fitted, { departure }: Call): void {
  if (shareable) departure.shareWith((whenDeserted) => lead.isFollowed(whenDeserted));
  else lead.end({ type: 'vacated' });
}
