// Money as integer pico-dollars (10^-12 USD). $0.05 per million tokens is exactly 50,000 pico-dollars a token: prices with
// up to six decimals per million are whole numbers here, so nothing is ever rounded and no float holds money.

declare const unit: unique symbol;
export type PicoUsd = bigint & { readonly [unit]: 'picoUsd' };

const PICO_PER_USD = 1_000_000_000_000n;
const PICO_PER_NANO = 1_000n;
const DECIMAL = /^(\d{1,12})(?:\.(\d{1,12}))?$/;

export function picoUsd(amount: bigint): PicoUsd {
  return amount as PicoUsd;
}

export const ZERO_USD = picoUsd(0n);

/** "0.50" -> 500,000,000,000. Throws on a sign, an exponent, more than twelve decimals, or anything else that isn't a plain decimal. */
export function parseUsd(text: string): PicoUsd {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`"${text}" is no amount in USD: write a plain decimal such as "0.50"`);
  return picoUsd(BigInt(match[1] ?? '0') * PICO_PER_USD + BigInt((match[2] ?? '').padEnd(12, '0')));
}

/** Pico-dollars for one token, of a price in USD per million tokens. Throws beyond six decimals, which no price list has. */
export function perToken(usdPerMillion: string): PicoUsd {
  const perMillion = parseUsd(usdPerMillion);
  if (perMillion % 1_000_000n !== 0n) throw new RangeError(`"${usdPerMillion}" has more than six decimals`);
  return picoUsd(perMillion / 1_000_000n);
}

/** The exact decimal: 900000n -> "0.0000009". At least two decimals, no trailing zeros beyond them. */
export function formatUsd(amount: PicoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(13, '0');
  const decimals = digits.slice(-12).replace(/0{1,10}$/, '');
  return `${sign}${digits.slice(0, -12)}.${decimals}`;
}

/**
 * Windows count nano-dollars, since Lua's numbers are exact only to 2^53. Rounded up, so a window never counts too little; a
 * negative amount, which is what a correction gives back, too: towards zero.
 */
export function nanoUsdCeil(amount: PicoUsd): number {
  return Number(amount / PICO_PER_NANO + (amount % PICO_PER_NANO > 0n ? 1n : 0n));
}

export function fromNanoUsd(nanoUsd: number): PicoUsd {
  return picoUsd(BigInt(nanoUsd) * PICO_PER_NANO);
}

/** Each figure is for one token. */
export interface Rates {
  readonly input: PicoUsd;
  readonly cacheRead: PicoUsd;
  readonly cacheWrite: PicoUsd;
  readonly output: PicoUsd;
}

/** What the whole of a request costs whose prompt is longer than this, its answer too. */
export interface LongPromptRates extends Rates {
  readonly aboveInputTokens: number;
}

/** The price of a model in force from `fromMs`. */
export interface Price extends Rates {
  /** By length, the shortest first. Left out: one price for all lengths. */
  readonly longPrompts?: readonly LongPromptRates[];
  /** True: a token of sound costs something else, which these figures do not say. */
  readonly audioApart?: boolean;
  /** Where the figures stand, for the row and for `models`. */
  readonly source: string;
  /** ISO date from which they hold; null when the source doesn't say. */
  readonly from: string | null;
}

/** Names a price for the rows reckoned with it: its source, its day and its figures, in pico-dollars for a token. */
export function priceIdOf({ source, from, longPrompts = [], ...rates }: Price): string {
  const long = longPrompts.map((tier) => `;>${tier.aboveInputTokens}:${figuresOf(tier)}`);
  return `${source}@${from ?? 'always'}:${figuresOf(rates)}${long.join('')}`;
}

function figuresOf({ input, cacheRead, cacheWrite, output }: Rates): string {
  return `${input}/${cacheRead}/${cacheWrite}/${output}`;
}

/** Token counts as billed. cacheRead and cacheWrite are parts of input; null means not told. */
export interface BilledTokens {
  readonly inputTokens: number;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number;
}

/**
 * usage x price, exact. Parts that were not told count at the full input price. A vendor that tells more cached tokens
 * than input tokens contradicts itself; then the cached figure is capped, because a negative remainder would be a refund.
 */
export function costOf(tokens: BilledTokens, price: Price): PicoUsd {
  const cacheRead = partOf(tokens.inputTokens, tokens.cacheReadTokens);
  const cacheWrite = partOf(tokens.inputTokens - cacheRead, tokens.cacheWriteTokens);
  const plain = tokens.inputTokens - cacheRead - cacheWrite;
  const rates = price.longPrompts?.findLast(({ aboveInputTokens }) => tokens.inputTokens > aboveInputTokens) ?? price;
  return picoUsd(
    BigInt(plain) * rates.input +
      BigInt(cacheRead) * rates.cacheRead +
      BigInt(cacheWrite) * rates.cacheWrite +
      BigInt(tokens.outputTokens) * rates.output,
  );
}

function partOf(wholeTokens: number, toldTokens: number | null): number {
  return toldTokens === null ? 0 : Math.min(toldTokens, wholeTokens);
}

/** The most that so many tokens can cost: input at the dearest input class, output at its price. */
export function worstCostOf(inputTokens: number, outputTokens: number, price: Price): PicoUsd {
  const dearest = ratesUpTo(inputTokens, price).flatMap(({ input, cacheRead, cacheWrite }) => [
    input,
    cacheRead,
    cacheWrite,
  ]);
  return picoUsd(BigInt(inputTokens) * most(dearest) + BigInt(outputTokens) * worstOutputOf(inputTokens, price));
}

/** The most that one token of an answer can cost, to a prompt of at most so many. */
export function worstOutputOf(inputTokens: number, price: Price): PicoUsd {
  return most(ratesUpTo(inputTokens, price).map(({ output }) => output));
}

function ratesUpTo(inputTokens: number, price: Price): readonly Rates[] {
  return [price, ...(price.longPrompts ?? []).filter(({ aboveInputTokens }) => inputTokens > aboveInputTokens)];
}

function most(amounts: readonly PicoUsd[]): PicoUsd {
  return amounts.reduce((a, b) => (a > b ? a : b), ZERO_USD);
}
