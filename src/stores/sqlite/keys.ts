// API keys in SQLite, on a connection of their own to the file of the ledger. Every call is one short statement on an index, so
// none of them needs a worker; WAL lets both connections write, and neither is ever in the middle of it when the other begins.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { llmError } from '../../core/errors.ts';
import type { KeyQuery, KeyStore, Role, StoredKey } from '../../core/identity.ts';
import { inTransaction, openDatabase } from './database.ts';
import { type Columns, text } from './rows.ts';

const PAGE_KEYS = 100;
const PAGE_KEYS_MOST = 1_000;

/** The path of a file, or `:memory:`. Throws `store_unavailable`. */
export function openSqliteKeys(path: string): KeyStore {
  return new SqliteKeys(openDatabase(path));
}

const COLUMNS = 'id, tenant, user_id, role, tier, allowed_models, created_at_ms, expires_at_ms, revoked_at_ms';

class SqliteKeys implements KeyStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async create(key: StoredKey, hash: string): Promise<void> {
    this.#run('written', (db) =>
      inTransaction(db, () => {
        db.prepare('INSERT INTO tenants (name) VALUES (?) ON CONFLICT DO NOTHING').run(key.tenant);
        db.prepare(`INSERT INTO keys (hash, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
          hash,
          ...valuesOf(key),
        );
      }),
    );
  }

  async byHash(hash: string): Promise<StoredKey | null> {
    const columns = this.#run('read', (db) => db.prepare(`SELECT ${COLUMNS} FROM keys WHERE hash = ?`).get(hash));
    return columns === undefined ? null : keyOf(columns);
  }

  async list(query: KeyQuery): ReturnType<KeyStore['list']> {
    const { tenant = null, cursor, limit: wanted = PAGE_KEYS } = query;
    const before = cursor === undefined ? null : positionOf(cursor);
    if (cursor !== undefined && before === null) return { keys: [], nextCursor: null };
    const limit = Math.min(Math.max(1, Math.trunc(wanted)), PAGE_KEYS_MOST);
    // Two statements, so that each has its index.
    const ofTenant = tenant === null ? 'TRUE' : 'tenant = :tenant';
    const fromThere = before === null ? '' : 'AND (created_at_ms, id) < (:atMs, :id)';
    const sql = `SELECT ${COLUMNS} FROM keys WHERE ${ofTenant} ${fromThere} ORDER BY created_at_ms DESC, id DESC LIMIT :most`;
    const values = { ...(tenant !== null && { tenant }), ...before, most: limit + 1 };
    const found = this.#run('read', (db) => db.prepare(sql).all(values));
    const keys = found.slice(0, limit).map(keyOf);
    const last = keys.at(-1);
    return { keys, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
  }

  async revoke(id: string, atMs: number): Promise<StoredKey | null> {
    const sql = `UPDATE keys SET revoked_at_ms = COALESCE(revoked_at_ms, ?) WHERE id = ? RETURNING ${COLUMNS}`;
    const columns = this.#run('written', (db) => db.prepare(sql).get(atMs, id));
    return columns === undefined ? null : keyOf(columns);
  }

  async any(): Promise<boolean> {
    return this.#run('read', (db) => db.prepare('SELECT 1 FROM keys LIMIT 1').get()) !== undefined;
  }

  async tenants(): Promise<readonly string[]> {
    return this.#run('read', (db) => db.prepare('SELECT name FROM tenants ORDER BY name').all()).map((columns) =>
      text(columns, 'name'),
    );
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #run<T>(what: 'read' | 'written', work: (db: DatabaseSync) => T): T {
    try {
      return work(this.#db);
    } catch (cause) {
      throw llmError('store_unavailable', `The keys could not be ${what}; the log says why`, { cause });
    }
  }
}

function valuesOf(key: StoredKey): SQLInputValue[] {
  const { id, tenant, userId, role, tier, allowedModels, createdAtMs, expiresAtMs, revokedAtMs } = key;
  const models = allowedModels === null ? null : JSON.stringify(allowedModels);
  return [id, tenant, userId, role, tier, models, createdAtMs, expiresAtMs, revokedAtMs];
}

function keyOf(columns: Columns): StoredKey {
  const models = textOr(columns, 'allowed_models');
  const allowedModels: readonly string[] | null = models === null ? null : JSON.parse(models);
  return {
    id: text(columns, 'id'),
    tenant: text(columns, 'tenant'),
    userId: textOr(columns, 'user_id'),
    role: roleOf(text(columns, 'role')),
    tier: textOr(columns, 'tier'),
    allowedModels,
    createdAtMs: Number(columns['created_at_ms']),
    expiresAtMs: momentOr(columns, 'expires_at_ms'),
    revokedAtMs: momentOr(columns, 'revoked_at_ms'),
  };
}

/** What is no role is the least of them. */
function roleOf(word: string): Role {
  return word === 'admin' || word === 'server' ? word : 'user';
}

function textOr(columns: Columns, column: string): string | null {
  const value = columns[column];
  return typeof value === 'string' ? value : null;
}

function momentOr(columns: Columns, column: string): number | null {
  const value = columns[column];
  return typeof value === 'bigint' ? Number(value) : null;
}

/** Pages go by (created_at_ms, id), which no key ever changes: what is made meanwhile moves no page. */
function cursorOf({ createdAtMs, id }: StoredKey): string {
  return `${createdAtMs}.${id}`;
}

function positionOf(cursor: string): { readonly atMs: number; readonly id: string } | null {
  const [, atMs, id] = /^(\d{1,16})\.(.+)$/s.exec(cursor) ?? [];
  return id === undefined ? null : { atMs: Number(atMs), id };
}
