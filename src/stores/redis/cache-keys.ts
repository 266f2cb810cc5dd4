// How kept answers and the marks of their invalidation are named in Redis. An entry and the marks of its key and its scope bear one hash
// tag, so they lie in one slot of a cluster and are read in one step; those of a template lie with the template.

import type { CacheSelector } from '../../core/cache-invalidation.ts';
import { type CacheScope, scopeInKey } from '../../core/cache-key.ts';
import { keyPart } from '../../core/windows.ts';

const PREFIX = 'llm_cache:';

/** `llm_cache:{acme}:tenant:acme:<sha-256>` */
export function entryKeyOf(text: string, scope = scopeNamedIn(text)): string {
  return `${PREFIX}{${slotOf(scope)}}:${text.slice(PREFIX.length)}`;
}

export function markKeyOf(selector: CacheSelector): string {
  switch (selector.by) {
    case 'key':
      return markKey(slotOf(scopeNamedIn(selector.key)), `key:${selector.key.slice(PREFIX.length)}`);
    case 'tenant':
      return markKey(slotOf({ kind: 'tenant', tenant: selector.tenant }), 'tenant');
    case 'public':
      return markKey(slotOf({ kind: 'public' }), 'public');
    case 'prompt': {
      // All versions of a template in one slot: both its marks are read in one step.
      const [name = ''] = selector.prompt.split('@');
      return markKey(`prompt:${keyPart(name)}`, keyPart(selector.prompt));
    }
  }
}

function markKey(slot: string, name: string): string {
  return `llm_cache_mark:{${slot}}:${name}`;
}

function scopeNamedIn(text: string): CacheScope {
  const scope = scopeInKey(text);
  if (scope === null) throw new RangeError(`This is no key of an answer: ${text}`);
  return scope;
}

function slotOf(scope: CacheScope): string {
  return scope.kind === 'public' ? 'public' : keyPart(scope.tenant);
}
