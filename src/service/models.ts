// The list of models, made by asking for each as a request would: so nothing is listed that is then refused, or the other way round.

import { allowedTargets, modelListsOf } from '../core/allowed-models.ts';
import type { Catalog, ModelCard } from '../core/catalog.ts';
import type { Parts } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import type { ModelInfo } from './face.ts';

export function listModels(
  { catalog, policy, clock }: Pick<Parts, 'catalog' | 'policy' | 'clock'>,
  caller: Caller | undefined,
): readonly ModelInfo[] {
  const nowMs = clock.nowMs();
  const lists = caller === undefined ? [] : modelListsOf(caller, policy);
  return catalog.models(nowMs).flatMap((card) => {
    const id = nameOf(card, catalog, nowMs);
    if (allowedTargets(catalog.targetsFor(id, nowMs), id, lists).length === 0) return [];
    return [{ ...card, id, price: catalog.priceOf(card.provider, card.model, nowMs) }];
  });
}

/** A route of ours, or another provider, may have the model's own name; where several have it, it leads to none of them. */
function nameOf(card: ModelCard, catalog: Catalog, nowMs: number): string {
  return leadsTo(card.model, card, catalog, nowMs) ? card.model : `${card.provider}/${card.model}`;
}

function leadsTo(name: string, card: ModelCard, catalog: Catalog, nowMs: number): boolean {
  try {
    return catalog.targetsFor(name, nowMs)[0]?.card === card;
  } catch {
    return false;
  }
}
