// Step 2. A model name becomes the targets that can answer, in order: as the route lists them, equals drawn by their weights, each
// by all of our keys there. What the route's own terms rule out is passed over, with the reason.

import { allowedTargets, modelListsOf } from '../core/allowed-models.ts';
import { skipReport } from '../core/attempts.ts';
import type { PassedOver, Target } from '../core/catalog.ts';
import type { Chance } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import { worstOutputOf } from '../core/money.ts';
import type { Parts } from '../core/parts.ts';
import type { Call } from '../core/request.ts';

export interface Routed {
  readonly targets: readonly [Target, ...Target[]];
  readonly passedOver: readonly PassedOver[];
}

/** Throws `model_not_found`, with near names; `permission_denied` for a model that the caller may not ask; `all_providers_unavailable`. */
export function route(model: string | undefined, call: Pick<Call, 'caller' | 'spokenApi'>, parts: Parts): Routed {
  const { caller, spokenApi } = call;
  const named = parts.catalog.targetsFor(model ?? null, parts.clock.nowMs());
  const lists = modelListsOf(caller, parts.policy);
  const allowed = allowedTargets(named, model, lists);
  if (named.length > 0 && allowed.length === 0) throw notAllowed(lists);
  const passedOver = allowed.flatMap((target): PassedOver[] => {
    const reason = unmetTerm(target);
    return reason === null ? [] : [{ target, code: null, reason }];
  });
  const met = allowed.filter((target) => passedOver.every((passed) => passed.target !== target));
  const inTurn = inOrder(met, parts).flatMap((target) => byEachKey(target, parts));
  const [first, ...rest] = spokenApi === null ? inTurn : inTurn.map(byResponses);
  if (first !== undefined) return { targets: [first, ...rest], passedOver };
  throw passedOver.length === 0 ? noneConfigured() : noneMeetsTerms(passedOver);
}

/** Null: the route takes it. A price that nobody knows is under no ceiling. */
function unmetTerm({ card, price, terms = {} }: Target): string | null {
  const { needs = [], minContext, maxOutputPicoUsd } = terms;
  const lacking = needs.find((feature) => !card.features.has(feature));
  if (lacking !== undefined) return `the route wants ${lacking.replace('_', ' ')}, which the model lacks`;
  if (minContext !== undefined && card.contextWindow < minContext)
    return `the route wants a window of ${minContext} tokens, and the model's is ${card.contextWindow}`;
  if (maxOutputPicoUsd === undefined) return null;
  if (price === null) return 'the route has a ceiling for the price, and the model has no price';
  return worstOutputOf(card.contextWindow, price) > maxOutputPicoUsd
    ? 'a token of its answer costs more than the route allows'
    : null;
}

/** Neighbours with a weight are equals; who has none keeps its place. */
function inOrder(targets: readonly Target[], { chance }: Parts): readonly Target[] {
  const ordered: Target[] = [];
  let equals: Target[] = [];
  for (const target of targets) {
    if (target.terms?.weight !== undefined) equals.push(target);
    else {
      ordered.push(...drawn(equals, chance), target);
      equals = [];
    }
  }
  return [...ordered, ...drawn(equals, chance)];
}

/** Each place goes to one of those left, by weight; so the second place is drawn like the first when the first one fails. */
function drawn(equals: readonly Target[], chance: Chance): readonly Target[] {
  const left = [...equals];
  const order: Target[] = [];
  while (left.length > 1) {
    const total = left.reduce((sum, target) => sum + weightOf(target), 0);
    let mark = chance.random() * total;
    const index = left.findIndex((target) => {
      mark -= weightOf(target);
      return mark < 0;
    });
    for (const target of left.splice(index, 1))
      order.push({ ...target, reason: `${target.reason}, drawn by its weight of ${weightOf(target)} in ${total}` });
  }
  return [...order, ...left];
}

function weightOf({ terms }: Target): number {
  return terms?.weight ?? 1;
}

/** The keys that may be used now take turns; the others stand behind them, for when those fail. */
function byEachKey(target: Target, { chance, health }: Parts): readonly Target[] {
  const keys = (target.provider.pool ?? []).map((provider) => ({ ...target, provider }));
  if (keys.length < 2) return [target];
  const open = keys.filter((key) => health.closed(key, false) === null);
  const closed = keys.filter((key) => !open.includes(key));
  const turn = Math.floor(chance.random() * open.length);
  return [...open.slice(turn), ...open.slice(0, turn), ...closed];
}

/** A caller who came by Responses gets what a vendor tells by it alone: the state of the thoughts, for the next turn. */
function byResponses(target: Target): Target {
  const { provider } = target;
  if (provider.responses === undefined) return target;
  return { ...target, provider: { ...provider, transport: provider.responses, api: 'responses' } };
}

function noneConfigured(): LLMError {
  return llmError(
    'all_providers_unavailable',
    'No provider is configured for this model; `codementor-llm doctor` says what is missing',
  );
}

function noneMeetsTerms(passedOver: readonly PassedOver[]): LLMError {
  const why = passedOver.map(({ target, reason }) => `${target.card.model}: ${reason}`).join('; ');
  return llmError('all_providers_unavailable', `No target of the route meets its terms (${why})`, {
    attempts: passedOver.map(skipReport),
  });
}

function notAllowed([first = [], second]: readonly (readonly string[])[]): LLMError {
  const both = second === undefined ? first : first.filter((name) => second.some((other) => areOne(name, other)));
  const may = both.length === 0 ? 'none at all' : both.join(', ');
  return llmError('permission_denied', `This key may not ask that model; it may ask ${may}`, { param: 'model' });
}

/** One of them may have its provider before it. */
function areOne(name: string, other: string): boolean {
  return name === other || name.endsWith(`/${other}`) || other.endsWith(`/${name}`);
}
