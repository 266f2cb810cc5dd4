// Where answers are kept: in the memory of this process, and with REDIS_URL behind it in the Redis of all instances. And how they are
// invalidated by hand.

import { type CacheSelector, selectorText } from '../core/cache-invalidation.ts';
import { scopeInKey } from '../core/cache-key.ts';
import { llmError } from '../core/errors.ts';
import type { CacheStore } from '../core/stores.ts';
import { createMemoryCache } from '../stores/memory/cache.ts';
import { createTieredCache } from '../stores/tiered-cache.ts';
import type { LLMService } from './face.ts';
import type { Surroundings } from './parts.ts';
import type { SharedRedis } from './shared-redis.ts';

const TOPIC = 'cache_invalidated';
const NOT_FOR_ALL =
  'Redis, where all instances keep answers, could not be reached: this process gives those answers to nobody any more, others may. Ask again in a moment';

export async function openCache(
  redis: SharedRedis | null,
  { clock }: Pick<Surroundings, 'clock'>,
): Promise<CacheStore> {
  const memory = createMemoryCache();
  if (redis === null) return memory;
  const { openRedisCache } = await import('../stores/redis/cache.ts');
  const { client, notices, room } = redis;
  return createTieredCache({
    memory,
    shared: openRedisCache(client, { clock, room }),
    notices: {
      publish: (text) => notices.publish(TOPIC, text),
      subscribe: (heard) => notices.subscribe(TOPIC, heard),
    },
  });
}

export function cacheFace(
  cache: CacheStore,
  isShared: boolean,
  { clock, report }: Pick<Surroundings, 'clock' | 'report'>,
): LLMService['cache'] {
  return {
    async invalidate(selector) {
      check(selector);
      const atMs = clock.nowMs();
      await cache.invalidate(selector, atMs).catch((cause: unknown) => {
        throw llmError('store_unavailable', NOT_FOR_ALL, { cause });
      });
      const reach = isShared ? 'all' : 'process';
      report('info', 'cache_invalidated', { selector: selectorText(selector), reach });
      return { selector, askedUpToMs: atMs, reach };
    },
  };
}

/** What selects nothing is a slip of whoever wrote it, who would believe that something was done. */
function check(selector: CacheSelector): void {
  const fault = faultOf(selector);
  if (fault !== null) throw llmError('invalid_request', `${selector.by}: ${fault}`, { param: selector.by });
}

function faultOf(selector: CacheSelector): string | null {
  switch (selector.by) {
    case 'key':
      return scopeInKey(selector.key) === null
        ? 'is no cache_key of an answer: those begin with llm_cache: and are told by each answer that is kept'
        : null;
    case 'prompt':
      return /^[^@]/.test(selector.prompt) ? null : 'must be a name, or name@version';
    case 'tenant':
      return selector.tenant === '' ? 'must be the name of a tenant' : null;
    case 'public':
      return null;
    default:
      return 'must be key, prompt, tenant or public';
  }
}
