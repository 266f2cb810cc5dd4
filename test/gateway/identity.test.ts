// Keys and tokens on the wire: who is let in, as whom, and what it is told when it is not (B01 to B14).

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import { identityReply, keyListReply, keyReply, newKeyReply } from '../../src/gateway/key-schemas.ts';
import { errorShape, limitsReply, usageReply } from '../../src/gateway/reply-schemas.ts';
import { makeKey } from '../../src/identity/keys.ts';
import { AUDIENCE, ISSUER, startSignIn, tokenOf } from '../identity/jwks-server.ts';
import { instance } from '../identity/stored-keys.ts';
import { sendRaw } from './raw-http.ts';
import { ADMIN_KEY, type SignedIn, startSignedIn, type Who, withIdentity } from './signed-in.ts';
import { asks, CHAT, COMPLETION, MODEL, startGateway } from './start.ts';

const KEYS = '/api/v1/admin/keys';
const usageOf = (user: string, query = '') => `/api/v1/llm/usage/${user}${query}`;
const limitsOf = (user: string, query = '') => `/api/v1/llm/limits/${user}${query}`;

let here: SignedIn;
beforeAll(async () => {
  here = await startSignedIn();
});
afterAll(() => here.running.close());

const get = (path: string, who: Who) => here.running.get(path, here.headers(who));
const post = (path: string, body: unknown, who: Who, headers: Record<string, string> = {}) =>
  here.running.post(path, body, { ...here.headers(who), ...headers });
const revoke = (id: string | undefined, who: Who) =>
  fetch(`${here.running.url}${KEYS}/${id}`, { method: 'DELETE', headers: here.headers(who) });
const codeOf = async (reply: Response) => errorShape.parse(await reply.json()).error.code;
const lastRow = async () => {
  const rows = await here.running.rows();
  const { tenant, userId, keyId, tags } = rows.at(-1) ?? {};
  return { tenant, userId, keyId, tags };
};

describe('without a key that is known', () => {
  const refused: [string, Record<string, string>][] = [
    ['B01: no Authorization', {}],
    ['B02: Bearer with no token', { authorization: 'Bearer' }],
    ['B02: Bearer with blanks', { authorization: 'Bearer   ' }],
    ['B02: two blanks', { authorization: `bearer  ${ADMIN_KEY}` }],
    ['B03: a key that nobody has', { authorization: `Bearer ${makeKey()}` }],
    ['B03: a key with a wrong checksum', { authorization: `Bearer cmk_${'x'.repeat(49)}` }],
    ['B10: a JWE', { authorization: 'Bearer a.b.c.d.e' }],
    ['a JWT where none are configured', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
    ['S01: SQL', { authorization: `Bearer '/**/OR/**/1=1--` }],
    ['S01: SQL with the form of a key', { 'x-api-key': `cmk_';DROP/**/TABLE/**/keys;--${'x'.repeat(27)}` }],
  ];
  it.each(refused)('%s is 401, and not worth a retry', async (_what, headers) => {
    const reply = await here.running.get('/v1/models', headers);
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.type, error.code]).toEqual([401, 'authentication_error', 'unauthenticated']);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    expect(reply.headers.get('x-should-retry')).toBe('false');
    expect(error.request_id).toBe(reply.headers.get('x-request-id'));
  });

  it.each([
    ['none at all', {}, /^This needs a key: send Authorization/],
    ['none that can be one', { authorization: 'Basic YTpi' }, /^This needs a key: send Authorization/],
    ['one that nobody has', { authorization: `Bearer ${makeKey()}` }, /^This key is not known here/],
    ['one that was cut off', { 'x-api-key': makeKey().slice(0, -3) }, /^This key is not known here/],
  ])('tells who sent no key from who sent a wrong one: %s', async (_what, headers, message) => {
    const { error } = errorShape.parse(await (await here.running.get('/v1/models', headers)).json());
    expect(error.message).toMatch(message);
  });

  it('B02: two Authorization headers are 401, right or wrong', async () => {
    const lines = [`Authorization: Bearer ${ADMIN_KEY}`, 'Authorization: Bearer x', 'Connection: close'];
    const reply = await sendRaw(here.running.port, [
      `GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('\r\n')}\r\n\r\n`,
    ]);
    expect(reply.status).toBe(401);
  });

  it('B04: a key that was revoked, or has expired, is 401 key_revoked', async () => {
    const { id, key } = await here.running.service.keys.create({ tenant: 'acme', userId: 'carol' });
    const headers = { 'x-api-key': key };
    expect((await here.running.get('/v1/models', headers)).status).toBe(200);
    expect((await revoke(id, 'admin')).status).toBe(200);
    const reply = await here.running.get('/v1/models', headers);
    expect([reply.status, await codeOf(reply)]).toEqual([401, 'key_revoked']);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('checks in the order of cost: size, media type, key, and only then the body', async () => {
    const send = (lines: string[], body = '') =>
      sendRaw(here.running.port, [
        `POST ${COMPLETION} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
      ]);
    const json = 'Content-Type: application/json';
    const right = `Authorization: Bearer ${here.keys.get('user')}`;
    expect((await send([json, 'Content-Length: 9000000'])).status).toBe(413);
    expect((await send(['Content-Type: text/plain', 'Content-Length: 3'], 'abc')).status).toBe(415);
    expect((await send([json, 'Content-Length: 3'], 'abc')).status).toBe(401);
    expect((await send([json, 'Content-Length: 3', right], 'abc')).status).toBe(400);
    expect((await send([json, 'Content-Length: 2', right], '{}')).status).toBe(400);
  });
});

describe('a store of keys that is away', () => {
  it('B05, S39: is 503 auth_unavailable with retry-after; the admin key works, and what is public answers', async () => {
    const store = instance({ adminKey: ADMIN_KEY });
    const { key } = await store.make();
    const gateway = createGateway(withIdentity(here.running.service, store.authenticator), { logs: SILENT });
    const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
    const ask = (path: string, token: string) => fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    store.way.isCut = true;
    for (const token of [key, makeKey()]) {
      const reply = await ask('/v1/models', token);
      expect([reply.status, await codeOf(reply)]).toEqual([503, 'auth_unavailable']);
      expect(reply.headers.get('retry-after')).toBe('1');
      expect(reply.headers.get('www-authenticate')).toBeNull();
      expect(reply.headers.get('x-should-retry')).toBeNull();
    }
    expect((await ask('/v1/models', ADMIN_KEY)).status).toBe(200);
    expect((await ask('/healthz', 'x')).status).toBe(200);
    store.way.isCut = false;
    expect((await ask('/v1/models', key)).status).toBe(200);
    await gateway.close();
  });

  it('S39: does not open a gateway of which nobody knows whether it wants keys', async () => {
    const store = instance();
    const gateway = createGateway(withIdentity(here.running.service, store.authenticator), { logs: SILENT });
    store.way.isCut = true;
    const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
    for (const path of ['/v1/models', KEYS, usageOf('alice')]) expect((await fetch(url + path)).status).toBe(503);
    for (const path of ['/healthz', '/openapi.json']) expect((await fetch(url + path)).status).toBe(200);
    await gateway.close();
  });

  it('S39: nor one that others can reach, when it comes back without a key in it', async () => {
    const store = instance();
    const gateway = createGateway(withIdentity(here.running.service, store.authenticator), { logs: SILENT });
    store.way.isCut = true;
    const url = await gateway.listen({ host: '0.0.0.0', port: 0 });
    store.way.isCut = false;
    const reply = await fetch(`${url.replace('0.0.0.0', '127.0.0.1')}/v1/models`);
    expect(reply.status).toBe(401);
    await gateway.close();
  });
});

const SILENT = { report() {}, flush: () => Promise.resolve() };

describe('a user’s key', () => {
  it('is its own user, whoever is named where its dialect lets it name somebody: that is a tag', async () => {
    await post(COMPLETION, asks('hi'), 'user');
    expect(await lastRow()).toEqual({ tenant: 'acme', userId: 'alice', keyId: here.ids.get('user'), tags: {} });
    await post(COMPLETION, asks('hi', { user_id: 'alice', model: MODEL }), 'user');
    expect(await lastRow()).toMatchObject({ tenant: 'acme', userId: 'alice' });
    const named: [object, Record<string, string>, object][] = [
      [{ user: 'bob' }, {}, { user: 'bob' }],
      [{ safety_identifier: 'bob' }, {}, { user: 'bob' }],
      [{ metadata: { user_id: 'bob', course: 'py' } }, {}, { user: 'bob', course: 'py' }],
      [{}, { 'x-user-id': 'bob' }, { user: 'bob' }],
      [{ user: 'bob', metadata: { user: 'carol' } }, {}, { user: 'carol' }],
    ];
    for (const [fields, headers, tags] of named) {
      const reply = await post(CHAT, asks(JSON.stringify(fields), { model: MODEL, ...fields }), 'user', headers);
      expect([reply.status, reply.headers.get('x-ignored-params')]).toEqual([200, null]);
      expect(await lastRow()).toEqual({ tenant: 'acme', userId: 'alice', keyId: here.ids.get('user'), tags });
    }
    const long = await post(CHAT, asks('hi', { model: MODEL, user: 'b'.repeat(65) }), 'user');
    expect([long.status, long.headers.get('x-ignored-params')]).toEqual([200, 'user']);
  });

  it('B13: is 403 for another user’s name in the native body, and 400 for what would make it more', async () => {
    const asked = here.running.vendor.requests.length;
    for (const user of ['bob', 'key:admin', 'ALICE', '']) {
      const reply = await post(COMPLETION, asks('hi', { user_id: user }), 'user');
      const { error } = errorShape.parse(await reply.json());
      expect([user, reply.status, error.code, error.param]).toEqual([user, 403, 'permission_denied', 'user_id']);
      expect(reply.headers.get('x-should-retry')).toBe('false');
    }
    for (const name of ['role', 'tenant_id', 'tenant', 'budget', 'allowed_routes', 'allowed_models', 'tier']) {
      for (const path of [COMPLETION, CHAT]) {
        const reply = await post(path, asks('hi', { model: MODEL, [name]: 'admin' }), 'user');
        expect([name, reply.status, await codeOf(reply)]).toEqual([name, 400, 'unknown_parameter']);
      }
    }
    for (const name of ['x-tenant-id', 'x-role', 'x-budget']) {
      const reply = await post(COMPLETION, asks('hi'), 'user', { [name]: 'other' });
      expect([name, reply.status]).toEqual([name, 400]);
    }
    expect(here.running.vendor.requests.length).toBe(asked);
  });

  it('B12: sees its own usage and limits; anybody else’s is 404, as if there were nobody', async () => {
    for (const path of [usageOf('alice'), limitsOf('alice'), usageOf('alice', '?tenant=acme')])
      expect([path, (await get(path, 'user')).status]).toEqual([path, 200]);
    for (const path of [usageOf('bob'), limitsOf('bob'), usageOf('nobody-at-all'), usageOf('alice', '?tenant=other')]) {
      const reply = await get(path, 'user');
      const { error } = errorShape.parse(await reply.json());
      expect([path, reply.status, error.type]).toEqual([path, 404, 'not_found_error']);
    }
    const unknown = await get(usageOf('nobody-at-all'), 'user');
    const known = await get(usageOf('bob'), 'user');
    const text = async (reply: Response) => (await reply.text()).replace(/req_\w+/, '');
    expect(await text(unknown)).toBe(await text(known));
  });

  it('B14: is 403 on admin routes by either header, and nobody by a header or a query that is none', async () => {
    const key = here.keys.get('user') ?? '';
    for (const path of [KEYS, '/api/v1/admin/ledger']) {
      const status = async (headers: Record<string, string>, query = '') =>
        (await here.running.get(path + query, headers)).status;
      expect(await status({ authorization: `Bearer ${key}` })).toBe(403);
      expect(await status({ 'x-api-key': key })).toBe(403);
      expect(await status({ 'api-key': key })).toBe(401);
      expect(await status({}, `?key=${key}`)).toBe(401);
      expect(await status({}, `?key=${ADMIN_KEY}`)).toBe(401);
      expect(await status({ cookie: `session=${ADMIN_KEY}` })).toBe(401);
      expect(await status({ 'x-api-key': key, 'x-role': 'admin' })).toBe(403);
    }
    const made = await post(KEYS, { tenant: 'acme', role: 'admin' }, 'user');
    expect([made.status, await codeOf(made)]).toEqual([403, 'permission_denied']);
    const revoked = await revoke(here.ids.get('neighbour'), 'user');
    expect(revoked.status).toBe(403);
    expect((await get('/v1/models', 'neighbour')).status).toBe(200);
  });

  it('B11: may ask the models of its list alone: by route, by whole name, by provider and model', async () => {
    const { key } = await here.running.service.keys.create({
      tenant: 'acme',
      userId: 'carol',
      allowedModels: ['groq/openai/gpt-oss-20b'],
    });
    const headers = { authorization: `Bearer ${key}` };
    const asked = here.running.vendor.requests.length;
    for (const [path, model] of [
      [COMPLETION, MODEL],
      [COMPLETION, `groq/${MODEL}`],
      [COMPLETION, undefined],
      [CHAT, MODEL],
    ] as const) {
      const reply = await here.running.post(path, asks('hi', model === undefined ? {} : { model }), headers);
      const { error } = errorShape.parse(await reply.json());
      expect([reply.status, error.type, error.code, error.param]).toEqual([
        403,
        'permission_error',
        'permission_denied',
        'model',
      ]);
      expect(reply.headers.get('x-should-retry')).toBe('false');
    }
    expect(here.running.vendor.requests.length).toBe(asked);
    for (const model of ['openai/gpt-oss-20b', 'groq/openai/gpt-oss-20b'])
      expect((await here.running.post(COMPLETION, asks(model, { model }), headers)).status).toBe(200);
    expect((await here.running.post(COMPLETION, asks('hi', { model: 'nix' }), headers)).status).toBe(404);
  });
});

describe('a server’s key', () => {
  it('names its users, by all the names that its dialect has, and is a user by itself when it names none', async () => {
    const tenant = 'acme';
    const keyId = here.ids.get('server');
    await post(COMPLETION, asks('one'), 'server');
    expect(await lastRow()).toMatchObject({ tenant, keyId, userId: `key:${keyId}` });
    await post(COMPLETION, asks('two', { user_id: 'dave' }), 'server');
    expect(await lastRow()).toMatchObject({ tenant, keyId, userId: 'dave' });
    for (const [fields, headers] of [
      [{ user: 'dave' }, {}],
      [{ safety_identifier: 'dave' }, {}],
      [{ metadata: { user_id: 'dave' } }, {}],
      [{}, { 'x-user-id': 'dave' }],
    ] as const) {
      const reply = await post(
        CHAT,
        asks(JSON.stringify([fields, headers]), { model: MODEL, ...fields }),
        'server',
        headers,
      );
      expect(reply.status).toBe(200);
      expect(await lastRow()).toMatchObject({ tenant, keyId, userId: 'dave', tags: {} });
    }
  });

  it('S38: sees the users of its tenant, and of no other, also where they have the same name', async () => {
    const totals = async (who: Who, query = '') =>
      usageReply.parse(await (await get(usageOf('alice', query), who)).json()).totals.requests;
    expect(await totals('server')).toBeGreaterThan(0);
    expect(await totals('foreign server')).toBe(0);
    expect(await totals('foreign user')).toBe(0);
    expect((await get(usageOf('alice', '?tenant=acme'), 'foreign server')).status).toBe(404);
    expect((await get(limitsOf('alice', '?tenant=acme'), 'foreign server')).status).toBe(404);
    const used = async (who: Who) =>
      limitsReply.parse(await (await get(limitsOf('alice'), who)).json()).windows[0]?.used;
    const before = await used('user');
    await post(COMPLETION, asks('hi', { user_id: 'alice' }), 'foreign server');
    expect(await used('user')).toBe(before);
    expect(await used('foreign user')).toBe(1);
  });

  it('is no admin', async () => {
    for (const path of [KEYS, '/api/v1/admin/ledger']) expect((await get(path, 'server')).status).toBe(403);
  });
});

describe('an admin key', () => {
  it('asks as a server does, and sees every tenant', async () => {
    await post(COMPLETION, asks('hi', { user_id: 'erin' }), 'operator');
    expect(await lastRow()).toMatchObject({ tenant: 'default', userId: 'erin', keyId: 'admin' });
    await post(COMPLETION, asks('ho'), 'operator');
    expect(await lastRow()).toMatchObject({ tenant: 'default', userId: 'key:admin', keyId: 'admin' });
    for (const who of ['admin', 'operator'] as const) {
      const usage = usageReply.parse(await (await get(usageOf('alice', '?tenant=acme'), who)).json());
      expect(usage.totals.requests).toBeGreaterThan(0);
    }
  });

  it('makes keys that are shown once, lists them without, and revokes them', async () => {
    const wish = {
      tenant: 'school',
      user_id: 'zoe',
      role: 'user',
      allowed_models: [`groq/${MODEL}`],
      expires_at: '2099-01-31T00:00:00+01:00',
    };
    const reply = await post(KEYS, wish, 'operator');
    const made = newKeyReply.parse(await reply.json());
    expect(made).toMatchObject({
      ...wish,
      expires_at: '2099-01-30T23:00:00.000Z',
      tier: null,
      first: false,
      revoked_at: null,
    });
    expect((await here.running.get('/v1/models', { 'x-api-key': made.key })).status).toBe(200);
    const listed = await (await get(`${KEYS}?tenant=school`, 'admin')).text();
    const { key: _key, first: _first, ...fields } = made;
    expect(keyListReply.parse(JSON.parse(listed))).toEqual({ keys: [fields], next_cursor: null });
    expect(listed).not.toContain(made.key.slice(4, 30));
    const gone = await revoke(made.id, 'operator');
    expect(keyReply.parse(await gone.json())).toEqual({ ...fields, revoked_at: expect.any(String) });
    const refused = await here.running.get('/v1/models', { 'x-api-key': made.key });
    expect(await codeOf(refused)).toBe('key_revoked');
  });

  it.each([
    [{}, 'invalid_request', 'tenant'],
    [{ tenant: 'acme' }, 'invalid_request', 'user_id'],
    [{ tenant: 'acme', role: 'root' }, 'invalid_request', 'role'],
    [{ tenant: 'acme', role: 'server', user_id: 'x' }, 'invalid_request', 'user_id'],
    [{ tenant: 'acme', user_id: 'x', tier: 'gold' }, 'invalid_request', 'tier'],
    [{ tenant: 'acme', user_id: 'x', allowed_models: [] }, 'invalid_request', 'allowed_models'],
    [{ tenant: 'acme', user_id: 'x', allowed_models: [MODEL, 'gpt-9'] }, 'invalid_request', 'allowed_models[1]'],
    [{ tenant: 'acme', user_id: 'x', expires_at: '2001-01-01T00:00:00Z' }, 'invalid_request', 'expires_at'],
    [{ tenant: 'acme', user_id: 'x', expires_at: 'tomorrow' }, 'invalid_request', 'expires_at'],
    [{ tenant: 'acme', user_id: 'x', key: 'cmk_mine' }, 'unknown_parameter', 'key'],
    [{ tenant: 'acme', user_id: 'x', hash: '00' }, 'unknown_parameter', 'hash'],
  ])('is told what is wrong with a key that it wants: %j', async (wish, code, param) => {
    const reply = await post(KEYS, wish, 'operator');
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.code, error.param]).toEqual([400, code, param]);
  });

  it('is 404 for a key that is none', async () => {
    const reply = await revoke('key_none', 'operator');
    expect([reply.status, await codeOf(reply)]).toEqual([404, 'not_found']);
  });
});

describe('who I am', () => {
  it('is told by my key', async () => {
    const me = async (who: Who) => identityReply.parse(await (await get('/api/v1/llm/identity', who)).json());
    expect(await me('user')).toMatchObject({
      role: 'user',
      tenant: 'acme',
      user_id: 'alice',
      key_id: here.ids.get('user'),
    });
    expect(await me('server')).toMatchObject({ role: 'server', tenant: 'acme', user_id: null });
    expect(await me('operator')).toMatchObject({ role: 'admin', tenant: 'default', key_id: 'admin' });
  });
});

describe('secrets', () => {
  it('S17, S18: no key is in any answer, log line or ledger row', async () => {
    const { running, keys } = here;
    const told = [
      ...running.lines.map((line) => JSON.stringify(line)),
      ...(await running.rows()).map((row) => JSON.stringify(row.tags) + row.keyId + row.userId),
    ];
    for (const who of ['user', 'operator', 'nobody'] as const) {
      for (const path of [KEYS, '/v1/models', usageOf('x'), '/nowhere', '/healthz', '/openapi.json'])
        told.push(await (await get(path, who)).text());
    }
    for (const key of keys.values()) if (key !== null) expect(told.join('\n')).not.toContain(key.slice(0, 30));
  });
});

describe('a tier', () => {
  it('of a key says which windows its user gets', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'codementor-llm-tier-'));
    writeFileSync(join(cwd, 'codementor-llm.yaml'), 'tiers:\n  tiny: { requests_per_minute: 1 }\n');
    const tiered = await startSignedIn({ cwd });
    const { key } = await tiered.running.service.keys.create({ tenant: 'acme', userId: 'tim', tier: 'tiny' });
    const ask = async (headers: Record<string, string>) =>
      (await tiered.running.post(COMPLETION, asks('hi'), headers)).status;
    expect([await ask({ 'x-api-key': key }), await ask({ 'x-api-key': key })]).toEqual([200, 429]);
    const limits = limitsReply.parse(await (await tiered.running.get(limitsOf('tim'), { 'x-api-key': key })).json());
    expect(limits).toMatchObject({ tenant: 'acme', tier: 'tiny' });
    expect(limits.windows[0]).toMatchObject({ window: 'requests_per_minute', limit: 1, used: 1 });
    expect(await ask(tiered.headers('user'))).toBe(200);
    await tiered.running.close();
    rmSync(cwd, { recursive: true });
  });
});

describe('tokens of a sign-in', () => {
  it('are taken beside keys, as the configuration says', async () => {
    const signIn = await startSignIn();
    const cwd = mkdtempSync(join(tmpdir(), 'codementor-llm-jwt-'));
    writeFileSync(
      join(cwd, 'codementor-llm.yaml'),
      `jwt: { jwks_url: "${signIn.url}/jwks", issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [RS256], tenant_claim: tenant }\n`,
    );
    // Nothing but the section: it closes the gateway.
    const running = await startGateway({ cwd });
    expect((await running.get('/v1/models')).status).toBe(401);
    const token = await tokenOf(signIn, Date.now());
    const headers = { authorization: `Bearer ${token}` };
    expect((await running.post(COMPLETION, asks('hi'), headers)).status).toBe(200);
    expect((await running.rows())[0]).toMatchObject({ tenant: 'acme', userId: 'alice', keyId: 'jwt:alice' });
    expect((await running.get(KEYS, headers)).status).toBe(403);
    expect((await running.get('/v1/models', { 'x-api-key': token })).status).toBe(200);
    expect((await running.get('/v1/models', { authorization: `Bearer ${token.slice(0, -2)}` })).status).toBe(401);
    await Promise.all([running.close(), signIn.close()]);
    rmSync(cwd, { recursive: true });
  });
});

describe('failed sign-ins', () => {
  it('B40, S30: are counted by the client, which a header cannot change; the 61st in a minute is 429', async () => {
    const limited = await startSignedIn();
    const status = async (headers: Record<string, string>) => (await limited.running.get('/v1/models', headers)).status;
    for (let time = 0; time < 60; time++)
      expect(await status({ authorization: `Bearer ${makeKey()}`, 'x-forwarded-for': `192.0.2.${time}` })).toBe(401);
    const reply = await limited.running.get('/v1/models', {
      authorization: `Bearer ${makeKey()}`,
      'x-forwarded-for': '192.0.2.99',
    });
    expect([reply.status, await codeOf(reply)]).toEqual([429, 'rate_limited']);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await status({})).toBe(401);
    await limited.running.close();
  });

  it('B40: are counted by the client that a trusted proxy names', async () => {
    const proxied = await startSignedIn({ env: { LLM_TRUSTED_PROXIES: '127.0.0.0/8, ::1' } });
    const status = async (client: string, token = makeKey()) =>
      (await proxied.running.get('/v1/models', { authorization: `Bearer ${token}`, 'x-forwarded-for': client })).status;
    for (let time = 0; time < 60; time++) expect(await status(`10.9.9.${time}, 2001:db8:1:2::${time + 1}`)).toBe(401);
    expect(await status('2001:db8:1:2:ffff::1')).toBe(429);
    expect(await status('2001:db8:1:3::1')).toBe(401);
    expect(await status('2001:db8:1:3::1', proxied.keys.get('user') ?? '')).toBe(200);
    await proxied.running.close();
  });
});
