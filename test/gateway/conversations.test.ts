// Conversations over HTTP: as an application has them, with keys of several people.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type SignedIn, startSignedIn, type Who } from './signed-in.ts';
import { eventsIn, until } from './start.ts';

const CHAT = '/api/v1/llm/chat';
const CONVERSATIONS = '/api/v1/llm/conversations';

const chatReply = z.looseObject({ conversation_id: z.string(), conversation_version: z.number(), content: z.string() });
const toolReply = chatReply.extend({ tool_calls: z.array(z.looseObject({ id: z.string() })) });
const errorReply = z.object({ error: z.looseObject({ code: z.string(), param: z.string().nullable() }) });
const listReply = z.object({
  conversations: z.array(z.looseObject({ id: z.string(), title: z.string() })),
  next_cursor: z.string().nullable(),
});
const readReply = z.looseObject({
  messages: z.array(z.looseObject({ position: z.number(), role: z.string(), content: z.unknown() })),
  next_cursor: z.string().nullable(),
});

let here: SignedIn;
beforeAll(async () => {
  here = await startSignedIn();
});
afterAll(() => here.running.close());

function call(method: string, path: string, who: Who = 'user', body?: unknown): Promise<Response> {
  return fetch(here.running.url + path, {
    method,
    headers: { ...here.headers(who), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function say(message: string, more: object = {}, who: Who = 'user') {
  return chatReply.parse(await (await call('POST', CHAT, who, { message, cache: 'off', ...more })).json());
}

async function refusal(reply: Response | Promise<Response>) {
  const answered = await reply;
  const { error } = errorReply.parse(await answered.json());
  return { status: answered.status, code: error.code, param: error.param };
}

async function read(id: string, query = '', who: Who = 'user') {
  return readReply.parse(await (await call('GET', `${CONVERSATIONS}/${id}${query}`, who)).json());
}

const NOT_FOUND = { status: 404, code: 'not_found' };

describe('a conversation over HTTP', () => {
  it('is begun, goes on, and is told back with what each answer cost', async () => {
    here.running.vendor.next({ says: { text: 'A loop repeats.' } }, { says: { text: 'Yes.' } });
    const first = await call('POST', CHAT, 'user', { message: 'What is a loop?', system_prompt: 'Be brief.' });
    const begun = chatReply.parse(await first.json());
    expect(first.headers.get('x-conversation-id')).toBe(begun.conversation_id);
    expect(begun).toMatchObject({ content: 'A loop repeats.', conversation_version: 1, finish_reason: 'stop' });
    const next = await say('Really?', { conversation_id: begun.conversation_id, conversation_version: 1 });
    expect(next).toMatchObject({ conversation_id: begun.conversation_id, conversation_version: 2 });
    expect(here.running.vendor.requests.at(-1)?.body['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is a loop?' },
      { role: 'assistant', content: 'A loop repeats.' },
      { role: 'user', content: 'Really?' },
    ]);
    const reply = await call('GET', `${CONVERSATIONS}/${begun.conversation_id}`);
    expect(await reply.json()).toEqual({
      id: begun.conversation_id,
      user_id: 'alice',
      title: 'What is a loop?',
      system_prompt: 'Be brief.',
      model: null,
      version: 2,
      message_count: 4,
      answering: false,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      messages: [
        {
          position: 1,
          created_at: expect.any(String),
          request_id: begun['id'],
          role: 'user',
          content: 'What is a loop?',
        },
        {
          position: 2,
          created_at: expect.any(String),
          request_id: begun['id'],
          role: 'assistant',
          content: 'A loop repeats.',
          reasoning: null,
          tool_calls: [],
          finish_reason: 'stop',
          partial: false,
          code: null,
          provider: 'groq',
          model: 'openai/gpt-oss-120b',
          generation_id: begun['generation_id'],
          prompt_tokens: begun['prompt_tokens'],
          completion_tokens: begun['completion_tokens'],
          usage_source: 'provider',
          cost_usd: begun['cost_usd'],
          cached: false,
        },
        expect.objectContaining({ position: 3, content: 'Really?' }),
        expect.objectContaining({ position: 4, content: 'Yes.' }),
      ],
      next_cursor: null,
    });
  });

  it('streams the same events as a completion, and tells first and last where it is kept', async () => {
    here.running.vendor.next({ says: { text: 'one two' } });
    const reply = await call('POST', CHAT, 'user', { message: 'Count.', stream: true, cache: 'off' });
    const events = eventsIn(await reply.text());
    const place = { conversation_id: reply.headers.get('x-conversation-id') };
    expect(events.map(({ event }) => event)).toEqual(['response-start', 'text-delta', 'text-delta', 'response-end']);
    expect(events.map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
    expect(JSON.parse(events[0]?.data ?? '')).toMatchObject(place);
    expect(JSON.parse(events[3]?.data ?? '')).toMatchObject({
      ...place,
      conversation_version: 1,
      finish_reason: 'stop',
    });
    // Whoever has heard the last event can go on at once.
    expect(await say('And?', place)).toMatchObject({ conversation_version: 2 });
  });

  it('keeps what was delivered of a stream that broke, and says so where it is told', async () => {
    here.running.vendor.next({ says: { text: 'one two three four' }, fault: { kind: 'no-done', afterEvents: 4 } });
    const reply = await call('POST', CHAT, 'user', { message: 'Count.', stream: true, cache: 'off' });
    const events = eventsIn(await reply.text());
    const conversation_id = reply.headers.get('x-conversation-id') ?? '';
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({
      error: { code: 'stream_broken' },
      conversation_id,
    });
    const delivered = events
      .filter(({ event }) => event === 'text-delta')
      .map(({ data }) => JSON.parse(data).text)
      .join('');
    expect(delivered).not.toBe('');
    const [, answer] = (await read(conversation_id)).messages;
    expect(answer).toMatchObject({
      content: delivered,
      finish_reason: 'broken',
      partial: true,
      code: 'stream_broken',
      prompt_tokens: null,
    });
  });

  it('keeps what was delivered to a client that left; its next message need not wait', async () => {
    here.running.vendor.next({ says: { text: 'one two three' }, fault: { kind: 'stall-events', afterEvents: 3 } });
    const client = new AbortController();
    const reply = await fetch(here.running.url + CHAT, {
      method: 'POST',
      headers: { ...here.headers('user'), 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Count.', stream: true, cache: 'off' }),
      signal: client.signal,
    });
    const id = reply.headers.get('x-conversation-id') ?? '';
    await reply.body?.getReader().read();
    client.abort();
    // The answer has a grace, in which he may come back for the rest; he says the next thing instead.
    let next = await call('POST', CHAT, 'user', { message: 'Stop.', conversation_id: id });
    await until(async () => {
      if (next.status === 409) next = await call('POST', CHAT, 'user', { message: 'Stop.', conversation_id: id });
      return next.status === 200;
    }, 'the server to have seen him leave');
    const { messages } = await read(id);
    expect(messages[1]).toMatchObject({ finish_reason: 'cancelled', partial: true });
    expect(messages).toHaveLength(4);
  });

  it('takes the results of tools for a message', async () => {
    const tools = [{ type: 'function', function: { name: 'look' } }];
    here.running.vendor.next(
      { says: { toolCalls: [{ name: 'look', argumentsText: '{}' }] } },
      { says: { text: 'Rain.' } },
    );
    const asked = toolReply.parse(await (await call('POST', CHAT, 'user', { message: 'The weather?', tools })).json());
    const [tool_call_id] = asked.tool_calls.map(({ id }) => id);
    const tool_results = [{ tool_call_id, content: 'rain' }];
    const { conversation_id } = asked;
    expect(await (await call('POST', CHAT, 'user', { conversation_id, tool_results, tools })).json()).toMatchObject({
      content: 'Rain.',
    });
    expect((await read(conversation_id)).messages.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'tool', 'assistant'],
    ]);
    const again = await refusal(call('POST', CHAT, 'user', { conversation_id, tool_results }));
    expect(again).toEqual({ status: 400, code: 'invalid_request', param: 'tool_results' });
  });

  it('two tabs: the one that comes second is 409, before anybody is asked', async () => {
    const { conversation_id } = await say('Hello.');
    const { promise, resolve } = Promise.withResolvers<void>();
    here.running.vendor.next({ says: { text: 'slow' }, heldUntil: promise });
    const before = here.running.vendor.requests.length;
    const first = call('POST', CHAT, 'user', { message: 'one', conversation_id, cache: 'off' });
    await until(() => here.running.vendor.requests.length > before, 'the first tab to ask');
    const second = { message: 'two', conversation_id };
    const changed = { status: 409, code: 'conversation_changed', param: 'conversation_id' };
    expect(await refusal(call('POST', CHAT, 'user', second))).toEqual(changed);
    resolve();
    expect((await first).status).toBe(200);
    expect(await refusal(call('POST', CHAT, 'user', { ...second, conversation_version: 1 }))).toEqual(changed);
    expect(here.running.vendor.requests.length).toBe(before + 1);
  });

  it('is renamed, exported, and deleted with all that was said in it', async () => {
    here.running.vendor.next({ says: { text: 'Use `for`:\n\n```python\nfor x in y:' } });
    const { conversation_id: id } = await say('# Loops\n\n~~~\nopen');
    const path = `${CONVERSATIONS}/${id}`;
    const renamed = await (await call('PATCH', path, 'user', { title: '  My\nloops  ' })).json();
    expect(renamed).toMatchObject({ id, title: 'My loops', version: 1 });
    for (const title of ['', ' ', 'x'.repeat(201), 5, undefined])
      expect(await refusal(call('PATCH', path, 'user', { title }))).toMatchObject({ status: 400, param: 'title' });
    expect(await refusal(call('PATCH', path, 'user', { title: 'x', version: 1 }))).toMatchObject({
      code: 'unknown_parameter',
    });

    const json = await call('GET', `${path}/export`);
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json.headers.get('content-disposition')).toBe('attachment; filename="conversation.json"');
    const { next_cursor, ...whole } = await read(id);
    expect(await json.json()).toEqual(whole);
    const markdown = await call('GET', `${path}/export?format=markdown`);
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect((await markdown.text()).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'THEN')).toBe(
      [
        '# My loops',
        `THEN · ${id}`,
        '## User · THEN',
        '# Loops\n\n~~~\nopen\n~~~',
        '## Assistant · openai/gpt-oss-120b · THEN',
        'Use `for`:\n\n```python\nfor x in y:\n```\n',
      ].join('\n\n'),
    );
    expect(await refusal(call('GET', `${path}/export?format=pdf`))).toMatchObject({ status: 400, param: 'format' });

    expect(await (await call('DELETE', path)).json()).toEqual({ id, deleted: true });
    for (const [method, route, body] of [
      ['GET', path],
      ['GET', `${path}/export`],
      ['PATCH', path, { title: 'x' }],
      ['DELETE', path],
      ['POST', CHAT, { message: 'Still there?', conversation_id: id }],
    ] as const)
      expect(await refusal(call(method, route, 'user', body))).toMatchObject(NOT_FOUND);
  });
});

describe('whose conversations they are', () => {
  it('B12, S38: another user’s, and another tenant’s, look as if there were none', async () => {
    const { conversation_id: id } = await say('Mine.');
    const asked = here.running.vendor.requests.length;
    const path = `${CONVERSATIONS}/${id}`;
    for (const who of ['neighbour', 'foreign user', 'foreign server', 'server'] as const) {
      for (const [method, route, body] of [
        ['GET', path],
        ['GET', `${path}/export`],
        ['GET', `${path}/export?format=markdown`],
        ['PATCH', path, { title: 'x' }],
        ['DELETE', path],
        ['POST', CHAT, { message: 'Mine?', conversation_id: id }],
      ] as const) {
        const theirs = await refusal(call(method, route, who, body));
        const unknown = route.replace(id, 'conv_unknown');
        const other = body !== undefined && 'message' in body ? { ...body, conversation_id: 'conv_unknown' } : body;
        expect({ who, method, route, ...theirs }).toMatchObject({ who, method, route, ...NOT_FOUND });
        expect(theirs).toEqual(await refusal(call(method, unknown, who, other)));
      }
      const list = listReply.parse(await (await call('GET', CONVERSATIONS, who)).json());
      expect(list.conversations.map((each) => each.id)).not.toContain(id);
    }
    expect(here.running.vendor.requests.length).toBe(asked);
    expect((await read(id)).messages).toHaveLength(2);
  });

  it('a server and an admin have those of the user that they name, in their own tenant; a user has its own alone', async () => {
    const { conversation_id: id } = await say('Of carol.', { user_id: 'carol' }, 'server');
    const path = `${CONVERSATIONS}/${id}`;
    for (const who of ['server', 'admin'] as const) {
      expect((await read(id, '?user_id=carol', who)).messages).toHaveLength(2);
      expect(await refusal(call('GET', path, who))).toMatchObject(NOT_FOUND);
      const list = listReply.parse(await (await call('GET', `${CONVERSATIONS}?user_id=carol`, who)).json());
      expect(list.conversations.map((each) => each.id)).toEqual([id]);
    }
    for (const who of ['user', 'foreign server', 'foreign user'] as const)
      expect(await refusal(call('GET', `${path}?user_id=carol`, who))).toMatchObject(NOT_FOUND);
    expect(await refusal(call('POST', CHAT, 'user', { message: 'x', user_id: 'carol' }))).toMatchObject({
      status: 403,
    });
    expect((await call('PATCH', `${path}?user_id=carol`, 'server', { title: 'Named' })).status).toBe(200);
    expect((await call('DELETE', `${path}?user_id=carol`, 'admin')).status).toBe(200);
  });
});

describe('lists of conversations', () => {
  it('go from the newest activity to the oldest, in pages', async () => {
    const who = { user_id: 'lister' };
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) ids.push((await say(text, who, 'server')).conversation_id);
    await say('1 again', { ...who, conversation_id: ids[0] }, 'server');
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = `?user_id=lister&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = listReply.parse(await (await call('GET', CONVERSATIONS + query, 'server')).json());
      expect(page.conversations.length).toBeLessThanOrEqual(2);
      seen.push(...page.conversations.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([ids[0], ids[2], ids[1]]);
    const page = await read(ids[0] ?? '', '?user_id=lister&limit=3', 'server');
    expect(page.messages.map(({ position }) => position)).toEqual([1, 2, 3]);
    const rest = await read(ids[0] ?? '', `?user_id=lister&cursor=${page.next_cursor}`, 'server');
    expect(rest).toMatchObject({ messages: [{ position: 4 }], next_cursor: null });
  });

  it.each([
    ...['limit=-1', 'limit=0', 'limit=1e9', 'limit=101', 'limit=', 'limit=1&limit=2', 'cursor=', `cursor=%27;--`],
    ...['cursor=%25%25%25%25', `cursor=${'x'.repeat(5_000)}`, 'user_id=', 'user_id=%00', 'page=2', 'tenant=other'],
  ])('B66: refuse %s by name', async (query) => {
    const { status, param } = await refusal(call('GET', `${CONVERSATIONS}?${query}`));
    expect({ status, param }).toEqual({ status: 400, param: query.split('=')[0] });
  });

  it('B66: are empty from a cursor that nobody gave, and take no sign for a pattern', async () => {
    await say('Something.');
    for (const query of ['?cursor=forged', '?cursor=OTk5OTk5OTk5OTk5OTk5OTk6Y29udl8x']) {
      const reply = await call('GET', CONVERSATIONS + query);
      const page = listReply.parse(await reply.json());
      expect(page.next_cursor).toBeNull();
      if (query === '?cursor=forged') expect(page.conversations).toEqual([]);
    }
    for (const name of ['%', '_____', "' OR 1=1 --", 'alic%'])
      expect(
        await (await call('GET', `${CONVERSATIONS}?user_id=${encodeURIComponent(name)}`, 'server')).json(),
      ).toEqual({
        conversations: [],
        next_cursor: null,
      });
    for (const id of ['%25', 'conv_%25', "'%20OR%201=1--", '..', '%00', 'é'])
      expect([400, 404]).toContain((await call('GET', `${CONVERSATIONS}/${id}`)).status);
  });
});

describe('a chat that is refused', () => {
  it.each([
    ['an unknown field', { message: 'x', messages: [] }, 'messages'],
    ['no message', {}, 'message'],
    ['a message of another type', { message: { text: 'x' } }, 'message'],
    ['a part that there is not', { message: [{ type: 'video', url: 'x' }] }, 'message'],
    ['an image from here', { message: [{ type: 'image_url', image_url: { url: 'http://127.0.0.1/' } }] }, 'message'],
    [
      'a version as text',
      { message: 'x', conversation_id: 'conv_1', conversation_version: '1' },
      'conversation_version',
    ],
    ['a version of none', { message: 'x', conversation_version: 1 }, 'conversation_version'],
    ['a result without its call', { tool_results: [{ content: 'x' }] }, 'tool_results'],
  ])('says which field it was: %s', async (_what, body, param) => {
    const refused = await refusal(call('POST', CHAT, 'user', body));
    expect(refused.status).toBe(400);
    expect(refused.param).toMatch(new RegExp(`^${param}`));
  });

  it('B64, B65: by a limit says so as a completion does, and leaves nothing', async () => {
    const { running, headers } = await startSignedIn({ env: { GROQ_RATE_LIMIT_RPM: '1' } });
    try {
      const ask = () => running.post(CHAT, { message: 'hi', cache: 'off' }, headers('user'));
      expect((await ask()).status).toBe(200);
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(refused.headers.get('ratelimit-remaining')).toBe('0');
      expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited', limit: { remaining: 0 } } });
      const { conversations } = listReply.parse(await (await running.get(CONVERSATIONS, headers('user'))).json());
      expect(conversations).toHaveLength(1);
    } finally {
      await running.close();
    }
  });
});
