// The operator's own prices, as entries of the price book.

import { llmError } from '../core/errors.ts';
import { type NamedServer, namedModel } from './model-names.ts';
import { type PriceEntry, priceFrom } from './price-overlay.ts';

/** Decimals as text, USD per million tokens. */
export interface OperatorPrice {
  readonly model: string;
  /** ISO date from which it holds; null: always. */
  readonly from: string | null;
  readonly input: string;
  /** Null: the input price. */
  readonly cachedInput: string | null;
  readonly output: string;
  readonly source: string | null;
}

/** Throws `model_not_found` for a model that nobody knows. */
export function operatorEntry(
  { model: name, from, source, cachedInput, ...usd }: OperatorPrice,
  servers: readonly NamedServer[],
): PriceEntry {
  const named = namedModel(name, servers);
  if (named === null) throw llmError('model_not_found', `The price of "${name}" is for a model that nobody here knows`);
  const price = priceFrom({ ...usd, cachedInput: cachedInput ?? undefined }, source ?? 'the configuration', from);
  return { ...named, from, price };
}
