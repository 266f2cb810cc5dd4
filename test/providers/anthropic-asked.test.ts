// Anthropic asked through the transport, of an independent mock that speaks the Messages API and checks some of its rules.

import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { asLLMError, type LLMError } from '../../src/core/errors.ts';
import { Collector } from '../../src/core/events.ts';
import type { FittedRequest, Message } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createAsk, type Transport } from '../../src/transport/ask.ts';
import { CANARY_KEY, codecOf } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { optionsOf, targetOf } from '../transport/plain-codec.ts';

const MODEL = 'claude-haiku-4-5';
const tools = [{ name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }];

const mock = new LLMock({ port: 0 });
let transport: Transport;

beforeAll(async () => {
  mock.onMessage('hello', { content: 'Hi, 很方便 🙂.' });
  mock.onMessage('think', { content: 'Ten.', reasoning: 'They ask for the sum.' });
  mock.onMessage('call', { toolCalls: [{ name: 'weather', arguments: '{"city":"Oslo"}' }], reasoning: 'I need it.' });
  mock.onMessage('fail', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
  await mock.start();
  transport = createAsk({ clock: systemClock });
});
afterAll(async () => {
  await transport.close();
  await mock.stop();
});

async function ask(request: Partial<FittedRequest>, stream: boolean): Promise<Answer | LLMError> {
  const codec = codecOf(createAnthropic({ apiKey: CANARY_KEY, baseUrl: mock.url, outputLimitOf: () => 64_000 }));
  const target = targetOf(codec);
  const collector = new Collector();
  try {
    const fitted = { ...EMPTY_REQUEST, maxTokens: 4_000, ...request };
    const asked = { ...target, card: { ...target.card, model: MODEL } };
    await transport.ask(asked, fitted, optionsOf({ stream }), (event) => collector.add(event));
  } catch (thrown) {
    return asLLMError(thrown);
  }
  return collector.answer() ?? asLLMError('no answer');
}

const user = (content: string): Message => ({ role: 'user', content });

describe.each([
  ['whole', false],
  ['as a stream', true],
])('Anthropic asked %s', (_how, stream) => {
  it('answers, with its usage and its reason', async () => {
    expect(await ask({ messages: [user('hello')] }, stream)).toMatchObject({
      parts: [{ type: 'text', text: 'Hi, 很方便 🙂.' }],
      finishReason: 'stop',
      finishReasonRaw: 'end_turn',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
    });
  });

  it('thinks before it answers', async () => {
    expect(await ask({ messages: [user('think')], reasoningEffort: 'low' }, stream)).toMatchObject({
      parts: [
        { type: 'reasoning', text: 'They ask for the sum.', providerData: { type: 'thinking' } },
        { type: 'text', text: 'Ten.' },
      ],
    });
  });

  it('goes on after a call that it thought about, since its thought goes back with it', async () => {
    const question = user('call it');
    const called = await ask({ messages: [question], tools, reasoningEffort: 'low' }, stream);
    expect(called).toMatchObject({ finishReason: 'tool_calls' });
    const parts = 'parts' in called ? called.parts : [];
    const [call] = parts.filter((part) => part.type === 'tool-call');
    expect(call).toMatchObject({ name: 'weather', argumentsText: '{"city":"Oslo"}' });
    const messages: readonly Message[] = [
      question,
      { role: 'assistant', content: parts },
      { role: 'tool', toolCallId: call?.toolCallId ?? '', content: 'rain' },
      user('hello'),
    ];
    expect(await ask({ messages, tools, reasoningEffort: 'low' }, stream)).toMatchObject({ finishReason: 'stop' });
    const sent: unknown = mock.getLastRequest()?.body;
    expect(JSON.stringify(sent)).toContain('rain');
  });

  it('fails in our words', async () => {
    expect(await ask({ messages: [user('fail')] }, stream)).toMatchObject({
      code: 'provider_overloaded',
      detail: { providerStatus: 529, providerCode: 'overloaded_error' },
    });
  });
});
