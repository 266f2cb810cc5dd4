// The state that a model of the AI SDK gives with a part of its answer (`providerMetadata`: signatures, ids) and wants back with it
// in the next turn (`providerOptions`). It is kept under a name of its own and with the provider's id, so that it goes back to that
// provider alone: no codec of ours reads it as its own.

import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';

const KEY = 'ai-sdk';

/** `of: text`: the state of the text before it, since a text has no place for one. */
export function stateData(provider: string, metadata: JsonObject, of: 'part' | 'text' = 'part'): JsonObject {
  return { [KEY]: { provider, metadata, ...(of === 'text' && { of }) } };
}

/** Null: it is another provider's, or none. */
export function stateIn(
  providerData: JsonObject | undefined,
  provider: string,
): { readonly metadata: Readonly<Record<string, JsonObject>>; readonly isOfText: boolean } | null {
  const state = objectAt(providerData, KEY);
  if (state === null || stringAt(state, 'provider') !== provider) return null;
  const named = Object.keys(objectAt(state, 'metadata') ?? {}).flatMap((name): [string, JsonObject][] => {
    const value = objectAt(objectAt(state, 'metadata') ?? undefined, name);
    return value === null ? [] : [[name, value]];
  });
  return { metadata: Object.fromEntries(named), isOfText: stringAt(state, 'of') === 'text' };
}
