// What a window that refused says to the caller: everything that helps to ask again, and nothing of other scopes.

import { type LLMError, llmError } from './errors.ts';
import { formatUsd, fromNanoUsd } from './money.ts';
import type { HoldRefusal } from './window-store.ts';
import { calendarPeriod, WINDOWS, type WindowState } from './windows.ts';

/** Which window it is, how much is left, when it resets; of a budget also which cheaper models would still fit. */
export function refusalOf(refusal: HoldRefusal, nowMs: number, cheaperModels: readonly string[] = []): LLMError {
  return refusal.unavailable ?? fullnessOf(refusal.refused, nowMs, cheaperModels);
}

function fullnessOf(state: WindowState, nowMs: number, cheaperModels: readonly string[]): LLMError {
  const { window, used, remaining, resetsAtMs } = state;
  const waitMs = resetsAtMs === null ? null : Math.max(1, resetsAtMs - nowMs);
  const { scope, name, limit: most } = window;
  const refusal = { scope, window: name, limit: most, used, remaining, resetsAtMs, cheaperModels };
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
      return llmError('budget_exceeded', budgetMessage(state, nowMs, cheaperModels), retry);
  }
}

function waitAdvice(waitMs: number | null): string {
  return waitMs === null
    ? 'split it: it is larger than the whole limit'
    : `ask again in ${Math.ceil(waitMs / 1_000)} s`;
}

function budgetMessage(state: WindowState, nowMs: number, cheaperModels: readonly string[]): string {
  const { window, used, remaining, resetsAtMs } = state;
  const usd = (nanoUsd: number) => `$${formatUsd(fromNanoUsd(nanoUsd))}`;
  const { period } = WINDOWS[window.name];
  const endsAtMs = period.type === 'calendar' ? calendarPeriod(period.unit, window.timezone, nowMs).endMs : nowMs;
  const cheaper = cheaperModels.length === 0 ? '' : `; or ask ${cheaperModels.join(' or ')}, which would still fit`;
  const advice =
    resetsAtMs === null
      ? 'It can cost more than the whole budget: ask for fewer max_tokens'
      : 'Ask for fewer max_tokens, or wait';
  return (
    `The budget of this ${window.scope} does not cover this request: ${window.name} is ${usd(window.limit)}, ` +
    `used or held ${usd(used)}, left ${usd(remaining)}; it starts anew at ${new Date(endsAtMs).toISOString()}. ${advice}${cheaper}`
  );
}
