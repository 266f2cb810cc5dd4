// Step 4. Was this answered before, for this scope, or is it being answered? The key holds every field that reaches the vendor, so
// whatever can change the answer changes the key; the scope comes from identity and never from the body. A sick cache is a miss,
// never an error.

import { createHash } from 'node:crypto';
import { CACHE_TTL_MOST_MS } from '../core/cache-invalidation.ts';
import { type CacheKey, cacheKeyOf, cacheScopeOf } from '../core/cache-key.ts';
import type { Target } from '../core/catalog.ts';
import { isContent, replay } from '../core/events.ts';
import { type Fitted, fittedTo } from '../core/fitted.ts';
import type { Seat } from '../core/flight.ts';
import type { EventLog, Parts } from '../core/parts.ts';
import type { Call, FittedRequest } from '../core/request.ts';
import type { Answer } from '../core/response.ts';
import type { CachedAnswer, KeptAnswer } from '../core/stores.ts';

export interface Recalled {
  /** Under which the answer is kept; null: that is not wanted. */
  readonly key: string | null;
  /** Under which it is shared while it is under way; null: that is not wanted. */
  readonly flight: string | null;
  readonly known: CachedAnswer | null;
}

export async function recall(fitted: Fitted, call: Call, parts: Parts): Promise<Recalled> {
  if (fitted.cache === 'off' || !fitted.shareable) return { key: null, flight: null, known: null };
  const [first] = fitted.targets;
  const kept = keyOf(fittedTo(fitted, first), first, call, parts);
  const known = fitted.cache === 'refresh' ? null : await find(kept, call, parts);
  return { key: kept.text, flight: sharedKey(kept.text, fitted.targets), known };
}

async function find(key: CacheKey, call: Call, parts: Parts): Promise<KeptAnswer | null> {
  const { cache, clock } = parts;
  const ttlMs = ttlMsOf(call, parts);
  if (ttlMs === 0) return null;
  try {
    const known = await cache.get(key, clock.nowMs());
    // A shorter time to live holds from the moment it is configured, also for what was kept before.
    return known !== null && clock.nowMs() < known.storedAtMs + ttlMs ? known : null;
  } catch (error) {
    parts.report('warn', 'cache_unavailable', { request_id: call.requestId, error });
    return null;
  }
}

/** What is under way may still come from any of the targets, or from none: so it is shared only by those who would ask the same ones. */
function sharedKey(kept: string, [, ...others]: Fitted['targets']): string {
  if (others.length === 0) return kept;
  const names = others.map(({ provider, card }) => [provider.id, provider.api, card.model]);
  return `${kept}:${sha256(JSON.stringify(names))}`;
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

/** Step 8's last part. Resolves with the key under which the answer is now kept; null: it is not. */
export async function remember(
  fitted: Fitted,
  target: Target,
  cached: CachedAnswer,
  call: Call,
  parts: Parts,
): Promise<string | null> {
  const ttlMs = ttlMsOf(call, parts);
  if (fitted.cache === 'off' || !fitted.shareable || ttlMs === 0 || !isWorthKeeping(cached.answer)) return null;
  const key = keyOf(fitted, target, call, parts);
  const kept = { ...cached, askedAtMs: call.startedAtMs, expiresAtMs: cached.storedAtMs + ttlMs };
  try {
    return (await parts.cache.set(key, kept)) === 'kept' ? key.text : null;
  } catch (error) {
    parts.report('warn', 'cache_unavailable', { request_id: call.requestId, error });
    return null;
  }
}

/** Only a whole answer that ended by itself, and not what a tool is to be called with. */
function isWorthKeeping({ finishReason, parts }: Answer): boolean {
  return finishReason === 'stop' && !parts.some((part) => part.type === 'tool-call');
}

function ttlMsOf({ cache }: Call, { policy }: Parts): number {
  // Marks of invalidations outlive this, and nothing longer.
  return Math.min(cache.ttlMs ?? policy.cacheTtlMs, CACHE_TTL_MOST_MS);
}

/** A fitted request is one caller's, so its key differs by target alone; what is remembered was nearly always recalled first. */
const keys = new WeakMap<FittedRequest, { readonly target: Target; readonly key: CacheKey }>();

function keyOf({ request, keptAs: messages }: Fitted, target: Target, call: Call, { policy }: Parts): CacheKey {
  const made = keys.get(request);
  if (made?.target === target) return made.key;
  const asked = messages === undefined ? request : { ...request, messages };
  const key = cacheKeyOf(cacheScopeOf(call, policy.cacheScope), asked, target, call, sha256);
  keys.set(request, { target, key });
  return key;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
