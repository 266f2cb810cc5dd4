// The breaker of one model on one account: closed, open, half-open with one probe. It knows no vendor and no request; what counts
// as a failure is decided by who calls it. docs/decisions/0023 says why successes are remembered beside failures.

import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { BreakerRules } from '../core/health.ts';

/** What is told to who comes while a probe is under way: its end has no clock, and a second is as good a guess as any. */
const PROBE_GUESS_MS = 1_000;

interface Outcome {
  readonly atMonotonicMs: number;
  readonly isFailure: boolean;
}

export class Breaker {
  readonly #clock: Clock;
  /** The last ones since the first failure that still counts: at most twice as many as failures open it. */
  #outcomes: Outcome[] = [];
  #openUntilMonotonicMs: number | null = null;
  #openedBy: ErrorCode | null = null;
  #isProbing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What opened it, until a probe has succeeded; null: it is closed. */
  get openedBy(): ErrorCode | null {
    return this.#openedBy;
  }

  get isProbing(): boolean {
    return this.#isProbing;
  }

  /** 0: one may pass now. */
  get waitMs(): number {
    if (this.#openUntilMonotonicMs === null) return 0;
    const leftMs = Math.max(0, this.#openUntilMonotonicMs - this.#clock.monotonicMs());
    return leftMs === 0 && this.#isProbing ? PROBE_GUESS_MS : leftMs;
  }

  /** For one who may pass: whether it is the probe, which has to be ended or given back. */
  enter(): boolean {
    if (this.#openUntilMonotonicMs === null) return false;
    this.#isProbing = true;
    return true;
  }

  giveBack(isProbe: boolean): void {
    if (isProbe) this.#isProbing = false;
  }

  /** True: this has closed it. What was asked before the opening says nothing about now; only a probe closes it. */
  succeeded(isProbe: boolean, rules: BreakerRules): boolean {
    if (this.#openUntilMonotonicMs === null) {
      // Without a failure before it, a success changes no decision.
      if (this.#outcomes.length > 0) this.#remember(false, rules);
      return false;
    }
    if (!isProbe) return false;
    this.#isProbing = false;
    this.#openUntilMonotonicMs = null;
    this.#openedBy = null;
    this.#outcomes = [];
    return true;
  }

  /** True: this has opened it. A probe that fails keeps it open, and is no news. */
  failed(code: ErrorCode, opensAtOnce: boolean, isProbe: boolean, rules: BreakerRules): boolean {
    if (this.#openUntilMonotonicMs !== null) {
      if (isProbe) this.#open(code, rules);
      return false;
    }
    this.#remember(true, rules);
    const failures = this.#outcomes.filter(({ isFailure }) => isFailure).length;
    if (!opensAtOnce && failures < rules.failures) return false;
    this.#open(code, rules);
    return true;
  }

  #open(code: ErrorCode, { openMs }: BreakerRules): void {
    this.#isProbing = false;
    this.#openedBy = code;
    this.#openUntilMonotonicMs = this.#clock.monotonicMs() + openMs;
    this.#outcomes = [];
  }

  #remember(isFailure: boolean, { failures, windowMs }: BreakerRules): void {
    const atMonotonicMs = this.#clock.monotonicMs();
    this.#outcomes.push({ atMonotonicMs, isFailure });
    const counted = this.#outcomes.slice(-2 * failures);
    const first = counted.findIndex((outcome) => outcome.isFailure && outcome.atMonotonicMs > atMonotonicMs - windowMs);
    this.#outcomes = first === -1 ? [] : counted.slice(first);
  }
}
