// What a user has used and may still use.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Caller, LLMService } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { ownerOf } from '../caller.ts';
import { name } from '../query.ts';
import { csvReplies, limitsReply, replies, usageReply } from '../reply-schemas.ts';
import { answerUsage, usageQuery } from '../usage-answer.ts';
import { windowJson } from '../window-wire.ts';

const params = z.strictObject({ user_id: name });
/** Another than the key's own is for admin keys. */
const tenant = name.optional().describe('For admin keys; default: the key’s own');
const limitsQuery = z.strictObject({ tenant });
const userQuery = usageQuery.extend({
  tenant,
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
      const owner = ownerOf(identityOf(request), request.params.user_id, request.query.tenant);
      const { tenant: of, userId } = owner;
      const question = { of: { user_id: userId }, query: { tenant: of, userId }, groups: [] };
      return answerUsage(question, request.query, request, reply, service.ledger);
    },
  );
  const limitsSchema = { summary: 'What a user may still use', tags, params, querystring: limitsQuery };
  app.get(
    '/api/v1/llm/limits/:user_id',
    { schema: { ...limitsSchema, response: replies(limitsReply) }, config },
    (request) => limitsOf(service, ownerOf(identityOf(request), request.params.user_id, request.query.tenant)),
  );
}

async function limitsOf(service: LLMService, caller: Caller) {
  const states = await service.limits(caller);
  return {
    user_id: caller.userId,
    tenant: caller.tenant,
    tier: service.tierOf(caller),
    windows: states.map(({ window, ...state }) =>
      windowJson({ ...state, scope: window.scope, window: window.name, limit: window.limit }),
    ),
  };
}
