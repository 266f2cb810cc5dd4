// A JSON schema asked of models and servers that take none, by OpenAI's own client and the native API: what the vendor is asked, what
// the client gets, and what is charged.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SkippingClock } from '../skipping-clock.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { asks, COMPLETION, type RunningGateway, startGateway } from './start.ts';

/** Groq's, which has JSON mode and takes no schema. */
const MODEL = 'llama-3.1-8b-instant';
const Place = z.strictObject({ city: z.string(), people: z.int() });
const VALID = '{"city":"Oslo","people":700000}';
const WRONG = '{"city":"Oslo"}';
const format = zodResponseFormat(Place, 'place');

const folder = mkdtempSync(join(tmpdir(), 'codementor-schema-'));
let local: GroqMock;
let running: RunningGateway;
let openai: OpenAI;
beforeAll(async () => {
  local = await startGroqMock({ path: '/v1' });
  const server = `{ type: compatible, base_url: "${local.url}", api_key: key_of_the_server, lacks: [json_schema, json_mode] }`;
  writeFileSync(join(folder, 'codementor-llm.yaml'), `retry: { base_ms: 0 }\nproviders: { local: ${server} }\n`);
  running = await startGateway({ clock: new SkippingClock(), cwd: folder });
  openai = new OpenAI({ apiKey: 'ignored', baseURL: `${running.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await running.close();
  await local.close();
  rmSync(folder, { recursive: true });
});

const ask = (content: string, model = MODEL) => ({
  model,
  messages: [{ role: 'user' as const, content }],
  response_format: format,
});

describe('a JSON schema that the model does not take', () => {
  it('is parsed by OpenAI’s client as ever, out of JSON mode and a fence', async () => {
    running.vendor.next({ says: { text: `\`\`\`json\n${VALID}\n\`\`\`` } });
    const completion = await openai.chat.completions.parse(ask('parse it'));
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Oslo', people: 700_000 });
    expect(completion).toHaveProperty('x_gateway.warnings[0].code', 'json_schema_emulated');
    const { body } = running.vendor.requests.at(-1) ?? {};
    expect(body).toMatchObject({ response_format: { type: 'json_object' }, messages: [{ role: 'system' }, {}] });
    expect(JSON.stringify(body)).toContain('must keep to this JSON Schema');
  });

  it('comes in a stream once it is whole, after a wrong one that nobody sees', async () => {
    running.vendor.next({ says: { text: WRONG } }, { says: { text: VALID } });
    const stream = openai.chat.completions.stream({ ...ask('stream it'), stream_options: { include_usage: true } });
    const deltas: string[] = [];
    stream.on('content', (delta) => deltas.push(delta));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Oslo', people: 700_000 });
    expect(deltas).toEqual([VALID]);
    const { body, stream: isStreamed } = running.vendor.requests.at(-1) ?? {};
    expect(isStreamed).toBe(true);
    expect(body).toMatchObject({ messages: [{}, {}, { role: 'assistant', content: WRONG }, { role: 'user' }] });
  });

  it('is asked for again when the vendor breaks off in the middle, since nobody has read of it', async () => {
    const cut = { kind: 'cut' as const, afterBytes: 700, by: 'rst' as const };
    running.vendor.next({ says: { text: VALID }, fault: cut }, { says: { text: VALID } });
    const before = running.vendor.requests.length;
    const completion = await openai.chat.completions.stream(ask('cut it')).finalChatCompletion();
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Oslo', people: 700_000 });
    const asked = running.vendor.requests.slice(before).map(({ attemptId }) => attemptId);
    const rows = (await running.rows()).filter(({ attemptId }) => asked.includes(attemptId));
    expect(rows.map(({ code }) => code).sort()).toEqual([null, 'provider_unreachable']);
  });

  it('twice wrong is a 502 whose two attempts are both in the ledger, with what the vendor billed', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next({ says: { text: WRONG } }, { says: { text: 'No, sorry.' } });
    await expect(openai.chat.completions.parse(ask('refuse it'))).rejects.toMatchObject({
      status: 502,
      code: 'provider_rejected_answer',
    });
    const asked = running.vendor.requests.slice(before);
    expect(asked).toHaveLength(2);
    const rows = await running.rows();
    for (const { attemptId, billed } of asked) {
      expect(rows.find((row) => row.attemptId === attemptId)).toMatchObject({
        state: 'settled',
        outcome: 'failed',
        code: 'provider_rejected_answer',
        usageSource: 'provider',
        usage: { inputTokens: billed?.promptTokens, outputTokens: billed?.completionTokens },
      });
    }
  });

  it('is told in words to a server that its operator says has neither schemas nor JSON mode', async () => {
    local.next({ says: { text: VALID } });
    const reply = await running.post(COMPLETION, {
      ...asks('of a server'),
      model: 'local/tiny',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', schema: z.toJSONSchema(Place), strict: true },
      },
    });
    expect(await reply.json()).toMatchObject({
      content: VALID,
      warnings: [{ code: 'json_schema_emulated', message: expect.stringContaining('"strict" is more than') }],
    });
    expect(local.requests.at(-1)?.body).not.toHaveProperty('response_format');
  });
});
