// Who may use which route: each route says so in its `config`, and one that does not keeps the gateway from starting. So a new
// route is closed until somebody has decided (CVE-2025-59305, -2026-30886 were routes that nobody had).

import type { FastifyRequest } from 'fastify';
import { type Identity, llmError, type Role } from '../index.ts';

/** The least role that may use a route; `public`: it holds no data and wants no key. */
export type Access = 'public' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    identity: Identity | null;
  }
}

const RANKS: Readonly<Record<Access, number>> = { public: 0, user: 1, server: 2, admin: 3 };

export function mayUse(role: Role, access: Access): boolean {
  return RANKS[role] >= RANKS[access];
}

/** Of a route that is not public. */
export function identityOf({ identity }: FastifyRequest): Identity {
  if (identity !== null) return identity;
  throw llmError('internal', 'A route with data was reached without an identity');
}
