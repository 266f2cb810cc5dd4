// Who is let in: without a key this machine alone, with one whoever has it.

import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDoor } from '../../src/gateway/door.ts';
import { createGateway } from '../../src/gateway/index.ts';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { ConfigError, createLLMService } from '../../src/index.ts';
import { request, sendRaw } from './raw-http.ts';
import { asks, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const KEY = 'an-admin-key-of-more-than-32-characters';

describe('the open mode', () => {
  const nobodysKey = () => Promise.reject(new Error('Nobody is asked for a key'));
  const doorOfNobody = () => createDoor({ required: () => Promise.resolve(false), authenticate: nobodysKey });
  const door = doorOfNobody();
  const isLetIn = (headers: Record<string, string>) =>
    door.checkOrigin(headers).then(
      () => true,
      () => false,
    );

  it.each([
    'localhost',
    'localhost:4000',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.8.9.1',
    '[::1]',
    '[::1]:4000',
    'LOCALHOST',
  ])('answers under %s', async (host) => expect(await isLetIn({ host })).toBe(true));
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1:4000',
    '[::2]',
    '',
    'localhost:x',
    'evil.example:127',
    '2130706433',
  ])('does not answer under %s', async (host) => expect(await isLetIn({ host })).toBe(false));
  it.each(['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:8080'])('answers a page of %s', async (origin) =>
    expect(await isLetIn({ host: 'localhost', origin })).toBe(true),
  );
  it.each([
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'file://',
    'http://localhost@evil.example',
    '',
  ])('answers no page of %s', async (origin) => expect(await isLetIn({ host: 'localhost', origin })).toBe(false));

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])('does not listen on %s', (host) =>
    expect(doorOfNobody().checkAddress(host)).rejects.toThrow(ConfigError),
  );
  it.each(['127.0.0.1', 'localhost', '::1'])('listens on %s', (host) =>
    expect(doorOfNobody().checkAddress(host)).resolves.toBeUndefined(),
  );

  it('says so, and refuses to listen, before the address is taken', async () => {
    const service = await createLLMService({
      env: {},
      cwd: tmpdir(),
      dataDir: 'memory',
      logs: { report() {}, flush: () => Promise.resolve() },
    });
    const gateway = createGateway(service);
    await expect(gateway.listen({ host: '0.0.0.0', port: 0 })).rejects.toThrow(/LLM_ADMIN_KEY/);
    await gateway.close();
    await service.close();
  });

  it('tells a rebound name apart from its own, on the wire', async () => {
    const running = await startGateway();
    const reply = await sendRaw(running.port, [
      `GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ]);
    expect([reply.status, errorShape.parse(JSON.parse(reply.body)).error.code]).toEqual([403, 'foreign_origin']);
    const foreign = await running.post(COMPLETION, asks('hi'), { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(running.vendor.requests).toEqual([]);
    await running.close();
  });
});

describe('with an admin key', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway({ env: { LLM_ADMIN_KEY: KEY } });
  });
  afterAll(() => running.close());

  const statusOf = async (headers: Record<string, string>, path = '/v1/models') =>
    (await running.get(path, headers)).status;

  it('lets the key in, as a bearer or as x-api-key', async () => {
    expect(await statusOf({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await statusOf({ authorization: `bearer ${KEY}` })).toBe(200);
    expect(await statusOf({ 'x-api-key': KEY })).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['an empty bearer', { authorization: 'Bearer' }],
    ['two spaces', { authorization: `bearer  ${KEY}` }],
    ['a key of the right length', { authorization: `Bearer ${'x'.repeat(KEY.length)}` }],
    ['the first half', { authorization: `Bearer ${KEY.slice(0, 20)}` }],
    ['more than the key', { authorization: `Bearer ${KEY}x` }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
    ['10 KiB', { 'x-api-key': 'x'.repeat(10_240) }],
    ['a wrong bearer beside the right x-api-key', { authorization: 'Bearer x', 'x-api-key': KEY }],
    ['the key in another header', { 'api-key': KEY }],
  ])('does not let %s in', async (_what, headers) => {
    const reply = await running.get('/v1/models', headers);
    expect([reply.status, errorShape.parse(await reply.json()).error.type]).toEqual([401, 'authentication_error']);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    expect(reply.headers.get('x-should-retry')).toBe('false');
  });

  it('asks for it on every route with data, and before a body is read', async () => {
    for (const path of [
      '/v1/models',
      '/openai/v1/models',
      '/v1/models/x',
      '/api/v1/llm/usage/a',
      '/api/v1/llm/limits/a',
      '/api/v1/admin/ledger',
      '/v1/models?key='.concat(KEY),
    ]) {
      expect([path, await statusOf({}, path)]).toEqual([path, 401]);
    }
    for (const path of [COMPLETION, '/v1/chat/completions', '/openai/v1/chat/completions']) {
      expect([path, (await running.post(path, 'no json')).status]).toEqual([path, 401]);
    }
  });

  it('leaves open what holds no data', async () => {
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs/'])
      expect([path, await statusOf({}, path)]).toEqual([path, 200]);
  });

  it('does not care under which name it is asked', async () => {
    const headers = [`Authorization: Bearer ${KEY}`, 'Connection: close'];
    const reply = await sendRaw(running.port, [
      `GET /v1/models HTTP/1.1\r\nHost: gateway.example\r\n${headers.join('\r\n')}\r\n\r\n`,
    ]);
    expect(reply.status).toBe(200);
    const without = await sendRaw(running.port, [
      request('GET http://127.0.0.1/v1/models', ['X-Forwarded-Host: localhost', 'Connection: close']),
    ]);
    expect(without.status).toBe(401);
  });

  it('lets it name users, and is a user by itself when it names none', async () => {
    const key = { 'x-api-key': KEY };
    expect((await running.post(COMPLETION, asks('hi', { user_id: 'alice' }), key)).status).toBe(200);
    expect((await running.post(COMPLETION, asks('ho'), key)).status).toBe(200);
    expect((await running.rows()).map(({ userId }) => userId)).toEqual(['alice', 'key:admin']);
  });
});
