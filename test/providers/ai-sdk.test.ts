// Models of the AI SDK as providers of ours: what they are asked, what is made of what they say, in each version of the
// specification, and that nothing of their failures leaks.

import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import type { ErrorCode, LLMError } from '../../src/core/errors.ts';
import { type AnswerEvent, collect } from '../../src/core/events.ts';
import type { AnswerPart, FittedRequest } from '../../src/core/request.ts';
import type { Answer, Warning } from '../../src/core/response.ts';
import { type AiSdkModel, aiSdk } from '../../src/providers/ai-sdk.ts';
import { CANARY_KEY, FULL_REQUEST, grammarFault, SCHEMA_REQUEST, testDirectProvider } from '../contract/provider.ts';
import { calls, modelV2, modelV3, modelV4, STOP, says } from '../vendor/ai-sdk-models.ts';

const LIMITS = { contextWindow: 100_000, outputLimit: 8_000 };
const QUESTION: FittedRequest = {
  ...SCHEMA_REQUEST,
  systemPrompt: null,
  messages: [{ role: 'user', content: 'What is a closure?' }],
  stop: [],
  responseFormat: { type: 'text' },
  reasoningEffort: null,
  serviceTier: null,
};

interface Told {
  readonly events: readonly AnswerEvent[];
  readonly answer: Answer | null;
  readonly warnings: readonly Warning[];
  /** Null: it did not fail. */
  readonly failure: LLMError | null;
}

async function ask(model: AiSdkModel, changes: Partial<FittedRequest> = {}, signal?: AbortSignal): Promise<Told> {
  const { transport } = aiSdk(model, LIMITS);
  if (transport.kind !== 'direct') throw new Error('It answers in this process');
  const events: AnswerEvent[] = [];
  const warnings: Warning[] = [];
  const listener = { warn: (warning: Warning) => warnings.push(warning), wanted: () => null };
  const failure = await transport
    .answer(
      { ...QUESTION, ...changes },
      model.modelId,
      (event) => events.push(event),
      signal ?? new AbortController().signal,
      listener,
    )
    .then(() => null)
    .catch((error: LLMError) => error);
  return { events, answer: collect(events), warnings, failure };
}

type AnyPart = Readonly<Record<string, unknown>> & { readonly type: string };
/** Whatever the types of the AI SDK say. */
const saying = (...parts: readonly AnyPart[]): AiSdkModel => ({
  ...answering(),
  doStream: async () => ({ stream: ReadableStream.from<AnyPart>([...parts, STOP]) }),
});
const holdsItself = () => {
  const state: Record<string, object> = {};
  state['fake'] = { state };
  return state;
};
const answering = (...parts: readonly LanguageModelV4StreamPart[]) => modelV4(() => parts);
const askedOf = async (changes: Partial<FittedRequest>, fake: Parameters<typeof modelV4>[1] = {}) => {
  const asked: unknown[] = [];
  const told = await ask(
    modelV4((options) => {
      asked.push(options);
      return [...says('x'), STOP];
    }, fake),
    changes,
  );
  return { ...told, asked: asked[0] };
};

const wanted = (choice: { readonly type: string } | undefined) => choice !== undefined && choice.type !== 'auto';
testDirectProvider(
  'fake-chat',
  () =>
    aiSdk(
      modelV2(({ toolChoice }) => [
        ...(wanted(toolChoice) ? calls('c1', 'run_code', '{"code":"1"}') : says('Hello.')),
        { type: 'finish', finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 } },
      ]),
      LIMITS,
    ),
  'fake-1',
);
testDirectProvider(
  'fake-chat',
  () =>
    aiSdk(
      modelV3(({ toolChoice }) => [
        ...(wanted(toolChoice) ? calls('c1', 'run_code', '{"code":"1"}') : says('Hello.')),
        STOP,
      ]),
      LIMITS,
    ),
  'fake-1',
);
testDirectProvider(
  'fake-chat',
  () =>
    aiSdk(
      modelV4(({ toolChoice }) => [
        ...(wanted(toolChoice) ? calls('c1', 'run_code', '{"code":"1"}') : says('Hello.')),
        STOP,
      ]),
      LIMITS,
    ),
  'fake-1',
);

describe('what a model of the AI SDK is asked', () => {
  it('is all of a request, in the words of the specification', async () => {
    const { asked } = await askedOf({ ...FULL_REQUEST, providerOptions: { fake: { textVerbosity: 'low' } } });
    expect(asked).toMatchObject({
      temperature: 0.125,
      maxOutputTokens: 4321,
      topP: 0.875,
      seed: 987_654,
      stopSequences: ['text to stop at'],
      reasoning: 'high',
      toolChoice: { type: 'tool', toolName: 'run_code' },
      tools: [
        { type: 'function', name: 'run_code', description: 'text about the tool', inputSchema: { type: 'object' } },
      ],
      providerOptions: { fake: { textVerbosity: 'low' } },
      abortSignal: expect.any(AbortSignal),
    });
    expect(asked).toHaveProperty('prompt', [
      { role: 'system', content: 'text of the system prompt' },
      { role: 'system', content: 'text of a system message' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'text of a question' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'text of a thought' },
          { type: 'text', text: 'text of an answer' },
          { type: 'tool-call', toolCallId: 'call_of_a_tool', toolName: 'run_code', input: { code: 'print(1)' } },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'call_of_a_tool',
            toolName: 'run_code',
            output: { type: 'text', value: 'text of a result' },
          },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'text of another question' }] },
    ]);
  });

  it('has a schema, and nothing that was not asked for', async () => {
    const { asked } = await askedOf(SCHEMA_REQUEST);
    expect(asked).toMatchObject({
      responseFormat: { type: 'json', name: 'name_of_the_schema', schema: { type: 'object' } },
    });
    const bare = { temperature: null, maxTokens: null, topP: null, seed: null };
    expect(Object.keys((await askedOf(bare)).asked ?? {}).sort()).toEqual(['abortSignal', 'prompt', 'providerOptions']);
  });

  it('has results of calls made side by side in one message, and failed ones as what they are', async () => {
    const call = (toolCallId: string): AnswerPart => ({
      type: 'tool-call',
      toolCallId,
      name: 'run',
      argumentsText: 'no JSON',
    });
    const { asked } = await askedOf({
      messages: [
        { role: 'user', content: 'Run' },
        { role: 'assistant', content: [call('a'), call('b')] },
        { role: 'tool', toolCallId: 'a', content: 'done' },
        { role: 'tool', toolCallId: 'b', content: 'broke', isError: true },
      ],
    });
    const result = (toolCallId: string, type: string, value: string) => ({
      type: 'tool-result',
      toolCallId,
      toolName: 'run',
      output: { type, value },
    });
    expect(asked).toHaveProperty('prompt.2', {
      role: 'tool',
      content: [result('a', 'text', 'done'), result('b', 'error-text', 'broke')],
    });
    expect(asked).toHaveProperty('prompt.1.content.0.input', { INVALID_JSON: 'no JSON' });
  });

  it('names each knob that the specification has no word for, which depends on its version', async () => {
    const knobs = async (model: AiSdkModel) =>
      (await ask(model, FULL_REQUEST)).warnings.map(({ param }) => param).sort();
    const v2 = modelV2(() => [
      ...says('x'),
      { type: 'finish', finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
    ]);
    expect(await knobs(v2)).toEqual(['image_detail', 'parallel_tool_calls', 'reasoning_effort', 'service_tier']);
    expect(await knobs(answering(...says('x'), STOP))).toEqual(['image_detail', 'parallel_tool_calls', 'service_tier']);
  });

  it('lets no caller choose by providerOptions what is held money for', async () => {
    const { asked, warnings } = await askedOf({ providerOptions: { fake: { n: 100, model: 'dear', user: 'ann' } } });
    expect(asked).toMatchObject({ providerOptions: { fake: { user: 'ann' } } });
    expect(asked).not.toHaveProperty('providerOptions.fake.n');
    expect(warnings.map(({ param }) => param)).toEqual(['providerOptions.fake.n', 'providerOptions.fake.model']);
  });

  it.each([
    ['an address that it fetches', 'https://example.org/a.png', { 'image/*': [/^https:/] }, null],
    [
      'an address that it does not fetch',
      'https://example.org/a.png',
      { 'application/pdf': [/^https:/] },
      'invalid_request',
    ],
    ['an address of another place', 'http://127.0.0.1/a.png', { '*/*': [/^https:\/\/cdn\./] }, 'invalid_request'],
    ['a picture that is no base64', 'data:image/svg+xml,%3Csvg/%3E', {}, 'invalid_request'],
  ])('may have %s, or is refused before it is asked', async (_what, url, supportedUrls, code) => {
    const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, url }] }];
    const { failure, asked } = await askedOf({ messages }, { supportedUrls });
    expect(failure?.code ?? null).toBe(code);
    expect(asked === undefined).toBe(code !== null);
    expect(failure?.detail.neverSent ?? false).toBe(code !== null);
    if (code === null) expect(asked).toHaveProperty('prompt.0.content.0.data', { type: 'url', url: new URL(url) });
  });
});

describe('what a model of the AI SDK answers', () => {
  it('is the same answer in each version of the specification, and what was not told is null', async () => {
    const parts = (text: string) => [
      { type: 'text', text },
      { type: 'tool-call', toolCallId: 'c', name: 'run', argumentsText: '{"a":1}' },
    ];
    const meta = { type: 'response-metadata', id: 'resp_1', modelId: 'fake-1-0826' } as const;
    const v2 = await ask(
      modelV2(() => [
        meta,
        ...says('Hi.'),
        ...calls('c', 'run', '{"a":1}'),
        {
          type: 'finish',
          finishReason: 'tool-calls',
          usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13, cachedInputTokens: 2 },
        },
      ]),
    );
    const usage = {
      inputTokens: 9,
      cacheReadTokens: 2,
      cacheWriteTokens: null,
      outputTokens: 4,
      reasoningTokens: null,
    };
    const answer = { id: 'resp_1', model: 'fake-1-0826', parts: parts('Hi.'), finishReason: 'tool_calls', usage };
    expect(v2.answer).toMatchObject({ ...answer, finishReasonRaw: null });
    const nested = {
      inputTokens: { total: 9, noCache: undefined, cacheRead: 2, cacheWrite: undefined },
      outputTokens: { total: 4, text: undefined, reasoning: undefined },
    };
    const finish = {
      type: 'finish',
      finishReason: { unified: 'tool-calls', raw: 'tool_use' },
      usage: nested,
      providerMetadata: { fake: { tier: 'flex', deep: { a: 1 } } },
    } as const;
    for (const model of [
      modelV3(() => [meta, ...says('Hi.'), ...calls('c', 'run', '{"a":1}'), finish]),
      answering(meta, ...says('Hi.'), ...calls('c', 'run', '{"a":1}'), finish),
    ])
      expect((await ask(model)).answer).toMatchObject({
        ...answer,
        finishReasonRaw: 'tool_use',
        providerMetadata: { tier: 'flex' },
      });
    const nothing = {
      ...finish,
      usage: {
        inputTokens: { ...nested.inputTokens, total: undefined, cacheRead: Number.NaN },
        outputTokens: { ...nested.outputTokens, total: undefined },
      },
    };
    expect((await ask(answering(...says('Hi.'), nothing))).answer?.usage).toBeNull();
  });

  it('counts what version 2 read from a cache to the prompt where it was told without it', async () => {
    const usage = { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 90 };
    const { answer } = await ask(modelV2(() => [...says('x'), { type: 'finish', finishReason: 'stop', usage }]));
    expect(answer?.usage).toMatchObject({ inputTokens: 100, cacheReadTokens: 90 });
  });

  it.each<[string, AiSdkModel]>([
    [
      '2 that says `unknown`',
      modelV2(() => [
        ...says('half'),
        { type: 'finish', finishReason: 'unknown', usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 } },
      ]),
    ],
    [
      '3 that says `other` without a word of the vendor’s',
      modelV3(() => [...says('half'), { ...STOP, finishReason: { unified: 'other', raw: undefined } }]),
    ],
    [
      '4 that says `interrupted`',
      answering(...says('half'), { ...STOP, finishReason: { unified: 'interrupted', raw: undefined } }),
    ],
  ])('is never taken for whole when a model of version %s, and what it used is told', async (_what, model) => {
    const { failure, events, answer } = await ask(model);
    expect(failure?.code).toBe('stream_broken');
    expect(answer).toBeNull();
    expect(events.at(-1)).toMatchObject({ type: 'usage-told', usage: { inputTokens: 7, outputTokens: 3 } });
  });

  it.each<[string, readonly LanguageModelV4StreamPart[], ErrorCode]>([
    ['just stops', says('half'), 'stream_broken'],
    [
      'ends in an error',
      [...says('half'), { ...STOP, finishReason: { unified: 'error', raw: undefined } }],
      'provider_bad_reply',
    ],
    ['ends within a tool call', [{ type: 'tool-input-start', id: 'c', toolName: 'run' }, STOP], 'provider_bad_reply'],
    [
      'has a call that is not what its pieces were',
      [
        ...calls('c', 'run', '{"a":1}').slice(0, 3),
        { type: 'tool-call', toolCallId: 'c', toolName: 'run', input: '{"a":2}' },
        STOP,
      ],
      'provider_bad_reply',
    ],
    ['has one call twice', [...calls('c', 'run', '{}'), ...calls('c', 'run', '{}'), STOP], 'provider_bad_reply'],
    [
      'tells an error of the vendor’s',
      [{ type: 'error', error: { type: 'overloaded_error', message: CANARY_KEY } }],
      'provider_overloaded',
    ],
    [
      'tells an error with a status',
      [{ type: 'error', error: { message: CANARY_KEY, statusCode: 429 } }],
      'provider_rate_limited',
    ],
    ['tells an error that is a text', [{ type: 'error', error: CANARY_KEY }], 'provider_bad_reply'],
  ])('that %s is an error, whose words are ours', async (_what, parts, code) => {
    const { failure, answer } = await ask(answering(...parts));
    expect(failure).toMatchObject({ code });
    expect(answer).toBeNull();
    expect(`${failure?.message} ${JSON.stringify(failure?.detail)}`).not.toContain('canary');
  });

  it('has the arguments of a call also where they came without pieces, or as text', async () => {
    const { answer, events } = await ask(
      answering(
        { type: 'tool-call', toolCallId: 'a', toolName: 'run', input: '{"x":1}' },
        { type: 'tool-input-start', id: 'b', toolName: 'note', inputEncoding: 'text' },
        { type: 'tool-input-delta', id: 'b', delta: 'plain' },
        { type: 'tool-input-end', id: 'b' },
        { type: 'tool-call', toolCallId: 'b', toolName: 'note', input: '"plain"' },
        { type: 'tool-input-start', id: 'c', toolName: 'nothing' },
        { type: 'tool-input-end', id: 'c' },
        { type: 'tool-call', toolCallId: 'c', toolName: 'nothing', input: '{}' },
        STOP,
      ),
    );
    expect(grammarFault(events)).toBeNull();
    expect(answer?.parts).toMatchObject([
      { argumentsText: '{"x":1}' },
      { argumentsText: '"plain"' },
      { argumentsText: '{}' },
    ]);
  });

  it('leaves out what has no place here, and says so once for each kind', async () => {
    const source = { type: 'source', sourceType: 'url', id: 's', url: 'https://example.org' } as const;
    const { answer, warnings } = await ask(
      answering(
        source,
        source,
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA==' } },
        { type: 'tool-input-start', id: 'w', toolName: 'web_search', providerExecuted: true },
        { type: 'tool-input-delta', id: 'w', delta: '{}' },
        { type: 'tool-input-end', id: 'w' },
        { type: 'tool-call', toolCallId: 'w', toolName: 'web_search', input: '{}', providerExecuted: true },
        { type: 'tool-result', toolCallId: 'w', toolName: 'web_search', result: 'found' },
        { type: 'raw', rawValue: 1 },
        { type: 'ping' },
        ...says('Found.'),
        STOP,
      ),
    );
    expect(answer?.parts).toEqual([{ type: 'text', text: 'Found.' }]);
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'content_left_out: The answer of fake-chat had sources, which has no place here',
      'content_left_out: The answer of fake-chat had a file, which has no place here',
      'content_left_out: The answer of fake-chat had a tool that it ran itself, with its result, which has no place here',
    ]);
  });

  it('tells which knobs its package left out, and is refused where it left out a feature', async () => {
    const left = await ask(
      answering(
        {
          type: 'stream-start',
          warnings: [
            { type: 'unsupported', feature: 'topP', details: 'no such knob' },
            { type: 'other', message: 'mind the gap' },
          ],
        },
        ...says('x'),
        STOP,
      ),
    );
    expect(left.warnings).toEqual([
      { code: 'unsupported_parameter', message: 'fake-chat: topP: no such knob', param: 'top_p' },
      { code: 'provider_warning', message: 'fake-chat: mind the gap', param: undefined },
    ]);
    const dropped = await ask(
      answering(
        { type: 'stream-start', warnings: [{ type: 'unsupported', feature: 'responseFormat' }] },
        ...says('x'),
        STOP,
      ),
    );
    expect(dropped.failure).toMatchObject({ code: 'invalid_request', param: 'response_format' });
    const v2 = await ask(
      modelV2(() => [
        {
          type: 'stream-start',
          warnings: [{ type: 'unsupported-tool', tool: { type: 'function', name: 'a', inputSchema: {} } }],
        },
        ...says('x'),
      ]),
    );
    expect(v2.failure).toMatchObject({ code: 'invalid_request', param: 'tools' });
  });

  const pad = 'x'.repeat(20_000);
  it.each<[string, (count: number) => LanguageModelV4StreamPart]>([
    ['text', () => ({ type: 'text-delta', id: 't', delta: pad })],
    ['states of its text', (count) => ({ type: 'text-start', id: `${count}`, providerMetadata: { fake: { pad } } })],
    [
      'states of its thoughts',
      (count) => ({ type: 'reasoning-end', id: 't', providerMetadata: { fake: { pad, count } } }),
    ],
    ['thoughts that begin', (count) => ({ type: 'reasoning-start', id: `${count}${pad}` })],
    ['words of its own', () => ({ type: 'raw', rawValue: { pad } })],
  ])('that never ends is cut at 8 MiB, whatever its parts are: %s', async (_what, part) => {
    let count = 0;
    const endless = modelV4(() => new ReadableStream({ pull: (parts) => parts.enqueue(part(count++)) }));
    expect((await ask(endless)).failure).toMatchObject({ code: 'provider_bad_reply', message: /8 MiB/ });
    expect(count).toBeLessThan(500);
  });

  it('that never ends and says nothing ends when its time is up, also where its parts are always ready', async () => {
    const endless = modelV4(
      () =>
        new ReadableStream({
          pull: (parts) => parts.enqueue({ type: 'file', mediaType: 'image/png', data: { type: 'data', data: pad } }),
        }),
    );
    const late = new AbortController();
    setImmediate(() => late.abort(new Error('late')));
    expect(String((await ask(endless, {}, late.signal)).failure)).toContain('late');
  });

  it('with a part of more than 1 MiB is none, but for what has no place here', async () => {
    const large = 'x'.repeat(1_048_577);
    const state = { fake: { large } };
    for (const part of [
      { type: 'text-delta', id: 't', delta: large },
      { type: 'text-start', id: 't', providerMetadata: state },
      { type: 'tool-call', toolCallId: 'c', toolName: 'f', input: '{}', providerMetadata: state },
    ] satisfies LanguageModelV4StreamPart[])
      expect((await ask(answering(part, STOP))).failure).toMatchObject({ code: 'provider_bad_reply' });
    const picture = {
      type: 'file',
      mediaType: 'image/png',
      data: { type: 'data', data: new Uint8Array(2_000_000) },
    } as const;
    expect((await ask(answering(picture, ...says('x'), STOP))).failure).toBeNull();
  });

  it.each<[string, AnyPart[]]>([
    ['a piece of text that is a number', [{ type: 'text-delta', id: 't', delta: 5 }]],
    ['a piece of a thought that is data', [{ type: 'reasoning-delta', id: 't', delta: { length: 1e9 } }]],
    ['arguments that are data', [{ type: 'tool-call', toolCallId: 'c', toolName: 'f', input: { a: 1 } }]],
  ])('is not handed on without what could not be read: %s', async (_what, parts) => {
    expect((await ask(saying(...parts))).failure).toMatchObject({ code: 'provider_bad_reply' });
  });

  it.each<[string, object]>([
    ['that holds itself', holdsItself()],
    ['with a number that JSON has not', { fake: { count: 5n } }],
  ])('has no state that cannot be written down: one %s', async (_what, providerMetadata) => {
    for (const part of [
      { type: 'reasoning-delta', id: 't', delta: 'x', providerMetadata },
      { type: 'text-end', id: 't', providerMetadata },
      { type: 'tool-call', toolCallId: 'c', toolName: 'f', input: '{}', providerMetadata },
    ]) {
      expect((await ask(saying(part))).failure).toMatchObject({ code: 'provider_bad_reply' });
    }
  });
});

describe('the state of a model of the AI SDK', () => {
  const turn = async (parts: readonly LanguageModelV4StreamPart[], provider = 'fake.chat') => {
    const { answer, events } = await ask(answering(...parts, STOP));
    expect(grammarFault(events)).toBeNull();
    const content = answer?.parts ?? [];
    const next = await askedOf(
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content },
          { role: 'user', content: 'b' },
        ],
      },
      { provider },
    );
    const prompt: unknown = Reflect.get(Object(next.asked), 'prompt');
    return Array.isArray(prompt) ? prompt[1].content : null;
  };
  const signed = { fake: { signature: 'EqQB' } };

  it('goes back with the thought, the text and the call that it came with', async () => {
    const parts: readonly LanguageModelV4StreamPart[] = [
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'reasoning-delta', id: 'r', delta: '', providerMetadata: signed },
      { type: 'reasoning-end', id: 'r' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'So.' },
      { type: 'text-end', id: 't', providerMetadata: { fake: { signature: 'of the text' } } },
      ...calls('c', 'run', '{}').slice(0, 3),
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'run',
        input: '{}',
        providerMetadata: { fake: { thoughtSignature: 'CiQ=' } },
      },
    ];
    expect(await turn(parts)).toEqual([
      { type: 'reasoning', text: 'Hm.', providerOptions: signed },
      { type: 'text', text: 'So.', providerOptions: { fake: { signature: 'of the text' } } },
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'run',
        input: {},
        providerOptions: { fake: { thoughtSignature: 'CiQ=' } },
      },
    ]);
  });

  it('that is sealed without a word goes back as well, and paragraphs that end together are one thought', async () => {
    expect(
      await turn([
        { type: 'reasoning-start', id: 'r', providerMetadata: { fake: { redactedData: 'x' } } },
        { type: 'reasoning-end', id: 'r' },
        ...says('So.'),
      ]),
    ).toEqual([
      { type: 'reasoning', text: '', providerOptions: { fake: { redactedData: 'x' } } },
      { type: 'text', text: 'So.' },
    ]);
    const begins = (id: string, delta: string) =>
      [
        { type: 'reasoning-start', id, providerMetadata: { fake: { itemId: 'rs' } } },
        { type: 'reasoning-delta', id, delta },
      ] as const;
    const ends = (id: string) =>
      ({
        type: 'reasoning-end',
        id,
        providerMetadata: { fake: { itemId: 'rs', reasoningEncryptedContent: 'gAAA' } },
      }) as const;
    expect(
      await turn([
        ...begins('0', 'One.'),
        ...begins('1', 'Tw'),
        ends('0'),
        { type: 'reasoning-delta', id: '1', delta: 'o.' },
        ends('1'),
        ...says('So.'),
      ]),
    ).toEqual([
      { type: 'reasoning', text: 'One.\n\nTwo.', providerOptions: { fake: { reasoningEncryptedContent: 'gAAA' } } },
      { type: 'text', text: 'So.' },
    ]);
  });

  it('goes to nobody else', async () => {
    const parts = [
      { type: 'reasoning-start', id: 'r', providerMetadata: signed },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'reasoning-end', id: 'r' },
      ...says('So.'),
    ] as const;
    expect(await turn(parts, 'other.chat')).toEqual([{ type: 'text', text: 'So.' }]);
  });
});

describe('a failure of a model of the AI SDK', () => {
  const apiError = (changes: Partial<ConstructorParameters<typeof APICallError>[0]>) =>
    new APICallError({
      message: `canary ${CANARY_KEY}`,
      url: `https://example.org/?key=${CANARY_KEY}`,
      requestBodyValues: { key: CANARY_KEY },
      responseBody: JSON.stringify({ error: { message: `canary ${CANARY_KEY}` } }),
      ...changes,
    });
  const failing = (thrown: unknown) => modelV4(() => Promise.reject(thrown));
  const named = (name: string, more: object = {}) =>
    Object.assign(new Error(`canary ${CANARY_KEY}`), { name, ...more });

  it.each<[string, unknown, ErrorCode]>([
    ['a rate limit', apiError({ statusCode: 429, responseHeaders: { 'Retry-After': '7' } }), 'provider_rate_limited'],
    [
      'an empty account told as a rate limit',
      apiError({ statusCode: 429, responseBody: '{"error":{"code":"insufficient_quota"}}' }),
      'provider_quota',
    ],
    ['a key that is not accepted', apiError({ statusCode: 401 }), 'provider_auth'],
    ['an unknown model', apiError({ statusCode: 404 }), 'model_not_found'],
    ['a vendor that failed', apiError({ statusCode: 529 }), 'provider_overloaded'],
    ['a request that the vendor rejects', apiError({ statusCode: 422 }), 'provider_rejected'],
    ['a success that is no answer', apiError({ statusCode: 200 }), 'provider_bad_reply'],
    ['no connection', apiError({ cause: named('Error', { code: 'ECONNREFUSED' }) }), 'provider_unreachable'],
    ['a connection that was lost', new TypeError(`terminated ${CANARY_KEY}`), 'provider_unreachable'],
    ['a fault of the package’s', new TypeError(`x is not a function ${CANARY_KEY}`), 'provider_bad_reply'],
    ['a key that is not set', named('AI_LoadAPIKeyError'), 'provider_auth'],
    [
      'what the package cannot do',
      named('AI_UnsupportedFunctionalityError', { functionality: 'tool choice' }),
      'invalid_request',
    ],
    ['a time-out of its own', named('TimeoutError'), 'provider_timeout'],
    ['an abort of its own', named('AbortError'), 'provider_unreachable'],
    ['a reply that it cannot read', named('AI_TypeValidationError'), 'provider_bad_reply'],
    ['whatever else', CANARY_KEY, 'provider_bad_reply'],
    ['nothing', undefined, 'provider_bad_reply'],
  ])('that is %s has a code, and nothing of it is passed on (S: no key leaves)', async (_what, thrown, code) => {
    const { failure } = await ask(failing(thrown));
    expect(failure).toMatchObject({ code });
    expect(`${failure?.stack} ${JSON.stringify(failure?.detail)} ${failure?.cause}`).not.toMatch(/canary/);
  });

  it('says how long to wait, whether it may be asked again, and whether anything was sent', async () => {
    expect(
      (await ask(failing(apiError({ statusCode: 429, responseHeaders: { 'Retry-After': '7' } })))).failure
        ?.retryAfterMs,
    ).toBe(7_000);
    expect((await ask(failing(apiError({ statusCode: 500, isRetryable: false })))).failure?.detail).toMatchObject({
      sameTargetAgain: false,
    });
    expect(
      (await ask(failing(apiError({ cause: named('Error', { code: 'ECONNREFUSED' }) })))).failure?.detail,
    ).toMatchObject({ neverSent: true });
    expect(
      (await ask(failing(apiError({ cause: named('Error', { code: 'ECONNRESET' }) })))).failure?.detail,
    ).not.toHaveProperty('neverSent');
  });

  it('in the middle of the stream is one too, and the stream is let go when nobody listens', async () => {
    let cancelled: unknown = null;
    const model = modelV4(
      () =>
        new ReadableStream({
          pull: async (controller) => {
            await new Promise((resolve) => setImmediate(resolve));
            controller.enqueue({ type: 'text-delta', id: 't', delta: 'x' });
          },
          cancel: (reason) => {
            cancelled = reason;
          },
        }),
    );
    const leaving = new AbortController();
    const told = ask(model, {}, leaving.signal);
    await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Error('left'));
    expect(String((await told).failure)).toContain('left');
    expect(String(cancelled)).toContain('left');
    const broken = modelV4(
      () => new ReadableStream({ pull: (controller) => controller.error(apiError({ statusCode: 503 })) }),
    );
    expect((await ask(broken)).failure).toMatchObject({ code: 'provider_overloaded' });
  });
});

it.each<[string, () => Promise<void>]>([
  [
    'throws when it is cancelled',
    () => {
      throw new Error(`canary ${CANARY_KEY}`);
    },
  ],
  ['rejects its cancellation', () => Promise.reject(new Error(`canary ${CANARY_KEY}`))],
])('a stream of the AI SDK that %s harms nothing, be it at its end or when its time is up', async (_what, cancel) => {
  const asked = (read: () => Promise<{ done: boolean; value?: { type: string } }>, signal?: AbortSignal) =>
    ask({ ...answering(), doStream: async () => ({ stream: { getReader: () => ({ read, cancel }) } }) }, {}, signal);
  expect((await asked(async () => ({ done: false, value: STOP }))).failure).toBeNull();
  const late = new AbortController();
  const told = asked(async () => {
    late.abort(new Error('late'));
    return { done: false, value: { type: 'raw' } };
  }, late.signal);
  expect(String((await told).failure)).toContain('late');
});

it('is called after its provider, in the letters of an id', () => {
  const idOf = (provider: string) =>
    aiSdk(
      modelV4(() => [], { provider }),
      LIMITS,
    ).id;
  expect(['openai.responses', 'google.generative-ai', 'amazon-bedrock', '.my provider!'].map(idOf)).toEqual([
    'openai-responses',
    'google-generative-ai',
    'amazon-bedrock',
    'my-provider-',
  ]);
  expect(
    aiSdk(
      modelV4(() => []),
      { ...LIMITS, id: 'mine' },
    ).id,
  ).toBe('mine');
});

it.each<[string, unknown, string | null, string]>([
  ['none', undefined, 'options', 'contextWindow'],
  ['one that there is not', { ...LIMITS, feature: ['tools'] }, 'options.feature', '"features"'],
])('a model is made no provider with options that are wrong: %s', (_what, options, param, told) => {
  const make = () => Reflect.apply(aiSdk, undefined, [answering(), options]);
  expect(make).toThrow(expect.objectContaining({ param, message: expect.stringContaining(told) }));
});
