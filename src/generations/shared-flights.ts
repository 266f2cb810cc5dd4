// Answers under way in all processes that share a Redis. Who leads one says so there (a claim by the key of what was asked); what comes
// of it is written there only when another process reads along, which is to its leader one reader more. A process that dies, or does
// not answer, loses its claim: whoever has had nothing of the answer asks anew.

import { Collector, isContent } from '../core/events.ts';
import type { FlightEnd, FlightEvent, FlightSeat, Flights } from '../core/flight.ts';
import { flightFrom, flightText } from './event-texts.ts';
import { Flight } from './flight.ts';
import type { SharedLogs } from './shared-logs.ts';

/** Of what was written for others, when nothing is added: as long as the longest silence of a vendor, and then some. */
const LOG_KEPT_MS = 300_000;

const ENDS: ReadonlySet<string> = new Set<FlightEnd['type']>(['landed', 'failed', 'vacated', 'kept']);

/** The first entry: somebody leads, and will write what comes. */
const BEGUN = 'null';

export interface SharedFlightsOptions {
  readonly logs: SharedLogs;
  /** No answer takes longer, so no claim outlives it. */
  readonly longestMs: number;
}

export function createSharedFlights(options: SharedFlightsOptions): Flights {
  return new SharedFlights(options);
}

class SharedFlights implements Flights {
  readonly #logs: SharedLogs;
  readonly #longestMs: number;
  /** Those that are led or read along here. */
  readonly #flights = new Map<string, Flight>();
  /** Those that are led here, by their logs. */
  readonly #led = new Map<string, Flight>();

  constructor({ logs, longestMs }: SharedFlightsOptions) {
    this.#logs = logs;
    this.#longestMs = longestMs;
    logs.onAsked((log) => {
      const flight = this.#led.get(log);
      if (flight !== undefined) this.#tellOthers(flight, log);
    });
  }

  async board(key: string, generationId: string, mayFollow: boolean): Promise<FlightSeat | null> {
    const known = this.#flights.get(key);
    if (known !== undefined) return mayFollow ? { leads: false, flight: known } : null;
    // At once, so that whoever asks the same here meanwhile waits with this one.
    let ended = () => {};
    const flight = new Flight(generationId, () => {
      this.#flights.delete(key);
      ended();
    });
    this.#flights.set(key, flight);
    const { peers } = this.#logs;
    const name = `flight:${key}`;
    const own = `${peers.id} ${generationId}`;
    // Nobody can say who leads: then each process asks for itself.
    const claim = await peers.claim(name, own, this.#longestMs).catch(() => own);
    const release = () => peers.release(name, claim).catch(() => {});
    if (claim === own) {
      const log = logOf(generationId);
      this.#led.set(log, flight);
      ended = () => {
        this.#led.delete(log);
        void release();
      };
      return { leads: true, flight, afterOthers: true };
    }
    if (mayFollow) {
      this.#readAlong(flight, claim, release);
      return { leads: false, flight };
    }
    flight.end({ type: 'vacated' });
    return null;
  }

  #readAlong(flight: Flight, claim: string, release: () => Promise<void>): void {
    const [peer = '', generationId = ''] = claim.split(' ');
    const collector = new Collector();
    // The leader's claim goes first: it may not have been able to give it back, and whoever boards anew makes his own.
    const endWith = (end: FlightEnd) => {
      reader.close();
      void release().then(() => flight.end(end));
    };
    const lose = () => endWith({ type: 'vacated' });
    const reader = this.#logs.read(logOf(generationId), peer, {
      entry(entry) {
        if (entry === null) return;
        const event = flightFrom(entry, () => collector.content());
        if (event === null) return lose();
        if (isEnd(event)) return endWith(event);
        if (event.type !== 'begun' && isContent(event)) collector.add(event);
        flight.append(event);
      },
      lost: () => lose(),
    });
    flight.isLedBy(generationId, () => {
      reader.close();
      flight.end({ type: 'vacated' });
    });
  }

  /** All other processes together are one who reads along. */
  #tellOthers(flight: Flight, log: string): void {
    const onDeserted = () => {
      leave();
      // Whoever comes later begins it anew.
      writer.end();
    };
    const writer = this.#logs.write(log, { keptMs: LOG_KEPT_MS, onDeserted });
    writer.push(BEGUN);
    const leave = flight.follow({
      event: (event) => writer.push(flightText(event)),
      ended(end) {
        writer.push(flightText(end));
        writer.end();
      },
    });
  }
}

function logOf(generationId: string): string {
  return `flight_log:${generationId}`;
}

function isEnd(event: FlightEvent | FlightEnd): event is FlightEnd {
  return ENDS.has(event.type);
}
