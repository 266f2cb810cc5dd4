// Metrics as a scraper gets them: on the server's own port for administrators, or with METRICS_PORT on a port of this machine.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import { sendRaw } from './raw-http.ts';
import { asks, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const KEY = 'admin_key_0123456789abcdef0123456789';

describe('GET /metrics', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway({ env: { LLM_ADMIN_KEY: KEY } });
  });
  afterAll(() => running.close());
  const scrape = async () => (await running.get('/metrics', { 'x-api-key': KEY })).text();

  it('wants the key of an administrator, and counts who came without', async () => {
    expect((await running.get('/metrics')).status).toBe(401);
    const reply = await running.get('/metrics', { authorization: `Bearer ${KEY}` });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(await reply.text()).toContain('codementor_auth_failures_total{kind="unauthenticated"} 1');
    const [line] = running.lines.filter(({ event }) => event === 'auth_failed');
    expect(line).toMatchObject({ level: 'warn', fields: { kind: 'unauthenticated' } });
  });

  it('tells requests, attempts, tokens and cost of what was asked', async () => {
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    await running.post(COMPLETION, asks('fails'), { 'x-api-key': KEY });
    await (await running.post(COMPLETION, asks('hello'), { 'x-api-key': KEY })).text();
    await (await running.post(COMPLETION, asks('hello'), { 'x-api-key': KEY })).text();
    const text = await scrape();
    const of = 'provider="groq",model="openai/gpt-oss-120b"';
    for (const line of [
      `codementor_requests_total{${of},outcome="completed"} 1`,
      `codementor_requests_total{${of},outcome="cached"} 1`,
      `codementor_requests_total{${of},outcome="provider_auth"} 1`,
      `codementor_upstream_attempts_total{${of},outcome="completed",code=""} 1`,
      `codementor_upstream_attempts_total{${of},outcome="failed",code="provider_auth"} 1`,
      'codementor_requests_in_flight 0',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toMatch(new RegExp(`^codementor_tokens_total\\{${of},kind="input"\\} [1-9]`, 'm'));
    expect(text).toMatch(new RegExp(`^codementor_cost_usd_total\\{${of}\\} [0-9.e-]+$`, 'm'));
  });

  it('B44: a model that there is not is `unknown`, however it is spelled', async () => {
    // Node's own lines (kinds of garbage collection) come as they come.
    const ours = (text: string) => text.split('\n').filter((line) => line.startsWith('codementor_')).length;
    const before = ours(await scrape());
    const names = [
      'nix',
      '../../etc',
      'gpt\u2010oss',
      'x'.repeat(10_240),
      ...Array.from({ length: 50 }, (_, n) => `m${n}`),
    ];
    for (const model of names)
      expect((await running.post(COMPLETION, asks('hi', { model }), { 'x-api-key': KEY })).status).toBe(404);
    const text = await scrape();
    const [, counted] =
      /^codementor_requests_total\{provider="unknown",model="unknown",outcome="model_not_found"\} (\d+)$/m.exec(text) ??
      [];
    expect(Number(counted)).toBe(names.length);
    expect(text).not.toMatch(/no-such|passwd|xxxx|"m\d/);
    expect(ours(text) - before).toBeLessThan(30);
  });

  it('I25: holds no key and no user', async () => {
    await running.post(COMPLETION, asks('who', { user_id: 'canary_user' }), { 'x-api-key': KEY });
    expect(await scrape()).not.toMatch(/canary|gsk_|admin_key/);
  });
});

describe('METRICS_PORT', () => {
  it('has the metrics on that port alone, for this machine, without a key', async () => {
    const running = await startGateway({ env: { LLM_ADMIN_KEY: KEY, METRICS_PORT: '0' } });
    try {
      const url = running.gateway.metricsUrl ?? '';
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
      expect(new URL(url).port).not.toBe(String(running.port));
      const reply = await fetch(url);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect(await reply.text()).toContain('codementor_requests_in_flight 0');
      expect((await running.get('/metrics', { 'x-api-key': KEY })).status).toBe(404);
      expect((await fetch(new URL('/api/v1/admin/ledger', url))).status).toBe(404);
      expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    } finally {
      await running.close();
    }
  });

  it('answers no page that took the name of this machine (DNS rebinding)', async () => {
    const running = await startGateway({ env: { METRICS_PORT: '0' } });
    try {
      const { port } = new URL(running.gateway.metricsUrl ?? '');
      const ask = (host: string) =>
        sendRaw(Number(port), [`GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`]);
      expect((await ask('evil.example')).status).toBe(403);
      expect((await ask(`localhost:${port}`)).status).toBe(200);
    } finally {
      await running.close();
    }
  });

  it('that is in use is named, and leaves nothing open', async () => {
    const running = await startGateway();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    try {
      const address: string | AddressInfo | null = other.address();
      const metricsPort = typeof address === 'object' && address !== null ? address.port : 0;
      const config = { ...running.service.config, metricsPort };
      const service = new Proxy(running.service, {
        get: (target, name) => (name === 'config' ? config : Reflect.get(target, name)),
      });
      const gateway = createGateway(service, { logs: { report: () => {}, flush: () => Promise.resolve() } });
      await expect(gateway.listen({ host: '127.0.0.1', port: 0 })).rejects.toThrow(/METRICS_PORT.*\n?.*EADDRINUSE/);
      expect(gateway.app.server.listening).toBe(false);
      await gateway.close();
    } finally {
      other.close();
      await running.close();
    }
  });
});
