// What a user has used and may still use. Windows are named as in the YAML file; money leaves as decimal strings.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  formatUsd,
  fromNanoUsd,
  type LLMService,
  llmError,
  type UsageGroup,
  usageReportJson,
  WINDOWS,
  type WindowState,
} from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { name, period, periodOf } from '../query.ts';
import { limitsReply, replies, usageReply } from '../reply-schemas.ts';

/** This version knows one tenant. */
const TENANT = 'default';

const params = z.strictObject({ user_id: name });
const usageQuery = z.strictObject({
  ...period,
  group_by: z.string().optional().describe('day, model, provider or tag:<name>'),
  cursor: z.string().optional(),
});

export function usageRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['native'];
  const usageSchema = { summary: 'What a user has used', tags, params, querystring: usageQuery };
  app.get('/api/v1/llm/usage/:user_id', { schema: { ...usageSchema, response: replies(usageReply) } }, (request) =>
    usageOf(service, request.params.user_id, request.query),
  );
  const limitsSchema = { summary: 'What a user may still use', tags, params };
  app.get('/api/v1/llm/limits/:user_id', { schema: { ...limitsSchema, response: replies(limitsReply) } }, (request) =>
    limitsOf(service, request.params.user_id),
  );
}

async function usageOf(service: LLMService, userId: string, query: z.infer<typeof usageQuery>) {
  const { from = null, to = null, group_by: group, cursor } = query;
  // All groups stand on one page, so no cursor was ever given.
  if (cursor !== undefined) throw llmError('invalid_request', 'cursor: there is no such page', { param: 'cursor' });
  if (group !== undefined && !isGroup(group)) {
    throw llmError('invalid_request', 'group_by: must be day, model, provider or tag:<name>', { param: 'group_by' });
  }
  const report = await service.ledger.usage({ tenant: TENANT, userId, ...periodOf(from, to) }, group);
  return { user_id: userId, from, to, ...usageReportJson(report) };
}

function isGroup(text: string): text is UsageGroup {
  return /^(?:day|model|provider|tag:.{1,64})$/.test(text);
}

async function limitsOf(service: LLMService, userId: string) {
  const states = await service.limits({ tenant: TENANT, userId });
  const { users, defaultTier } = service.config;
  return {
    user_id: userId,
    tenant: TENANT,
    tier: users.get(userId)?.tier ?? defaultTier,
    windows: states.map(windowJson),
  };
}

function windowJson({ window, used, remaining, resetsAtMs }: WindowState) {
  const isMoney = WINDOWS[window.name].measure === 'nano_usd';
  const amount = (value: number) => (isMoney ? formatUsd(fromNanoUsd(value)) : value);
  return {
    scope: window.scope,
    window: window.name,
    limit: amount(window.limit),
    used: amount(used),
    remaining: amount(remaining),
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  };
}
