// What a user has used and may still use. Windows are named as in the YAML file; money leaves as decimal strings.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  type Caller,
  formatUsd,
  fromNanoUsd,
  type LLMService,
  llmError,
  type UsageGroup,
  usageReportJson,
  WINDOWS,
  type WindowState,
} from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { ownerOf } from '../caller.ts';
import { name, period, periodOf } from '../query.ts';
import { limitsReply, replies, usageReply } from '../reply-schemas.ts';

const params = z.strictObject({ user_id: name });
/** Another than the key's own is for admin keys. */
const tenant = name.optional().describe('For admin keys; default: the key’s own');
const limitsQuery = z.strictObject({ tenant });
const usageQuery = z.strictObject({
  tenant,
  ...period,
  group_by: z.string().optional().describe('day, model, provider or tag:<name>'),
  cursor: z.string().optional(),
});

export function usageRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['native'];
  const usageSchema = { summary: 'What a user has used', tags, params, querystring: usageQuery };
  const config = { access: 'user' } as const;
  app.get(
    '/api/v1/llm/usage/:user_id',
    { schema: { ...usageSchema, response: replies(usageReply) }, config },
    (request) => {
      const owner = ownerOf(identityOf(request), request.params.user_id, request.query.tenant);
      return usageOf(service, owner, request.query);
    },
  );
  const limitsSchema = { summary: 'What a user may still use', tags, params, querystring: limitsQuery };
  app.get(
    '/api/v1/llm/limits/:user_id',
    { schema: { ...limitsSchema, response: replies(limitsReply) }, config },
    (request) => limitsOf(service, ownerOf(identityOf(request), request.params.user_id, request.query.tenant)),
  );
}

async function usageOf(service: LLMService, { tenant, userId }: Caller, query: z.infer<typeof usageQuery>) {
  const { from = null, to = null, group_by: group, cursor } = query;
  // All groups stand on one page, so no cursor was ever given.
  if (cursor !== undefined) throw llmError('invalid_request', 'cursor: there is no such page', { param: 'cursor' });
  if (group !== undefined && !isGroup(group)) {
    throw llmError('invalid_request', 'group_by: must be day, model, provider or tag:<name>', { param: 'group_by' });
  }
  const report = await service.ledger.usage({ tenant, userId, ...periodOf(from, to) }, group);
  return { user_id: userId, from, to, ...usageReportJson(report) };
}

function isGroup(text: string): text is UsageGroup {
  return /^(?:day|model|provider|tag:.{1,64})$/.test(text);
}

async function limitsOf(service: LLMService, caller: Caller) {
  const { tenant, userId, tier = null } = caller;
  const states = await service.limits(caller);
  const { users, tiers, defaultTier } = service.config;
  const named = tier !== null && tiers.has(tier) ? tier : defaultTier;
  return {
    user_id: userId,
    tenant,
    tier: users.get(userId)?.tier ?? named,
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
