// The key of a kept answer. It is made here alone, of a scope that the server has decided on and of everything that can change the
// answer; nothing in a body reaches the scope. The hash is handed in, since the words of this folder import nothing.

import type { Target } from './catalog.ts';
import { canonicalJson } from './json.ts';
import type { Judge } from './judge.ts';
import type { Call, Caller, FittedRequest, PromptVersion } from './request.ts';
import { idOfKeyPart, keyPart } from './windows.ts';

/** Who may be given an answer: everybody, all users of a tenant, or one user. */
export type CacheScope =
  | { readonly kind: 'public' }
  | { readonly kind: 'tenant'; readonly tenant: string }
  | { readonly kind: 'user'; readonly tenant: string; readonly userId: string };
export type CacheScopeKind = CacheScope['kind'];

export interface CacheKey {
  /** `llm_cache:<scope>:<sha-256>`: what it is called in stores, headers and by an operator. */
  readonly text: string;
  readonly scope: CacheScope;
  /** The template that made the request; null: none. */
  readonly prompt: PromptVersion | null;
}

/** What a template or a conversation decides for its requests. */
export interface CacheWish {
  /** Wider or narrower than the configuration: whoever wrote a template knows what its variables hold. */
  readonly scope?: CacheScopeKind;
  readonly ttlMs?: number;
}

export function cacheScopeOf({ caller, cache }: Pick<Call, 'caller' | 'cache'>, policy: CacheScopeKind): CacheScope {
  return scopeOf(cache.scope ?? policy, caller);
}

function scopeOf(kind: CacheScopeKind, { tenant, userId }: Caller): CacheScope {
  if (kind === 'public') return { kind };
  return kind === 'tenant' ? { kind, tenant } : { kind, tenant, userId };
}

export function cacheKeyOf(
  scope: CacheScope,
  request: FittedRequest,
  { provider, card }: Target,
  { prompt, judge }: { readonly prompt: PromptVersion | null; readonly judge: Pick<Judge, 'key'> | null },
  sha256: (text: string) => string,
): CacheKey {
  const version = prompt && [prompt.name, prompt.version, prompt.hash];
  // Each has a place of its own, so that no field of one can pass for a field of another.
  const asked = canonicalJson({
    provider: provider.id,
    api: provider.api,
    model: card.model,
    prompt: version,
    // What is kept is what was accepted, so it is for those alone whose judge would accept the same.
    judge: judge?.key,
    request,
  });
  return { text: `${textOfScope(scope)}:${sha256(asked)}`, scope, prompt };
}

// Names are written so that none can pass for another's: see `keyPart`.
function textOfScope(scope: CacheScope): string {
  if (scope.kind === 'public') return 'llm_cache:public';
  const tenant = keyPart(scope.tenant);
  return scope.kind === 'tenant' ? `llm_cache:tenant:${tenant}` : `llm_cache:user:${tenant}/${keyPart(scope.userId)}`;
}

const KEY_TEXT = /^(llm_cache:(?:public|tenant:([^:/]*)|user:([^:/]*)\/([^:/]*))):[0-9a-f]{64}$/;

/** The scope that a key's text names; null: it is no key. */
export function scopeInKey(text: string): CacheScope | null {
  const [, named, ofTenant, ofUser, userId = ''] = KEY_TEXT.exec(text) ?? [];
  const kind = ofTenant !== undefined ? 'tenant' : ofUser !== undefined ? 'user' : 'public';
  const scope = scopeOf(kind, { tenant: idOfKeyPart(ofTenant ?? ofUser ?? ''), userId: idOfKeyPart(userId) });
  return named === textOfScope(scope) ? scope : null;
}
