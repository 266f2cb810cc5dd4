// For whom a request is answered: the tenant is always the identity's, the user is the identity's own or, for a server or admin
// key, whom the request names. Nothing that a user's key sends makes it another user.

import { type Caller, type Identity, type LLMRequest, llmError } from '../index.ts';

/** Who asks when nobody is named, where no key is wanted. */
const NOBODY = 'anonymous';
const TAG = { name: 'user', characters: 64, most: 16 } as const;

/** In the native API: another user's name in the body is refused. */
export function nativeCaller(identity: Identity, named: string | undefined): Caller {
  if (identity.role === 'user' && named !== undefined && named !== identity.userId) {
    throw llmError('permission_denied', 'user_id: this key is its own user; leave the field out', { param: 'user_id' });
  }
  return callerOf(identity, named);
}

/** Naming nobody, a key that is of nobody is a user by itself. */
export function callerOf(identity: Identity, named?: string): Caller {
  const { role, tenant, keyId, tier, allowedModels } = identity;
  const itself = identity.userId ?? (keyId === null ? NOBODY : `key:${keyId}`);
  const userId = role === 'user' ? itself : (named ?? itself);
  return { tenant, userId, keyId, tier, allowedModels };
}

/**
 * In the spoken dialects a user's key may name whom it likes, since clients send what they always sent: it is a tag of the report
 * and no more. Null: the name is too long for one, or there are too many.
 */
export function nameAsTag(request: LLMRequest): LLMRequest | null {
  const { userId, tags = {}, ...rest } = request;
  if (userId === undefined || Object.hasOwn(tags, TAG.name)) return { ...rest, tags };
  const isTag = userId.length <= TAG.characters && Object.keys(tags).length < TAG.most;
  return isTag ? { ...rest, tags: { ...tags, [TAG.name]: userId } } : null;
}

/** Whose data a path names. Throws `not_found` for what is not the identity's to see, as if there were nobody of this name. */
export function ownerOf(identity: Identity, userId: string, tenant = identity.tenant): Caller {
  const isForeign = tenant !== identity.tenant && identity.role !== 'admin';
  if (isForeign || (identity.role === 'user' && userId !== identity.userId))
    throw llmError('not_found', 'There is no such user here');
  return { ...callerOf(identity, userId), tenant };
}
