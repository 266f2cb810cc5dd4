// Whether whoever asked may ask again by itself, and when: told alike by the gateway and by what speaks for this service elsewhere.

import type { ErrorCode } from './error-table.ts';
import type { LLMError } from './errors.ts';

/** Longer than this no official client waits by itself, and groq-sdk would sleep for an hour if it were told to. */
const LONGEST_CLIENT_WAIT_MS = 60_000;
const UNKNOWN_WAIT_MS = 1_000;

/** The vendor will say the same until an operator acts; or the caller has had part of the answer. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  'provider_quota',
  'provider_auth',
  'provider_rejected_answer',
  'stream_broken',
  'generation_lost',
]);

/** Refusals that another try may not meet. */
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set(['provider_rate_limited', 'request_timeout', 'in_progress']);

/** `retry-after` on every 429 and 503; `x-should-retry: false` where a client's own retry cannot mend anything. */
export function retryHeaders(error: LLMError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (!isWorthARetry(error)) headers['x-should-retry'] = 'false';
  if (error.status === 429 || error.status === 503 || error.code === 'in_progress') {
    const waitMs = Math.max(1, Math.ceil(error.retryAfterMs ?? UNKNOWN_WAIT_MS));
    headers['retry-after'] = String(Math.ceil(waitMs / 1_000));
    headers['retry-after-ms'] = String(waitMs);
  }
  return headers;
}

export function isWorthARetry({ code, status, retryAfterMs, detail }: LLMError): boolean {
  if (FINAL_CODES.has(code)) return false;
  if (retryAfterMs !== null && retryAfterMs > LONGEST_CLIENT_WAIT_MS) return false;
  // A request that is larger than a whole window never fits, so no time is given.
  if (code === 'rate_limited') return retryAfterMs !== null;
  if (status < 500) return WAITED_FOR.has(code);
  // What was asked several times here would be multiplied by the client's own retries.
  const asked = detail.attempts?.filter(({ outcome }) => outcome !== 'skipped').length ?? 0;
  return asked <= 1 || status === 503;
}
