// By which API a vendor that has two is asked: by Responses for callers who came by Responses, so that the state of its thoughts reaches
// them and comes back; by Chat Completions for everybody else; and as the configuration says wherever it says something.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { startRecordedVendor } from '../vendor/recorded-vendor.ts';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const RESPONSES = '/v1/responses';
const MODEL = 'openai/gpt-5.4-mini';
/** With a state of its thoughts. */
const FIXTURE = 'openai-responses/reasoning-in-two-paragraphs';
const STATE = 'gAAAAABsecret_state_1==';

const folder = mkdtempSync(join(tmpdir(), 'codementor-by-responses-'));
const running: RunningGateway[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(env: Readonly<Record<string, string>>, yaml = ''): Promise<RunningGateway> {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  writeFileSync(join(cwd, 'codementor-llm.yaml'), `retry: { base_ms: 0 }\n${yaml}`);
  const gateway = await startGateway({ env: { OPENAI_API_KEY: 'canary_openai_key', ...env }, cwd });
  running.push(gateway);
  return gateway;
}

describe('a vendor that has both APIs', () => {
  it.each([false, true])(
    'is asked by Responses when its caller came by it, and the state of its thoughts goes back (as a stream: %s)',
    async (stream) => {
      await using openai = await startRecordedVendor(FIXTURE);
      const gateway = await start({ OPENAI_BASE_URL: openai.url });
      const client = new OpenAI({ apiKey: 'ignored', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
      const question = { role: 'user' as const, content: 'How do I sort?' };
      const asked = { model: MODEL, input: [question] };
      const first = stream
        ? await client.responses.stream(asked).finalResponse()
        : await client.responses.create(asked);
      expect(first).toMatchObject({
        output: [{ type: 'reasoning' }, { type: 'message' }],
        x_gateway: { provider: 'openai' },
      });
      const input = [question, ...first.output, { role: 'user', content: 'And backwards?' }];
      expect((await gateway.post(RESPONSES, { model: MODEL, input, stream })).status).toBe(200);
      expect(openai.paths).toEqual(['/v1/responses', '/v1/responses']);
      expect(openai.bodies[0]).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
      expect(openai.bodies[1]?.['input']).toMatchObject([
        { role: 'user' },
        { type: 'reasoning', encrypted_content: STATE },
        { role: 'assistant' },
        { role: 'user' },
      ]);
    },
  );

  it('is asked by Chat Completions when they came another way, and the answers are not mixed up', async () => {
    const chat = await startGroqMock({ path: '/v1' });
    const gateway = await start({ OPENAI_BASE_URL: chat.url });
    const body = asks('the same for both', { model: MODEL });
    // The mock knows Chat Completions alone, so that a 404 tells where it was asked.
    const statuses: number[] = [];
    for (const path of [CHAT, COMPLETION]) statuses.push((await gateway.post(path, body)).status);
    const spoken = await gateway.post(RESPONSES, { model: MODEL, input: 'the same for both' });
    statuses.push(spoken.status);
    expect(statuses).toEqual([200, 200, 404]);
    await chat.close();
  });

  it('is asked by the one that its configuration names, whoever asks', async () => {
    await using openai = await startRecordedVendor(FIXTURE);
    const chat = await startGroqMock({ path: '/v1' });
    const byChat = await start({ OPENAI_BASE_URL: chat.url }, 'providers: { openai: { api: chat } }');
    const byResponses = await start({ OPENAI_BASE_URL: openai.url }, 'providers: { openai: { api: responses } }');
    expect((await byChat.post(RESPONSES, { model: MODEL, input: 'by chat' })).status).toBe(200);
    expect((await byResponses.post(CHAT, asks('by responses', { model: MODEL }))).status).toBe(200);
    expect([chat.requests.length, openai.paths]).toEqual([1, ['/v1/responses']]);
    await chat.close();
  });

  it('may be a server whose preset is known to have both; one of which nobody knows it is asked by Chat Completions', async () => {
    await using server = await startRecordedVendor(FIXTURE);
    const servers = ['xai', 'azure', 'own']
      .map((id) => `  ${id}: { type: compatible, base_url: "${server.url}/v1", api_key: canary_of_the_server }`)
      .join('\n');
    const gateway = await start({ OPENAI_API_KEY: '' }, `providers:\n${servers}`);
    for (const id of ['xai', 'azure', 'own']) await gateway.post(RESPONSES, { model: `${id}/any`, input: `of ${id}` });
    expect(server.paths.slice(0, 3)).toEqual(['/v1/responses', '/v1/responses', '/v1/chat/completions']);
  });

  it('is one account: each of its keys, its rows and its breaker are the same by both', async () => {
    await using openai = await startRecordedVendor(FIXTURE);
    const yaml = 'providers: { openai: { more_api_keys: [canary_second_openai_key] } }';
    const gateway = await start({ OPENAI_BASE_URL: openai.url }, yaml);
    for (const input of ['one', 'two']) await gateway.post(RESPONSES, { model: MODEL, input });
    expect(openai.paths).toEqual(['/v1/responses', '/v1/responses']);
    expect((await gateway.rows()).map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['openai', 'completed'],
      ['openai', 'completed'],
    ]);
  });
});
