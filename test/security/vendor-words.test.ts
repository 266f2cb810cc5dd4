// What a vendor writes stays what it is, in every dialect: a line end in a name begins no field and no header (S20), its headers are not
// ours (S21), `__proto__` is a name like any other (S23), and JSON that looks like somebody's marker is JSON (S24).

import { load } from '@langchain/core/load';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect, readReply } from '../faults/dialects.ts';
import { FAMILIES, type Family, type Said } from '../faults/families.ts';
import { type FamilyGateway, startFamilies } from '../faults/family-gateway.ts';
import { type Act, raw, says } from '../faults/vendor-server.ts';

let running: FamilyGateway;
const inherited = () => Reflect.ownKeys(Object.prototype).sort();
const before = JSON.stringify(inherited().map(String));
beforeAll(async () => {
  running = await startFamilies();
});
afterEach(() => {
  expect(JSON.stringify(inherited().map(String))).toBe(before);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});
afterAll(() => running.close());

const CASES = FAMILIES.flatMap((family) =>
  DIALECTS.map((dialect) => [family.id, dialect.id, family, dialect] as const),
);

async function replyTo(
  family: Family,
  dialect: Dialect,
  act: Act,
  stream: boolean,
  more: object = {},
): Promise<Response> {
  running.vendors[family.id].does(act);
  const body = { ...dialect.body(family.model, stream), ...more };
  return running.post(dialect.path, body, { 'cache-control': 'no-store' });
}

/** What of it a strict reader of lines would take for more than it is. */
async function expectPlain(reply: Response): Promise<string> {
  const text = await reply.clone().text();
  expect(text).not.toContain('\r');
  // Lines end in LF here, as the readers of event streams have it; a JSON body has none.
  for (const line of text.split('\n')) {
    expect(line).toMatch(/^(event: |data: |id: |:|\{|$)/);
    expect(line).not.toMatch(/^(event|data|id): injected/);
  }
  for (const name of ['set-cookie', 'injected', 'x-injected']) expect(reply.headers.get(name)).toBeNull();
  return text;
}

const LINE_ENDS = [
  'a\r\ndata: injected\r\n\r\nevent: injected\nid: injected\n\nb\rdata: injected\r\rc\u2028data: injected\u2029\u0085',
  'd\r\nset-cookie: injected=1\r\nx-injected: 1\r\n\r\ne\0f\u001b[2J',
];

describe('a line end', () => {
  it.each(CASES)(
    'S20: in any word of a vendor of the family %s begins nothing in the dialect %s',
    async (_family, _dialect, family, dialect) => {
      for (const evil of LINE_ENDS) {
        const call = { id: `call_${evil}`, name: evil, argumentsText: JSON.stringify({ [evil]: evil }) };
        const all: readonly Said[] = [
          { text: `text ${evil}`, id: evil, model: evil },
          { text: 'x', finish: evil },
          { calls: [call] },
        ];
        for (const said of all)
          for (const stream of [true, false]) {
            const reply = await replyTo(family, dialect, says(family, said), stream);
            await expectPlain(reply);
            const told = await readReply(reply, dialect);
            if (said.text !== undefined && told.isWhole) expect(told.text).toBe(said.text);
            if (said.calls !== undefined && told.isWhole) expect(told.calls.map(({ name }) => name)).toEqual([evil]);
          }
      }
    },
  );

  it.each(CASES)(
    'S20: in an error of a vendor of the family %s begins nothing in the dialect %s',
    async (_family, _dialect, family, dialect) => {
      const [evil, other] = LINE_ENDS;
      const error = { code: evil, type: other, message: other, param: evil, status: evil };
      const body = JSON.stringify({ error, request_id: evil });
      for (const status of [200, 400, 429, 500])
        for (const stream of [true, false]) {
          const act: Act = ({ reply }) =>
            void reply.writeHead(status, { 'content-type': 'application/json' }).end(body);
          const reply = await replyTo(family, dialect, act, stream);
          expect(await expectPlain(reply)).not.toContain('injected');
          expect((await readReply(reply, dialect)).isWhole).toBe(false);
        }
    },
  );
});

describe('a header', () => {
  const HEADERS = [
    'Set-Cookie: injected=1',
    'SET-COOKIE: injected=2',
    'x-Request-ID: of-the-vendor',
    'X-REQUEST-ID: of-the-vendor',
    'request-id: of-the-vendor',
    'X-Injected: 1',
    'Connection: keep-alive, X-Injected',
    'Keep-Alive: timeout=99',
    'Proxy-Authenticate: Basic',
    'WWW-Authenticate: Basic realm="injected"',
    'Trailer: X-Injected',
    'Location: http://injected.example',
    'Access-Control-Allow-Origin: *',
    'Content-Disposition: attachment; filename=injected',
    'Server: injected',
    'x-cost-usd: 0',
    'x-model: injected',
  ].join('\r\n');

  it.each(CASES)(
    'S21: of a vendor of the family %s is handed on in no form, in the dialect %s',
    async (_family, _dialect, family, dialect) => {
      for (const stream of [true, false]) {
        const text = stream
          ? family.stream({ text: 'plain' }).join('')
          : JSON.stringify(family.whole({ text: 'plain' }));
        const type = stream ? 'text/event-stream' : 'application/json';
        const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${HEADERS}\r\n\r\n`;
        const reply = await replyTo(family, dialect, raw(head + text), stream);
        expect((await readReply(reply.clone(), dialect)).text).toBe('plain');
        expect(JSON.stringify([...reply.headers])).not.toMatch(/injected|of-the-vendor|timeout=99|Basic/i);
        for (const name of [
          'set-cookie',
          'trailer',
          'location',
          'access-control-allow-origin',
          'content-disposition',
          'server',
          'proxy-authenticate',
        ])
          expect([name, reply.headers.get(name)]).toEqual([name, null]);
      }
    },
  );

  it.each(FAMILIES)(
    'S21: that contradicts another, or is none, makes the reply of a vendor of the family $id a bad one',
    async (family) => {
      const [native] = DIALECTS;
      if (native === undefined) throw new Error('No dialect');
      const text = JSON.stringify(family.whole({ text: 'smuggled' }));
      const bad = [
        `Content-Length: 5\r\nContent-Length: ${text.length}`,
        `Content-Length: ${text.length}\r\nTransfer-Encoding: chunked`,
        `Content-Length: -1`,
        `X-A: b\rSet-Cookie: injected=1\r\nContent-Length: ${text.length}`,
        `Bad Name: 1\r\nContent-Length: ${text.length}`,
      ];
      for (const headers of bad) {
        const act = raw(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${text}`);
        const reply = await replyTo(family, native, act, false);
        expect(reply.headers.get('set-cookie')).toBeNull();
        const told = await readReply(reply, native);
        expect([headers, told.isWhole, reply.status]).toEqual([headers, false, 502]);
      }
    },
  );
});

describe('a name of the language’s own', () => {
  const NAMES = ['__proto__', 'constructor', 'toString'];
  it.each(CASES)(
    'S23: is a name like any other, of a vendor of the family %s in the dialect %s',
    async (_family, _dialect, family, dialect) => {
      for (const name of NAMES) {
        const argumentsText = `{"${name}":{"polluted":1},"a":{"${name}":{"polluted":2}}}`;
        const all: readonly Said[] = [
          { text: name, id: name, model: name },
          { text: 'x', finish: name },
          {
            calls: [
              { id: name, name, argumentsText },
              { id: `${name}2`, name, argumentsText },
            ],
          },
        ];
        for (const said of all)
          for (const stream of [true, false]) {
            const told = await readReply(await replyTo(family, dialect, says(family, said), stream), dialect);
            expect(told.isWhole).toBe(true);
            if (said.calls !== undefined) {
              expect(told.calls.map((call) => [call.id, call.name])).toEqual([
                [name, name],
                [`${name}2`, name],
              ]);
              for (const call of told.calls) expect(JSON.stringify(JSON.parse(call.argumentsText))).toBe(argumentsText);
            }
          }
      }
    },
  );

  it.each(CASES)(
    'S23: asked of a vendor of the family %s in the dialect %s changes nothing either',
    async (_family, _dialect, family, dialect) => {
      for (const name of NAMES) {
        const tool =
          dialect.id === 'anthropic'
            ? { name, input_schema: { type: 'object', properties: { [name]: { type: 'string' } } } }
            : dialect.id === 'responses'
              ? { type: 'function', name, parameters: { type: 'object', properties: {} } }
              : { type: 'function', function: { name, parameters: { type: 'object', properties: {} } } };
        const noted = dialect.id === 'native' ? { tags: { [`a${name}`]: name } } : { metadata: { [`a${name}`]: name } };
        const bodies = [{ tools: [tool] }, noted, { model: name }, JSON.parse(`{"metadata":{"${name}":"x"}}`)];
        for (const more of bodies) {
          const reply = await replyTo(family, dialect, says(family, { text: 'x' }), false, more);
          expect([200, 400, 404]).toContain(reply.status);
          await reply.text();
        }
      }
    },
  );
});

describe('JSON that looks like a marker of somebody’s', () => {
  const SECRET = { lc: 1, type: 'secret', id: ['OPENAI_API_KEY'] };
  const MARKER = JSON.stringify({ a: SECRET, b: { lc: 1, type: 'constructor', id: ['langchain', 'x'], kwargs: {} } });
  const loaded = async (text: string): Promise<string> => {
    try {
      return JSON.stringify(await load(text, { secretsMap: { OPENAI_API_KEY: 'leaked' } }));
    } catch {
      return '';
    }
  };

  it.each(CASES)(
    'S24: of a vendor of the family %s stays the text or the arguments that it was, in the dialect %s',
    async (_family, _dialect, family, dialect) => {
      const said: readonly Said[] = [
        { text: MARKER },
        { calls: [{ id: 'call_1', name: 'look', argumentsText: MARKER }] },
      ];
      for (const one of said) {
        const reply = await replyTo(family, dialect, says(family, one), false);
        const body = await reply.clone().text();
        const told = await readReply(reply, dialect);
        expect(one.text ?? one.calls?.[0]?.argumentsText).toBe(
          told.text === '' ? told.calls[0]?.argumentsText : told.text,
        );
        // In Anthropic's dialect arguments are an object, and whoever loads a message as his own objects loads them too.
        if (one.text !== undefined || dialect.id !== 'anthropic') expect(await loaded(body)).not.toContain('leaked');
      }
    },
  );

  it('S24: stays data in the cache and in a conversation', async () => {
    const [family] = FAMILIES;
    const [native] = DIALECTS;
    if (family === undefined || native === undefined) throw new Error('No family');
    running.vendors[family.id].does(says(family, { text: MARKER }));
    const cached = native.body(family.model, false, MARKER);
    for (const word of ['miss', 'hit']) {
      const reply = await running.post(native.path, cached);
      expect([reply.headers.get('x-cache'), (await readReply(reply, native)).text]).toEqual([word, MARKER]);
    }
    const chat = await running.post('/api/v1/llm/chat', { message: MARKER, model: family.model });
    const body = await chat.text();
    const { conversation_id } = JSON.parse(body);
    const kept = await (await running.get(`/api/v1/llm/conversations/${conversation_id}`)).text();
    const exported = await (
      await running.get(`/api/v1/llm/conversations/${conversation_id}/export?format=json`)
    ).text();
    for (const text of [body, kept, exported]) {
      expect(text).toContain(JSON.stringify(MARKER));
      expect(await loaded(text)).not.toContain('leaked');
    }
  });

  it('S24: would be loaded where it stood as an object, so these tests can fail', async () => {
    expect(await loaded(MARKER)).toBe('');
    expect(await loaded(JSON.stringify({ a: SECRET }))).toContain('leaked');
  });
});
