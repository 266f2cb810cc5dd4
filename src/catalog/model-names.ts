// Every model name that this version knows, for a configuration to be checked against before the first request is.

import { didYouMean } from '../core/near-names.ts';
import { GROQ_MODELS, whyRetired } from './groq-models.ts';
import { OFFLINE_CARD } from './offline-model.ts';

interface NamedModel {
  readonly provider: string;
  readonly model: string;
}

const CARDS = [...GROQ_MODELS, OFFLINE_CARD];
const KNOWN: ReadonlyMap<string, NamedModel> = new Map(
  CARDS.flatMap(({ provider, model }): [string, NamedModel][] => [
    [model, { provider, model }],
    [`${provider}/${model}`, { provider, model }],
  ]),
);

/** A whole name, or one with its provider before it; null when this version knows no such model. */
export function namedModel(name: string): NamedModel | null {
  return KNOWN.get(name) ?? null;
}

/** Null when the name leads to a model; else why not and what to use. */
export function whyNoModel(name: string): string | null {
  if (KNOWN.has(name)) return null;
  const names = CARDS.map(({ model }) => model);
  return whyRetired(name) ?? `This version knows no such model; its vendor is Groq.${didYouMean(name, names)}`;
}
