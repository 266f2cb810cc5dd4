// A turn of a conversation by a prompt: the conversation is its history, and what is said of the answer is what the conversation keeps.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatReply, conversationListReply, readReply } from '../../src/gateway/conversation-schemas.ts';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { eventsIn, type RunningGateway, startGateway } from './start.ts';

const CHAT = '/api/v1/llm/chat';
const CONVERSATIONS = '/api/v1/llm/conversations';
const FOLDER = fileURLToPath(new URL('../fixtures/prompts', import.meta.url));

let here: RunningGateway;
beforeAll(async () => {
  here = await startGateway({ env: { PROMPTS_DIR: FOLDER } });
});
afterAll(() => here.close());

const say = (message: string, more: object = {}) =>
  here.post(CHAT, { message, prompt: 'small_talk', cache: 'off', ...more });
const willSay = (message: string) =>
  here.vendor.next({ says: { text: JSON.stringify({ message, asks_question: message.endsWith('?') }) } });
const refusal = async (reply: Response) => {
  const { error } = errorShape.parse(await reply.json());
  return { status: reply.status, code: error.code, param: error.param, message: error.message };
};

describe('a chat by a prompt', () => {
  it('has the conversation as its history, and keeps what is said', async () => {
    willSay('What is a loop?');
    const first = chatReply.parse(await (await say('Hello', { variables: { mood: 'merry' } })).json());
    expect(first.content).toBe('What is a loop?');
    expect(first.data).toEqual({ message: 'What is a loop?', asks_question: true });
    expect(first).toMatchObject({
      prompt: { name: 'small_talk', version: '0.1.0' },
      verification: { status: 'verified' },
    });
    const { conversation_id } = first;
    willSay('It goes round.');
    const second = chatReply.parse(await (await say('Say it yourself', { conversation_id })).json());
    expect(second.content).toBe('It goes round.');
    const sent = here.vendor.requests.at(-1)?.body['messages'];
    expect(sent).toEqual([
      { role: 'system', content: expect.stringContaining('You are calm') },
      { role: 'user', content: expect.stringContaining('Hello') },
      { role: 'assistant', content: expect.stringContaining('What is a loop?') },
      { role: 'user', content: expect.stringContaining('Say it yourself') },
      { role: 'user', content: expect.stringContaining('Say what comes next.') },
    ]);
    const { messages, system_prompt } = readReply.parse(
      await (await here.get(`${CONVERSATIONS}/${conversation_id}`)).json(),
    );
    expect(messages.map(({ content }) => content)).toEqual([
      'Hello',
      'What is a loop?',
      'Say it yourself',
      'It goes round.',
    ]);
    expect(system_prompt).toBeNull();
  });

  it('streams what is said, and tells the data at the end', async () => {
    willSay('A list has an order.');
    const events = eventsIn(await (await say('What is a list?', { stream: true })).text());
    const text = events.flatMap(({ event, data }) => (event === 'text-delta' ? [JSON.parse(data).text] : [])).join('');
    expect(text).toBe('A list has an order.');
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({
      type: 'response-end',
      data: { message: 'A list has an order.', asks_question: false },
      conversation_version: 1,
    });
  });

  it('forgets the oldest where a conversation is longer than the prompt takes', async () => {
    let conversation_id: string | undefined;
    for (let turn = 1; turn <= 5; turn++) {
      willSay(`Answer ${turn}`);
      const reply = await say(`Question ${turn}`, { conversation_id });
      ({ conversation_id } = chatReply.parse(await reply.json()));
    }
    const sent = JSON.stringify(here.vendor.requests.at(-1)?.body['messages']);
    expect([sent.includes('Question 5'), sent.includes('Answer 3'), sent.includes('Question 2')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['an unknown prompt', { prompt: 'small_tlak' }, 404, 'not_found', 'prompt'],
    ['a prompt that is no turn of a talk', { prompt: 'word_card' }, 400, 'invalid_request', 'prompt'],
    ['a prompt of another tier', { prompt: 'staff_note' }, 403, 'permission_denied', 'prompt'],
    ['a history beside the conversation', { variables: { history: [] } }, 400, 'invalid_request', 'variables.history'],
    ['variables with a fault', { variables: { mood: 'sad', wrong: 1 } }, 400, 'invalid_request', 'variables'],
    ['variables without a prompt', { prompt: undefined, variables: {} }, 400, 'invalid_request', 'variables'],
    ['a system prompt, which the prompt has', { system_prompt: 'Be rude.' }, 400, 'invalid_request', 'system_prompt'],
    ['tools', { tools: [{ type: 'function', function: { name: 'look' } }] }, 400, 'invalid_request', 'tools'],
    [
      'a picture',
      { message: [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }] },
      400,
      'invalid_request',
      'message',
    ],
  ])('refuses %s, and keeps nothing of the turn', async (_what, more, status, code, param) => {
    const user_id = 'refused';
    const asked = here.vendor.requests.length;
    expect(await refusal(await say('Hello', { user_id, ...more }))).toMatchObject({ status, code, param });
    expect(here.vendor.requests.length).toBe(asked);
    const list = await (await here.get(`${CONVERSATIONS}?user_id=${user_id}`)).json();
    const { conversations } = conversationListReply.parse(list);
    expect(conversations).toEqual([]);
  });
});
