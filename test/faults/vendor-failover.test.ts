// A vendor that fails in every way there is, over HTTP, with a second model of a route that is well: what a caller sees of it, what
// stands in the ledger, and that a vendor which is down is left alone until one request has found it well.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { asks, COMPLETION, eventsIn, MODEL, type RunningGateway, startGateway } from '../gateway/start.ts';
import { describeWithOwnRedis, freePort, startRedis } from '../servers/redis.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { type Behaviour, startGroqMock } from '../vendor/groq-mock.ts';
import { eventually, startFaulty } from './gateways.ts';

const SECOND = 'openai/gpt-oss-20b';
const THIRD = 'qwen/qwen3.8-27b';
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderWith(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'codementor-failover-'));
  folders.push(folder);
  writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
  return folder;
}

const ROUTES = `routes:
  tutor: { targets: [${MODEL}, ${SECOND}] }
  shared: { targets: [{ model: ${MODEL}, weight: 1 }, { model: ${SECOND}, weight: 1 }] }
  cheap: { targets: [{ model: ${MODEL}, max_usd_per_million_output: "0.59" }, { model: ${SECOND}, needs: [tools], min_context: 131072 }] }
retry: { max_retries: 0 }
`;

const attemptsShape = z.object({
  attempts: z.array(z.object({ model: z.string(), outcome: z.string(), code: z.string().nullable() })),
});
const waysIn = (body: unknown) =>
  attemptsShape.parse(body).attempts.map(({ model, outcome, code }) => [model, outcome, code]);

/** Of a stream: its text, and its last event. */
async function read(reply: Response): Promise<{ content: string; end: unknown }> {
  if (reply.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    const end: unknown = await reply.json();
    return { content: z.object({ content: z.string().catch('') }).parse(end).content, end };
  }
  const events = eventsIn(await reply.text()).map(({ data }) => JSON.parse(data));
  return {
    content: events.flatMap(({ type, text }) => (type === 'text-delta' ? text : [])).join(''),
    end: events.at(-1),
  };
}

describe.each([true, false])('the first model of a route (stream: %s)', (stream) => {
  let running: RunningGateway;
  beforeAll(async () => {
    const cwd = folderWith(`${ROUTES}breaker: { failures: 1000, open_ms: 1 }\ntimeouts: { idle_ms: 300 }\n`);
    running = await startGateway({ cwd, env: { GROQ_TIMEOUT: '0.3' } });
  });
  afterAll(() => running.close());
  afterEach(() => running.vendor.script({}));

  const error = (status: number, code: string) => ({ status_code: status, error: { message: 'no', type: code, code } });
  const FAILS: readonly (readonly [string, Behaviour, string, boolean?])[] = [
    ['F02: that says nothing, not even headers', { fault: { kind: 'silent' } }, 'provider_timeout'],
    [
      'F05: that has too much to do and does not say until when',
      { fault: { kind: 'status', status: 429 } },
      'provider_rate_limited',
    ],
    ['whose account is empty', { fault: { kind: 'status', status: 402 } }, 'provider_quota'],
    ['F08: that has no capacity (498)', { fault: { kind: 'status', status: 498 } }, 'provider_overloaded'],
    ['F08: that is overloaded (503)', { fault: { kind: 'status', status: 503 } }, 'provider_overloaded'],
    ['F08: that is overloaded (529)', { fault: { kind: 'status', status: 529 } }, 'provider_overloaded'],
    ['F08: that depends on one that failed (424)', { fault: { kind: 'status', status: 424 } }, 'provider_bad_reply'],
    ['F08: that believes us gone (499)', { fault: { kind: 'status', status: 499 } }, 'provider_bad_reply'],
    ['F09: that refuses our key (401)', { fault: { kind: 'status', status: 401 } }, 'provider_auth'],
    ['F09: that refuses our key (403)', { fault: { kind: 'status', status: 403 } }, 'provider_auth'],
    [
      'F10: that answers with a page, status 200',
      { fault: { kind: 'reply', status: 200, type: 'text/html', body: '<html>Just a moment</html>' } },
      'provider_bad_reply',
    ],
    [
      'F10: that answers with a page, status 502',
      { fault: { kind: 'reply', status: 502, type: 'text/html', body: '<html>Bad gateway</html>' } },
      'provider_overloaded',
    ],
    [
      'F11: that tells an error with status 200',
      {
        fault: {
          kind: 'reply',
          status: 200,
          type: 'application/json',
          body: JSON.stringify(error(503, 'service_unavailable_error')),
        },
      },
      'provider_overloaded',
    ],
    [
      'F12: that tells an error as the first event of a stream',
      {
        fault: {
          kind: 'error-event',
          afterEvents: 0,
          error: { message: 'no', type: 'server_error', code: 'server_error' },
        },
      },
      'provider_overloaded',
      true,
    ],
    [
      'F12: that tells an error after its role',
      {
        fault: {
          kind: 'error-event',
          afterEvents: 1,
          error: { message: 'no', type: 'server_error', code: 'server_error' },
        },
      },
      'provider_overloaded',
      true,
    ],
    [
      'F14: that is cut before its first content',
      { fault: { kind: 'cut', afterBytes: 40, by: 'fin' } },
      'provider_unreachable',
    ],
    [
      'F15: that is reset before its first content',
      { fault: { kind: 'cut', afterBytes: 40, by: 'rst' } },
      'provider_unreachable',
    ],
    [
      'F17: that ends cleanly with its role alone',
      { fault: { kind: 'no-done', afterEvents: 1 } },
      'provider_unreachable',
      true,
    ],
    ['F18: that stalls before its first content', { fault: { kind: 'stall', afterBytes: 40 } }, 'provider_timeout'],
    ['F18: that stalls after its role', { fault: { kind: 'stall-events', afterEvents: 1 } }, 'provider_timeout', true],
    ['F19: that sends comments only', { fault: { kind: 'comments-only', everyMs: 50 } }, 'provider_timeout', true],
    ['F25: that sends what is packed', { fault: { kind: 'gzip' } }, 'provider_bad_reply'],
  ];

  it.each(
    FAILS.flatMap(([how, fault, code, isOfStreams]) =>
      stream || isOfStreams !== true ? [[how, fault, code] as const] : [],
    ),
  )('%s is followed by the second, and the caller hears of it in attempts[] alone', async (_how, behaviour, code) => {
    running.vendor.script(({ model }) => (model === MODEL ? behaviour : { says: { text: 'of the second' } }));
    const before = await running.rows();
    const reply = await running.post(COMPLETION, asks('Why?', { model: 'tutor', stream, cache: 'off' }));
    expect([reply.status, reply.headers.get('x-model')]).toEqual([200, SECOND]);
    if (!stream) expect(reply.headers.get('x-attempts')).toBe('2');
    const { content, end } = await read(reply);
    expect(content).toBe('of the second');
    expect(waysIn(end)).toEqual([
      [MODEL, 'failed', code],
      [SECOND, 'completed', null],
    ]);
    const known = new Set(before.map(({ attemptId }) => attemptId));
    const rows = (await running.rows()).filter(({ attemptId }) => !known.has(attemptId));
    expect(rows.map(({ model, state }) => [model, state === 'open']).sort()).toEqual([
      [MODEL, false],
      [SECOND, false],
    ]);
  });

  it.each([
    ['F08: with what is too large (413)', 413, 413, 'request_too_large'],
    ['that refuses the request (400)', 400, 400, 'provider_rejected'],
    ['that has no such model (404)', 404, 404, 'model_not_found'],
  ])('%s is followed by nobody', async (_how, status, told, code) => {
    running.vendor.script({ fault: { kind: 'status', status } });
    const before = running.vendor.requests.length;
    const reply = await running.post(COMPLETION, asks('Why?', { model: 'tutor', stream, cache: 'off' }));
    expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([told, code]);
    expect(running.vendor.requests).toHaveLength(before + 1);
  });
});

describe('a vendor that is down', () => {
  let running: RunningGateway;
  const clock = new SkippingClock();
  beforeAll(async () => {
    running = await startGateway({ cwd: folderWith(`${ROUTES}breaker: { failures: 3 }\n`), clock });
  });
  afterAll(() => running.close());
  afterEach(() => {
    running.vendor.script({});
    // Whatever is closed is open again.
    clock.skip(60_000);
  });
  const ask = (model: string) => running.post(COMPLETION, asks('Why?', { model, cache: 'off' }));
  const DOWN: Behaviour = { fault: { kind: 'status', status: 503 } };

  it('is left alone after so many failures, tried by one request of many, and asked as ever once that one is answered', async () => {
    running.vendor.script(({ model }) => (model === MODEL ? DOWN : {}));
    for (let failures = 0; failures < 3; failures++) expect((await ask('tutor')).status).toBe(200);
    const asked = running.vendor.requests.length;
    const skipping = await ask('tutor');
    expect([skipping.headers.get('x-model'), skipping.headers.get('x-attempts')]).toEqual([SECOND, '1']);
    expect(waysIn(await skipping.json())).toEqual([
      [MODEL, 'skipped', 'provider_overloaded'],
      [SECOND, 'completed', null],
    ]);
    expect(running.vendor.requests.slice(asked).map(({ model }) => model)).toEqual([SECOND]);
    expect((await running.get('/readyz')).status).toBe(200);

    clock.skip(10_000);
    running.vendor.script({ headersAfterMs: 100 });
    const tried = running.vendor.requests.length;
    const replies = await Promise.all(Array.from({ length: 8 }, () => ask('tutor')));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(running.vendor.requests.slice(tried).filter(({ model }) => model === MODEL)).toHaveLength(1);
    running.vendor.script({});
    expect((await ask('tutor')).headers.get('x-model')).toBe(MODEL);
    expect(running.lines.flatMap(({ event }) => (event.startsWith('provider_') ? event : []))).toEqual([
      'provider_breaker_open',
      'provider_breaker_closed',
    ]);
  });

  it('F60: with all its models is a 503 that says when, costs nothing and asks nobody', async () => {
    running.vendor.script(DOWN);
    for (let failures = 0; failures < 3; failures++) expect((await ask('tutor')).status).toBe(503);
    const [asked, rows] = [running.vendor.requests.length, (await running.rows()).length];
    const reply = await ask('tutor');
    const body: unknown = await reply.json();
    expect([reply.status, errorShape.parse(body).error.code]).toEqual([503, 'all_providers_unavailable']);
    expect(waysIn(body)).toEqual([
      [MODEL, 'skipped', 'provider_overloaded'],
      [SECOND, 'skipped', 'provider_overloaded'],
    ]);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(10);
    expect(running.vendor.requests).toHaveLength(asked);
    expect(await running.rows()).toHaveLength(rows);
    clock.skip(10_000);
    running.vendor.script({});
    expect((await ask('tutor')).status).toBe(200);
  });

  it('F05: and names with its 429 when to come back is not asked before that, by any model; who comes meanwhile is told when', async () => {
    running.vendor.next({ fault: { kind: 'status', status: 429 }, headers: { 'retry-after': '60' } });
    const limited = await ask(MODEL);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    const asked = running.vendor.requests.length;
    const reply = await ask(THIRD);
    expect(reply.status).toBe(503);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(waysIn(await reply.json())).toEqual([[THIRD, 'skipped', 'provider_rate_limited']]);
    expect(running.vendor.requests).toHaveLength(asked);
  });

  it('after its answer has told that it was the last one of the day is skipped, for that model', async () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '24h0m0s' };
    running.vendor.next({ headers });
    expect((await ask('tutor')).headers.get('x-model')).toBe(MODEL);
    const reply = await ask('tutor');
    expect(waysIn(await reply.json())).toEqual([
      [MODEL, 'skipped', 'provider_rate_limited'],
      [SECOND, 'completed', null],
    ]);
    // One of the thousand requests of a day.
    clock.skip(86_400);
    expect((await ask('tutor')).headers.get('x-model')).toBe(MODEL);
  });

  it('tells its state in the metrics', async () => {
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    expect((await ask(MODEL)).status).toBe(502);
    const scraped = await running.service.metrics.scrape();
    expect(scraped).toContain(`codementor_breakers_open{provider="groq",model="${MODEL}"} 1`);
    expect(scraped).toContain(
      `codementor_breaker_openings_total{provider="groq",model="${MODEL}",code="provider_auth"} 1`,
    );
  });
});

describe('a vendor that refuses connections', () => {
  it('F01: costs nothing, is left alone after ten, and is found when it is back', async () => {
    const port = await freePort();
    const clock = new SkippingClock();
    const env = { GROQ_BASE_URL: `http://127.0.0.1:${port}` };
    const running = await startGateway({ cwd: folderWith(ROUTES), env, clock });
    for (let failures = 0; failures < 10; failures++) {
      const reply = await running.post(COMPLETION, asks('Why?', { model: MODEL, cache: 'off' }));
      expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([502, 'provider_unreachable']);
    }
    const reply = await running.post(COMPLETION, asks('Why?', { model: MODEL, cache: 'off' }));
    expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([503, 'all_providers_unavailable']);
    const rows = await running.rows();
    expect(rows.map(({ state, costPicoUsd }) => [state, costPicoUsd])).toEqual(
      Array.from({ length: 10 }, () => ['released', 0n]),
    );
    const back = await startGroqMock({ port });
    clock.skip(10_000);
    expect((await running.post(COMPLETION, asks('Why?', { model: MODEL, cache: 'off' }))).status).toBe(200);
    await running.close();
    await back.close();
  });
});

describeWithOwnRedis('with Redis frozen besides', () => {
  it('F57: a vendor whose first model always fails costs nobody an answer: the second gives all of them', async () => {
    const redis = await startRedis();
    const yaml = `${ROUTES}users: { bob: { requests_per_minute: 10000, in_flight: 200 } }\n`;
    const running = await startFaulty(yaml, { env: { REDIS_URL: `redis://127.0.0.1:${redis.port}` } });
    await eventually(() => running.degraded().length === 0, 'Redis is there');
    running.vendor.script(({ model }) => (model === MODEL ? { fault: { kind: 'status', status: 500 } } : {}));
    redis.freeze();
    const ask = () => running.post(COMPLETION, asks('Why?', { model: 'tutor', cache: 'off', user_id: 'bob' }));
    for (let round = 0; round < 10; round++) {
      const replies = await Promise.all(Array.from({ length: 10 }, ask));
      expect(replies.map((reply) => [reply.status, reply.headers.get('x-model')])).toEqual(
        Array.from({ length: 10 }, () => [200, SECOND]),
      );
    }
    // Ten at once are asked before the first of them has failed; after those, only who tries whether it is well again.
    expect(running.told('provider_breaker_open')).toBe(1);
    expect(running.vendor.requests.filter(({ model }) => model === MODEL).length).toBeLessThan(50);
    redis.resume();
    await running.close();
    await redis.stop();
  });
});

describe('a route', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway({ cwd: folderWith(ROUTES) });
  });
  afterAll(() => running.close());

  it('shares the requests among equals by their weights', async () => {
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => running.post(COMPLETION, asks('Why?', { model: 'shared', cache: 'off' }))),
    );
    // By chance one of them gets none in one run of 2^39.
    expect(new Set(replies.map((reply) => reply.headers.get('x-model')))).toEqual(new Set([MODEL, SECOND]));
  });

  it('passes over a target that costs more than it allows', async () => {
    const reply = await running.post(COMPLETION, asks('Why?', { model: 'cheap', cache: 'off' }));
    expect([reply.status, reply.headers.get('x-model'), reply.headers.get('x-attempts')]).toEqual([200, SECOND, '1']);
    expect(waysIn(await reply.json())).toEqual([
      [MODEL, 'skipped', null],
      [SECOND, 'completed', null],
    ]);
  });
});
