// A provider that the application hands in beside those of the configuration. It brings its models with it, since nobody here can
// know them; in all else, in routes, rows, limits and breakers, it is one like the others.

import type { ModelFeature } from './catalog.ts';
import type { LLMProvider } from './provider.ts';

export interface OwnProvider extends LLMProvider {
  /** All that can be asked of it. The first serves callers who name no model, where this provider is the primary one or the fallback. */
  readonly models: readonly OwnModel[];
}

export interface OwnModel {
  /** As the provider is asked for it; callers also say `id/name`. */
  readonly name: string;
  /** Most tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** Most tokens of an answer. */
  readonly outputLimit: number;
  /** Left out: tools, images, JSON by mode and schema, reasoning. */
  readonly features?: readonly ModelFeature[];
  /** Left out: the configuration's price, if it has one; else it is unpriced. */
  readonly price?: OwnPrice;
}

/** USD per million tokens, decimals as text. */
export interface OwnPrice {
  readonly input: string;
  /** Left out: the price of the input. */
  readonly cachedInput?: string;
  readonly output: string;
}

/** A provider and all of its models, by name. */
export interface NamedOwn {
  readonly id: string;
  readonly models: readonly string[];
  readonly listsAll: true;
}

export function namesOfOwn(own: readonly OwnProvider[]): readonly NamedOwn[] {
  return own.map(({ id, models }) => ({ id, models: models.map(({ name }) => name), listsAll: true }));
}
