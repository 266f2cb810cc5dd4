// What a caller reads when a field is not what it should be: words of the API, in every dialect, and never the parser's.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const CANARY = 'sk-canary-of-a-caller';
const ROLES = '"system", "developer", "user", "assistant" or "tool"';

async function messageOf(path: string, body: unknown): Promise<string> {
  const reply = await running.post(path, body);
  const text = await reply.text();
  expect(reply.status).toBe(400);
  expect(text).not.toMatch(/canary|discriminator|record|Invalid|expected|received/);
  return JSON.parse(text).error.message;
}

describe('a request that is wrong', () => {
  it.each<[string, object | string, string]>([
    ['a role that there is not', { messages: [{ role: CANARY, content: 'x' }] }, `messages[0].role: must be ${ROLES}`],
    ['no role', { messages: [{ content: 'x' }] }, `messages[0].role: must be ${ROLES}; it is missing`],
    ['a list for an object', asks('hi', { metadata: [] }), 'metadata: must be an object, not a list'],
    ['a text for a list', { messages: CANARY }, 'messages: must be a list, not a text'],
    ['a text for a number', asks('hi', { temperature: CANARY }), 'temperature: must be a number, not a text'],
    ['a text for a switch', asks('hi', { stream: CANARY }), 'stream: must be true or false, not a text'],
    [
      'nothing for a text',
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id: must be a text; it is missing',
    ],
    [
      'a format that there is not',
      asks('hi', { response_format: { type: CANARY } }),
      'response_format.type: must be "text", "json_object" or "json_schema"',
    ],
    ['no object at all', '[]', 'The request must be an object, not a list'],
  ])('by %s, says what is expected in plain words', async (_what, body, message) => {
    expect(await messageOf(CHAT, body)).toBe(message);
  });

  it('says so in the native API and in Anthropic\u2019s dialect too', async () => {
    expect(await messageOf(COMPLETION, asks('hi', { cache: CANARY }))).toBe('cache: must be "use", "refresh" or "off"');
    expect(await messageOf(COMPLETION, asks('hi', { tags: [] }))).toBe('tags: must be an object, not a list');
    const turn = { max_tokens: 9, messages: [{ role: CANARY, content: 'x' }] };
    expect(await messageOf('/v1/messages', turn)).toBe('messages[0].role: must be "user", "assistant" or "system"');
  });
});
