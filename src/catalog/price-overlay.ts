// What the price data we build on lacks or has wrong, each figure with its day and its source. It stands over that data, and
// the operator's own `prices` stand over this. A price of null says: from that day on nobody publishes one.

import { type Price, perToken } from '../core/money.ts';

export interface PriceEntry {
  readonly provider: string;
  readonly model: string;
  /** ISO date from which it holds, 0:00 UTC; null: always. */
  readonly from: string | null;
  /** Null: unpriced, which is refused under a money window. Never 0. */
  readonly price: Price | null;
}

export interface UsdPerMillion {
  readonly input: string;
  /** Read from the vendor's prompt cache. Absent: the input price, so a hold is never too small. */
  readonly cachedInput?: string | undefined;
  /** Written to the vendor's prompt cache. Absent: the input price. */
  readonly cacheWrite?: string | undefined;
  readonly output: string;
}

/** Exact, from decimals as text. Throws a RangeError for what is no plain decimal of at most six places. */
export function priceFrom(usd: UsdPerMillion, source: string, from: string | null): Price {
  return {
    input: perToken(usd.input),
    cacheRead: perToken(usd.cachedInput ?? usd.input),
    cacheWrite: perToken(usd.cacheWrite ?? usd.input),
    output: perToken(usd.output),
    source,
    from,
  };
}

const GROQ_MODELS_PAGE = 'console.groq.com/docs/models, read 2026-10-01';

export const PRICE_OVERLAY: readonly PriceEntry[] = [
  {
    provider: 'groq',
    // genai-prices counts it to gpt-oss-120b, at twice its price.
    model: 'openai/gpt-oss-safeguard-20b',
    from: null,
    price: priceFrom({ input: '0.075', cachedInput: '0.0375', output: '0.30' }, GROQ_MODELS_PAGE, null),
  },
  {
    provider: 'groq',
    model: 'qwen/qwen3.8-27b',
    from: null,
    price: priceFrom({ input: '0.80', output: '4.00' }, GROQ_MODELS_PAGE, null),
  },
  // "Contact sales" since their shutdown for self-serve plans: what a contract says, only its holder knows.
  { provider: 'groq', model: 'llama-3.3-70b-versatile', from: '2026-08-16', price: null },
  { provider: 'groq', model: 'llama-3.1-8b-instant', from: '2026-08-16', price: null },
  {
    provider: 'offline',
    model: 'offline/echo',
    from: null,
    price: priceFrom({ input: '0', output: '0' }, 'answered in this process: known to be free', null),
  },
];
