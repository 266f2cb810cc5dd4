// All windows of a caller as the structured fields `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers):
// what each allows, and how much of it is left. Of a window that has room no reset is told, since none is waited for.

import { WINDOWS, type WindowState } from '../index.ts';

/** RFC 9651: an integer has at most 15 digits. A budget of a million dollars in nano-dollars has 16. */
const LARGEST_INTEGER = 999_999_999_999_999;

const UNITS = {
  requests: 'requests',
  tokens: 'tokens',
  in_flight: 'concurrent-requests',
  nano_usd: 'nano-usd',
} as const;

const DAY_SECONDS = 86_400;

export function rateLimitFields(states: readonly WindowState[], nowMs: number): Record<string, string> {
  if (states.length === 0) return {};
  const policies = states.map((state) => `${nameOf(state)};q=${integer(state.window.limit)}${quotaOf(state)}`);
  const rests = states.map((state) => `${nameOf(state)};r=${integer(state.remaining)}${resetOf(state, nowMs)}`);
  return { 'ratelimit-policy': policies.join(', '), ratelimit: rests.join(', ') };
}

/** As a structured string; scopes and names are ours. */
function nameOf({ window }: WindowState): string {
  return `"${window.scope}:${window.name}"`;
}

/** Months have no one length and calls in flight none at all, so of these no window is told. */
function quotaOf({ window }: WindowState): string {
  const { measure, period } = WINDOWS[window.name];
  const unit = `;qu="${UNITS[measure]}"`;
  if (period.type === 'sliding') return `${unit};w=${(period.slotMs * period.slots) / 1_000}`;
  return period.type === 'calendar' && period.unit === 'day' ? `${unit};w=${DAY_SECONDS}` : unit;
}

function resetOf({ resetsAtMs }: WindowState, nowMs: number): string {
  return resetsAtMs === null ? '' : `;t=${integer(Math.ceil((resetsAtMs - nowMs) / 1_000))}`;
}

function integer(value: number): string {
  return String(Math.min(LARGEST_INTEGER, Math.max(0, value)));
}
