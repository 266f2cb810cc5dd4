// What may be sent beside text, for callers of the library: the gateway refuses the same by the same words.

import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../src/core/check.ts';
import { LLMError } from '../../src/core/errors.ts';
import { MEDIA_LIMITS } from '../../src/core/media.ts';
import { type LLMRequest, textOf } from '../../src/core/request.ts';

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const PDF = 'data:application/pdf;base64,JVBERi0xLjc=';
const mebibytes = (count: number) => 'A'.repeat((count * 1_048_576 * 4) / 3 - (((count * 1_048_576 * 4) / 3) % 4));

function refusalOf(request: unknown): LLMError {
  try {
    // What a caller without a compiler sends.
    Reflect.apply(checkRequest, undefined, [request]);
  } catch (error) {
    if (error instanceof LLMError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

const said = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const image = (url: unknown) => said({ type: 'text', text: 'Look:' }, { type: 'image', url });
const file = (more: object) => said({ type: 'file', mediaType: 'application/pdf', url: PDF, ...more });
const audio = (more: object) => said({ type: 'audio', format: 'wav', data: 'UklGRg==', ...more });

describe('media in a request', () => {
  it('is taken as it was sent, in what a user says and in what a tool returned', () => {
    const request: LLMRequest = {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look\ud800:' },
            { type: 'image', url: PNG, detail: 'low' },
            { type: 'image', url: 'https://example.org/a.png?b=c' },
            { type: 'file', mediaType: 'application/pdf', url: PDF, filename: 'Über\ud800.pdf' },
            { type: 'file', mediaType: 'application/pdf', url: 'HTTPS://example.org/a' },
            { type: 'audio', format: 'mp3', data: '//uQ' },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'a', name: 'look', argumentsText: '{}' }] },
        {
          role: 'tool',
          toolCallId: 'a',
          content: [
            { type: 'text', text: 'A\u0000 tree' },
            { type: 'image', url: PNG },
          ],
        },
      ],
    };
    const { messages } = checkRequest(request);
    const clean = JSON.stringify(request.messages).replaceAll('\\ud800', '\ufffd').replaceAll('\\u0000', '\ufffd');
    expect(messages).toEqual(JSON.parse(clean));
    expect(messages.map(textOf)).toEqual(['Look\ufffd:', 'look{}', 'A\ufffd tree']);
  });

  it.each<[string, object, string]>([
    ['http', image('http://example.org/a.png'), 'messages[0].content[1].url'],
    ['a file', image('file:///etc/passwd'), 'messages[0].content[1].url'],
    ['metadata of a cloud', image('http://169.254.169.254/latest'), 'messages[0].content[1].url'],
    ['a password', image('https://a:canary0secret@example.org/a.png'), 'messages[0].content[1].url'],
    ['no text', image(5), 'messages[0].content[1].url'],
    ['no URL', image('https://'), 'messages[0].content[1].url'],
    ['a URL without slashes', image('https:example.org'), 'messages[0].content[1].url'],
    ['a long URL', image(`https://example.org/${'x'.repeat(9_000)}`), 'messages[0].content[1].url'],
    ['a page', image('data:text/html;base64,AAAA'), 'messages[0].content[1].url'],
    ['a drawing that can hold scripts', image('data:image/svg+xml;base64,AAAA'), 'messages[0].content[1].url'],
    ['a PDF as a picture', image(PDF), 'messages[0].content[1].url'],
    ['no base64', image('data:image/png;base64,A-_A'), 'messages[0].content[1].url'],
    ['base64 with padding in the middle', image('data:image/png;base64,AA==AAAA'), 'messages[0].content[1].url'],
    ['padding alone', image('data:image/png;base64,===='), 'messages[0].content[1].url'],
    ['base64 that was cut', image('data:image/png;base64,AAAAA'), 'messages[0].content[1].url'],
    ['base64 in lines', image('data:image/png;base64,AAAA\nAAAA'), 'messages[0].content[1].url'],
    ['10 MiB', image(`data:image/png;base64,${mebibytes(10)}`), 'messages[0].content[1].url'],
    ['a document of another type', file({ mediaType: 'text/html' }), 'messages[0].content[0].mediaType'],
    ['a picture as a document', file({ url: PNG }), 'messages[0].content[0].url'],
    ['a name with a line break', file({ filename: 'a\r\nb.pdf' }), 'messages[0].content[0].filename'],
    ['no name', file({ filename: '' }), 'messages[0].content[0].filename'],
    ['sound in a format of nobody’s', audio({ format: 'toString' }), 'messages[0].content[0].format'],
    ['sound behind an address', audio({ data: 'https://example.org/a.wav' }), 'messages[0].content[0].data'],
    ['no sound', audio({ data: '' }), 'messages[0].content[0].data'],
    ['a part that nobody knows', said({ type: 'video', url: PNG }), 'messages[0].content[0].type'],
    [
      'a document that a tool returned',
      {
        messages: [
          { role: 'tool', toolCallId: 'a', content: [{ type: 'file', mediaType: 'application/pdf', url: PDF }] },
        ],
      },
      'messages[0].content[0].type',
    ],
    ['parts that are none', { messages: [{ role: 'user', content: ['x', null] }] }, 'messages[0]'],
    ['a list from the system', { messages: [{ role: 'system', content: [] }] }, 'messages[0]'],
    ['101 pictures', said(...Array.from({ length: 101 }, () => ({ type: 'image', url: PNG }))), 'messages'],
    [
      'too much together',
      said(...Array.from({ length: 4 }, () => ({ type: 'image', url: `data:image/png;base64,${mebibytes(5)}` }))),
      'messages',
    ],
  ])('B43: is refused with its field: %s', (_what, request, param) => {
    const error = refusalOf(request);
    expect([error.code, error.status, error.param]).toEqual(['invalid_request', 400, param]);
    expect(error.message).not.toContain('canary0secret');
    expect(error.message.length).toBeLessThan(300);
  });

  it('may be as large as the largest body of the gateway', () => {
    const url = `data:image/png;base64,${'A'.repeat((MEDIA_LIMITS.partBytes * 4) / 3)}`;
    expect(checkRequest({ messages: [{ role: 'user', content: [{ type: 'image', url }] }] }).messages).toHaveLength(1);
    expect(refusalOf(image(`${url}AAAA`)).message).toContain('larger than');
  });
});
