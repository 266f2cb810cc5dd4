// Conversations in SQLite, on a connection of their own to the file of the ledger. Every call is a few short statements on an
// index, in one transaction; and what is deleted is overwritten, since a conversation that is gone shall not be read from the file.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type {
  Claimed,
  Conversation,
  ConversationMessage,
  ConversationPage,
  ConversationStore,
  MessagePage,
  Owner,
  ReadConversation,
  TurnClaim,
  TurnWrite,
} from '../../core/conversations.ts';
import { llmError } from '../../core/errors.ts';
import {
  CONVERSATION_COLUMNS,
  conversationColumns,
  conversationOf,
  MESSAGE_COLUMNS,
  messageColumns,
  messageOf,
  pageLimit,
  type Value,
} from '../conversation-rows.ts';
import { conversationBefore, conversationCursor } from '../page-cursors.ts';
import { inTransaction, openDatabase } from './database.ts';

/** The path of a file, or `:memory:`. Throws `store_unavailable`. */
export function openSqliteConversations(path: string): ConversationStore {
  const db = openDatabase(path);
  db.exec('PRAGMA secure_delete = ON');
  // One process has the file to itself: whose turn was under way here has died.
  db.exec('UPDATE conversations SET turn_request_id = NULL, turn_until_ms = NULL WHERE turn_request_id IS NOT NULL');
  db.exec('DELETE FROM conversations WHERE message_count = 0');
  return new SqliteConversations(db);
}

const LIST = CONVERSATION_COLUMNS.join(', ');
const OF_OWNER = 'id = :id AND tenant = :tenant AND user_id = :userId';
const CREATE = `INSERT INTO conversations (${LIST}) VALUES (${named(CONVERSATION_COLUMNS)})`;
const FIND = `SELECT ${LIST} FROM conversations WHERE ${OF_OWNER}`;
const NEVER_BEGUN = `
  DELETE FROM conversations
  WHERE tenant = :tenant AND user_id = :userId AND message_count = 0 AND coalesce(turn_until_ms, 0) <= :nowMs`;
const CLAIM = `
  UPDATE conversations SET turn_request_id = :requestId, turn_until_ms = :untilMs
  WHERE ${OF_OWNER} AND coalesce(turn_until_ms, 0) <= :nowMs RETURNING ${LIST}`;
const RENEW = 'UPDATE conversations SET turn_until_ms = :untilMs WHERE id = :id AND turn_request_id = :requestId';
const RELEASE = `
  UPDATE conversations SET turn_request_id = NULL, turn_until_ms = NULL WHERE id = :id AND turn_request_id = :requestId`;
const EMPTY = 'DELETE FROM conversations WHERE id = :id AND turn_request_id = :requestId AND message_count = 0';
const WRITE = `
  UPDATE conversations SET
    version = :version, message_count = :messageCount, system_prompt = :systemPrompt, model = :model, updated_at_ms = :atMs,
    turn_request_id = CASE WHEN :untilMs IS NULL THEN NULL ELSE turn_request_id END, turn_until_ms = :untilMs
  WHERE id = :id AND turn_request_id = :requestId`;
const MESSAGES = Object.keys(MESSAGE_COLUMNS);
const PUT = `
  INSERT INTO conversation_messages (conversation_id, ${MESSAGES.join(', ')}) VALUES (:conversation_id, ${named(MESSAGES)})
  ON CONFLICT (conversation_id, position) DO UPDATE SET ${MESSAGES.map((column) => `${column} = excluded.${column}`)}`;
const ENDED = `
  SELECT 1 FROM conversation_messages
  WHERE conversation_id = :id AND position = :messageCount AND request_id = :requestId AND finish_reason IS NOT NULL`;
const SAID = `
  SELECT ${MESSAGES} FROM conversation_messages
  WHERE conversation_id = :id AND position > :after ORDER BY position LIMIT :most`;
const RENAME = `UPDATE conversations SET title = :title WHERE ${OF_OWNER} RETURNING ${LIST}`;
const DELETE = `DELETE FROM conversations WHERE ${OF_OWNER}`;
const ALL = -1;

function named(columns: readonly string[]): string {
  return columns.map((column) => `:${column}`).join(', ');
}

class SqliteConversations implements ConversationStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async create(conversation: Conversation & { readonly turn: TurnClaim }): Promise<void> {
    const { tenant, userId, createdAtMs: nowMs } = conversation;
    this.#change((db) => {
      db.prepare(NEVER_BEGUN).run({ tenant, userId, nowMs });
      db.prepare(CREATE).run(bound(conversationColumns(conversation)));
    });
  }

  async claim(
    { tenant, userId }: Owner,
    id: string,
    claim: TurnClaim,
    nowMs: number,
    version: number | null,
  ): Promise<Claimed> {
    const owned = { id, tenant, userId };
    return this.#change((db): Claimed => {
      const found = db.prepare(FIND).get(owned);
      if (found === undefined) return { outcome: 'unknown' };
      const { version: current } = conversationOf(found);
      if (version !== null && version !== current) return { outcome: 'changed', version: current };
      const claimed = db.prepare(CLAIM).get({ ...owned, ...claim, nowMs });
      if (claimed === undefined) return { outcome: 'busy' };
      return { outcome: 'claimed', conversation: conversationOf(claimed), messages: said(db, id, 0, ALL) };
    });
  }

  async write(turn: TurnWrite): Promise<'kept' | 'changed' | 'gone'> {
    const { conversationId: id, messages, ...fields } = turn;
    return this.#change((db) => {
      if (changes(db, WRITE, { id, ...fields }) === 0) return whyNot(db, turn);
      const put = db.prepare(PUT);
      for (const message of messages) put.run({ conversation_id: id, ...bound(messageColumns(message)) });
      return 'kept';
    });
  }

  async renew(id: string, claim: TurnClaim): Promise<boolean> {
    return this.#change((db) => changes(db, RENEW, { id, ...claim }) > 0);
  }

  async release(id: string, requestId: string): Promise<void> {
    this.#change((db) => {
      db.prepare(EMPTY).run({ id, requestId });
      db.prepare(RELEASE).run({ id, requestId });
    });
  }

  async list({ tenant, userId }: Owner, page: ConversationPage = {}): ReturnType<ConversationStore['list']> {
    const before = page.cursor === undefined ? null : conversationBefore(page.cursor);
    if (page.cursor !== undefined && before === null) return { conversations: [], nextCursor: null };
    const limit = pageLimit(page.limit);
    const fromThere = before === null ? '' : 'AND (updated_at_ms, id) < (:atMs, :id)';
    const sql = `
      SELECT ${LIST} FROM conversations WHERE tenant = :tenant AND user_id = :userId AND message_count > 0 ${fromThere}
      ORDER BY updated_at_ms DESC, id DESC LIMIT :most`;
    const found = this.#run('read', (db) => db.prepare(sql).all({ tenant, userId, ...before, most: limit + 1 }));
    const conversations = found.slice(0, limit).map(conversationOf);
    const last = conversations.at(-1);
    return {
      conversations,
      nextCursor: found.length > limit && last !== undefined ? conversationCursor(last) : null,
    };
  }

  async read(
    { tenant, userId }: Owner,
    id: string,
    { after = 0, limit }: MessagePage = {},
  ): Promise<ReadConversation | null> {
    return this.#run('read', (db) => {
      const found = db.prepare(FIND).get({ id, tenant, userId });
      if (found === undefined) return null;
      const conversation = conversationOf(found);
      const messages = said(db, id, after, pageLimit(limit));
      const last = messages.at(-1)?.position ?? null;
      return { conversation, messages, nextAfter: last === conversation.messageCount ? null : last };
    });
  }

  async rename({ tenant, userId }: Owner, id: string, title: string): Promise<Conversation | null> {
    const renamed = this.#change((db) => db.prepare(RENAME).get({ id, tenant, userId, title }));
    return renamed === undefined ? null : conversationOf(renamed);
  }

  async delete({ tenant, userId }: Owner, id: string): Promise<boolean> {
    return this.#change((db) => changes(db, DELETE, { id, tenant, userId }) > 0);
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #change<T>(work: (db: DatabaseSync) => T): T {
    return this.#run('written', (db) => inTransaction(db, () => work(db)));
  }

  #run<T>(what: 'read' | 'written', work: (db: DatabaseSync) => T): T {
    try {
      return work(this.#db);
    } catch (cause) {
      throw llmError('store_unavailable', `The conversation could not be ${what}; the log says why`, { cause });
    }
  }
}

function changes(db: DatabaseSync, sql: string, values: Record<string, SQLInputValue>): number {
  return Number(db.prepare(sql).run(values).changes);
}

/** A turn that has ended is no longer claimed: then a write of it is a repetition, and all is as it should be. */
function whyNot(db: DatabaseSync, { conversationId: id, messageCount, requestId }: TurnWrite) {
  if (db.prepare(ENDED).get({ id, messageCount, requestId }) !== undefined) return 'kept';
  return db.prepare('SELECT 1 FROM conversations WHERE id = :id').get({ id }) === undefined ? 'gone' : 'changed';
}

function said(db: DatabaseSync, id: string, after: number, most: number): readonly ConversationMessage[] {
  return db.prepare(SAID).all({ id, after, most }).map(messageOf);
}

function bound(columns: Readonly<Record<string, Value>>): Record<string, SQLInputValue> {
  return Object.fromEntries(
    Object.entries(columns).map(([column, value]) => [column, typeof value === 'boolean' ? Number(value) : value]),
  );
}
