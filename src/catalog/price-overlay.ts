// What the price data we build on lacks or has wrong, each figure with its day and its source. It stands over that data, and
// the operator's own `prices` stand over this. A price of null says: from that day on nobody publishes one.

import { type Price, perToken, type Rates } from '../core/money.ts';

export interface PriceEntry {
  readonly provider: string;
  readonly model: string;
  /** ISO date from which it holds, 0:00 UTC; null: always. */
  readonly from: string | null;
  /** Null: unpriced, which is refused under a money window. Never 0. */
  readonly price: Price | null;
}

interface UsdRates {
  readonly input: string;
  /** Read from the vendor's prompt cache. Absent: the input price, so a hold is never too small. */
  readonly cachedInput?: string | undefined;
  /** Written to the vendor's prompt cache. Absent: the input price. */
  readonly cacheWrite?: string | undefined;
  readonly output: string;
}

export interface UsdPerMillion extends UsdRates {
  /** For the whole of a request whose prompt is longer, the shortest first. */
  readonly longPrompts?: readonly (UsdRates & { readonly aboveInputTokens: number })[];
}

/** Exact, from decimals as text. Throws a RangeError for what is no plain decimal of at most six places. */
export function priceFrom({ longPrompts = [], ...usd }: UsdPerMillion, source: string, from: string | null): Price {
  const long = longPrompts.map(({ aboveInputTokens, ...rates }) => ({ aboveInputTokens, ...ratesFrom(rates) }));
  return { ...ratesFrom(usd), ...(long.length > 0 && { longPrompts: long }), source, from };
}

function ratesFrom({ input, cachedInput = input, cacheWrite = input, output }: UsdRates): Rates {
  return {
    input: perToken(input),
    cacheRead: perToken(cachedInput),
    cacheWrite: perToken(cacheWrite),
    output: perToken(output),
  };
}

const ANTHROPIC_PRICING_PAGE = 'platform.claude.com/docs/en/about-claude/pricing, read 2026-11-22';
const GEMINI_PRICES = '@earendil-works/pi-ai 1.5.2, from ai.google.dev/gemini-api/docs/pricing, read 2026-11-10';
const GROQ_MODELS_PAGE = 'console.groq.com/docs/models, read 2026-10-01';

/** genai-prices has no price for the answer of these, since there is none: it is 0. */
function embeddingPrices(provider: string, inputs: readonly (readonly [model: string, input: string])[]): PriceEntry[] {
  const source = 'genai-prices 0.1.8, as LiteLLM has it';
  return inputs.map(([model, input]) => {
    return { provider, model, from: null, price: priceFrom({ input, output: '0' }, source, null) };
  });
}

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
    provider: 'anthropic',
    model: 'claude-fable-5-2',
    from: null,
    price: priceFrom({ input: '8', cachedInput: '0.20', cacheWrite: '10', output: '40' }, ANTHROPIC_PRICING_PAGE, null),
  },
  {
    provider: 'anthropic',
    // genai-prices counts it to claude-sonnet-5, which reads from its cache for twice as much.
    model: 'claude-sonnet-5-5',
    from: '2026-10-07',
    price: priceFrom(
      { input: '2', cachedInput: '0.10', cacheWrite: '2.50', output: '10' },
      ANTHROPIC_PRICING_PAGE,
      '2026-10-07',
    ),
  },
  // genai-prices knows a second tier for prompts of more than 200,000 tokens, which it does not take any more.
  ...['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'].map((model) => ({
    provider: 'anthropic',
    model,
    from: null,
    price: priceFrom(
      { input: '3', cachedInput: '0.30', cacheWrite: '3.75', output: '15' },
      ANTHROPIC_PRICING_PAGE,
      null,
    ),
  })),
  {
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    from: null,
    price: priceFrom(
      {
        input: '0.10',
        cachedInput: '0.01',
        cacheWrite: '0.125',
        output: '0.50',
        longPrompts: [
          { aboveInputTokens: 100_000, input: '0.50', cachedInput: '0.05', cacheWrite: '0.625', output: '2.50' },
        ],
      },
      ANTHROPIC_PRICING_PAGE,
      null,
    ),
  },
  {
    provider: 'gemini',
    model: 'gemini-4-argon',
    from: null,
    price: priceFrom({ input: '2', cachedInput: '0.10', output: '10' }, GEMINI_PRICES, null),
  },
  // Free of charge, which is a price.
  ...['gemma-4-31b-it', 'gemma-4-26b-a4b-it'].map((model) => ({
    provider: 'gemini',
    model,
    from: null,
    price: priceFrom({ input: '0', output: '0' }, GEMINI_PRICES, null),
  })),
  ...embeddingPrices('openai', [
    ['text-embedding-3-small', '0.02'],
    ['text-embedding-3-large', '0.13'],
    ['text-embedding-ada-002', '0.10'],
  ]),
  ...embeddingPrices('gemini', [
    ['gemini-embedding-001', '0.15'],
    ['gemini-embedding-2', '0.20'],
  ]),
  {
    provider: 'offline',
    model: 'offline/echo',
    from: null,
    price: priceFrom({ input: '0', output: '0' }, 'answered in this process: known to be free', null),
  },
];
