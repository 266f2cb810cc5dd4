// GET /api/v1/admin/ledger: the rows themselves, oldest first, page by page.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ledgerRowJson, llmError } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { cursor, name, pageSize, period, periodOf } from '../query.ts';
import { ledgerReply, replies } from '../reply-schemas.ts';

const PAGE_ROWS = '100';

const query = z.strictObject({
  ...period,
  user_id: name.optional(),
  request_id: name.optional(),
  tenant: name.optional(),
  key_id: name.optional(),
  cursor: cursor.optional(),
  limit: pageSize(1_000).optional(),
});

export function ledgerRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const schema = { summary: 'The ledger, row by row', tags: ['admin'], querystring: query };
  const config = { access: 'admin' } as const;
  app.get(
    '/api/v1/admin/ledger',
    { schema: { ...schema, response: replies(ledgerReply) }, config },
    async (request) => {
      const { from = null, to = null, tenant, limit = PAGE_ROWS } = request.query;
      const { user_id: userId, request_id: requestId, key_id: keyId } = request.query;
      const { rows, nextCursor } = await service.ledger.rows({
        ...periodOf(from, to),
        ...(userId !== undefined && { userId }),
        ...(requestId !== undefined && { requestId }),
        ...(tenant !== undefined && { tenant }),
        ...(keyId !== undefined && { keyId }),
        ...(request.query.cursor !== undefined && { cursor: request.query.cursor }),
        limit: Number(limit),
      });
      // No row ever goes away, so a cursor that was given leads to a page with something on it.
      if (request.query.cursor !== undefined && rows.length === 0) {
        throw llmError('invalid_request', 'cursor: there is no such page; take next_cursor of the page before', {
          param: 'cursor',
        });
      }
      return { rows: rows.map(ledgerRowJson), next_cursor: nextCursor };
    },
  );
}
