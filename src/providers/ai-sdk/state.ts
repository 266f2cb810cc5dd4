// The state that a model of the AI SDK gives with a part of its answer (`providerMetadata`: signatures) and wants back with it in the
// next turn (`providerOptions`). It is kept under a name of its own and with the provider's id, so that it goes back to that provider
// alone: no codec of ours reads it as its own. Between the two it was in a client's hands, who could have made options of it.

import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';

const KEY = 'ai-sdk';

/**
 * What packages name what a vendor has sealed. The id of an item is none: it stands for what is stored at the vendor, whoever's it is,
 * and a package that is given one sends nothing else.
 */
const SEALS: readonly string[] = [
  'signature',
  'redactedData',
  'thoughtSignature',
  'reasoningEncryptedContent',
  'encryptedContent',
];

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
  const told = objectAt(state, 'metadata') ?? {};
  const named = Object.keys(told).flatMap((name): [string, JsonObject][] => {
    const seals = sealsIn(objectAt(told, name));
    return NAMESPACE.test(name) && Object.keys(seals).length > 0 ? [[name, seals]] : [];
  });
  return named.length === 0
    ? null
    : { metadata: Object.fromEntries(named), isOfText: stringAt(state, 'of') === 'text' };
}

const NAMESPACE = /^[A-Za-z][\w.-]{0,63}$/;

function sealsIn(options: JsonObject | null): JsonObject {
  return Object.fromEntries(
    SEALS.flatMap((name) => {
      const seal = stringAt(options, name);
      return seal === null ? [] : [[name, seal]];
    }),
  );
}
