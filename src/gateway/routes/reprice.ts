// POST /api/v1/admin/ledger/reprice: a period is re-rated with the prices of now. The answer comes when it is done.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { llmError, type RepriceOptions, repriceSummaryJson } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { moment, name } from '../query.ts';
import { replies, repriceReply } from '../reply-schemas.ts';

const body = z.strictObject({
  from: moment,
  to: moment.describe('Not included'),
  tenant: name.optional(),
  provider: name.optional(),
  model: name.optional().describe('Without provider'),
  dry_run: z.boolean().optional().describe('Reckons, and writes nothing'),
});

export function repriceRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const summary = 'Re-rate a period with the prices of now; corrections are rows of their own';
  const schema = { summary, tags: ['admin'], body, response: replies(repriceReply) };
  app.post('/api/v1/admin/ledger/reprice', { schema, config: { access: 'admin' } }, async (request) => {
    const { from, to, dry_run = false } = request.body;
    const options = optionsOf(request.body);
    return { from, to, dry_run, ...repriceSummaryJson(await service.ledger.reprice(options)) };
  });
}

function optionsOf({
  from,
  to,
  tenant,
  provider,
  model,
  dry_run: dryRun = false,
}: z.infer<typeof body>): RepriceOptions {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (fromMs >= toMs) throw llmError('invalid_request', 'to: must be later than from', { param: 'to' });
  return {
    fromMs,
    toMs,
    dryRun,
    ...(tenant !== undefined && { tenant }),
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
  };
}
