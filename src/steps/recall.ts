// Step 4. Was this answered before, for this scope? The key holds every field that reaches the vendor, so whatever can change
// the answer changes the key; the scope comes from identity and never from the body. A sick cache is a miss, never an error.

import { createHash } from 'node:crypto';
import type { Target } from '../core/catalog.ts';
import type { Fitted } from '../core/fitted.ts';
import { canonicalJson } from '../core/json.ts';
import type { PicoUsd } from '../core/money.ts';
import type { Parts } from '../core/parts.ts';
import type { Call, Caller, FittedRequest } from '../core/request.ts';
import type { Answer } from '../core/response.ts';
import type { CachedAnswer } from '../core/stores.ts';

export async function recall(fitted: Fitted, call: Call, parts: Parts): Promise<CachedAnswer | null> {
  if (fitted.cache !== 'use') return null;
  const key = cacheKey(fitted.request, fitted.targets[0], call.caller, call.cacheScope ?? parts.policy.cacheScope);
  try {
    return await parts.cache.get(key, parts.clock.nowMs());
  } catch (error) {
    parts.report('warn', 'cache_unavailable', { request_id: call.requestId, error });
    return null;
  }
}

/** Step 8's last part. Only a whole answer that ended by itself is worth keeping; tool calls and clamped answers are not. */
export async function remember(
  fitted: Fitted,
  target: Target,
  answer: Answer,
  costPicoUsd: PicoUsd | null,
  call: Call,
  parts: Parts,
): Promise<void> {
  const cacheable = answer.finishReason === 'stop' && !answer.parts.some((part) => part.type === 'tool-call');
  if (fitted.cache === 'off' || !fitted.shareable || !cacheable) return;
  const key = cacheKey(fitted.request, target, call.caller, call.cacheScope ?? parts.policy.cacheScope);
  const nowMs = parts.clock.nowMs();
  const cached = { answer, provider: target.provider.id, model: target.card.model, costPicoUsd, storedAtMs: nowMs };
  try {
    await parts.cache.set(key, cached, nowMs + parts.policy.cacheTtlMs);
  } catch (error) {
    parts.report('warn', 'cache_unavailable', { request_id: call.requestId, error });
  }
}

/** A fitted request is one caller's, so its key differs by target alone; what is remembered was nearly always recalled first. */
const keys = new WeakMap<FittedRequest, { readonly target: Target; readonly key: string }>();

function cacheKey(request: FittedRequest, target: Target, caller: Caller, scope: 'tenant' | 'user'): string {
  const made = keys.get(request);
  if (made?.target === target) return made.key;
  const key = makeKey(request, target, caller, scope);
  keys.set(request, { target, key });
  return key;
}

/** `llm_cache:<scope>:<sha-256>`. Scope parts are encoded, so that no user's name can imitate another's scope. */
function makeKey(request: FittedRequest, target: Target, caller: Caller, scope: 'tenant' | 'user'): string {
  const tenant = encodeURIComponent(caller.tenant);
  const scopeKey = scope === 'tenant' ? `tenant:${tenant}` : `user:${tenant}/${encodeURIComponent(caller.userId)}`;
  const asked = canonicalJson({ provider: target.provider.id, model: target.card.model, ...request });
  return `llm_cache:${scopeKey}:${createHash('sha256').update(asked).digest('hex')}`;
}
