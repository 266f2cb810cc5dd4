// /api/v1/admin/keys: makes, lists and revokes API keys. The key itself stands in the answer to its making and nowhere else.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { storedKeyJson } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { keyListReply, keyReply, newKeyReply } from '../key-schemas.ts';
import { name } from '../query.ts';
import { replies } from '../reply-schemas.ts';

const PATH = '/api/v1/admin/keys';

/** How many and how long is the library's matter. */
export const newKey = z.strictObject({
  tenant: z.string(),
  user_id: z.string().nullish().describe('Of a user’s key, and of no other'),
  role: z.enum(['admin', 'server', 'user']).optional().describe('Default user'),
  tier: z.string().nullish().describe('Of the configuration; what it says of the user stands over it'),
  allowed_models: z.array(z.string()).nullish().describe('Routes or provider/model; left out: all'),
  expires_at: z.iso.datetime({ offset: true }).nullish().describe('Left out: it does not expire'),
});

const query = z.strictObject({
  tenant: name.optional(),
  cursor: z.string().max(512).optional(),
});
const params = z.strictObject({ id: name });

export function keyRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['admin'];
  const config = { access: 'admin' } as const;
  const create = { summary: 'Make an API key', tags, body: newKey, response: replies(newKeyReply) };
  app.post(PATH, { schema: create, config }, async ({ body }) => {
    const { tenant, role = 'user', tier = null } = body;
    const { user_id: userId = null, allowed_models: allowedModels = null, expires_at: expiresAt = null } = body;
    const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt);
    const made = await service.keys.create({ tenant, role, tier, userId, allowedModels, expiresAtMs });
    return { key: made.key, first: made.first, ...storedKeyJson(made) };
  });
  const list = {
    summary: 'List the API keys, newest first',
    tags,
    querystring: query,
    response: replies(keyListReply),
  };
  app.get(PATH, { schema: list, config }, async ({ query: { tenant, cursor } }) => {
    const { keys, nextCursor } = await service.keys.list({
      ...(tenant !== undefined && { tenant }),
      ...(cursor !== undefined && { cursor }),
    });
    return { keys: keys.map(storedKeyJson), next_cursor: nextCursor };
  });
  const revoke = { summary: 'Revoke an API key', tags, params, response: replies(keyReply) };
  app.delete(`${PATH}/:id`, { schema: revoke, config }, async ({ params: { id } }) =>
    storedKeyJson(await service.keys.revoke(id)),
  );
}
