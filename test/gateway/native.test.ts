// The native API as its clients see it: the whole answer's fields, the events of a stream, the cache, limits and what failed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShape, limitsReply, nativeAnswerShape, usageReply } from '../../src/gateway/reply-schemas.ts';
import { asks, COMPLETION, eventsIn, type RunningGateway, startGateway } from './start.ts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const TOOLS = [{ type: 'function', function: { name: 'run', parameters: { type: 'object' } } }];

async function ask(body: object, headers: Record<string, string> = {}) {
  const reply = await running.post(COMPLETION, body, headers);
  return { reply, answer: nativeAnswerShape.parse(await reply.json()) };
}

describe('a whole answer', () => {
  it('has every field of the interface, and headers that say the same', async () => {
    running.vendor.next({ says: { text: 'Hello', reasoning: 'They greet.' } });
    const { reply, answer } = await ask(asks('greet me', { user_id: 'alice', max_tokens: 50 }));
    expect(answer).toMatchObject({
      content: 'Hello',
      reasoning: 'They greet.',
      tool_calls: [],
      finish_reason: 'stop',
      finish_reason_raw: 'stop',
      model: 'openai/gpt-oss-120b',
      provider: 'groq',
      prompt_tokens: 5,
      completion_tokens: 3,
      total_tokens: 8,
      tokens_used: 8,
      usage_source: 'provider',
      cost_usd: '0.00000255',
      priced: true,
      cached: false,
      max_tokens: null,
      warnings: [],
    });
    expect(answer.attempts).toMatchObject([{ provider: 'groq', outcome: 'completed', code: null, status: 200 }]);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'private, no-store',
      vary: 'Authorization',
      'x-cache': 'miss',
      'x-provider': 'groq',
      'x-model': 'openai/gpt-oss-120b',
      'x-attempts': '1',
      'x-cost-usd': '0.00000255',
      'x-request-id': answer.id,
      'x-generation-id': answer.generation_id,
      'ratelimit-reset': '0',
    });
  });

  it('keeps pinned messages of a long history, and says what it dropped', async () => {
    const history = Array.from({ length: 30 }, (_, turn) => ({
      role: turn % 2 === 0 ? 'user' : 'assistant',
      content: `turn ${turn}`,
    }));
    const goal = { role: 'user', content: 'Teach me recursion', pinned: true };
    const { answer } = await ask({ messages: [goal, ...history, { role: 'user', content: 'and now?' }] });
    const sent = running.vendor.requests.at(-1)?.body['messages'];
    expect(sent).toMatchObject([
      { role: 'user', content: 'Teach me recursion' },
      ...Array(answer.context.kept - 1).fill({}),
    ]);
    expect(JSON.stringify(sent)).not.toContain('pinned');
    expect(answer.context.kept).toBeLessThanOrEqual(10);
    expect(answer.context.kept + answer.context.dropped).toBe(32);
  });

  it('gives tool calls as OpenAI does, and takes them and their results back', async () => {
    running.vendor.next({ says: { toolCalls: [{ name: 'run', argumentsText: '{"code":"1"}' }] } });
    const { answer } = await ask(asks('run it', { tools: TOOLS, tool_choice: 'auto' }));
    expect(answer.content).toBe('');
    expect(answer.finish_reason).toBe('tool_calls');
    expect(answer.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'run', arguments: '{"code":"1"}' } },
    ]);
    const [call] = answer.tool_calls;
    const messages = [
      { role: 'user', content: 'run it' },
      { role: 'assistant', content: null, tool_calls: answer.tool_calls },
      { role: 'tool', tool_call_id: call?.id, content: [{ type: 'text', text: 'it gave 1' }] },
    ];
    expect((await running.post(COMPLETION, { messages, tools: TOOLS })).status).toBe(200);
    expect(running.vendor.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: call?.id, function: { name: 'run', arguments: '{"code":"1"}' } }] },
      { role: 'tool', tool_call_id: call?.id, content: 'it gave 1' },
    ]);
  });

  it('sends what was asked to the vendor, and the defaults of the library beside it', async () => {
    await ask(
      asks('one', {
        system_prompt: 'Be brief',
        temperature: 0,
        top_p: 0.5,
        seed: 7,
        stop: 'END',
        reasoning_effort: 'low',
      }),
    );
    const { body } = running.vendor.requests.at(-1) ?? {};
    expect(body).toMatchObject({ top_p: 0.5, seed: 7, stop: ['END'], reasoning_effort: 'low' });
    expect(body?.['messages']).toMatchObject([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'one' },
    ]);
    await ask(asks('two'));
    expect(running.vendor.requests.at(-1)?.body).toMatchObject({ temperature: 0.7, max_completion_tokens: 2_000 });
  });

  it('comes from the cache when it was asked before, unless the request says otherwise; the body stands over the header', async () => {
    const question = asks('ask me twice');
    const cacheOf = async (more: object, headers: Record<string, string> = {}) => {
      const { reply, answer } = await ask({ ...question, ...more }, headers);
      return [reply.headers.get('x-cache'), answer.cached];
    };
    expect(await cacheOf({})).toEqual(['miss', false]);
    expect(await cacheOf({})).toEqual(['hit', true]);
    expect(await cacheOf({}, { 'cache-control': 'no-cache' })).toEqual(['miss', false]);
    expect(await cacheOf({}, { 'cache-control': 'max-age=0, No-Store' })).toEqual(['off', false]);
    expect(await cacheOf({ cache: 'use' }, { 'cache-control': 'no-store' })).toEqual(['hit', true]);
    expect(await cacheOf({ cache: 'off' })).toEqual(['off', false]);
  });

  it('hands on no header of the vendor\u2019s (S21)', async () => {
    const headers = {
      'set-cookie': 'a=b',
      'X-Provider': 'evil',
      'x-vendor': 'v',
      'keep-alive': 'timeout=1',
      'content-language': 'xx',
    };
    running.vendor.next({ says: { text: 'x' }, headers });
    const { reply } = await ask(asks('with headers'));
    expect(reply.headers.get('x-provider')).toBe('groq');
    for (const name of ['set-cookie', 'x-vendor', 'content-language', 'x-ratelimit-limit-requests']) {
      expect([name, reply.headers.get(name)]).toEqual([name, null]);
    }
  });

  it('names a max_tokens that was clamped', async () => {
    const { reply, answer } = await ask(asks('long', { max_tokens: 200_000 }));
    expect(reply.headers.get('x-max-tokens')).toBe('65536');
    expect(answer.max_tokens).toMatchObject({ asked: 200_000, sent: 65_536 });
  });
});

describe('a stream', () => {
  async function stream(body: object) {
    const reply = await running.post(COMPLETION, { ...body, stream: true });
    const events = eventsIn(await reply.text()).map(({ event, id, data }) => ({ event, id, data: JSON.parse(data) }));
    return { reply, events };
  }

  it('names a max_tokens that was clamped in its headers too', async () => {
    const { reply } = await stream(asks('a long stream', { max_tokens: 200_000 }));
    expect(reply.headers.get('x-max-tokens')).toBe('65536');
  });

  it('has numbered and named events, and ends in all the whole answer has but its content', async () => {
    running.vendor.next({ says: { text: 'Hello there', reasoning: 'Hm' } });
    const { reply, events } = await stream(asks('stream it'));
    expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reply.headers.get('x-accel-buffering')).toBe('no');
    expect(events.map(({ event }) => event)).toEqual([
      'response-start',
      'reasoning-delta',
      'reasoning-end',
      'text-delta',
      'text-delta',
      'response-end',
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => String(index + 1)));
    for (const { event, data } of events) expect(data.type).toBe(event);
    const [start] = events;
    expect(start?.data).toMatchObject({
      id: reply.headers.get('x-request-id'),
      generation_id: reply.headers.get('x-generation-id'),
      model: 'openai/gpt-oss-120b',
      provider: 'groq',
    });
    const { type, ...summary } = events.at(-1)?.data ?? {};
    expect(type).toBe('response-end');
    expect(nativeAnswerShape.omit({ content: true }).parse(summary)).toMatchObject({ reasoning: 'Hm', cached: false });
  });

  it('has tool calls as start, arguments, end', async () => {
    running.vendor.next({ says: { toolCalls: [{ name: 'run', argumentsText: '{"a":1}' }] } });
    const { events } = await stream(asks('tool stream', { tools: TOOLS }));
    expect(events.slice(1, -1).map(({ data }) => data)).toMatchObject([
      { type: 'tool-call-start', name: 'run' },
      { type: 'tool-call-delta', arguments: '{"a":1}' },
      { type: 'tool-call-end' },
    ]);
    expect(events.at(-1)?.data.tool_calls).toMatchObject([{ function: { arguments: '{"a":1}' } }]);
  });

  it('keeps the status of a failure before the first content', async () => {
    running.vendor.next({ fault: { kind: 'status', status: 401 } });
    const reply = await running.post(COMPLETION, asks('fails', { stream: true }));
    expect(reply.status).toBe(502);
    const answer = errorShape.parse(await reply.json());
    expect(answer).toMatchObject({ error: { code: 'provider_auth', type: 'api_error' }, attempts: [{ status: 401 }] });
    expect(answer.error.request_id).toBe(reply.headers.get('x-request-id'));
    expect(reply.headers.get('x-should-retry')).toBe('false');
  });

  it('ends in one error event when the vendor breaks off after the first content', async () => {
    running.vendor.next({ says: { text: 'one two three' }, fault: { kind: 'no-done', afterEvents: 3 } });
    const { events } = await stream(asks('breaks'));
    expect(events.filter(({ event }) => event === 'error' || event === 'response-end')).toHaveLength(1);
    const last = events.at(-1);
    expect(last?.event).toBe('error');
    expect(last?.data).toMatchObject({
      type: 'error',
      error: { code: 'stream_broken' },
      attempts: [{ outcome: 'cut' }],
    });
  });

  it('lets no line end in a text make a field of its own (S20)', async () => {
    const text = 'a\r\ndata: {"type":"response-end"}\r\n\r\nevent: error\ndata: x\n\nid: 9\rretry: 1\u2028\u2029\u0085';
    running.vendor.next({ says: { text } });
    const { events } = await stream(asks('inject'));
    expect(events.map(({ data }) => (data.type === 'text-delta' ? data.text : '')).join('')).toBe(text);
    expect(events.filter(({ event }) => event === 'response-end')).toHaveLength(1);
  });
});

describe('limits and usage', () => {
  let folder: string;
  let limited: RunningGateway;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    writeFileSync(
      join(folder, 'codementor-llm.yaml'),
      'default_tier: free\ntiers:\n  free: { requests_per_minute: 2, tokens_per_day: 50000, usd_per_day: 0.5, in_flight: 4 }\nusers:\n  poor: { usd_per_day: 0.0000001 }\n',
    );
    limited = await startGateway({ cwd: folder });
  });
  afterAll(async () => {
    await limited.close();
    rmSync(folder, { recursive: true });
  });

  it('tells the tightest window in headers, and 429 with the time to wait', async () => {
    const first = await limited.post(COMPLETION, asks('1', { user_id: 'bob' }));
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '0',
    });
    await limited.post(COMPLETION, asks('2', { user_id: 'bob' }));
    const refused = await limited.post(COMPLETION, asks('3', { user_id: 'bob' }));
    expect(refused.status).toBe(429);
    const { error } = errorShape.parse(await refused.json());
    expect(error).toMatchObject({ type: 'rate_limit_error', code: 'rate_limited' });
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after-ms'))).toBeGreaterThan((wait - 1) * 1_000);
    expect(Number(refused.headers.get('ratelimit-reset'))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    // S18: nothing of anybody else, and no key.
    expect(JSON.stringify(error)).not.toMatch(/gsk_|alice|[0-9a-f]{64}/);
  });

  it('tells a budget that is used up as 402, which no retry mends', async () => {
    const refused = await limited.post(COMPLETION, asks('x', { user_id: 'poor' }));
    expect(refused.status).toBe(402);
    expect(errorShape.parse(await refused.json()).error).toMatchObject({
      type: 'budget_error',
      code: 'budget_exceeded',
    });
    expect(refused.headers.get('x-should-retry')).toBe('false');
  });

  it('lists every window as the YAML names it, money as decimals', async () => {
    const limits = limitsReply.parse(await (await limited.get('/api/v1/llm/limits/bob')).json());
    expect(limits).toMatchObject({ user_id: 'bob', tenant: 'default', tier: 'free' });
    expect(Object.fromEntries(limits.windows.map(({ window, limit }) => [window, limit]))).toMatchObject({
      requests_per_minute: 2,
      tokens_per_day: 50_000,
      usd_per_day: '0.50',
      in_flight: 4,
    });
    const spent = limits.windows.find(({ window }) => window === 'usd_per_day');
    expect(spent).toMatchObject({ resets_at: null, used: expect.stringMatching(/^0\.0000\d+$/) });
    const calls = limits.windows.find(({ window }) => window === 'requests_per_minute');
    expect(calls).toMatchObject({ used: 2, remaining: 0, resets_at: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it('adds up what a user asked, and groups it', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const reply = await limited.get(`/api/v1/llm/usage/bob?from=${today}&group_by=model`);
    const usage = usageReply.parse(await reply.json());
    expect(usage).toMatchObject({
      user_id: 'bob',
      from: today,
      to: null,
      totals: { requests: 2, attempts: 2, unpriced: 0 },
      next_cursor: null,
    });
    expect(usage.groups).toMatchObject([{ key: 'openai/gpt-oss-120b', requests: 2, cost_usd: usage.totals.cost_usd }]);
    const none = usageReply.parse(await (await limited.get('/api/v1/llm/usage/nobody')).json());
    expect(none).toMatchObject({ totals: { requests: 0, cost_usd: '0.00' }, groups: [] });
  });
});
