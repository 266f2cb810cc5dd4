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
import { ACCOUNT_FAILURES, accountOf, type Closed, type Visit } from '../core/health.ts';
import type { Hold } from '../core/hold.ts';
import type { JsonObject } from '../core/json.ts';
import type { EventLog, Parts } from '../core/parts.ts';
import { refusalOf } from '../core/refusal.ts';
import type { Call } from '../core/request.ts';
import { isRefusal, repaired, withheldIn } from '../core/withheld-answer.ts';

/** A vendor's Retry-After is waited for up to this; a longer one moves on, or is the answer at once. */
const LONGEST_WAIT_MS = 20_000;

export async function attempt(
  fitted: Fitted,
  hold: Hold,
  attempts: Attempts,
  call: Call,
  parts: Parts,
  log: Pick<EventLog, 'append'>,
): Promise<Begun> {
  for (const passed of fitted.passedOver) attempts.skip(passed);
  let failure: LLMError | null = null;
  /** The last answer that was refused: whoever is asked after it is told why, whatever went wrong in between. */
  let refusal: LLMError | null = null;
  const closed: NotAsked[] = [];
  for (const [index, target] of fitted.targets.entries()) {
    if (failure !== null && !mayFollow(target, failure, attempts)) continue;
    const others = fitted.targets.slice(index + 1);
    for (let retries = 0; ; retries++) {
      const isAwaited = retries > 0 && namesItsReset(failure);
      const asked = repaired(fitted, refusal, parts);
      const tried = await tryOnce(target, isAwaited, asked, hold, attempts, call, parts, log);
      if ('begun' in tried) return tried.begun;
      if ('closed' in tried) {
        attempts.skip({ target, ...tried.closed });
        closed.push({ ...tried.closed, target });
        break;
      }
      if ('refused' in tried) {
        // A retry that the windows don't cover is none: what the vendor did stays the answer.
        if (retries === 0) failure = tried.refused;
        break;
      }
      failure = tried.failed;
      if (isRefusal(failure)) refusal = failure;
      const waitMs = retryWaitMs(failure, target, retries, others, attempts, call, parts);
      if (waitMs === null) break;
      reportRetry(failure, waitMs, call, parts);
      if (waitMs > 0) await sleep(parts.clock, waitMs, call.signal);
    }
    if (call.signal.aborted || call.departure.hasLeft || !mayMoveOn(failure)) break;
  }
  throw failure ?? noneAsked(closed);
}

type Tried =
  | { readonly begun: Begun }
  /** Not asked: the account is not to be used now. */
  | { readonly closed: Closed }
  /** Not asked: the caller's windows don't cover it. */
  | { readonly refused: LLMError }
  | { readonly failed: LLMError };

/** One attempt at one target, or the reason why there is none. What is not asked leaves no row and no hold. */
async function tryOnce(
  target: Target,
  isAwaited: boolean,
  fitted: Fitted,
  hold: Hold,
  attempts: Attempts,
  call: Call,
  parts: Parts,
  log: Pick<EventLog, 'append'>,
): Promise<Tried> {
  const visit = parts.health.enter(target, parts.policy.breaker, isAwaited);
  if (!visit.granted) return { closed: visit };
  try {
    const own = fittedTo(fitted, target);
    const refused = await hold.cover(own, target, attempts.total());
    if (refused !== null) return { refused: refusalOf(refused, parts.clock.nowMs()) };
    const opened = await open(own, target, hold, parts);
    if (!opened.granted) return { closed: { ...opened, code: 'provider_rate_limited' } };
    const begun = new Begun(opened.attempt, own);
    attempts.add(begun.attempt);
    call.departure.during(hearOutOf(target, parts));
    try {
      const ask = { ...askOptions(begun, visit, call, parts), ...judgingOf(attempts, call, log) };
      await begun.begin(parts.clock, (emit) => parts.ask(target, own.request, ask, emit));
      visit.answered();
      return { begun };
    } catch (thrown) {
      call.departure.during(null);
      const failed = fail(begun, thrown, attempts, parts);
      visit.failed(failed);
      return { failed };
    }
  } finally {
    // Whatever else has thrown: a probe that nobody gives back would keep its account closed for ever.
    visit.left();
  }
}

/** Whether this target may be asked after that failure of another one. */
function mayFollow(target: Target, failure: LLMError, { made }: Attempts): boolean {
  if (failure.rule.failover === 'larger') return isLarger(target, made);
  // The same model by another key fares better only where it was the key, or its account, that failed.
  return made.every(({ target: asked, error }) => {
    return !isSameModel(asked, target) || error === null || ACCOUNT_FAILURES.has(error.code);
  });
}

/** As the caller's windows, or the store that counts them, refuse a hold. */
const NOT_COVERED: ReadonlySet<ErrorCode> = new Set(['budget_exceeded', 'rate_limited', 'store_unavailable']);

/** The next target may be asked when this one's failure says so, or when the caller's windows didn't cover this one. */
function mayMoveOn(failure: LLMError | null): boolean {
  if (failure === null) return true;
  return failure.rule.failover !== false || NOT_COVERED.has(failure.code);
}

type AccountRefusal = Extract<AccountAnswer, { readonly granted: false }>;

interface NotAsked extends Closed {
  readonly target: Target;
}

/** No fault of the caller's, and no limit of theirs: so it is never a 429. It says when the first of them opens. */
function noneAsked(closed: readonly NotAsked[]): LLMError {
  const waits = closed.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  const retry = waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) };
  // A route may lead to one model twice.
  const whys = new Set(
    closed.map(({ target, reason }) => `${accountOf(target.provider)}/${target.card.model}: ${reason}`),
  );
  const why = closed.length === 0 ? '' : `: ${[...whys].join('; ')}`;
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

function askOptions({ attempt: { row, target }, fitted }: Begun, { drained }: Visit, call: Call, { policy }: Parts) {
  return {
    // Embeddings come all at once.
    stream: call.stream && fitted.request.embedding === null,
    attemptId: row.attemptId,
    attemptTimeoutMs: policy.attemptTimeoutMs,
    connectTimeoutMs: policy.connectTimeoutMs,
    idleTimeoutMs: target.card.thinksSilently
      ? Math.max(policy.idleTimeoutMs, SILENT_THINKING_MS)
      : policy.idleTimeoutMs,
    signal: call.signal,
    flow: call.flow,
    onDrained: drained,
  };
}

function judgingOf({ made }: Attempts, { judge, drafts, stream }: Call, log: Pick<EventLog, 'append'>) {
  if (judge === null) return {};
  const onDraft = drafts && stream ? (data: JsonObject) => log.append({ type: 'data-draft', data }) : null;
  return { judging: { judge, repairs: made.filter(({ error }) => isRefusal(error)).length, onDraft } };
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
  const written = withheldIn(error)?.parts ?? collector.parts();
  const estimate = estimateOf(current, fitted.context.estimatedTokens, written, parts);
  closeAttempt(current, chargeForFailure(current, error, collector.usage, estimate, false), error, parts);
  return error;
}

/** How long to wait before the same target is asked again; null: not again. */
function retryWaitMs(
  error: LLMError,
  target: Target,
  retries: number,
  others: readonly Target[],
  attempts: Attempts,
  call: Call,
  { policy, clock, chance, health, retryBudget }: Parts,
): number | null {
  const { made } = attempts;
  const { retry } = error.rule;
  const retriesOfRequest = made.length - new Set(made.map(({ target }) => target)).size;
  const mostRepairs = call.judge?.mostRepairs ?? 1;
  const isUsedUp =
    retry === 'once' && made.filter((attempt) => attempt.error?.code === error.code).length > mostRepairs;
  if (retry === false || isUsedUp || error.detail.sameTargetAgain === false) return null;
  if (call.signal.aborted || call.departure.hasLeft || retriesOfRequest >= policy.retry.maxRetries) return null;
  // Its breaker may have opened by this very failure.
  if (health.closed(target, namesItsReset(error)) !== null) return null;
  const nextIsBetter = mayMoveOn(error) && (retries > 0 || isLeftAtOnce(error));
  const mayAnswer = (other: Target) => mayFollow(other, error, attempts) && health.closed(other, false) === null;
  if (nextIsBetter && others.some(mayAnswer)) return null;
  const { baseMs, factor, jitter } = policy.retry;
  const backoffMs = Math.min(LONGEST_WAIT_MS, baseMs * factor ** retries) * (jitter === 'full' ? chance.random() : 1);
  // The vendor is well: there is nothing to wait for.
  const waitMs = isRefusal(error) ? 0 : (error.retryAfterMs ?? backoffMs);
  if (waitMs > LONGEST_WAIT_MS || waitMs >= call.deadlineMonotonicMs - clock.monotonicMs()) return null;
  // A repair is bounded by its judge and by the caller's budget; the share of retries is there for vendors that are sick.
  const isRepair = call.judge !== null && isRefusal(error);
  return isRepair || retryBudget.take() ? waitMs : null;
}

/** While somebody else can answer, nobody waits for a vendor who is slow, full, or was not there at all. */
function isLeftAtOnce({ code, detail }: LLMError): boolean {
  return code === 'provider_timeout' || code === 'provider_rate_limited' || detail.neverSent === true;
}

/** It closes the account, but not to the request that waits for it. */
function namesItsReset(failure: LLMError | null): boolean {
  return failure?.code === 'provider_rate_limited' && failure.retryAfterMs !== null;
}

function isSameModel(a: Target, b: Target): boolean {
  return a.provider.id === b.provider.id && a.card.model === b.card.model;
}

function isLarger(target: Target, made: readonly Attempt[]): boolean {
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
