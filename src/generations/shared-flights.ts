// Answers under way in all processes that share a Redis. Who leads one says so there (a claim by the key of what was asked); what comes
// of it is written there only when another process reads along, which is to its leader one reader more. A process that dies, or does
// not answer, loses its claim: whoever has had nothing of the answer asks anew.

import { llmError } from '../core/errors.ts';
import { Collector, isContent } from '../core/events.ts';
import type { FlightEnd, FlightEvent, FlightSeat, Flights } from '../core/flight.ts';
import { flightFrom, flightText } from './event-texts.ts';
import { Flight } from './flight.ts';
import type { SharedLogs } from './shared-logs.ts';

/** Of what was written for others, when nothing is added: as long as the longest silence of a vendor, and then some. */
const LOG_KEPT_MS = 300_000;

const ENDS: ReadonlySet<string> = new Set<FlightEnd['type']>(['landed', 'failed', 'vacated', 'kept']);

/** Only who has had a part of an answer that long hears it. */
const TOO_LONG: FlightEnd = {
  type: 'failed',
  error: llmError('generation_lost', 'The answer is longer than what is told from one instance to another; ask again'),
};

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
    const writer = this.#logs.write(log, { keptMs: LOG_KEPT_MS, cutWith: flightText(TOO_LONG), onDeserted });
    writer.push(BEGUN);
    // With the first word only: whoever has heard of a beginning is owed the answer, and not sent to look for it.
    let begun: FlightEvent | null = null;
    let hasVectors = false;
    const tell = (event: FlightEvent | FlightEnd) => {
      if (begun !== null) writer.push(flightText(begun));
      begun = null;
      writer.push(flightText(event));
    };
    const leave = flight.follow({
      event(event) {
        if (event.type === 'begun') begun = event;
        else if (event.type === 'embedding') hasVectors = true;
        else tell(event);
      },
      ended(end) {
        // A batch of vectors is megabytes, and comes all at once: the others find it in the cache, or make it anew.
        if (hasVectors) begun = null;
        tell(hasVectors && end.type === 'landed' ? { type: 'kept' } : end);
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
