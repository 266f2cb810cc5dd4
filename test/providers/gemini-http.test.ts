// Gemini over HTTP, through the transport, with an independent mock of its API as the vendor: what the codec makes is asked as it stands,
// and what comes back has another author than the codec.

import { LLMock } from '@copilotkit/aimock';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { GEMINI_MODELS } from '../../src/catalog/gemini-models.ts';
import type { Target } from '../../src/core/catalog.ts';
import { Collector } from '../../src/core/events.ts';
import type { FittedRequest, Message } from '../../src/core/request.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { CANARY_KEY, FULL_REQUEST } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { closeTransports, openTransport } from '../transport/asking.ts';
import { optionsOf } from '../transport/plain-codec.ts';

const mock = new LLMock({ port: 0 });

beforeAll(async () => {
  mock.onMessage('hello', { content: 'Hi from the other mock.' });
  mock.onMessage('call', {
    toolCalls: [
      { name: 'run_code', arguments: '{"code":"print(1)"}' },
      { name: 'run_code', arguments: '{"code":"print(2)"}' },
    ],
    finishReason: 'STOP',
  });
  mock.onMessage('fail', { error: { message: 'The mock is overloaded', type: 'UNAVAILABLE' }, status: 503 });
  const cut = { chunkSize: 4, latency: 1, truncateAfterChunks: 3 };
  mock.onMessage('cut', { content: 'one two three four five six seven' }, cut);
  await mock.start();
});
afterAll(() => mock.stop());
afterEach(closeTransports);

async function askGemini(changes: Partial<FittedRequest>, stream: boolean) {
  const [card] = GEMINI_MODELS.filter(({ model }) => model === 'gemini-3.5-flash');
  if (card === undefined) throw new Error('The model is not listed any more');
  const provider = createGemini({ apiKey: CANARY_KEY, baseUrl: mock.url });
  const target: Target = { provider, card, price: null, reason: 'test' };
  const collector = new Collector();
  const request = { ...EMPTY_REQUEST, ...changes };
  await openTransport().ask(target, request, optionsOf({ stream }), (event) => collector.add(event));
  return collector.answer();
}

const question = (content: string): readonly Message[] => [{ role: 'user', content }];

it.each([true, false])('answers (as a stream: %s), asked by a key in the header alone', async (stream) => {
  const answer = await askGemini({ messages: question('hello'), systemPrompt: 'Be brief.' }, stream);
  expect(answer).toMatchObject({
    parts: [{ type: 'text', text: 'Hi from the other mock.' }],
    finishReason: 'stop',
    finishReasonRaw: 'STOP',
  });
  const last = mock.getLastRequest();
  expect(last?.path).toContain(
    `/v1beta/models/gemini-3.5-flash:${stream ? 'streamGenerateContent' : 'generateContent'}`,
  );
  expect(last?.path).not.toContain(CANARY_KEY);
});

it.each([true, false])('calls tools, and takes their results in the next turn (as a stream: %s)', async (stream) => {
  const { tools } = FULL_REQUEST;
  const messages = question('call');
  const answer = await askGemini({ messages, tools }, stream);
  expect(answer).toMatchObject({
    parts: [
      { type: 'tool-call', name: 'run_code', argumentsText: '{"code":"print(1)"}' },
      { type: 'tool-call', name: 'run_code', argumentsText: '{"code":"print(2)"}' },
    ],
    finishReason: 'tool_calls',
  });
  const parts = answer?.parts ?? [];
  const results = parts.flatMap((part): Message[] =>
    part.type === 'tool-call' ? [{ role: 'tool', toolCallId: part.toolCallId, content: '1' }] : [],
  );
  const turn: readonly Message[] = [
    ...messages,
    { role: 'assistant', content: parts },
    ...results,
    ...question('hello'),
  ];
  expect(await askGemini({ messages: turn, tools }, stream)).toMatchObject({ finishReason: 'stop' });
});

it.each([true, false])('fails as a vendor does (as a stream: %s)', async (stream) => {
  await expect(askGemini({ messages: question('fail') }, stream)).rejects.toMatchObject({
    code: 'provider_overloaded',
    detail: { providerStatus: 503, providerCode: 'UNAVAILABLE' },
  });
});

it('is never a short answer when its stream breaks off', async () => {
  await expect(askGemini({ messages: question('cut') }, true)).rejects.toMatchObject({ code: 'stream_broken' });
});
