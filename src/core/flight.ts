// One answer under way that several requests read: whoever boards first leads it, asks the vendor and pays; the others read along
// from its first event. Each request keeps its own id, windows and log; only the answer is shared.

import { asLLMError, type ErrorCode, type LLMError } from './errors.ts';
import type { ContentEvent } from './events.ts';
import type { CachedAnswer } from './stores.ts';

/** Where the answer comes from, told when it begins. */
export interface FlightStart {
  readonly provider: string;
  readonly model: string;
}

export type FlightEvent = { readonly type: 'begun'; readonly start: FlightStart } | ContentEvent;

/**
 * How a flight ends. `vacated`: its leader leads nobody any more, and nothing has come; whoever reads along may board anew. `kept`: the
 * same, since the leader found the answer in the cache after all, where the others will.
 */
export type FlightEnd =
  | { readonly type: 'landed'; readonly answer: CachedAnswer }
  | { readonly type: 'failed'; readonly error: LLMError }
  | { readonly type: 'vacated' }
  | { readonly type: 'kept' };

/** An answer that this request need not ask for: kept, or read along with the one that leads it. */
export interface Found {
  readonly answer: CachedAnswer;
  /** The generation of the leader; null: it was kept. */
  readonly ledBy: string | null;
}

/**
 * Either the answer is there, or this request asks for it, and leads whoever asks the same (null: nobody does). `looksAgain`: first it
 * looks into the cache once more, since the one who led before may have kept the answer meanwhile.
 */
export type Seat =
  | { readonly found: Found; readonly lead: null }
  | { readonly found: null; readonly lead: Lead | null; readonly looksAgain: boolean };

/** What the leader does. */
export interface Lead {
  append(event: FlightEvent): void;
  /** Once; what comes after it has no effect. */
  end(end: FlightEnd): void;
  /** Called when the first one reads along, at once if somebody does. */
  onFollowed(action: () => void): void;
  /** Does anybody read along? Then `whenDeserted` is called when the last one has left. */
  isFollowed(whenDeserted: () => void): boolean;
}

/**
 * What a failure of the leader is to those who read along. What a vendor did, or we, would have met them, too; a limit or a budget is
 * the leader's own, and so is its leaving.
 */
export function endOf(thrown: unknown): FlightEnd {
  const error = asLLMError(thrown);
  return OWN_FAILURES.has(error.code) ? { type: 'vacated' } : { type: 'failed', error };
}

const OWN_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'budget_exceeded',
  'rate_limited',
  'model_unpriced',
  'store_unavailable',
  'cancelled',
]);

export interface Follower {
  event(event: FlightEvent): void;
  ended(end: FlightEnd): void;
}

export interface Followed {
  /** Of the leader, for the rows. */
  readonly generationId: string;
  /** Reads from the first event on, then live. What comes back leaves. */
  follow(follower: Follower): () => void;
}

export type FlightSeat =
  /** `afterOthers`: somebody may have led and kept the answer since the caller has looked for one. */
  | { readonly leads: true; readonly flight: Lead; readonly afterOthers: boolean }
  | { readonly leads: false; readonly flight: Followed };

export interface Flights {
  /** Equal keys would get the same answer, and may. With `mayFollow` false: null where somebody leads already. Never rejects. */
  board(key: string, generationId: string, mayFollow: boolean): Promise<FlightSeat | null>;
}
