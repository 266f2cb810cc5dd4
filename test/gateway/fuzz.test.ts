// Whatever bytes come in, the process stays, each request has one answer with the envelope, and the next honest request is served.
// The cases are seeded; the long run has a million of them.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromCount, fromMessages } from '../../src/gateway/anthropic-request.ts';
import { parseBody } from '../../src/gateway/body.ts';
import { fromNative, nativeRequest } from '../../src/gateway/native-wire.ts';
import { fromChat } from '../../src/gateway/openai-request.ts';
import { fromResponses } from '../../src/gateway/responses-request.ts';
import { LLMError } from '../../src/index.ts';
import { failureIn } from './failures.ts';
import { sendRaw } from './raw-http.ts';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const CASES = process.env['LONG'] === '1' ? 1_000_000 : 10_000;
const SEED = 20_261_122;

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway({ env: { LLM_FALLBACK_PROVIDER: 'none' } });
});
afterAll(() => running.close());

const FIELDS = [
  'messages',
  'role',
  'content',
  'stream',
  'model',
  'tools',
  'function',
  'max_tokens',
  'stop',
  'tags',
  'metadata',
  'user',
  'response_format',
  'type',
  'n',
  'max_tokens',
  'system',
  'thinking',
  'tool_choice',
  'output_config',
  'input',
  'instructions',
  'text',
  'include',
  'reasoning',
  '__proto__',
  'constructor',
];
const BLOCK_FIELDS = [
  'text',
  'file',
  'input_audio',
  'image_url',
  'title',
  'citations',
  'source',
  'content',
  'tool_use_id',
  'id',
  'name',
  'input',
  'thinking',
  'signature',
  'data',
];
const ITEM_FIELDS = [
  'id',
  'content',
  'call_id',
  'name',
  'arguments',
  'output',
  'summary',
  'encrypted_content',
  'status',
];
const sealedText = fc
  .oneof(fc.json({ maxDepth: 4 }), fc.string())
  .map((text) => `cm1:${Buffer.from(text).toString('base64url')}`);
const jsonText = fc.oneof(
  fc.json({ maxDepth: 6 }),
  fc
    .dictionary(fc.constantFrom(...FIELDS), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 })
    .map((value) => JSON.stringify(value)),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(asks('x', { tools: value }))),
  // Blocks of each kind, with anything in their fields.
  fc
    .tuple(
      fc.constantFrom(
        ...['text', 'image', 'document', 'file', 'input_audio', 'image_url', 'tool_result', 'tool_use', 'thinking'],
        ...['redacted_thinking', 'odd'],
      ),
      fc.dictionary(fc.constantFrom(...BLOCK_FIELDS), fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 3 }), sealedText)),
      fc.constantFrom('user', 'assistant'),
    )
    .map(([type, fields, role]) =>
      JSON.stringify({ max_tokens: 9, messages: [{ role, content: [{ ...fields, type }] }] }),
    ),
  fc
    .tuple(
      fc.constantFrom('message', 'function_call', 'function_call_output', 'reasoning', 'item_reference', undefined),
      fc.dictionary(fc.constantFrom(...ITEM_FIELDS), fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 3 }), sealedText)),
      fc.constantFrom('user', 'assistant', 'system', undefined),
    )
    .map(([type, fields, role]) => JSON.stringify({ input: [{ ...fields, type, role }] })),
  fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.stringify({ messages: [value, { role: 'assistant', tool_calls: value }] })),
);
/** JSON that was damaged somewhere: cut, doubled, or with other bytes in it. */
const body = fc.oneof(
  jsonText.map((text) => Buffer.from(text)),
  fc.tuple(jsonText, fc.nat(), fc.uint8Array({ maxLength: 6 })).map(([text, at, bytes]) => {
    const whole = Buffer.from(text);
    const cut = at % (whole.length + 1);
    return Buffer.concat([whole.subarray(0, cut), bytes, whole.subarray(cut + (at % 3))]);
  }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

describe('any body (S40)', () => {
  it(`is read or refused with a code, ${CASES} times`, () => {
    fc.assert(
      fc.property(body, (bytes) => {
        const outcome = attempt(() => parseBody(bytes));
        if (outcome.isRead) expect(outcome.value).toEqual(JSON.parse(bytes.toString()));
        const value = outcome.isRead ? outcome.value : null;
        const native = nativeRequest.safeParse(structuredClone(value));
        if (native.success) attempt(() => fromNative(native.data, undefined));
        attempt(() => fromChat(structuredClone(value), {}, undefined));
        attempt(() => fromMessages(structuredClone(value), {}, undefined));
        attempt(() => fromCount(structuredClone(value)));
        attempt(() => fromResponses(structuredClone(value), {}, undefined));
      }),
      { numRuns: CASES, seed: SEED },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('that is read is read as JSON.parse would', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const outcome = attempt(() => parseBody(Buffer.from(text)));
        expect(outcome).toEqual(isPoisoned(text) ? outcome : { isRead: true, value: JSON.parse(text) });
      }),
      { numRuns: CASES / 10, seed: SEED },
    );
  });
});

function isPoisoned(text: string): boolean {
  return /"__proto__":|"constructor":/.test(text.replace(/": /g, '":'));
}

/** What is thrown has to be one of our errors: anything else would be told as `internal`. */
function attempt<T>(action: () => T): { readonly isRead: true; readonly value: T } | { readonly isRead: false } {
  try {
    return { isRead: true, value: action() };
  } catch (error) {
    expect(error).toBeInstanceOf(LLMError);
    return { isRead: false };
  }
}

const REQUESTS = process.env['LONG'] === '1' ? 50_000 : 2_000;
const headerText = fc.string({ unit: 'binary', maxLength: 20 });
const header = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'Host',
        'Content-Type',
        'Content-Length',
        'Transfer-Encoding',
        'Authorization',
        'Cache-Control',
        'Expect',
        'Origin',
        'Connection',
        'X-User-Id',
        'Upgrade',
      ),
      headerText,
    )
    .map(([name, value]) => `${name}: ${value}`),
  fc.tuple(headerText, headerText).map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Encoding: gzip',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
  ),
);
const line = fc.oneof(
  fc.constantFrom(
    `POST ${COMPLETION} HTTP/1.1`,
    `POST ${CHAT} HTTP/1.1`,
    'POST /v1/messages HTTP/1.1',
    'POST /v1/responses HTTP/1.1',
    'GET /v1/models HTTP/1.1',
    'GET / HTTP/1.0',
  ),
  headerText.map((text) => `GET /${text} HTTP/1.1`),
  headerText,
);

describe('any request (S40)', () => {
  it(`has at most one answer, and a whole one, ${REQUESTS} times`, async () => {
    await fc.assert(
      fc.asyncProperty(line, fc.array(header, { maxLength: 6 }), body, async (first, headers, bytes) => {
        const head = `${[first, 'Host: localhost', `Content-Length: ${bytes.length}`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;
        const reply = await sendRaw(running.port, [Buffer.from(head, 'latin1'), bytes, Buffer.from('\r\n')], {
          endAfter: true,
        }).catch(() => null);
        // Bytes that are no request at all may be met with silence; what is answered is answered in full.
        if (reply === null || reply.status < 400) return;
        expect(reply.status).not.toBe(500);
        const { requestId } = failureIn(JSON.parse(reply.body));
        expect(reply.headers.get('x-request-id')).toBe(requestId);
      }),
      { numRuns: REQUESTS, seed: SEED },
    );
    expect((await running.post(COMPLETION, asks('still there?'))).status).toBe(200);
    expect(running.lines.filter(({ event }) => event === 'gateway_failure')).toEqual([]);
  });
});
