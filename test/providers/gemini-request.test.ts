// Requests to Gemini: what is sent, what is left out with a warning, what is refused, and how an answer goes back in the next turn.

import { describe, expect, it } from 'vitest';
import { GEMINI_MODELS } from '../../src/catalog/gemini-models.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { AnswerPart, FittedRequest, Message } from '../../src/core/request.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { CANARY_KEY, codecOf, FULL_REQUEST, SCHEMA_REQUEST, thrownBy } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const FLASH = 'gemini-3.5-flash';

const OLDER = 'gemini-2.5-flash';

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
      store: true,
    };
    const providerOptions = { gemini: { generationConfig, ...more } };
    expect(bodyOf({ providerOptions })).toEqual(bodyOf({}));
    expect(warningsOf({ providerOptions })).toHaveLength(8);
    expect(bodyOf({ providerOptions: { gemini: { store: false } } })).toEqual({ ...bodyOf({}), store: false });
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
