// Step 4. Was this answered before, for this scope, or is it being answered? The key holds every field that reaches the vendor, so whatever can change
// the answer changes the key; the scope comes from identity and never from the body. A sick cache is a miss, never an error.

import { createHash } from 'node:crypto';
import type { Target } from '../core/catalog.ts';
import { isContent, replay } from '../core/events.ts';
import type { Fitted } from '../core/fitted.ts';
import type { Seat } from '../core/flight.ts';
import { canonicalJson } from '../core/json.ts';
import type { EventLog, Parts } from '../core/parts.ts';
import type { Call, Caller, FittedRequest } from '../core/request.ts';
import type { CachedAnswer } from '../core/stores.ts';

export interface Recalled {
  /** Under which the answer is shared; null: that is not wanted. */
  readonly key: string | null;
  readonly known: CachedAnswer | null;
}

export async function recall(fitted: Fitted, call: Call, parts: Parts): Promise<Recalled> {
  if (fitted.cache === 'off' || !fitted.shareable) return { key: null, known: null };
  const kept = cacheKey(fitted.request, fitted.targets[0], call.caller, call.cacheScope ?? parts.policy.cacheScope);
  const key = sharedKey(kept, fitted.targets);
  if (fitted.cache === 'refresh') return { key, known: null };
  try {
    return { key, known: await parts.cache.get(kept, parts.clock.nowMs()) };
  } catch (error) {
    parts.report('warn', 'cache_unavailable', { request_id: call.requestId, error });
    return { key, known: null };
  }
}

/** What is under way may still come from any of the targets, or from none: so it is shared only by those who would ask the same ones. */
function sharedKey(kept: string, [, ...others]: Fitted['targets']): string {
  if (others.length === 0) return kept;
  const names = others.map(({ provider, card }) => [provider.id, card.model]);
  return `${kept}:${createHash('sha256').update(JSON.stringify(names)).digest('hex')}`;
}

/** As if it were made now. */
export function replayed(answer: CachedAnswer, { maxTokens }: Fitted, call: Call, log: EventLog): Seat {
  const { provider, model } = answer;
  const { requestId: id, generationId } = call;
  const start = { type: 'response-start', id, generationId, provider, model, maxTokens } as const;
  log.append({ ...start, cached: true, shared: false, attempts: 0 });
  for (const event of replay(answer.answer)) if (isContent(event)) log.append(event);
  return { found: { answer, ledBy: null }, lead: null };
}

/** Step 8's last part. Only a whole answer that ended by itself is worth keeping; tool calls and clamped answers are not. */
export async function remember(
  fitted: Fitted,
  target: Target,
  cached: CachedAnswer,
  call: Call,
  parts: Parts,
): Promise<void> {
  const { answer } = cached;
  const cacheable = answer.finishReason === 'stop' && !answer.parts.some((part) => part.type === 'tool-call');
  if (fitted.cache === 'off' || !fitted.shareable || !cacheable) return;
  const key = cacheKey(fitted.request, target, call.caller, call.cacheScope ?? parts.policy.cacheScope);
  try {
    await parts.cache.set(key, cached, cached.storedAtMs + parts.policy.cacheTtlMs);
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
