// How sure a share is, and whether two models differ: the arithmetic of the report, and nothing else.

export interface Share {
  /** How many of `n`. */
  readonly k: number;
  readonly n: number;
  /** Null: nothing was counted, which is not a rate of 0. */
  readonly rate: number | null;
  /** Wilson's interval, which holds also near 0 and 1 and for few cases; 0 to 1 where nothing was counted. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const Z = 1.959963984540054;

export function shareOf(k: number, n: number): Share {
  if (n === 0) return { k, n, rate: null, low: 0, high: 1 };
  const rate = k / n;
  const spread = Z * Math.sqrt((rate * (1 - rate)) / n + Z ** 2 / (4 * n ** 2));
  const middle = rate + Z ** 2 / (2 * n);
  const scale = 1 + Z ** 2 / n;
  // Rounding would leave the ends of nothing and of everything a hair inside.
  const low = k === 0 ? 0 : (middle - spread) / scale;
  const high = k === n ? 1 : (middle + spread) / scale;
  return { k, n, rate, low, high };
}

/**
 * McNemar's exact test on cases that both were given: `onlyFirst` where the first alone succeeded, `onlySecond` the other way round. The
 * chance of so uneven a split, or a more uneven one, between two that do not differ.
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // In logarithms: the coefficients of a few hundred pairs are beyond any number.
  let logOfChoices = 0;
  let sum = 0;
  for (let i = 0; i <= fewer; i++) {
    if (i > 0) logOfChoices += Math.log((n - i + 1) / i);
    sum += Math.exp(logOfChoices - n * Math.LN2);
  }
  return Math.min(1, 2 * sum);
}

/** By the nearest rank; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
