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

/** The price of a model in force from `fromMs`. Each figure is for one token. */
export interface Price {
  readonly input: PicoUsd;
  readonly cacheRead: PicoUsd;
  readonly cacheWrite: PicoUsd;
  readonly output: PicoUsd;
  /** True: a token of sound costs something else, which these figures do not say. */
  readonly audioApart?: boolean;
  /** Where the figures stand, for the row and for `models`. */
  readonly source: string;
  /** ISO date from which they hold; null when the source doesn't say. */
  readonly from: string | null;
}

/** Names a price for the rows reckoned with it: its source, its day and its figures, in pico-dollars for a token. */
export function priceIdOf({ source, from, input, cacheRead, cacheWrite, output }: Price): string {
  return `${source}@${from ?? 'always'}:${input}/${cacheRead}/${cacheWrite}/${output}`;
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
  return picoUsd(
    BigInt(plain) * price.input +
      BigInt(cacheRead) * price.cacheRead +
      BigInt(cacheWrite) * price.cacheWrite +
      BigInt(tokens.outputTokens) * price.output,
  );
}

function partOf(wholeTokens: number, toldTokens: number | null): number {
  return toldTokens === null ? 0 : Math.min(toldTokens, wholeTokens);
}

/** The most that so many tokens can cost: input at the dearest input class, output at its price. */
export function worstCostOf(inputTokens: number, outputTokens: number, price: Price): PicoUsd {
  const input = [price.input, price.cacheRead, price.cacheWrite].reduce((a, b) => (a > b ? a : b));
  return picoUsd(BigInt(inputTokens) * input + BigInt(outputTokens) * price.output);
}
