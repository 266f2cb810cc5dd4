// Conversations whose server dies or is not alone: what was delivered is kept, and a turn whose process has died holds nobody up.

import { afterEach, expect, it } from 'vitest';
import * as z from 'zod';
import { Folder, vendorEnv, withVendor } from '../cli/command.ts';
import { type RunningGateway, startGateway, until } from '../gateway/start.ts';
import { describeWithPostgres, usePostgres } from '../servers/postgres.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { PEPPER } from './gateways.ts';

const CHAT = '/api/v1/llm/chat';
const CONVERSATIONS = '/api/v1/llm/conversations';
const LONG = 'word '.repeat(200);

const readReply = z.looseObject({
  answering: z.boolean(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string() })),
});

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url + CHAT, { method: 'POST', headers, body: JSON.stringify({ ...body, cache: 'off' }) });
}

async function read(url: string, id: string) {
  return readReply.parse(await (await fetch(`${url}${CONVERSATIONS}/${id}`)).json());
}

/** Its text, as it comes; the connection breaks when the server does. */
async function deliveredOf(reply: Response): Promise<string> {
  let received = '';
  const decoder = new TextDecoder();
  try {
    for await (const bytes of reply.body ?? []) received += decoder.decode(bytes, { stream: true });
  } catch {
    // The server was killed under it.
  }
  return [...received.matchAll(/"type":"text-delta","text":("[^"]*")/g)]
    .map(([, text = '""']) => JSON.parse(text))
    .join('');
}

it('a server that is killed in the middle of an answer leaves what was delivered a second ago, marked as broken', async () => {
  await using vendor = await withVendor(startGroqMock);
  await using folder = new Folder(vendorEnv(vendor.url));
  const first = await folder.serve();
  vendor.next({ says: { text: 'Hi.' } }, { says: { text: LONG }, eventEveryMs: 20 }, { says: { text: 'Fine.' } });
  const { conversation_id } = z
    .looseObject({ conversation_id: z.string() })
    .parse(await (await post(first.url, { message: 'Hello.' })).json());
  const reply = await post(first.url, { message: 'Say much.', conversation_id, stream: true });
  const delivered = deliveredOf(reply);
  await until(async () => (await read(first.url, conversation_id)).messages.length === 4, 'a part to be on record');
  const before = await read(first.url, conversation_id);
  expect(before).toMatchObject({ answering: true, messages: [{}, {}, {}, { finish_reason: null, partial: true }] });
  first.signal('SIGKILL');
  await first.ended;

  const second = await folder.serve();
  const after = await read(second.url, conversation_id);
  expect(after).toMatchObject({ answering: false, version: 2 });
  const [, , question, answer] = after.messages;
  expect(question).toMatchObject({ content: 'Say much.' });
  expect(answer).toMatchObject({ finish_reason: 'broken', partial: true, prompt_tokens: null, cost_usd: null });
  expect(answer?.content.length).toBeGreaterThanOrEqual(before.messages[3]?.content.length ?? 0);
  expect((await delivered).startsWith(answer?.content ?? '?')).toBe(true);
  // At once: nobody waits for the claim of the dead to run out.
  expect(await (await post(second.url, { message: 'Go on.', conversation_id })).json()).toMatchObject({
    content: 'Fine.',
    conversation_version: 3,
  });
});

describeWithPostgres('instances that share a PostgreSQL', () => {
  const gateways: RunningGateway[] = [];
  afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())));

  it('have one conversation: a turn at one is seen at the other, and two at once are one', async () => {
    const server = await usePostgres();
    try {
      const env = { DATABASE_URL: await server.emptyDatabase(), LLM_KEY_PEPPER: PEPPER };
      const [here, there] = [await startGateway({ env }), await startGateway({ env })];
      gateways.push(here, there);
      here.vendor.script({ says: { text: 'Here.' } });
      there.vendor.script({ says: { text: 'There.' } });
      const begun = await post(here.url, { message: 'One.' });
      expect(begun.status).toBe(200);
      const conversation_id = begun.headers.get('x-conversation-id') ?? '';
      await begun.arrayBuffer();
      expect((await post(there.url, { message: 'Two.', conversation_id })).status).toBe(200);
      const { promise, resolve } = Promise.withResolvers<void>();
      here.vendor.next({ says: { text: 'Slow.' }, heldUntil: promise });
      const asked = here.vendor.requests.length;
      const slow = post(here.url, { message: 'Three.', conversation_id });
      await until(() => here.vendor.requests.length > asked, 'the first to ask');
      const second = await post(there.url, { message: 'Me too.', conversation_id });
      expect([second.status, there.vendor.requests.length]).toEqual([409, 1]);
      expect(await read(there.url, conversation_id)).toMatchObject({ answering: true, version: 2 });
      resolve();
      expect((await slow).status).toBe(200);
      const { messages } = await read(there.url, conversation_id);
      expect(messages.map(({ content }) => content)).toEqual(['One.', 'Here.', 'Two.', 'There.', 'Three.', 'Slow.']);
      const gone = await fetch(`${there.url}${CONVERSATIONS}/${conversation_id}`, { method: 'DELETE' });
      expect(gone.status).toBe(200);
      expect((await post(here.url, { message: 'Still?', conversation_id })).status).toBe(404);
    } finally {
      await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
      await server.stop();
    }
  });
});
