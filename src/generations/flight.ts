// One answer under way as its leader writes it and others read it: from its first event on, then live, to its end.

import { llmError } from '../core/errors.ts';
import type { FlightEnd, FlightEvent, Followed, Follower, Lead } from '../core/flight.ts';
import { PackedEvents } from '../core/packed-events.ts';

const LOST: FlightEnd = {
  type: 'failed',
  error: llmError('generation_lost', 'The request that led this answer has ended before it was whole'),
};

export class Flight implements Lead, Followed {
  #generationId: string;
  readonly #ended: () => void;
  readonly #events = new PackedEvents<FlightEvent>();
  readonly #followers = new Set<Follower>();
  #end: FlightEnd | null = null;
  #whenDeserted: (() => void) | null = null;
  #whenFollowed: () => void = () => {};

  constructor(generationId: string, ended: () => void) {
    this.#generationId = generationId;
    this.#ended = ended;
  }

  get generationId(): string {
    return this.#generationId;
  }

  /** Somebody elsewhere leads it: what comes here is what comes of that. `whenDeserted`: nobody reads it here any more. */
  isLedBy(generationId: string, whenDeserted: () => void): void {
    this.#generationId = generationId;
    this.#whenDeserted = whenDeserted;
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
