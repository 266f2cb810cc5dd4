// What may come in from outside and is refused, row by row of the bad-input matrix as far as it concerns this version: the right
// status and code, the envelope whole, a request id, and advice not to try again.

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeAnswerShape } from '../../src/gateway/reply-schemas.ts';
import type { ErrorCode } from '../../src/index.ts';
import { failureIn } from './failures.ts';
import { asks, CHAT, COMPLETION, MODEL, type RunningGateway, startGateway } from './start.ts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

interface Case {
  readonly row: string;
  readonly what: string;
  readonly path?: string;
  readonly method?: string;
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly status: number;
  readonly code: ErrorCode;
  readonly param?: string | null;
}

const MESSAGES = '/v1/messages';
const json = JSON.stringify;
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const keys = (count: number, name = (n: number) => `k${n}`) =>
  `{${Array.from({ length: count }, (_, n) => `"${name(n)}":1`).join(',')}}`;
const tool = (parameters: object) => ({ type: 'function', function: { name: 'f', parameters } });
const withField = (field: string, value: unknown) => json(asks('hi', { max_tokens: 9, [field]: value }));
const withMessage = (message: unknown) => json({ messages: [message] });
const elements = (count: number, element = '0') => `[${Array(count).fill(element).join(',')}]`;
const rawField = (text: string) => `{"messages":[{"role":"user","content":"hi"}],${text}}`;

/** State as a dialect seals it, nested deeper than any body may be. */
const sealedDeep = Buffer.from(`{"a":${nested(100)}}`).toString('base64url');

const refused = { status: 400, code: 'invalid_request' } as const;
const unknown = { status: 400, code: 'unknown_parameter' } as const;
const media = { status: 415, code: 'unsupported_media_type' } as const;
const encoding = { status: 400, code: 'invalid_encoding' } as const;

const CASES: readonly Case[] = [
  ...['role', 'tenant_id', 'budget', 'allowed_routes', 'tenant'].flatMap((field) =>
    [COMPLETION, CHAT, MESSAGES, '/v1/responses'].map((path) => ({
      row: 'B13',
      what: `${field} to ${path}`,
      path,
      body: withField(field, 'admin'),
      ...unknown,
      param: field,
    })),
  ),
  { row: 'B15', what: 'a wrong path', path: '/v1/nothing', body: '{}', status: 404, code: 'not_found' },
  { row: 'B15', what: 'a wrong method', path: COMPLETION, method: 'GET', status: 405, code: 'method_not_allowed' },
  {
    row: 'B15',
    what: 'a wrong method of a path with a name',
    path: '/api/v1/llm/usage/a',
    method: 'DELETE',
    status: 405,
    code: 'method_not_allowed',
  },
  {
    row: 'B17',
    what: 'a body above 8 MiB',
    body: ' '.repeat(8 * 1024 * 1024 + 1),
    status: 413,
    code: 'request_too_large',
  },
  {
    row: 'B20',
    what: 'a compressed body',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(json(asks('hi'))),
    ...media,
  },
  { row: 'B21', what: 'no content type', type: null, body: Buffer.from(json(asks('hi'))), ...media },
  ...[
    'text/plain',
    'application/json\ta',
    'application/json garbage',
    'application/jsonx',
    'application/json,text/plain',
    'application/json; x',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    ';application/json',
    'application/json;;',
  ].map((type) => ({
    row: 'B21',
    what: `content type "${type}"`,
    type,
    body: json(asks('hi', { unknown: 1 })),
    ...media,
  })),
  {
    row: 'B21',
    what: 'a strange spelling never skips the schema',
    type: 'Application/JSON; Charset="UTF-8"',
    body: withField('nonsense', 1),
    ...unknown,
    param: 'nonsense',
  },
  { row: 'B22', what: 'charset utf-16', type: 'application/json; charset=utf-16', body: json(asks('hi')), ...encoding },
  { row: 'B22', what: 'a byte order mark', body: `\ufeff${json(asks('hi'))}`, ...encoding },
  { row: 'B22', what: 'invalid UTF-8', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]), ...encoding },
  ...['', 'null', '[]', '"x"', '123', 'true'].map((body) => ({
    row: 'B23',
    what: `the body ${body || '(empty)'}`,
    body,
    ...refused,
  })),
  ...[
    '{"messages":[',
    '{"messages":[],}',
    '{"messages":NaN}',
    '{"messages":[]/**/}',
    "{'messages':[]}",
    '{"messages":[]}x',
  ].map((body) => ({
    row: 'B24',
    what: body,
    body,
    ...refused,
    param: null,
  })),
  ...['{"__proto__":{"x":1}}', '{"\\u005f_proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}'].flatMap(
    (poison) => [
      { row: 'B26', what: `${poison} as the body`, body: poison, ...refused },
      { row: 'B26', what: `${poison} in tags`, body: rawField(`"tags":${poison}`), ...refused },
      { row: 'B26', what: `${poison} in metadata`, path: CHAT, body: rawField(`"metadata":${poison}`), ...refused },
      {
        row: 'B26',
        what: `${poison} in a tool's schema`,
        body: rawField(`"tools":[{"type":"function","function":{"name":"f","parameters":${poison}}}]`),
        ...refused,
      },
    ],
  ),
  { row: 'B27', what: 'depth 65', body: nested(65), status: 400, code: 'too_deep' },
  { row: 'B27', what: 'depth 1,001', body: nested(1_001), status: 400, code: 'too_deep' },
  {
    row: 'B27',
    what: 'depth 100,000 in a field',
    body: rawField(`"tags":${nested(100_000)}`),
    status: 400,
    code: 'too_deep',
  },
  { row: 'B28', what: '100,000 keys', body: keys(100_000), ...refused },
  { row: 'B28', what: '100,000 integer-like keys', body: keys(100_000, (n) => String(n * 65_536)), ...refused },
  { row: 'B28', what: '2,001 keys', body: keys(2_001), ...refused },
  {
    row: 'B28',
    what: '40,000 keys spread over objects',
    body: `[${Array.from({ length: 20_000 }, () => '{"a":1,"b":2}').join(',')}]`,
    ...refused,
  },
  ...[
    ['messages', `{"messages":${elements(4_000_000)}}`],
    ['parts', `{"messages":[{"role":"user","content":${elements(4_000_000)}}]}`],
    ['stops', rawField(`"stop":${elements(4_000_000)}`)],
    ['nothing at all', rawField(`"tools":${elements(2_500_000, '[]')}`)],
  ].flatMap(([what = '', body = '']) =>
    [COMPLETION, CHAT, MESSAGES, '/v1/responses'].map((path) => ({
      row: 'B28',
      what: `8 MiB of ${what} to ${path}`,
      path,
      body,
      ...refused,
      param: null,
    })),
  ),
  {
    row: 'B28',
    what: '20,001 elements spread over arrays',
    path: CHAT,
    body: rawField(`"a":${elements(10_000)},"b":${elements(10_000)}`),
    ...refused,
    param: null,
  },
  ...['"10"', '1.5', '-1', '0', '9007199254740993', '1e999', 'null', 'true', '[10]'].map((value) => ({
    row: 'B29',
    what: `max_tokens: ${value}`,
    body: rawField(`"max_tokens":${value}`),
    ...refused,
    param: 'max_tokens',
  })),
  {
    row: 'B33',
    what: '9,000 messages',
    body: json({ messages: Array.from({ length: 9_000 }, () => ({ role: 'user', content: 'x' })) }),
    status: 400,
    code: 'too_many_messages',
    param: 'messages',
  },
  {
    row: 'B34',
    what: 'a message above 1 MiB',
    body: json(asks('x'.repeat(1_048_577))),
    status: 413,
    code: 'request_too_large',
    param: 'messages[0].content',
  },
  {
    row: 'B35',
    what: 'more than the model holds',
    body: json(asks('word '.repeat(200_000))),
    status: 400,
    code: 'context_length_exceeded',
  },
  { row: 'B41', what: 'no messages', body: '{}', ...refused, param: 'messages' },
  {
    row: 'B41',
    what: 'no messages to the dialect',
    path: CHAT,
    body: json({ model: MODEL }),
    ...refused,
    param: 'messages',
  },
  ...[[], 'x', {}, null, 1].map((messages) => ({
    row: 'B41',
    what: `messages: ${json(messages)}`,
    body: json({ messages }),
    ...refused,
    param: 'messages',
  })),
  ...['admin', 'System', 'function', '', 1].map((role) => ({
    row: 'B42',
    what: `role ${json(role)}`,
    body: withMessage({ role, content: 'x' }),
    ...refused,
    param: 'messages[0].role',
  })),
  {
    row: 'B43',
    what: 'content null',
    body: withMessage({ role: 'user', content: null }),
    ...refused,
    param: 'messages[0].content',
  },
  {
    row: 'B43',
    what: 'content of numbers',
    body: withMessage({ role: 'user', content: 5 }),
    ...refused,
    param: 'messages[0].content',
  },
  {
    row: 'B43',
    what: 'an unknown part',
    body: withMessage({ role: 'user', content: [{ type: 'video', url: 'x' }] }),
    ...refused,
    param: 'messages[0].content[0].type',
  },
  ...[
    'file:///etc/passwd',
    'http://169.254.169.254/latest',
    'http://example.org/x.png',
    'data:text/html;base64,AA',
    'data:image/svg+xml;base64,AAAA',
    'data:image/png;base64,A A=',
    'data:image/png;base64,',
    'data:image/png,AAAA',
    // A character less than a body may have; not four more would make it base64.
    `data:image/png;base64,${'A'.repeat(8_380_001)}`,
    'https://user:canary0secret@example.org/x.png',
    `https://example.org/${'x'.repeat(9_000)}`,
    'javascript:1',
    '//host/x',
    '',
  ].map((url) => ({
    row: 'B43',
    what: `an image at ${url.slice(0, 60)}`,
    body: withMessage({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }),
    ...refused,
    param: 'messages[0].content[0].image_url.url',
  })),
  ...[
    { type: 'file', file: { file_id: 'file-1' } },
    { type: 'file', file: { file_data: 'file:///etc/passwd' } },
    { type: 'file', file: { file_data: 'http://169.254.169.254/latest' } },
    { type: 'file', file: { file_data: 'data:image/png;base64,AAAA' } },
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AAA' } },
    { type: 'file', file: {} },
    { type: 'input_audio', input_audio: { data: 'https://example.org/a.wav', format: 'wav' } },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'exe' } },
    { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
  ].map((part) => ({
    row: 'B43',
    what: `a part ${json(part).slice(0, 70)}`,
    body: withMessage({ role: 'user', content: [part] }),
    ...refused,
  })),
  ...['no-such-model', 'groq/../secret', 'ореnai/gpt-oss-120b', 'x'.repeat(10_240), ''].flatMap((model) =>
    [COMPLETION, CHAT, MESSAGES].map((path) => ({
      row: 'B44',
      what: `model ${model.slice(0, 20)}`,
      path,
      body: withField('model', model),
      status: 404,
      code: 'model_not_found' as const,
      param: 'model',
    })),
  ),
  { row: 'B45', what: 'temperature 3', body: withField('temperature', 3), ...refused, param: 'temperature' },
  { row: 'B45', what: 'temperature as text', body: withField('temperature', '1'), ...refused, param: 'temperature' },
  { row: 'B45', what: 'top_p -1', body: withField('top_p', -1), ...refused, param: 'top_p' },
  { row: 'B45', what: 'n 100', path: CHAT, body: withField('n', 100), ...refused, param: 'n' },
  {
    row: 'B45',
    what: '50 stops',
    body: withField(
      'stop',
      Array.from({ length: 50 }, () => 'x'),
    ),
    ...refused,
    param: 'stop',
  },
  { row: 'B45', what: 'logit_bias of 10⁵', path: CHAT, body: rawField(`"logit_bias":${keys(100_000)}`), ...refused },
  { row: 'B46', what: 'stream as text', body: withField('stream', 'true'), ...refused, param: 'stream' },
  {
    row: 'B46',
    what: 'stream as text to the dialect',
    path: CHAT,
    body: withField('stream', 'true'),
    ...refused,
    param: 'stream',
  },
  {
    row: 'B46',
    what: 'stream_options without stream',
    path: CHAT,
    body: withField('stream_options', { include_usage: true }),
    ...refused,
    param: 'stream_options',
  },
  {
    row: 'B49',
    what: '1,000 tools',
    body: withField(
      'tools',
      Array.from({ length: 1_000 }, (_, n) => ({ type: 'function', function: { name: `f${n}` } })),
    ),
    ...refused,
    param: 'tools',
  },
  {
    row: 'B49',
    what: 'a schema of 1 MiB',
    body: withField('tools', [
      { type: 'function', function: { name: 'f', parameters: { description: 'x'.repeat(1_048_576) } } },
    ]),
    ...refused,
    param: 'tools[0].function.parameters',
  },
  {
    row: 'B49',
    what: 'a bad tool name',
    body: withField('tools', [{ type: 'function', function: { name: 'a b' } }]),
    ...refused,
    param: 'tools[0].function.name',
  },
  {
    row: 'B50',
    what: 'a schema of no type',
    path: CHAT,
    body: withField('response_format', {
      type: 'json_schema',
      json_schema: { name: 'x', schema: { type: 'strange' } },
    }),
    ...refused,
    param: 'response_format.json_schema.schema',
  },
  {
    row: 'B50',
    what: 'a schema that is a list',
    body: withField('response_format', { type: 'json_schema', json_schema: { name: 'x', schema: [] } }),
    ...refused,
    param: 'response_format.json_schema.schema',
  },
  { row: 'B51', what: 'an unknown field', body: withField('temprature', 1), ...unknown, param: 'temprature' },
  {
    row: 'B51',
    what: 'an unknown field in a message',
    body: withMessage({ role: 'user', content: 'x', weight: 1 }),
    ...unknown,
    param: 'messages[0].weight',
  },
  {
    row: 'B51',
    what: 'an unknown field in a part',
    body: withMessage({ role: 'user', content: [{ type: 'text', text: 'x', cache_control: {} }] }),
    ...unknown,
    param: 'messages[0].content[0].cache_control',
  },
  ...['base_url', 'api_base', 'custom_host', 'api_key', 'extra_headers'].flatMap((field) =>
    [COMPLETION, CHAT, MESSAGES, '/v1/responses'].map((path) => ({
      row: 'B52',
      what: `${field} to ${path}`,
      path,
      body: withField(field, 'http://evil.example'),
      ...unknown,
      param: field,
    })),
  ),
  ...['x-base-url', 'api_base', 'custom-host'].map((name) => ({
    row: 'B52',
    what: `the header ${name}`,
    headers: { [name]: 'http://evil.example' },
    body: json(asks('hi')),
    ...unknown,
    param: name,
  })),
  {
    row: 'B57',
    what: 'metadata of 1,000 keys',
    path: CHAT,
    body: rawField(`"metadata":${keys(1_000).replaceAll(':1', ':"x"')}`),
    ...refused,
    param: 'metadata',
  },
  {
    row: 'B57',
    what: 'metadata of 1 MiB',
    path: CHAT,
    body: withField('metadata', { a: 'x'.repeat(1_048_576) }),
    ...refused,
    param: 'metadata.a',
  },
  {
    row: 'B57',
    what: '17 tags',
    body: rawField(`"tags":${keys(17).replaceAll(':1', ':"x"')}`),
    ...refused,
    param: 'tags',
  },
  ...['functions', 'function_call', 'audio', 'web_search_options'].map((field) => ({
    row: 'feature',
    what: field,
    path: CHAT,
    body: withField(field, { x: 1 }),
    ...refused,
    param: field,
  })),
  ...[`${MESSAGES}`, `${MESSAGES}/count_tokens`].flatMap((path) =>
    [
      ['messages', [{ role: 'user', content: null }]],
      ['messages', [{ role: 'tool', content: 'x' }]],
      ['messages', { role: 'user', content: 'x' }],
      [
        'messages',
        [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'file:///etc/passwd' } }] }],
      ],
      [
        'messages',
        [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'http://169.254.169.254/' } }] }],
      ],
      ['messages', [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'cm1:!' }] }]],
      ['messages', [{ role: 'assistant', content: [{ type: 'redacted_thinking', data: `cm1:${sealedDeep}` }] }]],
      ['system', [{ type: 'image' }]],
      ['tools', [{ name: 'f' }]],
      ['tools', [{ name: 'f', input_schema: [] }]],
      ['tool_choice', 'any'],
      ['tool_choice', { type: 'tool' }],
      ['thinking', { type: 'enabled' }],
    ].map(([field, value]) => ({
      row: 'B49',
      what: `${field} ${json(value).slice(0, 90)} to ${path}`,
      path,
      body: json(asks('hi', { max_tokens: 9, [String(field)]: value })),
      ...refused,
    })),
  ),
  { row: 'feature', what: 'logprobs', path: CHAT, body: withField('logprobs', true), ...refused, param: 'logprobs' },
  ...[
    'limit=-1',
    'limit=0',
    'limit=101',
    'limit=1e9',
    'limit=0x10',
    'limit=',
    'limit=1&limit=2',
    'from=%25%25%25',
    'from=%25%25%25%25&format=csv',
    "from=';--",
    'group_by=user',
    'group_by=%25%25%25%25',
    'group_by=%27',
    'group_by=day%27;--',
    'group_by=tag:',
    'cursor=forged',
    'cursor=%27;--',
    'cursor=%25%25%25%25',
    `cursor=${'x'.repeat(4_000)}`,
    'format=xml',
    'format=csv&limit=5',
    'format=csv&cursor=x',
    'from=2026-01-02&to=2026-01-01',
    'x=1',
    'from=1&from=2',
  ].map((query) => ({
    row: 'B66',
    what: `usage?${query}`,
    path: `/api/v1/llm/usage/alice?${query}`,
    method: 'GET',
    status: 400,
    code: query === 'x=1' ? ('unknown_parameter' as const) : ('invalid_request' as const),
  })),
  ...['limit=-1', 'limit=1e9', 'cursor=forged', 'group_by=%27', 'from=%25%25%25%25', 'format=xml'].map((query) => ({
    row: 'B66',
    what: `a tenant's usage?${query}`,
    path: `/api/v1/admin/tenants/acme/usage?${query}`,
    method: 'GET',
    ...refused,
  })),
  ...[
    'limit=1e9',
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=',
    'limit=5&limit=6',
    'from=yesterday',
    `user_id=${'x'.repeat(300)}`,
    'tenant=%0a',
    'key_id=',
    'cursor=forged',
  ].map((query) => ({
    row: 'B66',
    what: `ledger?${query.slice(0, 20)}`,
    path: `/api/v1/admin/ledger?${query}`,
    method: 'GET',
    ...refused,
  })),
  {
    row: 'B56',
    what: 'a user id that forges a log line',
    body: withField('user_id', 'x\n{"level":"info"}'),
    ...refused,
    param: 'user_id',
  },
  {
    row: 'B56',
    what: 'a user id with an escape, to the dialect',
    path: CHAT,
    body: withField('user', '\u001b[31m'),
    ...refused,
    param: 'user',
  },
  { row: 'B16', what: 'a broken escape in the path', path: '/api/v1/llm/usage/%ZZ', method: 'GET', ...refused },
  {
    row: 'B16',
    what: 'a NUL in a name',
    path: '/api/v1/llm/limits/a%00b',
    method: 'GET',
    ...refused,
    param: 'user_id',
  },
  ...['//v1/models', '/v1//models', '/v1/models;x', '/v1/models.', '/v1%2fmodels'].map((path) => ({
    row: 'B16',
    what: path,
    path,
    method: 'GET',
    status: 404,
    code: 'not_found' as const,
  })),
];

describe('bad input (S19, S33, S37 among it)', () => {
  it.each(CASES)(
    '$row: $what gives $status $code',
    async ({
      path = COMPLETION,
      method = 'POST',
      type = 'application/json',
      headers = {},
      body,
      status,
      code,
      param,
    }) => {
      const asked = running.vendor.requests.length;
      const reply = await fetch(running.url + path, {
        method,
        headers: { ...(type !== null && method === 'POST' && { 'content-type': type }), ...headers },
        ...(body !== undefined && { body }),
      });
      const answer = await reply.json();
      const told = failureIn(answer);
      expect({ status: reply.status, code: told.code }, JSON.stringify(answer)).toEqual({ status, code });
      expect(told.requestId).toBe(reply.headers.get('x-request-id'));
      expect(told.requestId).toBe(reply.headers.get('request-id'));
      expect(reply.headers.get('x-should-retry')).toBe('false');
      if (param !== undefined) expect(told.param).toBe(param);
      expect(JSON.stringify(answer)).not.toMatch(/node_modules|\.ts:|\bat [A-Z]\w+\.|gsk_/);
      expect(running.vendor.requests.length).toBe(asked);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect('x' in {}).toBe(false);
    },
  );

  it('takes what is unusual and not wrong', async () => {
    const odd: [string, string][] = [
      ['a prompt about __proto__ and constructor', json(asks('What is "__proto__": and constructor.prototype?'))],
      [
        'a tool with a property named constructor',
        withField('tools', [
          {
            type: 'function',
            function: { name: 'race', parameters: { type: 'object', properties: { constructor: { type: 'string' } } } },
          },
        ]),
      ],
      ['a lone surrogate', '{"messages":[{"role":"user","content":"\\ud83d alone"}]}'],
      ['a NUL', '{"messages":[{"role":"user","content":"a\\u0000b"}]}'],
      ['bidi overrides and tags', json(asks('a\u202eb\u200b\u{e0041}'))],
      ['one word of 200,000 letters', json(asks('a'.repeat(200_000)))],
      ['random bytes as text', json(asks(randomBytes(2_000).toString('base64')))],
      [
        'a system message of parts',
        json({
          messages: [
            { role: 'system', content: [{ type: 'text', text: 'Be brief' }] },
            { role: 'user', content: 'hi' },
          ],
        }),
      ],
      ['a thousand parts', withMessage({ role: 'user', content: Array(1_000).fill({ type: 'text', text: 'a,b,c ' }) })],
      [
        '19,000 numbers and a text of 30,000 commas',
        json(asks(','.repeat(30_000), { tools: [tool({ enum: Array(19_000).fill(1) })] })),
      ],
      ['max_tokens 1e3', rawField('"max_tokens":1e3')],
    ];
    for (const [what, body] of odd) {
      const reply = await running.post(COMPLETION, body);
      expect([what, reply.status]).toEqual([what, 200]);
      await reply.text();
    }
    const sent = running.vendor.requests.map(({ body }) => JSON.stringify(body)).join('\n');
    expect(sent).toContain('\ufffd alone');
    expect(sent).toContain('a\ufffdb');
    expect(sent).not.toContain('\\u0000');
  });

  it('lets the last of two equal keys count, for the schema as for the vendor', async () => {
    const reply = await running.post(COMPLETION, rawField('"model":"no-such-model","model":"openai/gpt-oss-20b"'));
    expect(nativeAnswerShape.parse(await reply.json()).model).toBe('openai/gpt-oss-20b');
  });
});
