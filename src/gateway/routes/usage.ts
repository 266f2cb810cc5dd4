// What a user has used and may still use.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LLMService } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { name } from '../query.ts';
import { csvReplies, limitsReply, replies, usageReply } from '../reply-schemas.ts';
import { tenantOf } from '../tenant.ts';
import { answerUsage, usageQuery } from '../usage-answer.ts';
import { windowJson } from '../window-wire.ts';

const params = z.strictObject({ user_id: name });
const userQuery = usageQuery.extend({
  group_by: usageQuery.shape.group_by.describe('day, model, provider, prompt or tag:<name>'),
});

export function usageRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['native'];
  const config = { access: 'user' } as const;
  const usageSchema = { summary: 'What a user has used', tags, params, querystring: userQuery };
  app.get(
    '/api/v1/llm/usage/:user_id',
    { schema: { ...usageSchema, response: csvReplies(usageReply) }, config },
    (request, reply) => {
      const { user_id: userId } = request.params;
      const question = { of: { user_id: userId }, query: { tenant: tenantOf(request), userId }, groups: [] };
      return answerUsage(question, request.query, request, reply, service.ledger);
    },
  );
  const limitsSchema = { summary: 'What a user may still use', tags, params };
  app.get(
    '/api/v1/llm/limits/:user_id',
    { schema: { ...limitsSchema, response: replies(limitsReply) }, config },
    (request) => limitsOf(service, request, request.params.user_id),
  );
}

async function limitsOf(service: LLMService, request: FastifyRequest, userId: string) {
  const tenant = tenantOf(request);
  const states = await service.limits({ tenant, userId });
  const { users, defaultTier } = service.config;
  return {
    user_id: userId,
    tenant,
    tier: users.get(userId)?.tier ?? defaultTier,
    windows: states.map(({ window, ...state }) =>
      windowJson({ ...state, scope: window.scope, window: window.name, limit: window.limit }),
    ),
  };
}
