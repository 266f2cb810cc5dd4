// GET /metrics on the gateway's own port, for who may see everything. With METRICS_PORT it is on that port and not here.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';
import { METRICS_PATH } from '../metrics-listener.ts';

export function metricsRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const schema = { summary: 'Metrics, as Prometheus reads them', tags: ['admin'] };
  app.get(METRICS_PATH, { schema, config: { access: 'admin' } }, async (_request, reply) => {
    const { metrics } = service;
    return reply.type(metrics.contentType).send(await metrics.scrape());
  });
}
