// What Anthropic tells of our account in the headers of each answer: four windows, each with what is left and when it is full again.

import type { ReplyHeaders } from '../../core/provider.ts';
import { countOf, untilInstantMs } from '../retry-after.ts';

const WINDOWS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** Until the last of the windows that are told to be used up is full again; null when none is. */
export function exhaustedForMs(headers: ReplyHeaders): number | null {
  return longest(headers, (waitMs) => waitMs);
}

/**
 * How long nothing at all is left; null when something is, or nobody says. These windows fill evenly and tell when they are full: the
 * first of N requests is there after the Nth part of that. Of tokens a request wants many, so such a window is waited for.
 */
export function drainedForMs(headers: ReplyHeaders): number | null {
  return longest(headers, (waitMs, window) => {
    const limit = window === 'requests' ? countOf(headers['anthropic-ratelimit-requests-limit']) : null;
    return Math.ceil(waitMs / Math.max(1, limit ?? 1));
  });
}

function longest(
  headers: ReplyHeaders,
  waitOf: (untilFullMs: number, window: (typeof WINDOWS)[number]) => number,
): number | null {
  const waitsMs = WINDOWS.flatMap((window) => {
    const isUsedUp = countOf(headers[`anthropic-ratelimit-${window}-remaining`]) === 0;
    const untilFullMs = isUsedUp
      ? untilInstantMs(headers[`anthropic-ratelimit-${window}-reset`], headers['date'])
      : null;
    return untilFullMs === null ? [] : [waitOf(untilFullMs, window)];
  });
  return waitsMs.length === 0 ? null : Math.max(...waitsMs);
}
