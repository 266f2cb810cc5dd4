// GET /healthz: the process lives. GET /readyz: it takes requests, and how its stores stand. Neither holds data, so neither wants
// a key. Degraded is ready: with a store away, sending everybody to instances that lack the same store would help nobody.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';

export function healthRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const schema = { tags: ['health'], security: [] };
  const config = { access: 'public' } as const;
  app.get('/healthz', { schema: { ...schema, summary: 'Does the process live?' }, config }, () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { ...schema, summary: 'Does it take requests?' }, config }, (_request, reply) => {
    const { ready, draining, inFlight, provider, defaultModel, stores, degraded } = service.status();
    const { windows, ledger, identity } = stores;
    const { kind, state, owed, unshipped, setAside: set_aside } = ledger;
    const status = draining ? 'draining' : ready ? 'ready' : 'not_ready';
    if (!ready) reply.code(503).header('retry-after', '1');
    return {
      status,
      draining,
      provider,
      default_model: defaultModel,
      in_flight: inFlight,
      stores: { windows, ledger: { kind, state, owed, unshipped, set_aside }, identity },
      degraded,
    };
  });
}
