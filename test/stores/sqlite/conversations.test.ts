// Conversations in SQLite: the contract on a file and in memory, and what only a file has.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSqliteConversations } from '../../../src/stores/sqlite/conversations.ts';
import { testConversationStore } from '../../contract/stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'conversations-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `ledger-${files++}.sqlite`);

testConversationStore('in a file', async () => openSqliteConversations(newFile()));
testConversationStore('in memory', async () => openSqliteConversations(':memory:'));

const OWNER = { tenant: 'acme', userId: 'alice' };
const SECRET = 'canary-which-nobody-shall-read';
const BEGUN = {
  ...OWNER,
  id: 'conv_1',
  title: 'A title',
  systemPrompt: null,
  model: null,
  version: 0,
  messageCount: 0,
  createdAtMs: 1,
  updatedAtMs: 1,
  turn: { requestId: 'req_1', untilMs: 1_000 },
};
const QUESTION = {
  position: 1,
  requestId: 'req_1',
  message: { role: 'user' as const, content: SECRET },
  atMs: 1,
  answer: null,
};
const TURN = {
  conversationId: 'conv_1',
  requestId: 'req_1',
  version: 1,
  messageCount: 1,
  systemPrompt: null,
  model: null,
  messages: [QUESTION],
  atMs: 2,
  untilMs: 1_000,
};

describe('the conversations in a file', () => {
  it('are there when it is opened again; a turn whose process has died holds nobody up', async () => {
    const file = newFile();
    const first = openSqliteConversations(file);
    await first.create(BEGUN);
    await first.write(TURN);
    await first.create({ ...BEGUN, id: 'conv_2' });
    await first.close();
    const second = openSqliteConversations(file);
    expect(await second.claim(OWNER, 'conv_1', { requestId: 'req_2', untilMs: 500 }, 2, null)).toMatchObject({
      outcome: 'claimed',
      messages: [QUESTION],
    });
    expect(await second.read(OWNER, 'conv_2')).toBeNull();
    await second.close();
  });

  it('cannot be read from it once they are deleted', async () => {
    const file = newFile();
    const store = openSqliteConversations(file);
    await store.create(BEGUN);
    await store.write(TURN);
    await store.close();
    expect(readFileSync(file).includes(SECRET)).toBe(true);
    const again = openSqliteConversations(file);
    expect(await again.delete(OWNER, 'conv_1')).toBe(true);
    await again.close();
    // With it there may be its write-ahead log.
    const left = readdirSync(folder).filter((name) => name.startsWith(basename(file)));
    for (const name of left) expect(readFileSync(join(folder, name)).includes(SECRET)).toBe(false);
  });
});
