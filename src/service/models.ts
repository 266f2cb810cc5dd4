// The list of models, and that of routes, made by asking for each as a request would: so nothing is listed that is then refused, or
// the other way round.

import { allowedTargets, modelListsOf } from '../core/allowed-models.ts';
import type { Catalog, ModelCard, Target } from '../core/catalog.ts';
import type { Parts } from '../core/parts.ts';
import type { Caller } from '../core/request.ts';
import type { ModelInfo, RouteInfo } from './face.ts';

type Asked = Pick<Parts, 'catalog' | 'policy' | 'clock'>;

export function listModels({ catalog, policy, clock }: Asked, caller: Caller | undefined): readonly ModelInfo[] {
  const nowMs = clock.nowMs();
  const lists = caller === undefined ? [] : modelListsOf(caller, policy);
  return catalog.models(nowMs).flatMap((card) => {
    const id = nameOf(card, catalog, nowMs);
    if (allowedTargets(catalog.targetsFor(id, nowMs), id, lists).length === 0) return [];
    return [{ ...card, id, price: catalog.priceOf(card.provider, card.model, nowMs) }];
  });
}

export function listRoutes(asked: Asked, caller: Caller | undefined): readonly RouteInfo[] {
  return asked.catalog.routes.flatMap((id) => {
    const targets = targetsOf(id, asked, caller);
    return targets.length === 0 ? [] : [routeInfo(id, targets, asked)];
  });
}

/** By any name that a request takes; null: there is none of it, or not for this caller. */
export function findModel(name: string, asked: Asked, caller: Caller | undefined): ModelInfo | RouteInfo | null {
  const targets = targetsOf(name, asked, caller);
  const [first] = targets;
  if (first === undefined) return null;
  return asked.catalog.routes.includes(name) ? routeInfo(name, targets, asked) : modelInfo(name, first);
}

/** None where the name leads nowhere, or nowhere this caller may go. */
function targetsOf(name: string, { catalog, policy, clock }: Asked, caller: Caller | undefined): readonly Target[] {
  const lists = caller === undefined ? [] : modelListsOf(caller, policy);
  try {
    return allowedTargets(catalog.targetsFor(name, clock.nowMs()), name, lists);
  } catch {
    return [];
  }
}

function routeInfo(id: string, targets: readonly Target[], { catalog, clock }: Asked): RouteInfo {
  const nowMs = clock.nowMs();
  return { id, targets: targets.map((target) => modelInfo(nameOf(target.card, catalog, nowMs), target)) };
}

function modelInfo(id: string, { card, price }: Target): ModelInfo {
  return { ...card, id, price };
}

/** A route of ours, or another provider, may have the model's own name; where several have it, it leads to none of them. */
function nameOf(card: ModelCard, catalog: Catalog, nowMs: number): string {
  const name = card.standsInFor ?? card.model;
  return !catalog.routes.includes(name) && leadsTo(name, card, catalog, nowMs) ? name : `${card.provider}/${name}`;
}

function leadsTo(name: string, card: ModelCard, catalog: Catalog, nowMs: number): boolean {
  try {
    const [first] = catalog.targetsFor(name, nowMs);
    return first?.card.provider === card.provider && first.card.model === card.model;
  } catch {
    return false;
  }
}
