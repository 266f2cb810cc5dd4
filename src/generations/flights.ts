// Which answers are under way in this process, by the key of what was asked. A flight is there from the moment somebody leads it
// to its end: an answer that is whole is found in the cache from then on.

import { llmError } from '../core/errors.ts';
import type { FlightEnd, FlightEvent, FlightSeat, Flights, Followed, Follower, Lead } from '../core/flight.ts';
import { PackedEvents } from '../core/packed-events.ts';

export function createFlights(): Flights {
  const flights = new Map<string, Flight>();
  return {
    board(key, generationId, mayFollow): FlightSeat | null {
      const known = flights.get(key);
      if (known !== undefined) return mayFollow ? { leads: false, flight: known } : null;
      const flight = new Flight(generationId, () => flights.delete(key));
      flights.set(key, flight);
      return { leads: true, flight };
    },
  };
}

const LOST: FlightEnd = {
  type: 'failed',
  error: llmError('generation_lost', 'The request that led this answer has ended before it was whole'),
};

class Flight implements Lead, Followed {
  readonly generationId: string;
  readonly #ended: () => void;
  readonly #events = new PackedEvents<FlightEvent>();
  readonly #followers = new Set<Follower>();
  #end: FlightEnd | null = null;
  #whenDeserted: (() => void) | null = null;
  #whenFollowed: () => void = () => {};

  constructor(generationId: string, ended: () => void) {
    this.generationId = generationId;
    this.#ended = ended;
  }

  append(event: FlightEvent): void {
    if (this.#end !== null) return;
    this.#events.push(event);
    for (const follower of this.#followers) follower.event(event);
  }

  end(how: FlightEnd): void {
    if (this.#end !== null) return;
    // Part of an answer was handed on: nobody can begin it anew.
    const end = how.type === 'vacated' && this.#events.length > 0 ? LOST : how;
    this.#end = end;
    // First: whoever boards anew when it hears of the end must not board this one.
    this.#ended();
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const follower of followers) follower.ended(end);
  }

  onFollowed(action: () => void): void {
    this.#whenFollowed = action;
    if (this.#followers.size > 0) action();
  }

  isFollowed(whenDeserted: () => void): boolean {
    if (this.#followers.size === 0) return false;
    this.#whenDeserted = whenDeserted;
    return true;
  }

  follow(follower: Follower): () => void {
    for (let position = 1; position <= this.#events.length; position++) {
      const event = this.#events.at(position);
      if (event !== undefined) follower.event(event);
    }
    if (this.#end !== null) follower.ended(this.#end);
    else {
      this.#followers.add(follower);
      this.#whenFollowed();
    }
    return () => {
      if (!this.#followers.delete(follower) || this.#followers.size > 0) return;
      this.#whenDeserted?.();
    };
  }
}
