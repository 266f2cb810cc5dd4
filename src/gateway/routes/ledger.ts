// GET /api/v1/admin/ledger: the rows themselves, oldest first, page by page.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ledgerRowJson } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { name, period, periodOf } from '../query.ts';
import { ledgerReply, replies } from '../reply-schemas.ts';

/** No page is larger, so that no question holds the process up. */
const PAGE_ROWS = 100;

const query = z.strictObject({
  ...period,
  user_id: name.optional(),
  request_id: name.optional(),
  cursor: z.string().max(256).optional(),
});

export function ledgerRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const schema = { summary: 'The ledger, row by row', tags: ['admin'], querystring: query };
  app.get(
    '/api/v1/admin/ledger',
    { schema: { ...schema, response: replies(ledgerReply) }, config: { access: 'admin' } },
    async (request) => {
      const { from = null, to = null, user_id: userId, request_id: requestId, cursor } = request.query;
      const { rows, nextCursor } = await service.ledger.rows({
        ...periodOf(from, to),
        ...(userId !== undefined && { userId }),
        ...(requestId !== undefined && { requestId }),
        ...(cursor !== undefined && { cursor }),
        limit: PAGE_ROWS,
      });
      return { rows: rows.map(ledgerRowJson), next_cursor: nextCursor };
    },
  );
}
