// GET /api/v1/admin/tenants, and what each of them has used.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { GatewayParts } from '../answer.ts';
import { name } from '../query.ts';
import { csvReplies, replies, tenantsReply, tenantUsageReply } from '../reply-schemas.ts';
import { answerUsage, usageQuery } from '../usage-answer.ts';

const params = z.strictObject({ tenant: name });
const tenantQuery = usageQuery.extend({
  group_by: usageQuery.shape.group_by.describe('day, model, provider, prompt, user or tag:<name>'),
});

export function tenantRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['admin'];
  const config = { access: 'admin' } as const;
  const listSchema = { summary: 'List the tenants', tags, response: replies(tenantsReply) };
  app.get('/api/v1/admin/tenants', { schema: listSchema, config }, async () => {
    const { tenants } = service.config;
    const names = await service.tenants();
    return {
      tenants: names.map((tenant) => ({
        tenant,
        configured: tenants.has(tenant),
        timezone: tenants.get(tenant)?.timezone ?? 'UTC',
      })),
    };
  });
  const usageSchema = { summary: 'What a tenant has used', tags, params, querystring: tenantQuery };
  app.get(
    '/api/v1/admin/tenants/:tenant/usage',
    { schema: { ...usageSchema, response: csvReplies(tenantUsageReply) }, config },
    (request, reply) => {
      const { tenant } = request.params;
      const question = { of: { tenant }, query: { tenant }, groups: ['user'] } as const;
      return answerUsage(question, request.query, request, reply, service.ledger);
    },
  );
}
