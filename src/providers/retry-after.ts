// How long a vendor asks us to wait, and what it says of its limits, out of the headers of a reply. Any text gives a result:
// a wait is null or from 0 to 24 h, so that no header can put a timer beyond reach (OpenAI has told 114 h, in April 2025).

import type { ReplyHeaders } from '../core/provider.ts';

export const LONGEST_WAIT_MS = 24 * 3_600_000;

/** Longer than any number, duration or date that means something. */
const LONGEST_TEXT = 64;
const DECIMAL = /^\d+(?:\.\d+)?$/;
const GO_DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d))+$/;
const GO_UNIT = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)/gy;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * `retry-after-ms`, else `retry-after`: seconds, a duration, or a date counted from the reply's own `date`. Azure tells
 * `retry-after-ms: 0` beside `retry-after: 1` (seen in August 2026): a 0 gives way to what says more.
 */
export function retryAfterMs(headers: ReplyHeaders): number | null {
  const inMs = decimal(headers['retry-after-ms']);
  return inMs !== null && inMs > 0 ? waitOf(inMs) : (retryAfterHeaderMs(headers) ?? inMs);
}

function retryAfterHeaderMs(headers: ReplyHeaders): number | null {
  const text = headers['retry-after'];
  const inSeconds = decimal(text);
  if (inSeconds !== null) return waitOf(inSeconds * 1_000);
  return durationMs(text) ?? waitUntil(dateMs(text), headers['date']);
}

/** A duration as Go writes it: `2m59.56s`, `7.66s`, `26ms`, `6m0s`. */
export function durationMs(text: string | undefined): number | null {
  const trimmed = shortText(text);
  if (trimmed === null || !GO_DURATION.test(trimmed)) return null;
  let sumMs = 0;
  for (const [, amount, unit = ''] of trimmed.matchAll(GO_UNIT))
    sumMs += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return waitOf(sumMs);
}

/** What a vendor account may still do; null = not told. */
export interface RateLimits {
  readonly limitRequests: number | null;
  readonly remainingRequests: number | null;
  /** Until the window is full again; at Groq that of requests is a day, that of tokens a minute. */
  readonly resetRequestsMs: number | null;
  readonly limitTokens: number | null;
  readonly remainingTokens: number | null;
  readonly resetTokensMs: number | null;
}

/** The `x-ratelimit-*` of Groq and OpenAI; other families have other names and are null here. */
export function rateLimits(headers: ReplyHeaders): RateLimits {
  return {
    limitRequests: countOf(headers['x-ratelimit-limit-requests']),
    remainingRequests: countOf(headers['x-ratelimit-remaining-requests']),
    resetRequestsMs: durationMs(headers['x-ratelimit-reset-requests']),
    limitTokens: countOf(headers['x-ratelimit-limit-tokens']),
    remainingTokens: countOf(headers['x-ratelimit-remaining-tokens']),
    resetTokensMs: durationMs(headers['x-ratelimit-reset-tokens']),
  };
}

/** Of the windows that have nothing left, the one that is full again last; null when none is told to be used up. */
export function exhaustedForMs(headers: ReplyHeaders): number | null {
  const { remainingRequests, resetRequestsMs, remainingTokens, resetTokensMs } = rateLimits(headers);
  const waitsMs = [remainingRequests === 0 ? resetRequestsMs : null, remainingTokens === 0 ? resetTokensMs : null];
  return waitsMs.reduce((longest, waitMs) => (waitMs === null || (longest ?? 0) > waitMs ? longest : waitMs), null);
}

/**
 * How long nothing at all is left; null when something is, or nobody says. These windows fill evenly and tell when they are full: the
 * first of N requests is there after the Nth part of that. Of tokens a request wants many, so that window is waited for.
 */
export function drainedForMs(headers: ReplyHeaders): number | null {
  const { limitRequests, remainingRequests, resetRequestsMs, remainingTokens, resetTokensMs } = rateLimits(headers);
  const requestsMs = remainingRequests === 0 ? resetRequestsMs : null;
  const oneRequestMs = requestsMs === null ? null : Math.ceil(requestsMs / Math.max(1, limitRequests ?? 1));
  const tokensMs = remainingTokens === 0 ? resetTokensMs : null;
  if (oneRequestMs === null || tokensMs === null) return oneRequestMs ?? tokensMs;
  return Math.max(oneRequestMs, tokensMs);
}

function shortText(text: string | undefined): string | null {
  return text === undefined || text.length > LONGEST_TEXT ? null : text.trim();
}

function decimal(text: string | undefined): number | null {
  const trimmed = shortText(text);
  return trimmed !== null && DECIMAL.test(trimmed) ? Number(trimmed) : null;
}

/** A whole number that the numbers of this language hold; null for anything else. */
export function countOf(text: string | undefined): number | null {
  const value = decimal(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** Until a moment as RFC 3339 writes it: so Anthropic tells when its windows are full again. */
export function untilInstantMs(text: string | undefined, repliedAt: string | undefined): number | null {
  const trimmed = shortText(text);
  const until = trimmed !== null && INSTANT.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return waitUntil(Number.isNaN(until) ? null : until, repliedAt);
}

/** A codec has no clock; the vendor's own one, at the moment of the reply, is the better one here anyway. */
function waitUntil(until: number | null, repliedAt: string | undefined): number | null {
  const from = dateMs(repliedAt);
  return until === null || from === null ? null : waitOf(Math.max(0, until - from));
}

function dateMs(text: string | undefined): number | null {
  const trimmed = shortText(text);
  if (trimmed === null || !HTTP_DATE.test(trimmed)) return null;
  const atMs = Date.parse(trimmed);
  return Number.isNaN(atMs) ? null : atMs;
}

function waitOf(ms: number): number {
  return Math.min(Math.ceil(ms), LONGEST_WAIT_MS);
}
