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

/** Null when the name leads to a model, or is one of the routes where a route will do; else why not and what to use. */
export function whyNoModel(name: string, routes: readonly string[] | null = null): string | null {
  if (KNOWN.has(name) || routes?.includes(name)) return null;
  const names = [...(routes ?? []), ...CARDS.map(({ model }) => model)];
  const noRoute = routes === null ? '' : 'No route is called so. ';
  return (
    whyRetired(name) ?? `${noRoute}This version knows no such model; its vendor is Groq.${didYouMean(name, names)}`
  );
}
