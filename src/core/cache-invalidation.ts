// Invalidation of kept answers. Nobody looks for the entries: a selector is marked with the moment, and whatever was asked at or before
// the mark of one of its selectors is dead. So an answer that was under way, and is kept later, is dead too.

import type { CacheKey, CacheScope } from './cache-key.ts';

export type CacheSelector =
  | { readonly by: 'key'; readonly key: string }
  /** `name`: all its versions; `name@version`: that one. */
  | { readonly by: 'prompt'; readonly prompt: string }
  /** With all of its users. */
  | { readonly by: 'tenant'; readonly tenant: string }
  /** What everybody is given. */
  | { readonly by: 'public' };

/** No answer is given again for longer: what the configuration allows at most. */
export const CACHE_TTL_MOST_MS = 365 * 24 * 3_600_000;
/** Longer than any request may take in all, with time for a clock that goes wrong by some. */
const UNDER_WAY_MOST_MS = 3_600_000;
/** A mark outlives whatever was asked before it, also what a configuration of before let live for longer. */
const MARK_LIFE_MS = CACHE_TTL_MOST_MS + UNDER_WAY_MOST_MS;
/** The entry itself is deleted, and no later one is kept while the mark is there: only what is under way has to be outlived. */
const KEY_MARK_LIFE_MS = UNDER_WAY_MOST_MS;

/** All by which an answer under this key can be invalidated. */
export function selectorsOf({ text, scope, prompt }: CacheKey): readonly CacheSelector[] {
  return [{ by: 'key', key: text }, scopeSelector(scope), ...promptSelectors({ prompt })];
}

/** Those of the template; none where the request was made by none. */
export function promptSelectors({ prompt }: Pick<CacheKey, 'prompt'>): readonly CacheSelector[] {
  if (prompt === null) return [];
  const { name, version } = prompt;
  return [name, `${name}@${version}`].map((selected) => ({ by: 'prompt', prompt: selected }));
}

export function scopeSelector(scope: CacheScope): CacheSelector {
  return scope.kind === 'public' ? { by: 'public' } : { by: 'tenant', tenant: scope.tenant };
}

export function lifeOfMarkMs({ by }: CacheSelector): number {
  return by === 'key' ? KEY_MARK_LIFE_MS : MARK_LIFE_MS;
}

/** The selector as one word, for whoever keeps marks by name. */
export function selectorText(selector: CacheSelector): string {
  return `${selector.by}:${selectedBy(selector) ?? ''}`;
}

/** The key, prompt or tenant; null: everything that is public. */
export function selectedBy(selector: CacheSelector): string | null {
  switch (selector.by) {
    case 'key':
      return selector.key;
    case 'prompt':
      return selector.prompt;
    case 'tenant':
      return selector.tenant;
    case 'public':
      return null;
  }
}
