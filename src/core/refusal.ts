// What a window that refused says to the caller: everything that helps to ask again, and nothing of other scopes.

import { type LLMError, llmError } from './errors.ts';
import { formatUsd, fromNanoUsd } from './money.ts';
import type { HoldRefusal } from './window-store.ts';
import { calendarPeriod, WINDOWS, type WindowState } from './windows.ts';

/** What is known of a request that a budget refuses. */
export interface TooDear {
  /** Those that would still fit. */
  readonly cheaperModels: readonly string[];
  /** The worst of the prompt alone, which no shorter answer makes cheaper; null: it was not reckoned. */
  readonly promptNanoUsd: number | null;
}

const NOTHING_KNOWN: TooDear = { cheaperModels: [], promptNanoUsd: null };

/** Which window it is, how much is left, when it resets; of a budget also which cheaper models would still fit. */
export function refusalOf(refusal: HoldRefusal, nowMs: number, tooDear = NOTHING_KNOWN): LLMError {
  return refusal.unavailable ?? fullnessOf(refusal.refused, nowMs, tooDear);
}

function fullnessOf(state: WindowState, nowMs: number, tooDear: TooDear): LLMError {
  const { window, used, remaining } = state;
  const resetsAtMs = state.resetsAtMs ?? endOfEmpty(state, nowMs);
  const waitMs = resetsAtMs === null ? null : Math.max(1, resetsAtMs - nowMs);
  const { scope, name, limit: most } = window;
  const refusal = {
    scope,
    window: name,
    limit: most,
    used,
    remaining,
    resetsAtMs,
    cheaperModels: tooDear.cheaperModels,
  };
  const retry = { refusal, ...(waitMs !== null && { retryAfterMs: waitMs }) };
  const limit = `${window.limit} ${window.name} of this ${window.scope}`;
  switch (WINDOWS[window.name].measure) {
    case 'in_flight':
      // It frees up when an answer ends, which has no clock: a second is as good a guess as any.
      return llmError('rate_limited', `${limit} are already under way; wait for one to end`, {
        refusal,
        retryAfterMs: 1_000,
      });
    case 'requests':
      return llmError('rate_limited', `The limit of ${limit} is reached; ${waitAdvice(waitMs)}`, retry);
    case 'tokens':
      return llmError(
        'rate_limited',
        `The limit of ${limit} does not cover this request, ${state.remaining} are left; ask for fewer max_tokens or ${waitAdvice(waitMs)}`,
        retry,
      );
    case 'nano_usd':
      return llmError('budget_exceeded', budgetMessage(state, resetsAtMs, tooDear), retry);
  }
}

/** Nothing fits into what is empty, so its end is told also to what is larger than the whole of it. */
function endOfEmpty({ window, remaining }: WindowState, nowMs: number): number | null {
  const { period } = WINDOWS[window.name];
  return remaining === 0 && period.type === 'calendar'
    ? calendarPeriod(period.unit, window.timezone, nowMs).endMs
    : null;
}

function waitAdvice(waitMs: number | null): string {
  return waitMs === null
    ? 'split it: it is larger than the whole limit'
    : `ask again in ${Math.ceil(waitMs / 1_000)} s`;
}

function budgetMessage(
  state: WindowState,
  resetsAtMs: number | null,
  { cheaperModels, promptNanoUsd }: TooDear,
): string {
  const { window, used, remaining } = state;
  const usd = (nanoUsd: number) => `$${formatUsd(fromNanoUsd(nanoUsd))}`;
  const anew = resetsAtMs === null ? '' : `; it starts anew at ${new Date(resetsAtMs).toISOString()}`;
  const cheaper = cheaperModels.length === 0 ? '' : `; or ask ${cheaperModels.join(' or ')}, which would still fit`;
  return (
    `The budget of this ${window.scope} does not cover this request: ${window.name} is ${usd(window.limit)}, ` +
    `used or held ${usd(used)}, left ${usd(remaining)}${anew}. ${budgetAdvice(state, promptNanoUsd ?? 0)}${cheaper}`
  );
}

function budgetAdvice({ window, remaining, resetsAtMs }: WindowState, promptNanoUsd: number): string {
  if (promptNanoUsd >= window.limit) return 'Its prompt alone can cost more than the whole budget: send less';
  if (resetsAtMs === null) return 'It can cost more than the whole budget: ask for fewer max_tokens';
  if (promptNanoUsd < remaining) return 'Ask for fewer max_tokens, or wait';
  return remaining === 0 ? 'Wait' : 'Wait, or send less';
}
