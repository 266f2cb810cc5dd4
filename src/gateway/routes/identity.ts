// GET /api/v1/llm/identity: who I am, for a client that has only its key.

import type { FastifyInstance } from 'fastify';
import { identityOf } from '../access.ts';
import { identityReply } from '../key-schemas.ts';
import { replies } from '../reply-schemas.ts';

export function identityRoutes(app: FastifyInstance): void {
  const schema = { summary: 'Whose key this is', tags: ['native'], response: replies(identityReply) };
  app.get('/api/v1/llm/identity', { schema, config: { access: 'user' } }, (request) => {
    const { role, tenant, userId, tier, allowedModels, keyId } = identityOf(request);
    return { role, tenant, user_id: userId, tier, allowed_models: allowedModels, key_id: keyId };
  });
}
