// The AI SDK's own packages as providers of ours, asked over HTTP: what they make of a vendor's recorded answers is what our own
// codecs make of them, and what they need back in the next turn goes back.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGroq } from '@ai-sdk/groq';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LLMError } from '../../src/core/errors.ts';
import { type AnswerEvent, collect, contentOf } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, parsedJson, stringAt } from '../../src/core/json.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import { type AiSdkModel, aiSdk } from '../../src/providers/ai-sdk.ts';
import { createAnthropic as createOurAnthropic } from '../../src/providers/anthropic.ts';
import { createGroq as createOurGroq } from '../../src/providers/groq.ts';
import { createOpenAi as createOurOpenAi } from '../../src/providers/openai.ts';
import {
  bytesOf,
  CANARY_KEY,
  codecOf,
  decodeStream,
  FULL_REQUEST,
  framesOf,
  grammarFault,
  SCHEMA_REQUEST,
} from '../contract/provider.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { startRecordedVendor } from '../vendor/recorded-vendor.ts';
import { hasRecordings, recordingsOf } from './recorded.ts';

const LIMITS = { contextWindow: 100_000, outputLimit: 8_000 };
const QUESTION: FittedRequest = {
  ...SCHEMA_REQUEST,
  systemPrompt: null,
  messages: [{ role: 'user', content: 'What is a closure?' }],
  temperature: null,
  topP: null,
  seed: null,
  stop: [],
  parallelToolCalls: null,
  responseFormat: { type: 'text' },
  reasoningEffort: null,
  serviceTier: null,
};

async function ask(model: AiSdkModel, changes: Partial<FittedRequest> = {}) {
  const { transport } = aiSdk(model, LIMITS);
  if (transport.kind !== 'direct') throw new Error('It answers in this process');
  const events: AnswerEvent[] = [];
  const warnings: string[] = [];
  const listener = { warn: ({ message }: { message: string }) => warnings.push(message), wanted: () => null };
  const failure = await transport
    .answer(
      { ...QUESTION, ...changes },
      model.modelId,
      (event) => events.push(event),
      new AbortController().signal,
      listener,
    )
    .then(() => null)
    .catch((error: LLMError) => error);
  return { events, answer: collect(events), warnings, failure };
}

describe('Groq by its package', () => {
  let vendor: GroqMock;
  beforeEach(async () => {
    vendor = await startGroqMock();
  });
  afterEach(() => vendor.close());
  const packages: readonly (readonly [string, () => AiSdkModel])[] = [
    ['groq', () => createGroq({ apiKey: CANARY_KEY, baseURL: `${vendor.url}/openai/v1` })('openai/gpt-oss-120b')],
    [
      'openai-compatible',
      () =>
        createOpenAICompatible({
          name: 'local',
          apiKey: CANARY_KEY,
          baseURL: `${vendor.url}/openai/v1`,
          includeUsage: true,
        })('openai/gpt-oss-120b'),
    ],
    [
      'openai',
      () => createOpenAI({ apiKey: CANARY_KEY, baseURL: `${vendor.url}/openai/v1` }).chat('openai/gpt-oss-120b'),
    ],
  ];

  describe.each(packages)('%s', (_name, model) => {
    it('answers with text and usage', async () => {
      const { answer, events, failure } = await ask(model());
      expect([failure, grammarFault(events)]).toEqual([null, null]);
      expect(answer).toMatchObject({ finishReason: 'stop', model: 'openai/gpt-oss-120b' });
      const billed = vendor.requests[0]?.billed;
      expect(answer?.usage).toMatchObject({
        inputTokens: billed?.promptTokens,
        outputTokens: billed?.completionTokens,
      });
    });

    it('calls tools, and takes their results back', async () => {
      vendor.next({
        says: {
          toolCalls: [
            { name: 'run_code', argumentsText: '{"code":"1"}' },
            { name: 'run_code', argumentsText: '{"code":"2"}' },
          ],
        },
      });
      const { answer, events } = await ask(model(), { tools: FULL_REQUEST.tools, toolChoice: 'auto' });
      expect(grammarFault(events)).toBeNull();
      expect(answer).toMatchObject({
        finishReason: 'tool_calls',
        parts: [{ argumentsText: '{"code":"1"}' }, { argumentsText: '{"code":"2"}' }],
      });
      const content = answer?.parts ?? [];
      const results = content.flatMap((part) =>
        part.type === 'tool-call' ? [{ role: 'tool' as const, toolCallId: part.toolCallId, content: 'ok' }] : [],
      );
      await ask(model(), {
        tools: FULL_REQUEST.tools,
        messages: [...QUESTION.messages, { role: 'assistant', content }, ...results],
      });
      const sent = arrayAt(vendor.requests[1]?.body, 'messages') ?? [];
      expect(sent).toMatchObject([
        { role: 'user' },
        { role: 'assistant' },
        { role: 'tool', content: 'ok' },
        { role: 'tool', content: 'ok' },
      ]);
    });

    it.each([
      [
        'a rate limit',
        { fault: { kind: 'status', status: 429 }, headers: { 'retry-after': '7' } },
        'provider_rate_limited',
      ],
      ['a failure', { fault: { kind: 'status', status: 500 } }, 'provider_overloaded'],
      [
        'a page',
        { fault: { kind: 'reply', status: 200, type: 'text/html', body: `<html>${CANARY_KEY}</html>` } },
        /provider_bad_reply|stream_broken/,
      ],
      [
        'an error in the stream',
        { fault: { kind: 'error-event', afterEvents: 2, error: { message: CANARY_KEY } } },
        /provider_(bad_reply|overloaded)|stream_broken/,
      ],
      [
        'a stream that is cut',
        { fault: { kind: 'cut', afterBytes: 900, by: 'rst' } },
        /provider_unreachable|stream_broken/,
      ],
      [
        'a stream that just ends (4)',
        { fault: { kind: 'no-done', afterEvents: 2 } },
        /provider_bad_reply|stream_broken/,
      ],
    ] as const)('makes %s a failure of ours, without a word of it', async (_what, behaviour, code) => {
      vendor.next(behaviour);
      const { answer, failure } = await ask(model());
      expect(answer).toBeNull();
      expect(failure?.code).toMatch(code);
      expect(`${failure?.message} ${JSON.stringify(failure?.detail)} ${failure?.cause}`).not.toContain('canary');
    });

    it('that is not there is unreachable, and nothing was sent', async () => {
      const gone = model();
      await vendor.close();
      expect((await ask(gone)).failure).toMatchObject({ code: 'provider_unreachable', detail: { neverSent: true } });
    });
  });

  it('is asked for a schema, for thoughts and for all knobs', async () => {
    const { warnings } = await ask(packages[0]?.[1]() ?? never(), { ...SCHEMA_REQUEST, parallelToolCalls: true });
    expect(vendor.requests[0]?.body).toMatchObject({
      reasoning_effort: 'high',
      response_format: { type: 'json_schema', json_schema: { name: 'name_of_the_schema' } },
      temperature: 0.125,
      seed: 987_654,
      stop: ['text to stop at'],
    });
    expect(warnings.map((message) => message.split(' ')[0])).toEqual([
      'parallel_tool_calls',
      'service_tier',
      'response_format.strict',
      'image_detail',
    ]);
  });
});

describe('Anthropic by its package', () => {
  it('has its signed thoughts back, to the letter, in the next turn', async () => {
    const fixture = 'anthropic/thoughts-between-tools';
    await using vendor = await startRecordedVendor(fixture);
    const model = createAnthropic({ apiKey: CANARY_KEY, baseURL: `${vendor.url}/v1` })('claude-opus-5-5');
    const { answer, events } = await ask(model);
    expect(grammarFault(events)).toBeNull();
    const content = answer?.parts ?? [];
    const results = content.flatMap((part) =>
      part.type === 'tool-call' ? [{ role: 'tool' as const, toolCallId: part.toolCallId, content: 'ok' }] : [],
    );
    const next = await ask(model, { messages: [...QUESTION.messages, { role: 'assistant', content }, ...results] });
    expect(next.failure).toBeNull();
    const recorded: unknown = JSON.parse(readFileSync(new URL(`../fixtures/${fixture}.json`, import.meta.url), 'utf8'));
    const whole = isObject(recorded) ? (arrayAt(recorded['whole'], 'content') ?? []) : [];
    const thoughts = (blocks: readonly Json[]) =>
      blocks.filter((block) => stringAt(block, 'type')?.endsWith('thinking'));
    const sent = (arrayAt(vendor.bodies[1], 'messages') ?? []).flatMap((message) => arrayAt(message, 'content') ?? []);
    expect(thoughts(sent)).toEqual(thoughts(whole));
    expect(thoughts(sent)).toHaveLength(3);
  });
});

describe('OpenAI by its package', () => {
  it('has its thoughts back as they were sealed, by Responses, and nothing by an id: it could be what another one stored', async () => {
    await using vendor = await startRecordedVendor('openai-responses/reasoning-in-two-paragraphs');
    const model = createOpenAI({ apiKey: CANARY_KEY, baseURL: `${vendor.url}/v1` }).responses('gpt-5.4');
    const { answer, events, failure } = await ask(model);
    expect([failure, grammarFault(events)]).toEqual([null, null]);
    const content = answer?.parts ?? [];
    await ask(model, { messages: [...QUESTION.messages, { role: 'assistant', content }, ...QUESTION.messages] });
    const sent = arrayAt(vendor.bodies[1], 'input') ?? [];
    expect(sent.map((item) => stringAt(item, 'type') ?? stringAt(item, 'role'))).toEqual([
      'user',
      'reasoning',
      'assistant',
      'user',
    ]);
    expect(stringAt(sent[1], 'encrypted_content')).toMatch(/^gAAAA/);
    expect(sent.map((item) => stringAt(item, 'id'))).toEqual([null, null, null, null]);
  });
});

describe('recorded answers', () => {
  let recorded = '';
  let server: Server;
  let url = '';
  beforeEach(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(recorded);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const essence = ({ parts, finishReason, usage }: Answer) => ({
    text: contentOf(parts),
    reasoning: parts.flatMap((part) => (part.type === 'reasoning' ? part.text : [])).join(''),
    calls: parts.flatMap((part) => (part.type === 'tool-call' ? [[part.name, inputOf(part.argumentsText)]] : [])),
    finishReason,
    outputTokens: usage?.outputTokens,
    inputTokens: usage?.inputTokens,
  });

  interface Compared {
    readonly api: string;
    readonly provider: string;
    readonly ours: () => LLMProvider;
    readonly theirs: () => AiSdkModel;
    /** So many at least, where there are recordings. */
    readonly least: number;
  }
  const account = () => ({ apiKey: CANARY_KEY, baseUrl: url });
  const theirs = () => ({ apiKey: CANARY_KEY, baseURL: url });
  it.each<Compared>([
    {
      api: 'messages',
      provider: 'anthropic',
      ours: () => createOurAnthropic({ ...account(), outputLimitOf: () => null }),
      theirs: () => createAnthropic(theirs())('claude-sonnet-5-5'),
      least: 10,
    },
    {
      api: 'chat.completions',
      provider: 'groq',
      ours: () => createOurGroq(account()),
      theirs: () => createGroq(theirs())('openai/gpt-oss-120b'),
      least: 5,
    },
    {
      api: 'chat.completions',
      provider: 'openai',
      ours: () => createOurOpenAi({ ...account(), api: 'chat' }),
      theirs: () => createOpenAI(theirs()).chat('gpt-4o'),
      least: 3,
    },
    {
      api: 'responses',
      provider: 'openai',
      ours: () => createOurOpenAi({ ...account(), api: 'responses' }),
      theirs: () => createOpenAI(theirs()).responses('gpt-5.4'),
      least: 3,
    },
  ])('of $provider, $api, are by the package what they are by our codec', async (compared) => {
    const { api, provider, least } = compared;
    const recordings = recordingsOf(api).filter(
      (each) => each.provider === provider && each.stream !== null && each.status < 300,
    );
    let count = 0;
    for (const { file, stream } of recordings) {
      let expected: Answer;
      try {
        expected = decodeStream(codecOf(compared.ours()), bytesOf(stream ?? ''));
      } catch {
        continue;
      }
      // Whoever kept it left pieces out: only its last event has the whole text, which the package does not read.
      if (api === 'responses' && piecesOf(stream ?? '') !== contentOf(expected.parts)) continue;
      recorded = stream ?? '';
      const { answer, failure } = await ask(compared.theirs(), { tools: FULL_REQUEST.tools });
      // A figure that the package does not read is not told; it is never another one.
      const wanted = answer?.usage === null ? { ...expected, usage: null } : expected;
      expect([file, failure, answer && essence(answer)]).toEqual([file, null, essence(wanted)]);
      count++;
    }
    console.log(`${provider}, ${api}: ${count} of ${recordings.length} recorded streams were compared`);
    if (hasRecordings) expect(count).toBeGreaterThanOrEqual(least);
  });
});

/** As data; the input of a tool that takes text is JSON there, and the text itself here. */
function inputOf(argumentsText: string): Json {
  return argumentsText === '' ? {} : (parsedJson(argumentsText) ?? argumentsText);
}

/** The text of the pieces of an answer by Responses. */
function piecesOf(stream: string): string {
  return framesOf(bytesOf(stream))
    .map(({ data }) => parsedJson(data))
    .map((event) => (stringAt(event, 'type') === 'response.output_text.delta' ? stringAt(event, 'delta') : ''))
    .join('');
}

function never(): never {
  throw new Error('There is no such package');
}
