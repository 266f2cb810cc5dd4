// DELETE /api/v1/admin/cache: kept answers are invalidated, by one selector. How many they were nobody counts: none is looked for.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type CacheSelector, cacheInvalidationJson, llmError } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { name } from '../query.ts';
import { cacheInvalidationReply, replies } from '../reply-schemas.ts';

const query = z.strictObject({
  key: z.string().max(4_096).optional().describe('The cache_key of an answer'),
  prompt: name.optional().describe('name: all versions of a template; name@version: that one'),
  tenant: name.optional().describe('All answers of its scope and of its users'),
  scope: z.literal('public').optional().describe('Those that everybody is given'),
});

export function cacheRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const summary = 'Invalidate kept answers, by key, prompt, tenant or public scope: exactly one of them';
  const schema = { summary, tags: ['admin'], querystring: query, response: replies(cacheInvalidationReply) };
  app.delete('/api/v1/admin/cache', { schema, config: { access: 'admin' } }, async (request) =>
    cacheInvalidationJson(await service.cache.invalidate(selectorIn(request.query))),
  );
}

function selectorIn({ key, prompt, tenant, scope }: z.infer<typeof query>): CacheSelector {
  const [selector, ...more] = [
    ...(key === undefined ? [] : [{ by: 'key', key } as const]),
    ...(prompt === undefined ? [] : [{ by: 'prompt', prompt } as const]),
    ...(tenant === undefined ? [] : [{ by: 'tenant', tenant } as const]),
    ...(scope === undefined ? [] : [{ by: 'public' } as const]),
  ];
  if (selector !== undefined && more.length === 0) return selector;
  throw llmError('invalid_request', 'Give exactly one of the parameters key, prompt, tenant and scope=public');
}
