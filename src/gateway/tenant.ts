// Whose data a request is about, as far as tenants go.

import type { FastifyRequest } from 'fastify';

/** This version knows one tenant, whoever asks. */
export function tenantOf(_request: FastifyRequest): string {
  return 'default';
}
