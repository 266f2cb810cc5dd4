// What a refused caller is told, for people and for programs (B64, B65): the window, what is left of it, when it has room again,
// and of a budget what would still fit. And what everybody is told of all windows in the headers.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { llmError, type Refusal } from '../../src/index.ts';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const YAML = `
default_tier: free
tiers:
  free: { requests_per_minute: 3, tokens_per_day: 50000, in_flight: 4, usd_per_day: 0.5 }
tenants:
  default: { usd_per_month: 9000000, timezone: Europe/Warsaw }
users:
  poor: { usd_per_day: 0.0000001 }
  spent: { usd_per_day: 0.0006, requests_per_minute: 100 }
`;

const BUDGET: Refusal = {
  scope: 'user',
  window: 'usd_per_day',
  limit: 500_000_000,
  used: 499_999_999,
  remaining: 1,
  resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
  cheaperModels: ['openai/gpt-oss-20b'],
};
const CALLS: Refusal = {
  scope: 'tenant',
  window: 'requests_per_minute',
  limit: 30,
  used: 30,
  remaining: 0,
  resetsAtMs: null,
  cheaperModels: [],
};

describe('a refusal by a window', () => {
  let refusal: Refusal = BUDGET;
  let refusing: RunningGateway;
  beforeAll(async () => {
    const startCompletion = () => {
      const code = refusal.window === 'usd_per_day' ? 'budget_exceeded' : 'rate_limited';
      throw llmError(code, 'No room', { refusal, retryAfterMs: 10 });
    };
    refusing = await startGateway({ instead: () => ({ startCompletion }) });
  });
  afterAll(() => refusing.close());

  it.each([COMPLETION, CHAT])(
    'of a budget has its window and what would still fit beside the message (%s)',
    async (path) => {
      refusal = BUDGET;
      const reply = await refusing.post(path, asks('x', path === CHAT ? { model: 'm' } : {}));
      expect(reply.status).toBe(402);
      expect(errorShape.parse(await reply.json()).error).toMatchObject({
        code: 'budget_exceeded',
        limit: {
          scope: 'user',
          window: 'usd_per_day',
          limit: '0.50',
          used: '0.499999999',
          remaining: '0.000000001',
          resets_at: '2026-12-01T00:00:00.000Z',
        },
        cheaper_models: ['openai/gpt-oss-20b'],
      });
    },
  );

  it.each([COMPLETION, CHAT])('of calls has its window, and no models (%s)', async (path) => {
    refusal = CALLS;
    const reply = await refusing.post(path, asks('x', path === CHAT ? { model: 'm' } : {}));
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1']);
    const { error } = errorShape.parse(await reply.json());
    expect(error.limit).toEqual({
      ...{ scope: 'tenant', window: 'requests_per_minute', limit: 30, used: 30, remaining: 0, resets_at: null },
    });
    expect(error).not.toHaveProperty('cheaper_models');
  });
});

describe('a caller with windows', () => {
  let folder: string;
  let running: RunningGateway;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    writeFileSync(join(folder, 'codementor-llm.yaml'), YAML);
    running = await startGateway({ cwd: folder });
  });
  afterAll(async () => {
    await running.close();
    rmSync(folder, { recursive: true });
  });

  it('sees every window in the structured fields: what it allows, and how much is left', async () => {
    const reply = await running.post(COMPLETION, asks('hi', { user_id: 'ann' }));
    expect(parseList(reply.headers.get('ratelimit-policy'))).toEqual(
      new Map<string, Params>([
        ['user:requests_per_minute', { q: 3, qu: 'requests', w: 60 }],
        ['user:requests_per_day', { q: 1_000_000, qu: 'requests', w: 86_400 }],
        ['user:tokens_per_day', { q: 50_000, qu: 'tokens', w: 86_400 }],
        ['user:in_flight', { q: 4, qu: 'concurrent-requests' }],
        ['user:usd_per_day', { q: 500_000_000, qu: 'nano-usd', w: 86_400 }],
        // More than a structured integer can say: the largest there is.
        ['tenant:usd_per_month', { q: 999_999_999_999_999, qu: 'nano-usd' }],
      ]),
    );
    const left = parseList(reply.headers.get('ratelimit'));
    expect([...left.keys()]).toEqual([...parseList(reply.headers.get('ratelimit-policy')).keys()]);
    expect(left.get('user:requests_per_minute')).toEqual({ r: 2 });
    expect(left.get('user:in_flight')).toEqual({ r: 3 });
    expect(Number(left.get('user:usd_per_day')?.['r'])).toBeLessThan(500_000_000);
  });

  it('B64: is told with 429 how long to wait in whole seconds, at least one, and which window has no room', async () => {
    for (let n = 0; n < 3; n++) await running.post(COMPLETION, asks(`${n}`, { user_id: 'bob' }));
    for (const [path, body] of [
      [COMPLETION, asks('x', { user_id: 'bob' })],
      [CHAT, asks('x', { user: 'bob', model: 'openai/gpt-oss-120b' })],
    ] as const) {
      const reply = await running.post(path, body);
      expect(reply.status).toBe(429);
      expect(reply.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      const state = parseList(reply.headers.get('ratelimit')).get('user:requests_per_minute');
      expect(state).toEqual({ r: 0, t: expect.any(Number) });
      expect(Number(state?.['t'])).toBeGreaterThanOrEqual(1);
      expect(Number(reply.headers.get('ratelimit-reset'))).toBeGreaterThanOrEqual(1);
    }
  });

  it('B65: is told with 402 when its budget starts anew, and to try no further', async () => {
    // Nearly all of the budget, at 0.60 USD per million.
    running.vendor.next({ says: { usage: { completion_tokens: 900 } } });
    const asked = (text: string) => running.post(COMPLETION, asks(text, { user_id: 'spent', max_tokens: 200 }));
    let reply = await asked('first');
    // What an answer has cost is settled behind it.
    for (let n = 0; n < 50 && reply.status === 200; n++) reply = await asked(`${n}`);
    expect([reply.status, reply.headers.get('x-should-retry')]).toEqual([402, 'false']);
    const { error } = errorShape.parse(await reply.json());
    expect(error.type).toBe('budget_error');
    expect(error.message).toMatch(
      /starts anew at \d{4}-\d\d-\d\dT2[23]:00:00\.000Z\. Ask for fewer max_tokens, or wait/,
    );
    expect(error.message).toContain(` ${error.limit?.['resets_at']}.`);
  });

  it('B65: is told no time where waiting is of no use, in the sentence as in `resets_at`', async () => {
    const reply = await running.post(COMPLETION, asks('x', { user_id: 'poor' }));
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.limit]).toMatchObject([402, { used: '0.00', resets_at: null }]);
    expect(error.message).toMatch(
      /left \$0\.0000001\. Its prompt alone can cost more than the whole budget: send less$/,
    );
  });

  it('S18: sees the numbers of its own windows alone, and nobody\u2019s name or key', async () => {
    await running.post(COMPLETION, asks('of another', { user_id: 'canary_user' }));
    for (const user_id of ['poor', 'bob']) {
      const reply = await running.post(COMPLETION, asks('x', { user_id }));
      const told = JSON.stringify([await reply.json(), [...reply.headers]]);
      expect([429, 402]).toContain(reply.status);
      expect(told).not.toMatch(/canary|gsk_|[0-9a-f]{64}/);
      const scopes = [...parseList(reply.headers.get('ratelimit')).keys()].map((name) => name.split(':')[0]);
      expect(new Set(scopes)).toEqual(new Set(['user', 'tenant']));
    }
  });
});

type Params = Readonly<Record<string, number | string>>;

/** A list of strings with parameters (RFC 9651); throws at what is none. */
function parseList(text: string | null): Map<string, Params> {
  const items = new Map<string, Params>();
  for (const member of (text ?? '').split(', ')) {
    const [, name, rest] =
      /^"([\x20\x21\x23-\x5b\x5d-\x7e]*)"((?:;[a-z][a-z0-9_.*-]*=(?:\d{1,15}|"[^"\\]*"))*)$/.exec(member) ?? [];
    if (name === undefined || rest === undefined || items.has(name)) throw new Error(`No structured list: ${text}`);
    const params = [...rest.matchAll(/;([^=]+)=(?:(\d+)|"([^"]*)")/g)];
    items.set(
      name,
      Object.fromEntries(
        params.map(([, key = '', digits, words = '']) => [key, digits === undefined ? words : Number(digits)]),
      ),
    );
  }
  return items;
}
