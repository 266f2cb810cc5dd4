// The models that a caller may ask: those on the list of its key and on that of its tenant, where there are such lists. One place
// decides it, for requests as for what is told of models, so that whatever is told to be there can be asked.

import type { ModelCard, Target } from './catalog.ts';
import type { Policy } from './parts.ts';
import type { Caller } from './request.ts';

/** Names of routes, models, or `provider/model`. A caller may ask what is on every one of them. */
type ModelLists = readonly (readonly string[])[];

export function modelListsOf(
  { allowedModels = null, tenant }: Caller,
  { allowedModelsOf }: Pick<Policy, 'allowedModelsOf'>,
): ModelLists {
  return [allowedModels, allowedModelsOf(tenant)].filter((list) => list !== null);
}

/** Of those that a name leads to; `asked` is that name, or undefined where the model was left to us. */
export function allowedTargets(
  targets: readonly Target[],
  asked: string | undefined,
  lists: ModelLists,
): readonly Target[] {
  return targets.filter(({ card }) => mayAsk(card, asked, lists));
}

export function mayAsk({ provider, model }: ModelCard, asked: string | undefined, lists: ModelLists): boolean {
  const names = [asked, model, `${provider}/${model}`];
  return lists.every((list) => list.some((name) => names.includes(name)));
}
