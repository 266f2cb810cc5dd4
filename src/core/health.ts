// What is known of our accounts at the vendors: which may be asked now, and what became of those that were. Whoever is granted a
// visit ends it, whatever happens: where an account is on trial, its only probe is that visit.

import type { Target } from './catalog.ts';
import type { ErrorCode, LLMError } from './errors.ts';
import type { LLMProvider } from './provider.ts';

/** When a breaker opens, and for how long. */
export interface BreakerRules {
  readonly failures: number;
  readonly windowMs: number;
  readonly openMs: number;
}

export interface Health {
  /** May it be asked now? `isAwaited`: the vendor named a time, and this request has waited for it. */
  enter(target: Target, rules: BreakerRules, isAwaited: boolean): Visit | Closed;
  /** What `enter` would refuse; null: it may be asked. It takes no probe. */
  closed(target: Target, isAwaited: boolean): Closed | null;
}

/** A target that is not to be asked now, and why. */
export interface Closed {
  readonly granted: false;
  /** What closed it. */
  readonly code: ErrorCode;
  readonly reason: string;
  /** Null: nobody can say when it opens. */
  readonly retryAfterMs: number | null;
}

/** Its first end counts; what comes after it has no effect. */
export interface Visit {
  readonly granted: true;
  /** The vendor has told that for so long nothing is left for this model. */
  drained(forMs: number): void;
  /** It has begun to answer. */
  answered(): void;
  failed(error: LLMError): void;
  /** It was not asked after all. */
  left(): void;
}

/** What breakers, reset times and the vendor's windows are kept for. */
export function accountOf({ id, account = id }: Pick<LLMProvider, 'id' | 'account'>): string {
  return account;
}

/** Failures of a key or of its account, and not of the vendor: another key may fare better. */
export const ACCOUNT_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'provider_auth',
  'provider_quota',
  'provider_rate_limited',
]);
