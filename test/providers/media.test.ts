// Pictures, documents and sound in every vendor's words, in what a user says and in what a tool returned; and what a vendor has no
// words for is refused, with the field and what to do. The shapes are those of the vendors' docs and of recorded requests.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { LLMProvider } from '../../src/core/provider.ts';
import type { FilePart, FittedRequest, ImagePart, Message, UserPart } from '../../src/core/request.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { createCompatible } from '../../src/providers/compatible.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAi } from '../../src/providers/openai.ts';
import { codecOf, thrownBy } from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';

const PNG = 'iVBORw0KGgo=';
const PDF = 'JVBERi0xLjc=';
const imageData: ImagePart = { type: 'image', url: `data:image/png;base64,${PNG}` };
const imageAddress: ImagePart = { type: 'image', url: 'https://example.org/a.png' };
const pdfData: FilePart = {
  type: 'file',
  mediaType: 'application/pdf',
  url: `data:application/pdf;base64,${PDF}`,
  filename: 'a.pdf',
};
const pdfAddress: FilePart = { type: 'file', mediaType: 'application/pdf', url: 'https://example.org/a.pdf' };
const sound: UserPart = { type: 'audio', format: 'mp3', data: '//uQ' };
const words: UserPart = { type: 'text', text: 'Look:' };

const apiKey = 'key';
const openai = createOpenAi({ apiKey });
const responses = createOpenAi({ apiKey, api: 'responses' });
const anthropic = createAnthropic({ apiKey, outputLimitOf: () => 1_000 });
const gemini = createGemini({ apiKey });
const groq = createGroq({ apiKey });
const openrouter = createCompatible({ id: 'openrouter', preset: 'openrouter', apiKey, takes: ['pdf', 'audio'] });
const ollama = createCompatible({ id: 'ollama', preset: 'ollama' });

function bodyOf(provider: LLMProvider, messages: readonly Message[], model = 'model-1'): JsonObject {
  const request: FittedRequest = { ...EMPTY_REQUEST, messages, maxTokens: 100 };
  // As it goes over the wire.
  return JSON.parse(JSON.stringify(codecOf(provider).encode(request, model, false).body));
}

const said = (...content: UserPart[]): readonly Message[] => [{ role: 'user', content }];

describe('what a user says', () => {
  const chat = [
    { type: 'text', text: 'Look:' },
    { type: 'image_url', image_url: { url: imageData.url } },
    { type: 'image_url', image_url: { url: imageAddress.url } },
  ];
  it.each([
    ['OpenAI', openai, [words, imageData, imageAddress], chat],
    ['Groq', groq, [words, imageData, imageAddress], chat],
    ['OpenAI', openai, [pdfData], [{ type: 'file', file: { filename: 'a.pdf', file_data: pdfData.url } }]],
    [
      'a server of OpenAI’s dialect',
      openrouter,
      [pdfAddress, sound],
      [
        { type: 'file', file: { filename: 'document.pdf', file_data: pdfAddress.url } },
        { type: 'input_audio', input_audio: { data: '//uQ', format: 'mp3' } },
      ],
    ],
  ] as const)('reaches %s by Chat Completions', (_who, provider, parts, content) => {
    expect(bodyOf(provider, said(...parts))['messages']).toEqual([{ role: 'user', content }]);
  });

  it('reaches OpenAI by Responses', () => {
    expect(bodyOf(responses, said(words, imageData, pdfData, pdfAddress))['input']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look:' },
          { type: 'input_image', image_url: imageData.url, detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: pdfData.url },
          { type: 'input_file', file_url: pdfAddress.url },
        ],
      },
    ]);
  });

  it('reaches Anthropic', () => {
    expect(bodyOf(anthropic, said(words, imageData, imageAddress, pdfData, pdfAddress))['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'image', source: { type: 'url', url: imageAddress.url } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF }, title: 'a.pdf' },
          { type: 'document', source: { type: 'url', url: pdfAddress.url } },
        ],
      },
    ]);
  });

  it('reaches Gemini', () => {
    expect(bodyOf(gemini, said(words, imageData, imageAddress, pdfData, pdfAddress, sound))['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { text: 'Look:' },
          { inlineData: { mimeType: 'image/png', data: PNG } },
          { fileData: { mimeType: 'image/png', fileUri: imageAddress.url } },
          { inlineData: { mimeType: 'application/pdf', data: PDF } },
          { fileData: { mimeType: 'application/pdf', fileUri: pdfAddress.url } },
          { inlineData: { mimeType: 'audio/mp3', data: '//uQ' } },
        ],
      },
    ]);
  });
});

describe('what a tool returned', () => {
  const call = (toolCallId: string): Message => ({
    role: 'assistant',
    content: [{ type: 'tool-call', toolCallId, name: 'look', argumentsText: '{}' }],
  });
  const returned = (...images: ImagePart[]): Message => ({
    role: 'tool',
    toolCallId: 'a',
    content: [{ type: 'text', text: 'Here:' }, ...images],
  });
  const inChat = (...images: ImagePart[]) => images.map(({ url }) => ({ type: 'image_url', image_url: { url } }));

  it('reaches those who take text alone as a message behind all results of the answer', () => {
    const two: Message = {
      role: 'assistant',
      content: [
        { type: 'tool-call', toolCallId: 'a', name: 'look', argumentsText: '{}' },
        { type: 'tool-call', toolCallId: 'b', name: 'look', argumentsText: '{}' },
      ],
    };
    const bare: Message = { role: 'tool', toolCallId: 'b', content: [imageAddress] };
    for (const provider of [openai, groq]) {
      expect(bodyOf(provider, [two, returned(imageData), bare, ...said(words)])['messages']).toEqual([
        expect.objectContaining({ role: 'assistant' }),
        { role: 'tool', tool_call_id: 'a', content: 'Here:' },
        { role: 'tool', tool_call_id: 'b', content: 'The result is the image that follows.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What the call a returned:' },
            ...inChat(imageData),
            { type: 'text', text: 'What the call b returned:' },
            ...inChat(imageAddress),
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Look:' }] },
      ]);
    }
  });

  it('stands within the result by Responses', () => {
    expect(bodyOf(responses, [call('a'), returned(imageData)])['input']).toEqual([
      expect.objectContaining({ type: 'function_call' }),
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [
          { type: 'input_text', text: 'Here:' },
          { type: 'input_image', image_url: imageData.url, detail: 'auto' },
        ],
      },
    ]);
  });

  it('stands within the result for Anthropic, and beside it where the tool failed', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
    const contentOf = (result: Message) => bodyOf(anthropic, [call('a'), result])['messages'];
    const result = { type: 'tool_result', tool_use_id: 'a' };
    expect(contentOf(returned(imageData))).toMatchObject([
      {},
      { role: 'user', content: [{ ...result, content: [{ type: 'text', text: 'Here:' }, image] }] },
    ]);
    const failed: Message = { role: 'tool', toolCallId: 'a', isError: true, content: [words, imageData] };
    expect(contentOf(failed)).toMatchObject([
      {},
      { role: 'user', content: [{ ...result, content: 'Look:', is_error: true }, image] },
    ]);
  });

  it('stands within the result for Gemini since generation 3, as data, and behind it before', () => {
    const parts = [{ inlineData: { mimeType: 'image/png', data: PNG } }];
    const response = { id: 'a', name: 'look', response: { output: 'Here:' } };
    const contentsOf = (model: string, image: ImagePart) =>
      bodyOf(gemini, [call('a'), returned(image)], model)['contents'];
    expect(contentsOf('gemini-3.8-flash', imageData)).toMatchObject([
      { role: 'model' },
      { role: 'user', parts: [{ functionResponse: { ...response, parts } }] },
    ]);
    const behind = (part: object) => [
      expect.objectContaining({ role: 'model' }),
      { role: 'user', parts: [{ functionResponse: response }] },
      { role: 'user', parts: [{ text: 'What the call a returned:' }, part] },
    ];
    expect(contentsOf('gemini-2.5-flash', imageData)).toEqual(behind(parts[0] ?? {}));
    const fileData = { mimeType: 'image/png', fileUri: imageAddress.url };
    expect(contentsOf('gemini-3.8-flash', imageAddress)).toEqual(behind({ fileData }));
  });
});

describe('what a vendor has no words for', () => {
  const noAddress: ImagePart = { type: 'image', url: 'https://example.org/picture' };
  const gif: ImagePart = { type: 'image', url: 'data:image/gif;base64,R0lGODlh' };
  it.each<[string, LLMProvider, UserPart, RegExp]>([
    ['a document behind an address, by Chat Completions', openai, pdfAddress, /send the PDF as a data: URL/],
    ['sound, by Responses', responses, sound, /takes no audio by the Responses API/],
    ['sound, for Anthropic', anthropic, sound, /send its transcript/],
    ['a picture of a kind that nobody tells, for Gemini', gemini, noAddress, /of what kind a picture is/],
    ['a GIF, for Gemini', gemini, gif, /reads no GIF/],
    ['a picture behind an address, for Ollama', ollama, imageAddress, /send them as data: URLs/],
    ['a document, where its operator does not say that a server takes it', ollama, pdfData, /takes: \[pdf\]/],
    ['sound, where its operator does not say that a server takes it', ollama, sound, /takes: \[audio\]/],
  ])('is refused: %s', (_what, provider, part, message) => {
    const error = thrownBy(() => bodyOf(provider, said(part)));
    const detail = { param: 'messages', provider: provider.id };
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message), detail });
  });

  it('but for what would have to be data is told to whoever may fetch it', () => {
    const needs = (provider: LLMProvider, part: ImagePart | FilePart) => codecOf(provider).needsBytes?.(part) === true;
    const wanted: readonly [LLMProvider, ImagePart | FilePart][] = [
      [openai, pdfAddress],
      [groq, pdfAddress],
      [ollama, imageAddress],
      [ollama, pdfAddress],
      [gemini, noAddress],
    ];
    const taken: readonly [LLMProvider, ImagePart | FilePart][] = [
      [openai, imageAddress],
      [openai, pdfData],
      [groq, imageAddress],
      [ollama, imageData],
      [openrouter, pdfAddress],
      [responses, pdfAddress],
      [anthropic, pdfAddress],
      [anthropic, imageAddress],
      [gemini, pdfAddress],
      [gemini, imageAddress],
      [gemini, gif],
    ];
    expect(wanted.map(([provider, part]) => needs(provider, part))).toEqual(wanted.map(() => true));
    expect(taken.map(([provider, part]) => needs(provider, part))).toEqual(taken.map(() => false));
  });
});
