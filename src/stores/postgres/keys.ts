// API keys in PostgreSQL. Every call is one short statement on an index; a server that is away is `store_unavailable`, never "no such
// key".

import { wellFormed } from '../../core/check.ts';
import type { KeyQuery, KeyStore, Role, StoredKey } from '../../core/identity.ts';
import { type Columns, cleanOr, figureOr, text, textOr } from './columns.ts';
import type { Postgres } from './connection.ts';
import { unavailable } from './errors.ts';

const PAGE_KEYS = 100;
const PAGE_KEYS_MOST = 1_000;

const COLUMNS = 'id, tenant, user_id, role, tier, allowed_models, created_at_ms, expires_at_ms, revoked_at_ms';

/** The foreign key is checked at the end of the statement, when the tenant is there, whoever put it there. */
const INSERT = `
  WITH tenant AS (INSERT INTO tenants (name) VALUES ($2) ON CONFLICT DO NOTHING)
  INSERT INTO api_keys (${COLUMNS}, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const BY_HASH = `SELECT ${COLUMNS} FROM api_keys WHERE hash = $1`;
const REVOKE = `UPDATE api_keys SET revoked_at_ms = COALESCE(revoked_at_ms, $2) WHERE id = $1 RETURNING ${COLUMNS}`;
const ANY = 'SELECT EXISTS (SELECT 1 FROM api_keys) AS any';
const TENANTS = 'SELECT name FROM tenants ORDER BY name';
const page = (condition: string) =>
  `SELECT ${COLUMNS} FROM api_keys WHERE (created_at_ms, id) < ($1, $2) ${condition} ORDER BY created_at_ms DESC, id DESC LIMIT $3`;
const PAGE = page('');
const PAGE_OF_TENANT = page('AND tenant = $4');

/** The connection remains its owner's: closing the keys does not close it. */
export function postgresKeys(postgres: Postgres): KeyStore {
  return new PostgresKeys(postgres);
}

class PostgresKeys implements KeyStore {
  readonly #postgres: Postgres;
  #closed = false;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async create(key: StoredKey, hash: string): Promise<void> {
    await this.#call('written', INSERT, [...valuesOf(key), hash]);
  }

  async byHash(hash: string): Promise<StoredKey | null> {
    const [columns] = await this.#call('read', BY_HASH, [wellFormed(hash)]);
    return columns === undefined ? null : keyOf(columns);
  }

  async list({ tenant, cursor, limit: wanted = PAGE_KEYS }: KeyQuery): ReturnType<KeyStore['list']> {
    const before = cursor === undefined ? NEWEST : positionOf(cursor);
    if (before === null) return { keys: [], nextCursor: null };
    const limit = Math.min(Math.max(1, Math.trunc(wanted)), PAGE_KEYS_MOST);
    const values = [before.atMs, before.id, limit + 1];
    const found =
      tenant === undefined
        ? await this.#call('read', PAGE, values)
        : await this.#call('read', PAGE_OF_TENANT, [...values, wellFormed(tenant)]);
    const keys = found.slice(0, limit).map(keyOf);
    const last = keys.at(-1);
    return { keys, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
  }

  async revoke(id: string, atMs: number): Promise<StoredKey | null> {
    const [columns] = await this.#call('written', REVOKE, [wellFormed(id), atMs]);
    return columns === undefined ? null : keyOf(columns);
  }

  async any(): Promise<boolean> {
    const [columns] = await this.#call('read', ANY, []);
    return columns?.['any'] === true;
  }

  async tenants(): Promise<readonly string[]> {
    return (await this.#call('read', TENANTS, [])).map((columns) => text(columns, 'name'));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #call(what: 'read' | 'written', sql: string, values: readonly unknown[]): Promise<readonly Columns[]> {
    try {
      if (this.#closed) throw new Error('The keys are closed');
      return await this.#postgres.call(sql, values);
    } catch (error) {
      throw unavailable('store_unavailable', `The keys could not be ${what}`, error);
    }
  }
}

function valuesOf(key: StoredKey): unknown[] {
  const { id, tenant, userId, role, tier, allowedModels, createdAtMs, expiresAtMs, revokedAtMs } = key;
  const models = allowedModels?.map(wellFormed) ?? null;
  const texts = [wellFormed(id), wellFormed(tenant), cleanOr(userId), role, cleanOr(tier)];
  return [...texts, models, createdAtMs, expiresAtMs, revokedAtMs];
}

function keyOf(columns: Columns): StoredKey {
  return {
    id: text(columns, 'id'),
    tenant: text(columns, 'tenant'),
    userId: textOr(columns, 'user_id'),
    role: roleOf(columns['role']),
    tier: textOr(columns, 'tier'),
    allowedModels: namesOr(columns['allowed_models']),
    createdAtMs: Number(columns['created_at_ms']),
    expiresAtMs: figureOr(columns, 'expires_at_ms'),
    revokedAtMs: figureOr(columns, 'revoked_at_ms'),
  };
}

/** What is no role is the least of them. */
function roleOf(word: unknown): Role {
  return word === 'admin' || word === 'server' ? word : 'user';
}

function namesOr(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}

interface Position {
  readonly atMs: number;
  readonly id: string;
}

/** Behind every key that there can be. */
const NEWEST: Position = { atMs: Number.MAX_SAFE_INTEGER, id: '' };

/** Pages go by (created_at_ms, id), which no key ever changes: what is made meanwhile moves no page. */
function cursorOf({ createdAtMs, id }: StoredKey): string {
  return `${createdAtMs}.${id}`;
}

function positionOf(cursor: string): Position | null {
  const [, atMs, id] = /^(\d{1,16})\.(.+)$/s.exec(cursor) ?? [];
  return id === undefined ? null : { atMs: Number(atMs), id: wellFormed(id) };
}
