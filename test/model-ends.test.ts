// A model whose end is near, as those who use it hear of it: the library, the native API and every dialect.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asks, CHAT, COMPLETION, eventsIn, type RunningGateway, startGateway } from './gateway/start.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type GroqMock, startGroqMock } from './vendor/groq-mock.ts';

const ENDS_MS = Date.parse('2026-12-11');
const DAY_MS = 86_400_000;
const TOLD = {
  code: 'model_ends_soon',
  message: 'OpenAI shuts "openai/gpt-5" down on 2026-12-11. Use "gpt-5.4"',
};

const folder = mkdtempSync(join(tmpdir(), 'codementor-ends-'));
afterAll(() => rmSync(folder, { recursive: true }));
let openai: GroqMock;
let running: RunningGateway | null = null;

beforeEach(async () => {
  openai = await startGroqMock({ path: '/v1' });
});
afterEach(async () => {
  await running?.close();
  running = null;
  await openai.close();
});

async function gatewayAt(nowMs: number): Promise<RunningGateway> {
  const env = { OPENAI_API_KEY: 'sk-key-of-the-mock', OPENAI_BASE_URL: openai.url };
  // By Responses the mock cannot be asked.
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  writeFileSync(join(cwd, 'codementor-llm.yaml'), 'providers: { openai: { api: chat } }\n');
  running = await startGateway({ env, cwd, clock: new SimulatedClock(nowMs) });
  return running;
}

const question = asks('Hello', { model: 'gpt-5' });

describe('a model that its vendor will shut down', () => {
  it('is warned of in the last 30 days, and not before', async () => {
    for (const [nowMs, warnings] of [
      [ENDS_MS - 30 * DAY_MS - 1, []],
      [ENDS_MS - 30 * DAY_MS, [TOLD]],
      [ENDS_MS - 1, [TOLD]],
    ] as const) {
      const { service, close } = await gatewayAt(nowMs);
      const answer = await service.generateCompletion({
        messages: [{ role: 'user', content: 'Hello' }],
        model: 'gpt-5',
      });
      expect(answer.warnings).toEqual(warnings);
      await close();
    }
    running = null;
  });

  it('is warned of again where the answer is a kept one, and not for another model', async () => {
    const { post } = await gatewayAt(ENDS_MS - DAY_MS);
    const ask = async (model: string) => (await post(COMPLETION, asks('Hello', { model }))).json();
    expect(await ask('gpt-5')).toMatchObject({ cached: false, warnings: [TOLD] });
    expect(await ask('gpt-5')).toMatchObject({ cached: true, warnings: [TOLD] });
    expect(await ask('gpt-5.4')).toMatchObject({ warnings: [] });
  });

  it('is warned of in each dialect, whole and streamed', async () => {
    const { post } = await gatewayAt(ENDS_MS - DAY_MS);
    const bodies: readonly (readonly [string, object])[] = [
      [CHAT, question],
      ['/v1/messages', { ...question, max_tokens: 100 }],
      ['/v1/responses', { model: 'gpt-5', input: 'Hello' }],
    ];
    for (const [path, body] of bodies) {
      expect(await (await post(path, body)).json(), path).toMatchObject({ x_gateway: { warnings: [TOLD] } });
      const streamed = await (await post(path, { ...body, stream: true })).text();
      const told = streamed.split('\n').filter((line) => line.includes(TOLD.code));
      expect(told, path).toHaveLength(1);
    }
    const native = await (await post(COMPLETION, { ...question, stream: true })).text();
    expect(JSON.parse(eventsIn(native).at(-1)?.data ?? '')).toMatchObject({ warnings: [TOLD] });
  });

  it('answers nobody from its day on, and names what does, in each dialect', async () => {
    const { post } = await gatewayAt(ENDS_MS);
    const sentence = 'OpenAI shut "openai/gpt-5" down on 2026-12-11. Use "gpt-5.4"';
    for (const [path, body] of [
      [COMPLETION, question],
      [CHAT, question],
      ['/v1/messages', { ...question, max_tokens: 100 }],
      ['/v1/responses', { model: 'gpt-5', input: 'Hello' }],
    ] as const) {
      const reply = await post(path, body);
      expect(reply.status).toBe(404);
      expect(await reply.text()).toContain(JSON.stringify(sentence).slice(1, -1));
    }
    expect(openai.requests).toEqual([]);
  });
});
