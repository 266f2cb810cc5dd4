// This service as a provider of the AI SDK, asked as its users ask: generateText, streamText, objects, tools in several steps, a
// registry, an abort. What they get is what the library's own callers get, and it is in the ledger.

import { fileURLToPath } from 'node:url';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, type LanguageModelV4, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import {
  createProviderRegistry,
  embed,
  embedMany,
  generateObject,
  generateText,
  NoSuchModelError,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCodeMentor } from '../../src/ai-sdk/index.ts';
import { aiSdk, createLLMService, LLMError, type LLMService, type OwnProvider } from '../../src/index.ts';
import { MODEL, until } from '../gateway/start.ts';
import { calls, modelV4, STOP, says } from '../vendor/ai-sdk-models.ts';
import { startEmbeddingsVendor } from '../vendor/embeddings-vendor.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';

const FORGIVING = fileURLToPath(new URL('../fixtures/forgiving', import.meta.url));
const silent = { report: () => {}, flush: () => Promise.resolve() };
let vendor: GroqMock;
let service: LLMService;
const started: LLMService[] = [];

async function start(
  options: { providers?: readonly OwnProvider[]; env?: Record<string, string> } = {},
): Promise<LLMService> {
  const env = { GROQ_API_KEY: 'gsk_test_key_of_the_mock', GROQ_BASE_URL: vendor.url, ...options.env };
  const made = await createLLMService({ ...options, env, cwd: FORGIVING, dataDir: 'memory', logs: silent });
  started.push(made);
  return made;
}

beforeEach(async () => {
  vendor = await startGroqMock();
  service = await start();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.close()));
  await vendor.close();
});
const rowsOf = async (of = service) => (await of.ledger.rows({ limit: 100 })).rows;

describe('generateText', () => {
  it('has the text, the usage and what it cost, and the ledger has the row', async () => {
    vendor.next({
      says: {
        text: 'A closure is a function.',
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      },
    });
    const model = createCodeMentor(service, { userId: 'ann' }).languageModel(MODEL);
    const result = await generateText({
      model,
      system: 'Be brief.',
      prompt: 'What is a closure?',
      temperature: 0.5,
      seed: 7,
      maxOutputTokens: 99,
    });
    expect(result.text).toBe('A closure is a function.');
    expect([result.finishReason, result.rawFinishReason]).toEqual(['stop', 'stop']);
    expect(result.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    await until(async () => (await rowsOf())[0]?.outcome === 'completed', 'the row');
    expect((await rowsOf())[0]).toMatchObject({ userId: 'ann', model: MODEL });
    expect(result.providerMetadata?.['codementor']).toMatchObject({
      provider: 'groq',
      model: MODEL,
      cached: false,
      costUsd: '0.000027',
      generationId: expect.stringMatching(/^gen_/),
      attempts: [{ provider: 'groq', outcome: 'completed' }],
    });
    expect(vendor.requests[0]?.body).toMatchObject({
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
      temperature: 0.5,
      seed: 7,
      max_completion_tokens: 99,
    });
  });

  it('sends what its user sent and nothing more, unless the defaults of the library are wished for', async () => {
    await generateText({ model: createCodeMentor(service).languageModel(), prompt: 'a' });
    expect(vendor.requests[0]?.body).not.toHaveProperty('temperature');
    await generateText({ model: createCodeMentor(service, { defaults: 'native' }).languageModel(), prompt: 'b' });
    expect(vendor.requests[1]?.body).toMatchObject({ temperature: 0.7, max_completion_tokens: 2000 });
  });

  it('tells an answer of the cache, which cost nothing, and asks anew where that is wished for', async () => {
    const model = createCodeMentor(service).languageModel(MODEL);
    const ask = (providerOptions = {}) => generateText({ model, prompt: 'twice', providerOptions });
    const cached = async (result: ReturnType<typeof ask>) =>
      (await result).providerMetadata?.['codementor']?.['cached'];
    expect([await cached(ask()), await cached(ask()), await cached(ask({ codementor: { cache: 'off' } }))]).toEqual([
      false,
      true,
      false,
    ]);
    expect(vendor.requests).toHaveLength(2);
  });

  it('names user, tags and model per call, and refuses an option that there is not', async () => {
    const model = createCodeMentor(service, { tags: { app: 'a' } }).languageModel('none such');
    await generateText({
      model,
      prompt: 'x',
      providerOptions: { codementor: { userId: 'bob', tags: { lesson: '1' }, model: MODEL } },
    });
    expect((await rowsOf())[0]).toMatchObject({ userId: 'bob', tags: { app: 'a', lesson: '1' } });
    const failure = generateText({ model, prompt: 'x', providerOptions: { codementor: { userID: 'bob' } } });
    await expect(failure).rejects.toMatchObject({
      statusCode: 400,
      isRetryable: false,
      message: expect.stringContaining('providerOptions.codementor'),
    });
  });

  it('draws on the windows of the tenant that it is told, for the user that the call names', async () => {
    const model = createCodeMentor(service, { caller: { tenant: 'acme', userId: 'ann' } }).languageModel(MODEL);
    await generateText({ model, prompt: 'x' });
    await generateText({ model, prompt: 'y', providerOptions: { codementor: { userId: 'bob' } } });
    expect((await rowsOf()).map(({ tenant, userId }) => `${tenant}/${userId}`).sort()).toEqual([
      'acme/ann',
      'acme/bob',
    ]);
  });

  it('warns of a knob that there is not', async () => {
    const result = await generateText({ model: createCodeMentor(service).languageModel(MODEL), prompt: 'x', topK: 5 });
    expect(result.warnings).toEqual([{ type: 'unsupported', feature: 'topK' }]);
  });
});

describe('streamText', () => {
  it('has the same answer as generateText, thoughts and calls included', async () => {
    const tools = { run_code: tool({ inputSchema: z.object({ code: z.string() }), execute: () => 'ok' }) };
    const model = createCodeMentor(service, { cache: 'off' }).languageModel(MODEL);
    for (const said of [
      { text: 'A closure is a function.', reasoning: 'Let me see.' },
      {
        toolCalls: [
          { name: 'run_code', argumentsText: '{"code":"1"}' },
          { name: 'run_code', argumentsText: '{"code":"2"}' },
        ],
      },
    ]) {
      vendor.next({ says: said }, { says: said });
      const whole = await generateText({ model, prompt: 'Why?', tools });
      const streamed = streamText({ model, prompt: 'Why?', tools });
      const pieces: string[] = [];
      for await (const piece of streamed.textStream) pieces.push(piece);
      expect(pieces.join('')).toBe(whole.text);
      expect(await streamed.reasoningText).toBe(whole.reasoningText);
      const named = (toolCalls: readonly { toolName: string; input: unknown }[]) =>
        toolCalls.map(({ toolName, input }) => [toolName, input]);
      expect(named(await streamed.toolCalls)).toEqual(named(whole.toolCalls));
      expect(await streamed.finishReason).toBe(whole.finishReason);
      expect(await streamed.usage).toEqual(whole.usage);
      const { codementor } = (await streamed.providerMetadata) ?? {};
      expect(codementor).toMatchObject({
        provider: 'groq',
        costUsd: whole.providerMetadata?.['codementor']?.['costUsd'],
      });
    }
  });

  it('tells a stream that broke as an error, after what was said (4)', async () => {
    vendor.next({ says: { text: 'one two three four' }, fault: { kind: 'no-done', afterEvents: 3 } });
    const errors: unknown[] = [];
    const result = streamText({
      model: createCodeMentor(service).languageModel(MODEL),
      prompt: 'x',
      onError: ({ error }) => void errors.push(error),
    });
    const parts: string[] = [];
    for await (const part of result.fullStream) parts.push(part.type);
    expect(parts).toContain('text-delta');
    expect(parts).toContain('error');
    expect(errors).toMatchObject([{ name: 'AI_APICallError', statusCode: 502, isRetryable: false }]);
    expect(await result.finishReason).toBe('error');
  });

  it('that is aborted stops the vendor, and what was used is booked', async () => {
    vendor.script({ says: { text: 'word '.repeat(500) }, eventEveryMs: 20 });
    const leaving = new AbortController();
    const result = streamText({
      model: createCodeMentor(service).languageModel(MODEL),
      prompt: 'x',
      abortSignal: leaving.signal,
    });
    const types: string[] = [];
    for await (const part of result.fullStream) {
      types.push(part.type);
      if (part.type === 'text-delta') leaving.abort();
    }
    expect(types.at(-1)).toBe('abort');
    await until(() => vendor.requests[0]?.aborted === true, 'the vendor to be left');
    await until(async () => (await rowsOf())[0]?.outcome === 'cancelled', 'the row');
  });

  it('that nobody reads on is let go', async () => {
    vendor.script({ says: { text: 'word '.repeat(500) }, eventEveryMs: 20 });
    const { stream } = await createCodeMentor(service)
      .languageModel(MODEL)
      .doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] });
    await stream.cancel();
    await until(() => vendor.requests[0]?.aborted === true, 'the vendor to be left');
  });
});

describe('objects', () => {
  const schema = z.object({ name: z.string(), steps: z.number() });
  it('come from generateObject and from Output.object, whole and streamed, by a schema that the vendor was sent', async () => {
    vendor.script({ says: { text: '{"name":"sort","steps":3}' } });
    const model = createCodeMentor(service, { cache: 'off' }).languageModel(MODEL);
    expect((await generateObject({ model, schema, prompt: 'x' })).object).toEqual({ name: 'sort', steps: 3 });
    expect((await generateText({ model, output: Output.object({ schema }), prompt: 'x' })).output).toEqual({
      name: 'sort',
      steps: 3,
    });
    expect(await streamText({ model, output: Output.object({ schema }), prompt: 'x' }).output).toEqual({
      name: 'sort',
      steps: 3,
    });
    for (const { body } of vendor.requests)
      expect(body).toMatchObject({
        response_format: {
          type: 'json_schema',
          json_schema: { schema: { properties: { steps: { type: 'number' } } } },
        },
      });
  });
});

describe('tools', () => {
  it('run in several steps, and what they gave goes back', async () => {
    vendor.next(
      {
        says: {
          toolCalls: [
            { name: 'weather', argumentsText: '{"city":"Oslo"}' },
            { name: 'weather', argumentsText: '{"city":"Rome"}' },
          ],
        },
      },
      { says: { text: 'Cold and warm.' } },
    );
    const tools = {
      weather: tool({
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => {
          if (city === 'Rome') throw new Error('no such place');
          return { degrees: 3 };
        },
      }),
    };
    const model = createCodeMentor(service).languageModel(MODEL);
    const result = await generateText({ model, tools, prompt: 'x', stopWhen: stepCountIs(3) });
    expect([result.text, result.steps.length]).toEqual(['Cold and warm.', 2]);
    expect(vendor.requests[1]?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ function: { name: 'weather' } }, { function: { name: 'weather' } }] },
        { role: 'tool', content: '{"degrees":3}' },
        { role: 'tool', content: expect.stringContaining('no such place') },
      ],
    });
    expect(await rowsOf()).toHaveLength(2);
  });

  it('that a vendor would run itself are refused', async () => {
    const model = createCodeMentor(service).languageModel(MODEL);
    const failure = model.doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
      tools: [{ type: 'provider', id: 'openai.web_search', name: 'web_search', args: {} }],
    });
    await expect(failure).rejects.toMatchObject({ name: 'AI_UnsupportedFunctionalityError' });
    expect(vendor.requests).toHaveLength(0);
  });
});

describe('what stands around', () => {
  it('tells a schema in words where the package drops it and `features` says so; else that is refused', async () => {
    const local = createOpenAICompatible({ name: 'local', baseURL: `${vendor.url}/openai/v1`, apiKey: 'none' });
    const limits = { contextWindow: 10_000, outputLimit: 1_000 };
    const question = {
      messages: [{ role: 'user' as const, content: 'As JSON.' }],
      model: 'local-chat/tiny',
      responseFormat: {
        type: 'json-schema' as const,
        name: 'answer',
        schema: { type: 'object', properties: { answer: { type: 'number' } }, required: ['answer'] },
      },
    };
    const dropping = await start({ providers: [aiSdk(local('tiny'), limits)] });
    await expect(dropping.generateCompletion(question)).rejects.toMatchObject({ code: 'invalid_request' });
    vendor.next({ says: { text: '{"answer":42}' } });
    const own = await start({ providers: [aiSdk(local('tiny'), { ...limits, features: ['tools', 'json_mode'] })] });
    const { content, warnings } = await own.generateCompletion(question);
    expect(content).toBe('{"answer":42}');
    expect(warnings.map(({ code }) => code)).toContain('json_schema_emulated');
    expect(JSON.stringify(vendor.requests.at(-1)?.body)).toContain('\\"required\\":[\\"answer\\"]');
  });

  it('is a registry with us in it', async () => {
    const registry = createProviderRegistry({ codementor: createCodeMentor(service) });
    const { text } = await generateText({ model: registry.languageModel(`codementor:${MODEL}`), prompt: 'hello' });
    expect(text).toContain('hello');
  });

  it('is called like a vendor’s package, by a model’s name or by none', async () => {
    const codementor = createCodeMentor(service, { userId: 'ann' });
    vendor.next({ says: { text: 'By name.' } }, { says: { text: 'By none.' } });
    expect((await generateText({ model: codementor(MODEL), prompt: 'hello' })).text).toBe('By name.');
    expect((await generateText({ model: codementor(), prompt: 'hello again' })).text).toBe('By none.');
    expect(codementor(MODEL)).toMatchObject({ specificationVersion: 'v4', provider: 'codementor', modelId: MODEL });
    // A second one is its own: it asks for nobody, where the first asks for ann.
    expect((await generateText({ model: createCodeMentor(service)(MODEL), prompt: 'and who?' })).text).toContain('who');
    expect((await rowsOf()).map(({ userId }) => userId).sort()).toEqual(['ann', 'ann', 'anonymous']);
  });

  it('is no model for vectors or pictures', () => {
    const codementor = createCodeMentor(service);
    expect(() => codementor.imageModel('x')).toThrow(expect.toSatisfy((error) => NoSuchModelError.isInstance(error)));
  });

  it('is a picture, as bytes, as data and by its address', async () => {
    const asked: unknown[] = [];
    const seeing = modelV4(
      (options) => {
        asked.push(options.prompt[0]?.content);
        return [...says('Seen.'), STOP];
      },
      { supportedUrls: { 'image/*': [/^https:/] } },
    );
    const own = await start({ providers: [aiSdk(seeing, { contextWindow: 10_000, outputLimit: 1_000 })] });
    const png = Buffer.from('iVBORw0KGgo=', 'base64');
    const model = createCodeMentor(own).languageModel('fake-chat/fake-1');
    for (const image of [new Uint8Array(png), new URL('https://example.org/a.png')])
      await generateText({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x' },
              { type: 'image', image },
            ],
          },
        ],
      });
    expect(asked).toMatchObject([
      [{ type: 'text' }, { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } }],
      [{ type: 'text' }, { type: 'file', data: { type: 'url', url: new URL('https://example.org/a.png') } }],
    ]);
    const word = generateText({
      model,
      messages: [{ role: 'user', content: [{ type: 'file', data: Buffer.from('PK'), mediaType: 'application/zip' }] }],
    });
    await expect(word).rejects.toMatchObject({ name: 'AI_UnsupportedFunctionalityError' });
  });

  it('is a document or sound, where the model takes them', async () => {
    const asked: unknown[] = [];
    const reading = modelV4((options) => {
      asked.push(options.prompt[0]?.content);
      return [...says('Read.'), STOP];
    });
    const limits = { contextWindow: 100_000, outputLimit: 1_000, features: ['pdf', 'audio'] as const };
    const own = await start({ providers: [aiSdk(reading, limits)] });
    const pdf = Buffer.from('%PDF-1.7');
    await generateText({
      model: createCodeMentor(own).languageModel('fake-chat/fake-1'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', data: pdf, mediaType: 'application/pdf', filename: 'notes.pdf' },
            { type: 'file', data: Buffer.from('RIFF'), mediaType: 'audio/x-wav' },
          ],
        },
      ],
    });
    expect(asked).toMatchObject([
      [
        {
          mediaType: 'application/pdf',
          filename: 'notes.pdf',
          data: { type: 'data', data: pdf.toString('base64') },
        },
        { mediaType: 'audio/wav', data: { type: 'data', data: 'UklGRg==' } },
      ],
    ]);
  });
});

describe('embed and embedMany', () => {
  it('give vectors, the usage and what it cost, through the same limits and ledger', async () => {
    await using embedder = await startEmbeddingsVendor();
    const own = await start({ env: { OPENAI_API_KEY: 'canary_openai_key', OPENAI_BASE_URL: embedder.url } });
    const model = createCodeMentor(own, { userId: 'ann' }).embeddingModel('openai/text-embedding-3-small');
    const one = await embed({ model, value: 'a list' });
    const many = await embedMany({ model, values: ['a list', 'a tuple'] });
    expect(one.embedding).toEqual(many.embeddings[0]);
    expect(many.embeddings).toHaveLength(2);
    expect(one.usage.tokens).toBeGreaterThan(0);
    expect(one.providerMetadata?.['codementor']).toMatchObject({ provider: 'openai', cached: false });
    const settled = async () => (await rowsOf(own)).filter(({ state }) => state === 'settled');
    await until(async () => (await settled()).length === 2, 'both rows');
    expect((await settled()).map(({ userId }) => userId)).toEqual(['ann', 'ann']);
    const refused = embed({ model, value: 'x', providerOptions: { codementor: { serviceTier: 'flex' } } });
    await expect(refused).rejects.toMatchObject({ statusCode: 400, isRetryable: false });
  });
});

describe('a failure', () => {
  it.each([
    [
      'a rate limit of the vendor',
      { fault: { kind: 'status', status: 429 }, headers: { 'retry-after': '9' } },
      { statusCode: 429, isRetryable: true, responseHeaders: { 'retry-after': '9' } },
    ],
    [
      'a key that is not accepted',
      { fault: { kind: 'status', status: 401 } },
      { statusCode: 502, isRetryable: false, responseHeaders: { 'x-should-retry': 'false' } },
    ],
    ['a request that is rejected', { fault: { kind: 'status', status: 400 } }, { statusCode: 400, isRetryable: false }],
  ] as const)(
    'that is %s is an error of a call, whole and streamed, with our own behind it',
    async (_what, behaviour, wanted) => {
      const own = await start({ env: { GROQ_MAX_RETRIES: '0' } });
      vendor.script(behaviour);
      const model = createCodeMentor(own).languageModel(MODEL);
      const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x' }] }];
      for (const asked of [model.doGenerate({ prompt }), model.doStream({ prompt })]) {
        const error: unknown = await Promise.resolve(asked)
          .then(() => null)
          .catch((thrown: unknown) => thrown);
        expect(APICallError.isInstance(error)).toBe(true);
        expect(error).toMatchObject(wanted);
        expect(error).toHaveProperty('cause', expect.any(LLMError));
        expect(error).toHaveProperty('data.error.code');
      }
    },
  );

  it('that a retry can mend is retried by the AI SDK, and one that none can mend is not', async () => {
    const own = await start({ env: { GROQ_MAX_RETRIES: '0' } });
    const model = createCodeMentor(own).languageModel(MODEL);
    vendor.next({ fault: { kind: 'status', status: 503 }, headers: { 'retry-after-ms': '1' } });
    expect((await generateText({ model, prompt: 'x' })).text).not.toBe('');
    expect(vendor.requests).toHaveLength(2);
    await expect(
      generateText({ model: createCodeMentor(own).languageModel('none'), prompt: 'x' }),
    ).rejects.toMatchObject({ statusCode: 404 });
    expect(vendor.requests).toHaveLength(2);
  });

  it('that is our caller leaving is no error of ours', async () => {
    vendor.script({ fault: { kind: 'silent' } });
    const leaving = new AbortController();
    const asked = generateText({
      model: createCodeMentor(service).languageModel(MODEL),
      prompt: 'x',
      abortSignal: leaving.signal,
    });
    await until(() => vendor.requests.length > 0, 'the vendor to be asked');
    leaving.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('both ways', () => {
  const parts: readonly LanguageModelV4StreamPart[] = [
    { type: 'reasoning-start', id: 'r' },
    { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
    { type: 'reasoning-end', id: 'r', providerMetadata: { fake: { signature: 'EqQB' } } },
    ...calls('c', 'weather', '{"city":"Oslo"}'),
    { ...STOP, finishReason: { unified: 'tool-calls', raw: 'tool_use' } },
  ];

  it.each(['whole', 'streamed'])(
    'a signature goes out, through two steps, and back to the model that gave it (%s)',
    async (how) => {
      const asked: unknown[] = [];
      const inner: LanguageModelV4 = modelV4((options) => {
        asked.push(options.prompt);
        return asked.length === 1 ? parts : [...says('Cold.'), STOP];
      });
      const own = await start({ providers: [aiSdk(inner, { contextWindow: 10_000, outputLimit: 1_000 })] });
      const model = createCodeMentor(own).languageModel('fake-1');
      const tools = { weather: tool({ inputSchema: z.object({ city: z.string() }), execute: () => 'cold' }) };
      const options = { model, tools, prompt: 'x', stopWhen: stepCountIs(2) };
      const text = how === 'whole' ? (await generateText(options)).text : await streamText(options).text;
      expect(text).toBe('Cold.');
      expect(asked[1]).toMatchObject([
        { role: 'user' },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', providerOptions: { fake: { signature: 'EqQB' } } },
            { type: 'tool-call', toolCallId: 'c', input: { city: 'Oslo' } },
          ],
        },
        { role: 'tool', content: [{ type: 'tool-result', toolName: 'weather' }] },
      ]);
    },
  );
});
