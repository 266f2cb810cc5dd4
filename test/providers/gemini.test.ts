// Gemini by its written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import { GEMINI_MODELS, RETIRED_GEMINI_MODELS } from '../../src/catalog/gemini-models.ts';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { AnswerPart, FittedRequest, Message } from '../../src/core/request.ts';
import { createGemini, geminiKeyProblem } from '../../src/providers/gemini.ts';
import {
  answerOf,
  CANARY_KEY,
  codecOf,
  eventsOf,
  FULL_REQUEST,
  grammarFault,
  readFixtures,
  replyOf,
  SCHEMA_REQUEST,
  testProvider,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const FLASH = 'gemini-3.5-flash';
const OLDER = 'gemini-2.5-flash';

testProvider('gemini', {
  create: (apiKey) => createGemini({ apiKey }),
  model: FLASH,
  fixtures: readFixtures(new URL('../fixtures/gemini/', import.meta.url)),
  otherKnobs: ['parallel_tool_calls', 'The detail of a picture'],
});

const codec = codecOf(createGemini({ apiKey: CANARY_KEY }));

const QUESTION: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'user', content: 'Why?' }], maxTokens: 100 };
const { tools } = FULL_REQUEST;

const bodyOf = (changes: Partial<FittedRequest>, model = FLASH) =>
  codec.encode({ ...QUESTION, ...changes }, model, true).body;
const configOf = (changes: Partial<FittedRequest>, model = FLASH) => bodyOf(changes, model)['generationConfig'];
const contentsOf = (messages: readonly Message[], model = FLASH) => bodyOf({ messages }, model)['contents'];
const warningsOf = (changes: Partial<FittedRequest>, model = FLASH) =>
  codec.encode({ ...QUESTION, ...changes }, model, true).warnings.map(({ message }) => message);
const refusalOf = (changes: Partial<FittedRequest>, model = FLASH) => thrownBy(() => bodyOf(changes, model));

describe('a request to Gemini', () => {
  it('holds what was asked and nothing that was not', () => {
    expect(codec.encode(QUESTION, FLASH, true)).toEqual({
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse',
      headers: { 'x-goog-api-key': CANARY_KEY },
      body: {
        contents: [{ role: 'user', parts: [{ text: 'Why?' }] }],
        generationConfig: { maxOutputTokens: 100 },
      },
      warnings: [],
    });
    expect(codec.encode({ ...QUESTION, maxTokens: null }, FLASH, false)).toMatchObject({
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:generateContent',
      body: { contents: [{ role: 'user', parts: [{ text: 'Why?' }] }] },
    });
  });

  it.each([
    ['https://proxy.example', 'https://proxy.example/v1beta/models/'],
    ['https://proxy.example/', 'https://proxy.example/v1beta/models/'],
    ['https://proxy.example/google/v1', 'https://proxy.example/google/v1/models/'],
    ['https://proxy.example/google/v1/', 'https://proxy.example/google/v1/models/'],
  ])('to the base URL %s goes to %s…', (baseUrl, models) => {
    const { url } = codecOf(createGemini({ apiKey: CANARY_KEY, baseUrl })).encode(QUESTION, FLASH, false);
    expect(url).toBe(`${models}${FLASH}:generateContent`);
  });

  it('cannot be led elsewhere by the name of a model', () => {
    const { url } = codec.encode(QUESTION, '../files?key=x#', false);
    expect(url).toBe('https://generativelanguage.googleapis.com/v1beta/models/..%2Ffiles%3Fkey%3Dx%23:generateContent');
  });

  it('is heard out by a vendor that bills it anyhow, which of another address nobody knows', () => {
    expect(createGemini({ apiKey: CANARY_KEY }).billAfterCancel).toBe('goes-on');
    const baseUrl = 'https://proxy.example';
    expect(createGemini({ apiKey: CANARY_KEY, baseUrl }).billAfterCancel).toBe('unknown');
  });

  it('sends a conversation with tools in the two roles that there are', () => {
    const { contents, systemInstruction, tools: sent, toolConfig } = bodyOf(FULL_REQUEST);
    expect(systemInstruction).toEqual({
      parts: [{ text: 'text of the system prompt' }, { text: 'text of a system message' }],
    });
    expect(contents).toEqual([
      {
        role: 'user',
        parts: [{ text: 'text of a question' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
      },
      {
        role: 'model',
        parts: [
          { text: 'text of a thought', thought: true },
          { text: 'text of an answer' },
          {
            functionCall: { id: 'call_of_a_tool', name: 'run_code', args: { code: 'print(1)' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            functionResponse: { id: 'call_of_a_tool', name: 'run_code', response: { output: 'text of a result' } },
          },
        ],
      },
      { role: 'user', parts: [{ text: 'text of another question' }] },
    ]);
    const declared = tools.map(({ name, description, parameters }) => ({
      ...{ name, description, parametersJsonSchema: parameters },
    }));
    expect(sent).toEqual([{ functionDeclarations: declared }]);
    expect(toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['run_code'] } });
  });

  it('puts the system before the first question where the model has no place for it', () => {
    const { contents, systemInstruction } = bodyOf({ systemPrompt: 'Be brief.' }, 'gemma-4-31b-it');
    expect(systemInstruction).toBeUndefined();
    expect(contents).toEqual([{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Why?' }] }]);
  });

  it('leaves out what says nothing: empty texts, and messages of nothing else', () => {
    const messages: Message[] = [
      { role: 'system', content: '' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: [{ type: 'text', text: '' }] },
      { role: 'user', content: [{ type: 'text', text: '' }] },
      { role: 'user', content: 'Why?' },
    ];
    expect(bodyOf({ messages })).toEqual(bodyOf({}));
  });

  it.each([
    [null, false, undefined],
    ['auto', false, undefined],
    ['auto', true, { mode: 'VALIDATED' }],
    [null, true, { mode: 'VALIDATED' }],
    ['none', true, { mode: 'NONE' }],
    ['required', false, { mode: 'ANY' }],
    [{ name: 'run_code' }, true, { mode: 'ANY', allowedFunctionNames: ['run_code'] }],
  ] as const)('with the tool choice %o (strict: %s) says %o', (toolChoice, strict, functionCallingConfig) => {
    const { toolConfig } = bodyOf({ tools: tools.map((tool) => ({ ...tool, strict })), toolChoice });
    expect(toolConfig).toEqual(functionCallingConfig && { functionCallingConfig });
  });

  it('says nothing of tools where there are none, unless a call is demanded', () => {
    expect(bodyOf({ toolChoice: 'auto', parallelToolCalls: false })).toEqual(bodyOf({}));
    expect(bodyOf({ toolChoice: 'none' })).toEqual(bodyOf({}));
    expect(bodyOf({ toolChoice: 'required' })).toHaveProperty('toolConfig');
    expect(warningsOf({ parallelToolCalls: false })).toEqual([]);
  });

  it.each([
    [null, undefined, 0],
    ['auto', undefined, 0],
    ['standard', 'standard', 0],
    ['default', 'standard', 0],
    ['flex', 'flex', 0],
    ['on_demand', undefined, 1],
    ['constructor', undefined, 1],
    ['priority', undefined, 1],
  ])(
    'in the service tier %s is sent as %s, with %i warnings: none is dearer than what is held',
    (asked, sent, count) => {
      expect(bodyOf({ serviceTier: asked })['serviceTier']).toBe(sent);
      expect(warningsOf({ serviceTier: asked })).toHaveLength(count);
    },
  );
});

describe('pictures for Gemini', () => {
  const picture = (url: string, detail?: 'auto' | 'low') => ({
    messages: [{ role: 'user', content: [{ type: 'image', url, ...(detail && { detail }) }] }] satisfies Message[],
  });
  const partOf = (url: string) => bodyOf(picture(url))['contents'];

  it('go inline, or by an https: URL that says of what kind they are', () => {
    expect(partOf('data:image/webp;base64,UklGRg==')).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'image/webp', data: 'UklGRg==' } }] },
    ]);
    const fileUri = 'https://pictures.example/tree.JPG?size=large#top';
    expect(partOf(fileUri)).toEqual([{ role: 'user', parts: [{ fileData: { mimeType: 'image/jpeg', fileUri } }] }]);
  });

  it.each(['https://pictures.example/tree', 'https://pictures.example/tree.gif', 'http://pictures.example/tree.png'])(
    'by the URL %s are refused, with what to do',
    (url) => {
      const error = refusalOf(picture(url));
      expect(error).toMatchObject({ code: 'invalid_request', detail: { param: 'messages', model: FLASH } });
      expect(String(error)).toMatch(/data: URL.*png, jpg/);
    },
  );

  it('in detail are sent plainly, with a warning', () => {
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    expect(bodyOf(picture(url, 'low'))).toEqual(bodyOf(picture(url)));
    expect(warningsOf(picture(url, 'low'))).toHaveLength(1);
    expect(warningsOf(picture(url, 'auto'))).toEqual([]);
  });
});

describe('JSON from Gemini', () => {
  it('is asked for in the two ways there are', () => {
    expect(configOf({ responseFormat: { type: 'json' } })).toEqual({
      maxOutputTokens: 100,
      responseMimeType: 'application/json',
    });
    const { responseFormat } = SCHEMA_REQUEST;
    expect(configOf({ responseFormat })).toEqual({
      maxOutputTokens: 100,
      responseMimeType: 'application/json',
      responseJsonSchema: responseFormat.type === 'json-schema' ? responseFormat.schema : null,
    });
  });

  it('by a schema with const has an enum of one value in its place, and data is left alone', () => {
    const schema = {
      type: 'object',
      properties: {
        const: { const: 'hint' },
        kinds: { type: 'array', items: { anyOf: [{ const: 1 }, { const: null }] } },
        example: { type: 'object', default: { const: 'data' }, enum: [{ const: 'data' }] },
      },
      $defs: { step: { oneOf: [{ const: 'a' }], additionalProperties: { const: true } } },
      additionalProperties: false,
    };
    const sent = configOf({ responseFormat: { type: 'json-schema', name: 'x', schema, description: 'A hint' } });
    expect(sent).toMatchObject({
      responseJsonSchema: {
        description: 'A hint',
        type: 'object',
        properties: {
          const: { enum: ['hint'] },
          kinds: { type: 'array', items: { anyOf: [{ enum: [1] }, { enum: [null] }] } },
          example: { type: 'object', default: { const: 'data' }, enum: [{ const: 'data' }] },
        },
        $defs: { step: { oneOf: [{ enum: ['a'] }], additionalProperties: { enum: [true] } } },
        additionalProperties: false,
      },
    });
    expect(JSON.stringify(sent).match(/"const":"data"/g)).toHaveLength(2);
  });

  it.each([
    [FLASH, 'auto', true],
    [FLASH, null, true],
    [FLASH, 'none', true],
    [FLASH, 'required', false],
    [FLASH, { name: 'run_code' }, false],
    [OLDER, 'auto', false],
    ['gemini-2.5-pro', null, false],
    ['gemma-4-31b-it', 'auto', false],
  ] as const)('beside tools, at %s with the tool choice %o: %s', (model, toolChoice, isTaken) => {
    for (const { responseFormat } of [SCHEMA_REQUEST, { responseFormat: { type: 'json' } as const }]) {
      const asked = { responseFormat, tools, toolChoice };
      if (isTaken) expect(bodyOf(asked, model)).toHaveProperty('tools');
      else {
        const error = refusalOf(asked, model);
        expect(error).toMatchObject({ code: 'invalid_request', detail: { param: 'responseFormat', model } });
        expect(String(error)).toMatch(/tool.*JSON/);
      }
    }
  });
});

describe('reasoning at Gemini', () => {
  it.each([
    [FLASH, 'none', { thinkingLevel: 'minimal' }, 1],
    [FLASH, 'minimal', { includeThoughts: true, thinkingLevel: 'minimal' }, 0],
    [FLASH, 'low', { includeThoughts: true, thinkingLevel: 'low' }, 0],
    [FLASH, 'high', { includeThoughts: true, thinkingLevel: 'high' }, 0],
    ['gemini-3-flash-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'minimal' }, 0],
    ['gemini-3.1-flash-lite', 'minimal', { includeThoughts: true, thinkingLevel: 'minimal' }, 0],
    ['gemini-3.1-pro-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'low' }, 1],
    ['gemini-3.8-flash', 'minimal', { includeThoughts: true, thinkingLevel: 'low' }, 1],
    ['gemini-4-argon', 'none', { thinkingLevel: 'low' }, 1],
    ['gemini-4-argon', 'medium', { includeThoughts: true, thinkingLevel: 'medium' }, 0],
    ['gemini-flash-latest', 'none', { thinkingLevel: 'low' }, 1],
    [OLDER, 'none', { thinkingBudget: 0 }, 0],
    [OLDER, 'minimal', { includeThoughts: true, thinkingBudget: 1_024 }, 0],
    [OLDER, 'high', { includeThoughts: true, thinkingBudget: 24_576 }, 0],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }, 1],
    ['gemini-2.5-pro', 'medium', { includeThoughts: true, thinkingBudget: 8_192 }, 0],
    ['gemma-4-31b-it', 'medium', { includeThoughts: true, thinkingLevel: 'minimal' }, 1],
    ['gemma-4-31b-it', 'high', { includeThoughts: true, thinkingLevel: 'high' }, 0],
    ['gemini-2.0-flash', 'high', undefined, 1],
  ] as const)('%s asked for effort %s gets %o, with %i warnings', (model, asked, thinkingConfig, warnings) => {
    const reasoningEffort = asked;
    const config = configOf({ reasoningEffort }, model);
    expect(config).toEqual({ maxOutputTokens: 100, ...(thinkingConfig && { thinkingConfig }) });
    expect(warningsOf({ reasoningEffort }, model)).toHaveLength(warnings);
  });

  it('is known of every model that is listed', () => {
    for (const { model } of GEMINI_MODELS)
      expect(configOf({ reasoningEffort: 'high' }, model)).toHaveProperty('thinkingConfig');
  });
});

describe('options for Gemini alone', () => {
  it('stand over everything else', () => {
    const generationConfig = { temperature: 0.3, topK: 40, thinkingConfig: { thinkingLevel: 'low' } };
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }];
    const providerOptions = { gemini: { generationConfig, safetySettings } };
    const body = bodyOf({ temperature: 1, reasoningEffort: 'high', providerOptions });
    expect(body).toMatchObject({ safetySettings });
    expect(body['generationConfig']).toEqual({ maxOutputTokens: 100, ...generationConfig });
  });

  it('do not reach another provider', () => {
    expect(bodyOf({ providerOptions: { openai: { store: true } } })).toEqual(bodyOf({}));
  });

  it('cannot raise the bound of the bill, and are left out with a warning when they are not passed on', () => {
    const generationConfig = { maxOutputTokens: 9_999, candidateCount: 8, responseModalities: ['IMAGE'] };
    const more = {
      contents: [],
      cachedContent: 'cachedContents/x',
      serviceTier: 'priority',
      tools: [{ codeExecution: {} }],
    };
    const providerOptions = { gemini: { generationConfig, ...more } };
    expect(bodyOf({ providerOptions })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions })).toHaveLength(7);
    expect(warningsOf({ providerOptions }).join()).toContain('providerOptions.gemini.generationConfig.candidateCount');
  });
});

/** What a caller sends as the next turn: the answer as it came, the results of its calls, and another question. */
function nextTurn(parts: readonly AnswerPart[]): readonly Message[] {
  const results = parts.flatMap((part): Message[] =>
    part.type === 'tool-call' ? [{ role: 'tool', toolCallId: part.toolCallId, content: `result of ${part.name}` }] : [],
  );
  return [{ role: 'user', content: 'Why?' }, { role: 'assistant', content: parts }, ...results];
}

describe('a next turn at Gemini', () => {
  const partsOf = (whole: JsonObject[]) =>
    codec.decode({ candidates: [{ content: { parts: whole }, finishReason: 'STOP' }], responseId: 'r1' }, {}).parts;
  const modelParts = (parts: readonly AnswerPart[], model = FLASH) => {
    const contents = contentsOf(nextTurn(parts), model);
    return Array.isArray(contents) ? contents.map(({ parts: sent }) => sent)[1] : null;
  };
  const call = (name: string, more: object = {}) => ({ functionCall: { id: name, name, args: {} }, ...more });

  it.each([
    [
      'a thought and a text',
      [
        { text: 'hm', thought: true },
        { text: 'So.', thoughtSignature: 'sigA' },
      ],
    ],
    ['a signed thought', [{ text: 'hm', thought: true, thoughtSignature: 'sigA' }, { text: 'So.' }]],
    ['parallel calls', [{ text: 'Both.' }, call('f', { thoughtSignature: 'sigA' }), call('g')]],
    [
      'signatures on text and call',
      [{ text: 'One.', thoughtSignature: 'sigA' }, call('f', { thoughtSignature: 'sigB' })],
    ],
    [
      'two signatures on nothing',
      [{ text: '', thoughtSignature: 'a' }, { text: '', thoughtSignature: 'b' }, call('f', { thoughtSignature: 'c' })],
    ],
    [
      'a signature on a text and one on nothing',
      [
        { text: 'One.', thoughtSignature: 'a' },
        { text: '', thoughtSignature: 'b' },
      ],
    ],
    ['a signature on nothing', [{ text: '', thoughtSignature: 'sigA' }, call('f', { thoughtSignature: 'sigB' })]],
    [
      'a signature on each of two texts',
      [
        { text: 'One.', thoughtSignature: 'a' },
        { text: 'Two.', thoughtSignature: 'b' },
      ],
    ],
  ])('holds what the model said before, signatures where they stood: %s', (_what, whole) => {
    expect(modelParts(partsOf(whole))).toEqual(whole);
  });

  it('has the signature of a stream, which comes after its text, on that text', () => {
    const parts = partsOf([{ text: 'A ' }, { text: 'list.' }, { text: '', thoughtSignature: 'sigA' }]);
    expect(modelParts(parts)).toEqual([{ text: 'A list.', thoughtSignature: 'sigA' }]);
  });

  it('finds the text of a signature also where a client put all reasoning first', () => {
    const [text, signature, toolCall] = partsOf([{ text: 'One.', thoughtSignature: 'sigA' }, call('f')]);
    const thought: AnswerPart = { type: 'reasoning', text: 'hm' };
    const moved = [thought, signature, text, toolCall].filter((part) => part !== undefined);
    expect(modelParts(moved, OLDER)).toEqual([
      { text: 'hm', thought: true },
      { text: 'One.', thoughtSignature: 'sigA' },
      call('f'),
    ]);
  });

  it("sends another vendor's calls with Google's word for what it did not sign, once, where signatures are wanted", () => {
    const foreign: AnswerPart[] = ['f', 'g'].map((name) => ({
      ...{ type: 'tool-call', toolCallId: name, name, argumentsText: '{}' },
      providerData: { signature: 'of another vendor' },
    }));
    expect(modelParts(foreign)).toEqual([
      call('f', { thoughtSignature: 'skip_thought_signature_validator' }),
      call('g'),
    ]);
    expect(modelParts(foreign, OLDER)).toEqual([call('f'), call('g')]);
  });

  it('holds the results of parallel calls together, each with the name of its tool', () => {
    const contents = contentsOf([...nextTurn(partsOf([call('f'), call('g')])), { role: 'user', content: 'And?' }]);
    const result = (name: string) => ({
      functionResponse: { id: name, name, response: { output: `result of ${name}` } },
    });
    expect(contents).toMatchObject([
      { role: 'user' },
      { role: 'model' },
      { role: 'user', parts: [result('f'), result('g')] },
      { role: 'user', parts: [{ text: 'And?' }] },
    ]);
  });

  it('holds the results of each round of calls apart', () => {
    const round = (name: string) => nextTurn(partsOf([call(name)])).slice(1);
    const contents = contentsOf([{ role: 'user', content: 'Why?' }, ...round('f'), ...round('g')]);
    const responses = (name: string) => [{ functionResponse: { name, response: { output: `result of ${name}` } } }];
    expect(contents).toMatchObject([
      ...[{ role: 'user' }, { role: 'model' }, { role: 'user', parts: responses('f') }],
      ...[{ role: 'model' }, { role: 'user', parts: responses('g') }],
    ]);
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    [' ', {}],
    ['{"a":', { arguments: '{"a":' }],
    ['[1]', { arguments: '[1]' }],
  ])('sends the arguments %s as an object', (argumentsText, args) => {
    const parts: AnswerPart[] = [{ type: 'tool-call', toolCallId: 'x', name: 'f', argumentsText }];
    expect(modelParts(parts, OLDER)).toEqual([{ functionCall: { id: 'x', name: 'f', args } }]);
  });

  it('with a result that answers no call is refused, with what to do', () => {
    const messages: Message[] = [{ role: 'tool', toolCallId: 'gone', content: 'result' }];
    const error = refusalOf({ messages });
    expect(error).toMatchObject({ code: 'invalid_request', detail: { param: 'messages' } });
    expect(String(error)).toContain('send the call too');
  });
});

describe('a stream of Gemini', () => {
  const chunk = (parts: JsonObject[] | null, finishReason?: string, more: JsonObject = {}) => ({
    event: null,
    data: JSON.stringify({
      candidates: [{ ...(parts && { content: { parts } }), finishReason }],
      responseId: 'r1',
      ...more,
    }),
  });
  const usage = (promptTokenCount: number, more: JsonObject = {}) => ({ usageMetadata: { promptTokenCount, ...more } });
  const text = (said: string) => [{ text: said }];
  const read = (...frames: Parameters<typeof eventsOf>[1]) => answerOf(eventsOf(codec, frames));

  it('is whole with its finish reason and its end, and no marker is missed', () => {
    const answer = read(chunk(text('Hello')), chunk(null, 'STOP'));
    expect(answer).toMatchObject({ finishReason: 'stop', finishReasonRaw: 'STOP', usage: null });
    expect(answer.providerMetadata).toEqual({});
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map((raw) => [
      raw,
      'content_filter',
    ]),
    ...['IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'].map((raw) => [raw, 'content_filter']),
    ...['LANGUAGE', 'OTHER', 'NO_IMAGE', 'FINISH_REASON_UNSPECIFIED', 'A_NEW_ONE'].map((raw) => [raw, 'other']),
  ])('that ends in %s ends in %s', (finishReasonRaw, finishReason) => {
    expect(read(chunk(text('Hello'), finishReasonRaw))).toMatchObject({ finishReason, finishReasonRaw });
  });

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'])(
    'F23: that ends in %s is the fault of the model, tried once more, and what it used is told',
    (providerCode) => {
      const told: AnswerEvent[] = [];
      const decoder = codec.decodeStream();
      const frame = chunk(null, providerCode, usage(21, { thoughtsTokenCount: 7 }));
      const error = thrownBy(() => decoder.frame(frame, (event) => told.push(event)));
      expect(error).toMatchObject({
        code: 'provider_rejected_answer',
        rule: { retry: 'once' },
        detail: { providerCode },
      });
      expect(told.at(-1)).toMatchObject({ type: 'usage-told', usage: { inputTokens: 21, outputTokens: 7 } });
    },
  );

  it('F23: whose prompt was blocked is filtered, whatever else came', () => {
    const blocked = { event: null, data: '{"promptFeedback":{"blockReason":"SAFETY"}}' };
    const filtered = { parts: [], finishReason: 'content_filter', finishReasonRaw: 'SAFETY' };
    expect(read(blocked)).toMatchObject(filtered);
    expect(read(blocked, chunk(text('Hello'), 'STOP'))).toMatchObject(filtered);
    const unspecified = { event: null, data: '{"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}}' };
    expect(read(unspecified, chunk(text('Hello'), 'STOP'))).toMatchObject({ finishReason: 'stop' });
  });

  it('F23: is no answer when it claims to be whole and holds nothing', () => {
    for (const empty of [chunk(null, 'STOP'), chunk([], 'STOP'), chunk(null, 'OTHER')]) {
      expect(thrownBy(() => read(empty))).toMatchObject({ code: 'provider_bad_reply' });
    }
    expect(read(chunk(null, 'MAX_TOKENS'))).toMatchObject({ parts: [], finishReason: 'length' });
    expect(read(chunk(text(''), 'STOP'))).toMatchObject({ parts: [], finishReason: 'stop' });
  });

  it.each([
    ['the prompt alone', { promptTokenCount: 5 }, [5, null, null, null]],
    [
      'the prompt and a total that says that nothing was written',
      { promptTokenCount: 5, totalTokenCount: 5 },
      [5, null, 0, null],
    ],
    ['text alone', { promptTokenCount: 5, candidatesTokenCount: 3 }, [5, null, 3, null]],
    ['thoughts alone', { promptTokenCount: 5, thoughtsTokenCount: 4 }, [5, null, 4, 4]],
    ['text and thoughts', { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 4 }, [5, null, 7, 4]],
    ['a cache', { promptTokenCount: 5, cachedContentTokenCount: 2, candidatesTokenCount: 3 }, [5, 2, 3, null]],
    [
      'tools of the server',
      { promptTokenCount: 5, toolUsePromptTokenCount: 20, candidatesTokenCount: 3 },
      [25, null, 3, null],
    ],
    [
      'tools of the server, and no prompt',
      { toolUsePromptTokenCount: 20, candidatesTokenCount: 3 },
      [null, null, 3, null],
    ],
    ['no prompt', { candidatesTokenCount: 3, thoughtsTokenCount: 4 }, [null, null, 7, 4]],
    ['a total less than its prompt', { promptTokenCount: 5, totalTokenCount: 4 }, [5, null, null, null]],
    ['figures that are none', { promptTokenCount: -1, candidatesTokenCount: 1.5 }, null],
    ['something else', { trafficType: 'ON_DEMAND' }, null],
  ] as const)('that tells %s is counted so, and nothing is invented', (_what, usageMetadata, told) => {
    const [inputTokens, cacheReadTokens, outputTokens, reasoningTokens] = told ?? [];
    const wanted = told && { inputTokens, cacheReadTokens, cacheWriteTokens: null, outputTokens, reasoningTokens };
    expect(read(chunk(text('a'), 'STOP', { usageMetadata })).usage).toEqual(wanted);
  });

  it('tells its usage when its answer is done: the figures before may lack thoughts that are billed', () => {
    const frames = [
      chunk(text('a'), undefined, usage(44, { totalTokenCount: 44 })),
      chunk(text('b'), undefined, usage(44, { candidatesTokenCount: 2, totalTokenCount: 46 })),
    ];
    const cut: AnswerEvent[] = [];
    const decoder = codec.decodeStream();
    for (const frame of frames) decoder.frame(frame, (event) => cut.push(event));
    expect(thrownBy(() => decoder.end((event) => cut.push(event)))).toMatchObject({ code: 'stream_broken' });
    expect(cut.map(({ type }) => type)).toEqual(['answer-start', 'text-delta', 'text-delta']);
    const final = usage(44, { candidatesTokenCount: 2, thoughtsTokenCount: 9 });
    const whole = eventsOf(codec, [...frames, chunk(null, 'STOP', final), chunk(null, undefined, final)]);
    expect(grammarFault(whole)).toBeNull();
    expect(whole.filter(({ type }) => type === 'usage-told')).toMatchObject([{ usage: { outputTokens: 11 } }]);
    expect(answerOf(whole).usage?.outputTokens).toBe(11);
  });

  it('keeps figures that a later chunk without any does not repeat', () => {
    const later = { usageMetadata: { trafficType: 'ON_DEMAND' } };
    const answer = read(chunk(text('a'), 'STOP', usage(5, { candidatesTokenCount: 1 })), chunk(null, undefined, later));
    expect(answer).toMatchObject({ usage: { inputTokens: 5 }, providerMetadata: { trafficType: 'ON_DEMAND' } });
  });

  it('gives every call an id of its own, whatever ids the vendor gave', () => {
    const idsOf = (...ids: (string | undefined)[]) => {
      const calls = ids.map((id) => ({ functionCall: { id, name: 'f' } }));
      const events = eventsOf(codec, [chunk(calls, 'STOP')]);
      expect(grammarFault(events)).toBeNull();
      return answerOf(events).parts.map((part) => (part.type === 'tool-call' ? part.toolCallId : part));
    };
    expect(idsOf('a', 'b')).toEqual(['a', 'b']);
    expect(idsOf('a', 'a', 'a')).toEqual(['a', 'a_1', 'a_2']);
    expect(idsOf(undefined, undefined, '')).toEqual(['call_r1_0', 'call_r1_1', 'call_r1_2']);
  });

  it('closes thoughts before anything else, and keeps signed ones apart', () => {
    const thoughts = [
      { text: 'hm', thought: true },
      { text: 'so', thought: true, thoughtSignature: 'sigA' },
    ];
    const frames = [chunk(thoughts), chunk([{ text: 'oh', thought: true }, { functionCall: { name: 'f' } }], 'STOP')];
    const events = eventsOf(codec, frames);
    expect(grammarFault(events)).toBeNull();
    expect(answerOf(events).parts).toMatchObject([
      { type: 'reasoning', text: 'hmso', providerData: { google: { thought_signature: 'sigA' } } },
      { type: 'reasoning', text: 'oh' },
      { type: 'tool-call', name: 'f', argumentsText: '{}' },
    ]);
  });

  it('is one answer, also from a server that sends several', () => {
    const second = {
      event: null,
      data: '{"candidates":[{"index":1,"content":{"parts":[{"text":"other"}]},"finishReason":"MAX_TOKENS"}]}',
    };
    expect(read(chunk(text('one')), second, chunk(null, 'STOP'), second)).toMatchObject({
      parts: [{ type: 'text', text: 'one' }],
      finishReason: 'stop',
    });
  });

  it.each([
    ['a picture', { inlineData: { mimeType: 'image/png', data: '' } }],
    ['a file', { fileData: { fileUri: 'https://x.example' } }],
    ['a call of the server', { toolCall: { toolType: 'GOOGLE_SEARCH' } }],
    ['something new', { hologram: {} }],
    ['no part at all', 'text'],
  ])('that holds %s is refused: without it the answer would be a short one', (_what, part) => {
    const frame = {
      event: null,
      data: JSON.stringify({ candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }] }),
    };
    expect(thrownBy(() => read(frame))).toMatchObject({ code: 'provider_bad_reply' });
  });

  it('whose arguments are nested beyond measure is refused', () => {
    const deep = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}]},"finishReason":"STOP"}]}`;
    expect(thrownBy(() => read({ event: null, data: deep }))).toMatchObject({ code: 'provider_bad_reply' });
  });
});

describe('a whole answer of Gemini', () => {
  it.each([
    ['an error', { error: { code: 503, message: 'x', status: 'UNAVAILABLE' } }, 'provider_overloaded'],
    ['an error in words', { error: 'over capacity' }, 'provider_bad_reply'],
    ['no answer', {}, 'provider_bad_reply'],
    ['a list', [], 'provider_bad_reply'],
    ['no candidate', { candidates: [] }, 'provider_bad_reply'],
    ['a candidate of nothing', { candidates: [{ finishReason: 'STOP' }] }, 'provider_bad_reply'],
    [
      'what the model got wrong',
      { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] },
      'provider_rejected_answer',
    ],
  ])('that is %s is no success', (_what, body, code) => {
    expect(thrownBy(() => codec.decode(body, {}))).toMatchObject({ code });
  });

  it('without a finish reason says so', () => {
    const answer = codec.decode({ candidates: [{ content: { parts: [{ text: 'Hello' }] } }] }, {});
    expect(answer).toMatchObject({ finishReason: 'other', providerMetadata: { missing_finish_reason: 1 } });
  });
});

describe('what Gemini rejects', () => {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'tools[0].name' }] },
  ];
  const rejected = (message: string, more = {}) =>
    codec.decodeError(replyOf(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT', ...more } }));

  it('is told with the field that it dislikes and its word, and none of its sentence', () => {
    const error = rejected('you wrote AIza_secret', { details });
    expect(error.detail).toEqual({ providerStatus: 400, providerCode: 'INVALID_ARGUMENT', param: 'tools[0].name' });
    expect(error.message).toBe(
      'Gemini rejected the request (status 400, INVALID_ARGUMENT); it dislikes "tools[0].name"',
    );
    expect(rejected('no', { status: 'Not a word' }).detail).toEqual({ providerStatus: 400 });
  });

  it('is an error also where its word is one of our own language', () => {
    for (const status of ['constructor', '__proto__', 'toString']) {
      expect(rejected('no', { status })).toMatchObject({ code: 'provider_rejected' });
    }
  });
});

describe('the form of a Gemini key', () => {
  it('is checked without repeating the key', () => {
    for (const right of ['AIzaSyA-0123456789_abcdefghijklmnopqrstu', 'AQ.Ab8RN6K-0123456789']) {
      expect(geminiKeyProblem(right)).toBeNull();
    }
    for (const wrong of ['', CANARY_KEY, 'sk-proj-abc', 'AIza with space', 'AIza\nbreak', 'AIza_žluť']) {
      const problem = geminiKeyProblem(wrong);
      expect(problem).not.toBeNull();
      if (wrong !== '') expect(problem).not.toContain(wrong);
    }
    expect(geminiKeyProblem(CANARY_KEY, 'https://proxy.example')).toBeNull();
  });
});

describe('the models of Gemini', () => {
  it('each stand once, and what answers for a retired one is among them', () => {
    const names = GEMINI_MODELS.map(({ model }) => model);
    expect(new Set(names).size).toBe(names.length);
    for (const [shutDownOn, replacement, ...models] of RETIRED_GEMINI_MODELS) {
      expect(names).toContain(replacement);
      expect(models).not.toEqual([]);
      expect(shutDownOn).toMatch(/^202\d-\d\d-\d\d$/);
    }
    const replacements = RETIRED_GEMINI_MODELS.map(([, replacement]) => replacement);
    const retired = new Set(RETIRED_GEMINI_MODELS.flatMap(([, , ...models]) => models));
    expect(replacements.filter((model) => retired.has(model))).toEqual([]);
  });
});
