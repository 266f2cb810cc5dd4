// Who is let in. As soon as there is an admin key, a stored key or a JWKS, every route with data wants a key; before that the
// gateway is open, and then to this machine alone: a web page that rebinds its name to 127.0.0.1, or posts across origins, is told
// apart by Host and Origin. The decision looks at the credentials and the route's own entry, never at a query, a path's spelling
// or a forwarded name (CVE-2026-48710, -45339).

import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { ConfigError, type Identity, type LLMService, llmError } from '../index.ts';
import { type Access, mayUse } from './access.ts';

export interface Door {
  /** For every route: throws `foreign_origin` in the open mode. */
  checkOrigin(headers: IncomingHttpHeaders): Promise<void>;
  /** For a route that is not public: whoever asks, if it may. Throws what `authenticate` throws, and `permission_denied`. */
  enter(request: FastifyRequest, access: Exclude<Access, 'public'>): Promise<Identity>;
  /** Throws a ConfigError for an address that others than this machine can reach, when there is no key. */
  checkAddress(host: string): Promise<void>;
}

/** Whoever asks in the open mode is the operator: it is this machine. */
const OPEN: Identity = {
  role: 'admin',
  tenant: 'default',
  userId: null,
  tier: null,
  allowedModels: null,
  keyId: null,
};

export function createDoor(identity: LLMService['identity']): Door {
  /** Others can reach the address; then it is never open, whatever becomes known later. */
  let isExposed = false;
  const isOpen = async () => !isExposed && !(await identity.required());
  return {
    async checkOrigin(headers) {
      // Where it cannot be found out, whoever wants data is refused by `enter`.
      if (await isOpen().catch(() => false)) checkLoopback(headers);
    },
    async enter({ headers, socket }, access) {
      if (await isOpen()) return OPEN;
      const peer = socket.remoteAddress ?? '';
      const forwarded = headers['x-forwarded-for'];
      const forwardedFor = typeof forwarded === 'string' ? forwarded : null;
      const known = await identity.authenticate(tokenOf(headers), { peer, forwardedFor });
      if (mayUse(known.role, access)) return known;
      throw llmError('permission_denied', `This is for ${access} keys; yours is a ${known.role} key`);
    },
    async checkAddress(host) {
      if (isLoopback(host.toLowerCase())) return;
      isExposed = true;
      // A store that cannot be asked now may hold keys; without any, nobody gets in.
      if (await identity.required().catch(() => true)) return;
      const write =
        'set LLM_ADMIN_KEY (at least 32 characters), make a key with `codementor-llm keys create`, or set HOST=127.0.0.1: others could spend your money otherwise';
      throw new ConfigError([{ where: 'HOST', found: JSON.stringify(host), write }]);
    },
  };
}

function checkLoopback({ host, origin }: IncomingHttpHeaders): void {
  if (!isLoopbackHost(host)) {
    throw llmError(
      'foreign_origin',
      'Without a key this server answers under localhost or 127.0.0.1 only; set LLM_ADMIN_KEY to open it',
    );
  }
  if (origin !== undefined && !isLoopbackOrigin(origin)) {
    throw llmError(
      'foreign_origin',
      'Without a key this server answers no web page of another origin; set LLM_ADMIN_KEY to open it',
    );
  }
}

/** Of `Authorization` and `x-api-key` the first one that is there decides, right or wrong. Null: there is none, or none that can be one. */
function tokenOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  if (authorization !== undefined) return /^bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? null;
  return typeof apiKey === 'string' && /^[\x21-\x7e]+$/.test(apiKey) ? apiKey : null;
}

/** The name without the port; an IPv6 address stands in brackets. */
function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.search(/:\d{1,5}$/);
  const name = end <= 0 ? host : host.slice(0, end);
  return name.toLowerCase();
}

/** Of a Host header, with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && isLoopback(hostName(host));
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}
