// What this process knows of our accounts at the vendors, learned from what its own requests met: a breaker for each model on an
// account, until when a vendor said that it takes nothing, and keys that were refused. A restart begins anew.

import type { Target } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { ErrorCode, LLMError } from '../core/errors.ts';
import { accountOf, type BreakerRules, type Closed, type Health, type Visit } from '../core/health.ts';
import type { Report } from '../core/parts.ts';
import { Breaker } from './breaker.ts';

const COUNTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'provider_unreachable',
  'provider_timeout',
  'provider_overloaded',
  'provider_bad_reply',
]);
/** They need no further proof: asked again at once, the vendor would say the same. */
const OPENS_AT_ONCE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['provider_auth', 'provider_quota']);
/** The vendor has read the request and judged it: it is well. */
const JUDGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'provider_rejected',
  'provider_rejected_answer',
  'model_not_found',
  'context_length_exceeded',
  'request_too_large',
]);
/** Far more than there are; a model's name may be the caller's own, and what would be one more puts out one whose breaker is closed. */
const MODELS_MOST = 1_000;

/** What is known of one model on one account. */
interface Known {
  readonly breaker: Breaker;
  drainedUntilMonotonicMs: number;
}

/** What its end has to know of a visit. Of dead keys it knows those of its own configuration: a key may be another one by then. */
interface Entered {
  readonly target: Target;
  readonly known: Known;
  readonly isProbe: boolean;
  readonly rules: BreakerRules;
  readonly deadKeys: Set<string>;
}

export interface VendorAccounts extends Health {
  /** The configuration was read again: a key that was refused may be another one now. */
  reloaded(): void;
}

export function createVendorAccounts(clock: Clock, report: Report): VendorAccounts {
  return new Accounts(clock, report);
}

class Accounts implements VendorAccounts {
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #models = new Map<string, Known>();
  /** By account: until when its vendor said that it takes nothing. */
  readonly #closedUntilMonotonicMs = new Map<string, number>();
  #deadKeys = new Set<string>();

  constructor(clock: Clock, report: Report) {
    this.#clock = clock;
    this.#report = report;
  }

  enter(target: Target, rules: BreakerRules, isAwaited: boolean): Visit | Closed {
    const closed = this.closed(target, isAwaited);
    if (closed !== null) return closed;
    const known = this.#knownOf(target);
    const entered = { target, known, isProbe: known.breaker.enter(), rules, deadKeys: this.#deadKeys };
    let isOver = false;
    const once = (end: () => void) => {
      if (isOver) return;
      isOver = true;
      end();
    };
    return {
      granted: true,
      drained: (forMs) => {
        known.drainedUntilMonotonicMs = this.#clock.monotonicMs() + forMs;
      },
      answered: () => once(() => this.#answered(entered)),
      failed: (error) => once(() => this.#failed(error, entered)),
      left: () => once(() => known.breaker.giveBack(entered.isProbe)),
    };
  }

  closed(target: Target, isAwaited: boolean): Closed | null {
    const account = accountOf(target.provider);
    if (this.#deadKeys.has(account)) return closedBy('provider_auth', 'its key was refused by the vendor', null);
    const known = this.#models.get(nameOf(target));
    const openedBy = known?.breaker.openedBy ?? null;
    if (known !== undefined && openedBy !== null && known.breaker.waitMs > 0) {
      const { isProbing, waitMs } = known.breaker;
      const until = isProbing ? 'while it is tried with one request' : this.#until(waitMs);
      return closedBy(openedBy, `its breaker is open ${until}, after ${openedBy}`, waitMs);
    }
    if (isAwaited) return null;
    const nowMs = this.#clock.monotonicMs();
    const closedMs = (this.#closedUntilMonotonicMs.get(account) ?? 0) - nowMs;
    const drainedMs = (known?.drainedUntilMonotonicMs ?? 0) - nowMs;
    const waitMs = Math.max(closedMs, drainedMs);
    if (waitMs <= 0) return null;
    const what = closedMs >= drainedMs ? 'the account takes nothing' : 'nothing is left for this model';
    return closedBy('provider_rate_limited', `${what} ${this.#until(waitMs)}, as its vendor told`, waitMs);
  }

  reloaded(): void {
    this.#deadKeys = new Set();
  }

  #answered({ target, known, isProbe, rules }: Entered): void {
    if (known.breaker.succeeded(isProbe, rules)) this.#report('info', 'provider_breaker_closed', fieldsOf(target));
  }

  #failed(error: LLMError, entered: Entered): void {
    const { code, retryAfterMs } = error;
    const { target, known, isProbe, rules } = entered;
    const opensAtOnce = OPENS_AT_ONCE.has(code);
    if (JUDGED.has(code)) this.#answered(entered);
    else if (isWordOnKey(error) && hasOtherKey(entered)) this.#buryKey(entered);
    else if (opensAtOnce || COUNTED.has(code)) {
      const hasOpened = known.breaker.failed(code, opensAtOnce, isProbe, rules);
      if (hasOpened)
        this.#report('warn', 'provider_breaker_open', { ...fieldsOf(target), code, open_ms: rules.openMs });
    } else if (code === 'provider_rate_limited' && retryAfterMs !== null) this.#close(target, retryAfterMs);
    // What has said nothing about the vendor leaves the trial to the next one.
    known.breaker.giveBack(isProbe);
  }

  /** The whole account: its other models would most often be refused alike, and each would cost an attempt to learn it. */
  #close(target: Target, forMs: number): void {
    const account = accountOf(target.provider);
    const nowMs = this.#clock.monotonicMs();
    const before = this.#closedUntilMonotonicMs.get(account) ?? 0;
    this.#closedUntilMonotonicMs.set(account, Math.max(before, nowMs + forMs));
    if (before <= nowMs && forMs > 0)
      this.#report('debug', 'provider_account_closed', { ...fieldsOf(target), closed_ms: forMs });
  }

  #buryKey({ target, deadKeys }: Entered): void {
    const account = accountOf(target.provider);
    if (deadKeys.has(account)) return;
    deadKeys.add(account);
    if (deadKeys === this.#deadKeys) this.#report('error', 'provider_key_dead', fieldsOf(target));
  }

  #knownOf(target: Target): Known {
    const name = nameOf(target);
    let known = this.#models.get(name);
    if (known === undefined) {
      if (this.#models.size >= MODELS_MOST) this.#forgetOne();
      known = { breaker: new Breaker(this.#clock), drainedUntilMonotonicMs: 0 };
      this.#models.set(name, known);
    }
    return known;
  }

  #forgetOne(): void {
    const names = [...this.#models.keys()];
    const name = names.find((each) => this.#models.get(each)?.breaker.openedBy === null) ?? names[0];
    if (name !== undefined) this.#models.delete(name);
  }

  #until(waitMs: number): string {
    return `until ${new Date(this.#clock.nowMs() + waitMs).toISOString()}`;
  }
}

/** A 403 is about what was asked for, such as this model. */
function isWordOnKey({ code, detail }: LLMError): boolean {
  return code === 'provider_auth' && detail.providerStatus !== 403;
}

/**
 * One of several keys is not asked again until somebody has looked at it. The last one is, as an only one would be: where all are
 * refused, it may as well be the vendor's fault.
 */
function hasOtherKey({ target: { provider }, deadKeys }: Entered): boolean {
  const account = accountOf(provider);
  return (provider.pool ?? []).map(accountOf).some((other) => other !== account && !deadKeys.has(other));
}

function closedBy(code: ErrorCode, reason: string, retryAfterMs: number | null): Closed {
  return { granted: false, code, reason, retryAfterMs: retryAfterMs === null ? null : Math.ceil(retryAfterMs) };
}

/** A space is in no account's name. */
function nameOf({ provider, card }: Target): string {
  return `${accountOf(provider)} ${card.model}`;
}

function fieldsOf({ provider, card }: Target) {
  return { provider: provider.id, account: accountOf(provider), model: card.model };
}
