// The mock is held to Groq's recorded form, and to what the other tests trust it for: its journal, its bill, its faults.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Groq from 'groq-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GroqMock, startGroqMock } from './groq-mock.ts';

let mock: GroqMock;
let folder: string;
const model = 'openai/gpt-oss-120b';
const messages = [{ role: 'user' as const, content: 'one two three' }];
const client = () => new Groq({ apiKey: 'gsk_test', baseURL: mock.url, maxRetries: 0 });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'groq-mock-'));
  mock = await startGroqMock({ journalPath: join(folder, 'oracle.jsonl') });
});
afterEach(async () => {
  await mock.close();
  rmSync(folder, { recursive: true });
});

describe('the vendor’s own client', () => {
  it('reads a whole answer, its usage and its limits', async () => {
    const { data, response } = await client().chat.completions.create({ model, messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe('You said: one two three');
    expect(data.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 5, total_tokens: 11 });
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('7927');
  });

  it('reads a stream with the usage on its last chunk', async () => {
    const stream = await client().chat.completions.create({ model, messages, stream: true });
    let text = '';
    let usage: unknown = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.x_groq?.usage ?? usage;
    }
    expect(text).toBe('You said: one two three');
    expect(usage).toMatchObject({ completion_tokens: 5 });
  });

  it('reads reasoning and a tool call, which comes in one delta', async () => {
    mock.script({ says: { reasoning: 'let me see', toolCalls: [{ name: 'look', argumentsText: '{"at":1}' }] } });
    const { choices } = await client().chat.completions.create({ model, messages });
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { reasoning: 'let me see', tool_calls: [{ function: { name: 'look' } }] },
    });
    const deltas: unknown[] = [];
    for await (const chunk of await client().chat.completions.create({ model, messages, stream: true }))
      deltas.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    expect(deltas).toMatchObject([{ index: 0, function: { name: 'look', arguments: '{"at":1}' } }]);
  });

  it('meets errors: as a status, and as an event of a stream', async () => {
    mock.next({ fault: { kind: 'status', status: 498 } });
    await expect(client().chat.completions.create({ model, messages })).rejects.toMatchObject({ status: 498 });
    mock.next({
      fault: {
        kind: 'error-event',
        afterEvents: 2,
        error: { message: 'bad call', code: 'tool_use_failed', status_code: 400 },
      },
    });
    const stream = await client().chat.completions.create({ model, messages, stream: true });
    const readAll = async () => {
      for await (const _ of stream);
    };
    await expect(readAll()).rejects.toMatchObject({ error: { code: 'tool_use_failed' } });
  });

  it('lists the models', async () => {
    const { data } = await client().models.list();
    expect(data.map(({ id }) => id)).toContain(model);
  });

  it('is refused without a key', async () => {
    const reply = await fetch(`${mock.url}/openai/v1/models`);
    expect(reply.status).toBe(401);
  });
});

describe('the bill', () => {
  it('never passes max_completion_tokens, and says length', async () => {
    const { choices, usage } = await client().chat.completions.create({ model, messages, max_completion_tokens: 2 });
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'You said:' } });
    expect(usage?.completion_tokens).toBe(2);
    expect(mock.requests[0]?.billed).toEqual({ promptTokens: 6, completionTokens: 2 });
  });

  it('stays true when the usage that is told is not', async () => {
    mock.next({ says: { usage: null } }, { says: { usage: { prompt_tokens: 1e9 } } });
    expect((await client().chat.completions.create({ model, messages })).usage).toBeUndefined();
    expect((await client().chat.completions.create({ model, messages })).usage?.prompt_tokens).toBe(1e9);
    for (const { billed } of mock.requests) expect(billed).toEqual({ promptTokens: 6, completionTokens: 5 });
  });
});

describe('the journal', () => {
  it('has a line for each request, written before any byte of its answer', async () => {
    const controller = new AbortController();
    mock.next({ fault: { kind: 'silent' } }, { fault: { kind: 'status', status: 503 } });
    const ask = (attemptId: string) =>
      client().chat.completions.create(
        { model, messages },
        { headers: { 'x-client-request-id': attemptId }, signal: controller.signal },
      );
    const silent = ask('att_1').catch(() => null);
    const journal = () =>
      readFileSync(join(folder, 'oracle.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    while (mock.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(journal()).toMatchObject([{ attemptId: 'att_1', model, stream: false, billed: { completionTokens: 5 } }]);
    controller.abort();
    await silent;
    expect(await mock.requests[0]?.ended).toMatchObject({ by: 'them' });
    expect(mock.requests[0]?.aborted).toBe(true);
    const refused = client().chat.completions.create(
      { model, messages },
      { headers: { 'x-client-request-id': 'att_2' } },
    );
    await expect(refused).rejects.toMatchObject({ status: 503 });
    expect(journal()[1]).toMatchObject({ attemptId: 'att_2', billed: null });
  });
});
