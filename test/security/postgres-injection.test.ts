// S01, S02: what a caller sends never becomes part of a statement, in success or in failure, and no pattern of it is ever matched.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { UsageGroup } from '../../src/core/stores.ts';
import { settledRow } from '../contract/ledger-rows.ts';
import { NOON_MS } from '../contract/windows-at-hand.ts';
import { type AnyPostgres, describeWithPostgres, usePostgres } from '../servers/postgres.ts';
import { conversationOf, failure, KEY, type PostgresAtHand, postgresAtHand } from '../stores/postgres/at-hand.ts';

const PLAIN = 'alice';
const HOSTILE = [
  "' OR 1=1 --",
  "'; DROP TABLE ledger; --",
  '$1',
  "\\'; SELECT pg_sleep(60); --",
  '") UNION SELECT hash FROM api_keys --',
  '%',
  '_',
  '%'.repeat(10_000),
  '_%'.repeat(10_000),
  '\u0000',
  "E'\\x27'",
  '/*',
  '{"a":1}',
  '\ud800',
];

describeWithPostgres('statements to PostgreSQL', () => {
  let server: AnyPostgres;
  let at: PostgresAtHand;
  beforeAll(async () => {
    server = await usePostgres();
  });
  beforeEach(async () => {
    at = await postgresAtHand(await server.emptyDatabase());
    await at.postgres.migrate();
  });
  afterEach(() => at.postgres.close());
  afterAll(() => server.stop());

  /** Every place where text of a caller goes, found or not, taken or refused. */
  async function everywhere(text: string): Promise<void> {
    const { ledger, keys, conversations } = at;
    const about = {
      ...{ requestId: text, generationId: text, tenant: text, userId: text, provider: text, model: text },
      ...{ requestedModel: text, keyId: text, priceId: text, prompt: { name: text, version: text, hash: text } },
      tags: { [text]: text },
    };
    await ledger.write([settledRow(text.slice(0, 100), about)]).catch(() => {});
    await ledger.write([{ ...settledRow('bad', about), heldTokens: 1.5 }]).catch(() => {});
    const who = { tenant: text, userId: text };
    await ledger.rows({ ...who, requestId: text, keyId: text });
    await ledger.rows({ cursor: Buffer.from(`5:${text}`).toString('base64url') });
    await ledger.rows({ cursor: text });
    const groups: readonly UsageGroup[] = ['day', 'model', 'provider', 'prompt', 'user', `tag:${text}`];
    for (const by of groups) {
      await ledger.usage(who, by);
      await ledger.usage(who, by, { cursor: Buffer.from(`${by}\n${text}`).toString('base64url') });
      await ledger.usage(who, by, { cursor: text });
    }
    await ledger.openRows(text);
    await ledger.charges({ tenant: text, fromMs: 0, toMs: NOON_MS, slotMs: 1_000 });
    const key = { ...KEY, id: text, tenant: text, userId: text, tier: text, allowedModels: [text] };
    await keys.create(key, text).catch(() => {});
    await keys.create(key, text).catch(() => {});
    await keys.byHash(text);
    await keys.list({ tenant: text });
    await keys.list({ cursor: `5.${text}` });
    await keys.list({ cursor: text });
    await keys.revoke(text, NOON_MS);
    const { claim, conversation, turn } = conversationOf(text);
    await conversations.create(conversation).catch(() => {});
    await conversations.create(conversation).catch(() => {});
    await conversations.renew(text, claim).catch(() => {});
    await conversations.write(turn).catch(() => {});
    await conversations.claim(conversation, text, claim, NOON_MS, null);
    await conversations.claim(conversation, text, claim, NOON_MS, 7);
    await conversations
      .write({ ...turn, messages: turn.messages.map((said) => ({ ...said, position: 1.5 })) })
      .catch(() => {});
    await conversations.release(text, text);
    await conversations.list(conversation);
    await conversations.list(conversation, { cursor: Buffer.from(`5:${text}`).toString('base64url') });
    await conversations.list(conversation, { cursor: text });
    await conversations.read(conversation, text);
    await conversations.rename(conversation, text, text);
    await conversations.delete(conversation, text);
  }

  async function statementsOf(text: string): Promise<Set<string>> {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    try {
      await everywhere(text);
      return new Set(query.mock.calls.map(([statement]: readonly unknown[]) => String(statement)));
    } finally {
      query.mockRestore();
    }
  }

  it('S01: are of a fixed set, whatever a caller sends, also where it is refused', async () => {
    const fixed = await statementsOf(PLAIN);
    expect(fixed.size).toBeGreaterThan(20);
    for (const text of HOSTILE) expect([...(await statementsOf(text))].filter((sql) => !fixed.has(sql))).toEqual([]);
    expect([...fixed].filter((sql) => sql.includes(PLAIN))).toEqual([]);
  });

  it('S01: find the row of a hostile name and no other', async () => {
    const names = HOSTILE.filter((name) => name.length < 100 && !['\u0000', '\ud800'].includes(name));
    await at.ledger.write([PLAIN, ...names].map((userId, id) => settledRow(id, { userId, tags: { [userId]: 'x' } })));
    for (const name of names) {
      expect((await at.ledger.rows({ userId: name })).rows.map(({ userId }) => userId)).toEqual([name]);
      const { groups } = await at.ledger.usage({}, `tag:${name}`);
      expect(groups.map(({ key, requests }) => [key, requests])).toEqual([
        ['', names.length],
        ['x', 1],
      ]);
    }
  });

  it('S02: match no pattern: a flood of % and _ finds nothing', async () => {
    await at.ledger.write([settledRow(1)]);
    await at.keys.create(KEY, 'ab'.repeat(32));
    await at.conversations.create({ ...conversationOf('c').conversation, tenant: 'acme', userId: 'alice' });
    for (const flood of ['%', '_'.repeat('acme'.length), '%'.repeat(100_000), '_%'.repeat(50_000)]) {
      expect((await at.ledger.rows({ tenant: flood })).rows).toEqual([]);
      expect((await at.ledger.usage({ userId: flood }, 'user')).groups).toEqual([]);
      expect(await at.keys.byHash(flood)).toBeNull();
      expect((await at.keys.list({ tenant: flood })).keys).toEqual([]);
      expect(await at.conversations.read({ tenant: 'acme', userId: flood }, flood)).toBeNull();
      expect((await at.conversations.list({ tenant: 'acme', userId: flood })).conversations).toEqual([]);
    }
  });

  it('S02: are ended by the server itself when their time is over, so that none goes on for nobody', async () => {
    const marked = 'SELECT pg_sleep(600) AS short_call';
    expect((await failure(at.postgres.call(marked))).sqlState).toBe('57014');
    expect((await failure(at.postgres.ask((run) => run('SELECT pg_sleep(600) AS question')))).sqlState).toBe('57014');
    const sql = "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(600)%'";
    expect(await server.query(server.url, sql)).toEqual([]);
  });
});
