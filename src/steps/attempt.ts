// Step 6. Asks target after target until one BEGINS to answer. Retry and failover end with the first content: from then on
// the caller has part of an answer. Each attempt has its ledger row, opened before the dispatch.

import { type AccountAnswer, drawOnAccount } from '../core/account.ts';
import { type Attempt, type Attempts, closeAttempt } from '../core/attempts.ts';
import { Begun } from '../core/begun.ts';
import type { Target } from '../core/catalog.ts';
import { chargeForFailure, estimateOf } from '../core/charge.ts';
import { sleep } from '../core/clock.ts';
import type { HearOut } from '../core/departure.ts';
import { asLLMError, type ErrorCode, type LLMError, llmError, withDetail } from '../core/errors.ts';
import { type Fitted, fittedTo } from '../core/fitted.ts';
import type { Hold } from '../core/hold.ts';
import type { Parts } from '../core/parts.ts';
import { refusalOf } from '../core/refusal.ts';
import type { Call } from '../core/request.ts';

/** A vendor's Retry-After is waited for up to this; a longer one moves on, or is the answer at once. */
const LONGEST_WAIT_MS = 20_000;

export async function attempt(
  fitted: Fitted,
  hold: Hold,
  attempts: Attempts,
  call: Call,
  parts: Parts,
): Promise<Begun> {
  let failure: LLMError | null = null;
  const full: AccountRefusal[] = [];
  for (const [index, target] of fitted.targets.entries()) {
    if (failure?.rule.failover === 'larger' && !isLarger(target, attempts)) continue;
    const own = fittedTo(fitted, target);
    const others = fitted.targets.length - index - 1;
    for (let retries = 0; ; retries++) {
      const refused = await hold.cover(own, target, attempts.total());
      if (refused !== null) {
        // A retry that the windows don't cover is none: what the vendor did stays the answer.
        if (retries === 0) failure = refusalOf(refused, parts.clock.nowMs());
        break;
      }
      const opened = await open(own, target, hold, parts);
      if (!opened.granted) {
        attempts.skip(target, 'provider_rate_limited', opened.reason);
        full.push(opened);
        break;
      }
      const begun = new Begun(opened.attempt, own);
      attempts.add(begun.attempt);
      call.departure.during(hearOutOf(target, parts));
      try {
        const ask = askOptions(begun.attempt, call, parts);
        await begun.begin(parts.clock, (emit) => parts.ask(target, own.request, ask, emit));
        return begun;
      } catch (thrown) {
        call.departure.during(null);
        failure = fail(begun, thrown, attempts, parts);
      }
      const waitMs = retryWaitMs(failure, retries, others, attempts, call, parts);
      if (waitMs === null) break;
      reportRetry(failure, waitMs, call, parts);
      await sleep(parts.clock, waitMs, call.signal);
    }
    if (call.signal.aborted || call.departure.hasLeft || !mayMoveOn(failure)) break;
  }
  throw failure ?? noneAsked(full);
}

/** As the caller's windows, or the store that counts them, refuse a hold. */
const NOT_COVERED: ReadonlySet<ErrorCode> = new Set(['budget_exceeded', 'rate_limited', 'store_unavailable']);

/** The next target may be asked when this one's failure says so, or when the caller's windows didn't cover this one. */
function mayMoveOn(failure: LLMError | null): boolean {
  if (failure === null) return true;
  return failure.rule.failover !== false || NOT_COVERED.has(failure.code);
}

type AccountRefusal = Extract<AccountAnswer, { readonly granted: false }>;

/** No fault of the caller's, and no limit of theirs: so it is never a 429. */
function noneAsked(full: readonly AccountRefusal[]): LLMError {
  const waits = full.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  const retry = waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) };
  const why = full.length === 0 ? '' : `: ${full.map(({ reason }) => reason).join('; ')}`;
  return llmError('all_providers_unavailable', `No target could be asked${why}`, retry);
}

/** Draws on the vendor's account, then opens the row, which survives the death of the process before the first byte goes out. */
async function open(
  fitted: Fitted,
  target: Target,
  hold: Hold,
  parts: Parts,
): Promise<{ readonly granted: true; readonly attempt: Attempt } | AccountRefusal> {
  const bound = hold.boundOf(fitted.request, target);
  const row = hold.takeRow(fitted, target);
  const account = await drawOnAccount(row.attemptId, target, bound, parts);
  if (!account.granted) return account;
  const attempt = {
    target,
    row,
    bound,
    account: account.draw,
    startedMonotonicMs: parts.clock.monotonicMs(),
    begunMonotonicMs: null,
    charge: null,
    error: null,
    endedMonotonicMs: null,
  };
  try {
    await parts.journal.open(row);
  } catch (error) {
    account.draw?.release();
    throw error;
  }
  return { granted: true, attempt };
}

/** Null: leaving stops this target at once. */
function hearOutOf({ provider }: Target, { policy, drains }: Parts): HearOut | null {
  const goesOn = policy.onCancel === 'drain' || (policy.onCancel === 'auto' && provider.billAfterCancel === 'goes-on');
  return goesOn ? (stop) => drains.enter(stop) : null;
}

function askOptions({ row, target }: Attempt, call: Call, { policy }: Parts) {
  return {
    stream: call.stream,
    attemptId: row.attemptId,
    attemptTimeoutMs: policy.attemptTimeoutMs,
    connectTimeoutMs: policy.connectTimeoutMs,
    idleTimeoutMs: target.card.thinksSilently
      ? Math.max(policy.idleTimeoutMs, SILENT_THINKING_MS)
      : policy.idleTimeoutMs,
    signal: call.signal,
    flow: call.flow,
  };
}
/** Models that think without a word may be silent this long between bytes. */
const SILENT_THINKING_MS = 120_000;

function fail(begun: Begun, thrown: unknown, attempts: Attempts, parts: Parts): LLMError {
  const { attempt: current, collector, fitted } = begun;
  const { provider, card } = current.target;
  const error = withDetail(asLLMError(thrown), {
    provider: provider.id,
    model: card.model,
    attempt: attempts.made.length,
  });
  const estimate = estimateOf(current, fitted.context.estimatedTokens, collector.parts(), parts);
  closeAttempt(current, chargeForFailure(current, error, collector.usage, estimate, false), error, parts);
  return error;
}

/** How long to wait before the same target is asked again; null: not again. */
function retryWaitMs(
  error: LLMError,
  retries: number,
  otherTargets: number,
  { made }: Attempts,
  call: Call,
  { policy, clock, chance, retryBudget }: Parts,
): number | null {
  const { retry } = error.rule;
  const retriesOfRequest = made.length - new Set(made.map(({ target }) => target)).size;
  const onceUsed = retry === 'once' && made.filter((attempt) => attempt.error?.code === error.code).length > 1;
  if (retry === false || onceUsed || error.detail.sameTargetAgain === false) return null;
  if (call.signal.aborted || call.departure.hasLeft || retriesOfRequest >= policy.retry.maxRetries) return null;
  // While somebody else can answer, the caller doesn't wait for one who is slow, full, or failed twice.
  const nextIsBetter = retries > 0 || error.code === 'provider_timeout' || error.code === 'provider_rate_limited';
  if (otherTargets > 0 && nextIsBetter) return null;
  const { baseMs, factor, jitter } = policy.retry;
  const backoffMs = Math.min(LONGEST_WAIT_MS, baseMs * factor ** retries) * (jitter === 'full' ? chance.random() : 1);
  const waitMs = error.retryAfterMs ?? backoffMs;
  if (waitMs > LONGEST_WAIT_MS || waitMs >= call.deadlineMonotonicMs - clock.monotonicMs()) return null;
  return retryBudget.take() ? waitMs : null;
}

function isLarger(target: Target, { made }: Attempts): boolean {
  return made.every((attempt) => attempt.target.card.contextWindow < target.card.contextWindow);
}

function reportRetry(error: LLMError, waitMs: number, call: Call, parts: Parts): void {
  const { code, provider, model, attempt } = error;
  const fields = {
    request_id: call.requestId,
    user_id: call.caller.userId,
    model,
    attempt,
    code,
    wait_ms: Math.round(waitMs),
  };
  parts.report('warn', `${provider}_request_retry`, fields);
}
