// GET /healthz: the process lives. GET /readyz: it takes requests. Neither holds data, so neither wants a key.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';

export function healthRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const schema = { tags: ['health'], security: [] };
  const config = { access: 'public' } as const;
  app.get('/healthz', { schema: { ...schema, summary: 'Does the process live?' }, config }, () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { ...schema, summary: 'Does it take requests?' }, config }, (_request, reply) => {
    const { ready, draining, inFlight, provider, defaultModel } = service.status();
    const status = draining ? 'draining' : ready ? 'ready' : 'not_ready';
    if (!ready) reply.code(503).header('retry-after', '1');
    return { status, draining, provider, default_model: defaultModel, in_flight: inFlight };
  });
}
