// Conversations in PostgreSQL. Each change is one statement, whole or not at all, on the row of the conversation first: whoever
// changes the same one waits for it, and then sees that the turn is no longer theirs.

import { wellFormed } from '../../core/check.ts';
import type {
  Claimed,
  Conversation,
  ConversationPage,
  ConversationStore,
  MessagePage,
  Owner,
  ReadConversation,
  TurnClaim,
  TurnWrite,
} from '../../core/conversations.ts';
import {
  CONVERSATION_COLUMNS,
  conversationColumns,
  conversationOf,
  MESSAGE_COLUMNS,
  messageColumns,
  messageOf,
  pageLimit,
} from '../conversation-rows.ts';
import { conversationBefore, conversationCursor } from '../page-cursors.ts';
import type { Columns } from './columns.ts';
import type { Postgres } from './connection.ts';
import { unavailable } from './errors.ts';
import type { Run } from './lane.ts';

const LIST = CONVERSATION_COLUMNS.join(', ');
const OF_OWNER = 'id = $1 AND tenant = $2 AND user_id = $3';
const CREATE = `
  WITH never_begun AS (
    DELETE FROM conversations
    WHERE tenant = $2 AND user_id = $3 AND message_count = 0 AND coalesce(turn_until_ms, 0) <= $9)
  INSERT INTO conversations (${LIST}) VALUES (${CONVERSATION_COLUMNS.map((_, index) => `$${index + 1}`).join(', ')})`;
const FIND = `SELECT ${LIST} FROM conversations WHERE ${OF_OWNER}`;
const CLAIM = `
  UPDATE conversations SET turn_request_id = $4, turn_until_ms = $5
  WHERE ${OF_OWNER} AND coalesce(turn_until_ms, 0) <= $6 AND ($7::bigint IS NULL OR version = $7) RETURNING ${LIST}`;
const RENEW = 'UPDATE conversations SET turn_until_ms = $3 WHERE id = $1 AND turn_request_id = $2 RETURNING id';
const RELEASE = `
  WITH emptied AS (DELETE FROM conversations WHERE id = $1 AND turn_request_id = $2 AND message_count = 0)
  UPDATE conversations SET turn_request_id = NULL, turn_until_ms = NULL
  WHERE id = $1 AND turn_request_id = $2 AND message_count > 0`;
const MESSAGES = Object.keys(MESSAGE_COLUMNS);
const TYPED = Object.entries(MESSAGE_COLUMNS).map(([column, type]) => `${column} ${type}`);
const CHANGES = MESSAGES.map((column) => `${column} = excluded.${column}`);
/** A turn that has ended is no longer claimed: then a write of it is a repetition, and all is as it should be. */
const WRITE = `
  WITH held AS (
    UPDATE conversations SET
      version = $3, message_count = $4, system_prompt = $5, model = $6, updated_at_ms = $7,
      turn_request_id = CASE WHEN $8::bigint IS NULL THEN NULL ELSE turn_request_id END, turn_until_ms = $8
    WHERE id = $1 AND turn_request_id = $2 RETURNING id),
  put AS (
    INSERT INTO conversation_messages (conversation_id, ${MESSAGES})
    SELECT held.id, said.* FROM held, json_to_recordset($9::json) AS said (${TYPED})
    ON CONFLICT (conversation_id, position) DO UPDATE SET ${CHANGES})
  SELECT
    EXISTS (SELECT 1 FROM held) OR EXISTS (
      SELECT 1 FROM conversation_messages
      WHERE conversation_id = $1 AND position = $4 AND request_id = $2 AND finish_reason IS NOT NULL) AS kept,
    EXISTS (SELECT 1 FROM conversations WHERE id = $1) AS there`;
const SAID = `
  SELECT ${MESSAGES} FROM conversation_messages
  WHERE conversation_id = $1 AND position > $2 ORDER BY conversation_messages.position LIMIT $3`;
const page = (condition: string) => `
  SELECT ${LIST} FROM conversations WHERE tenant = $1 AND user_id = $2 AND message_count > 0 ${condition}
  ORDER BY updated_at_ms DESC, id DESC LIMIT $3`;
const NEWEST = page('');
const BEFORE = page('AND (updated_at_ms, id) < ($4, $5)');
const RENAME = `UPDATE conversations SET title = $4 WHERE ${OF_OWNER} RETURNING ${LIST}`;
const DELETE = `DELETE FROM conversations WHERE ${OF_OWNER} RETURNING id`;

/** A larger text may take longer than a short call has. */
const SHORT_CHARACTERS = 262_144;

/** The connection remains its owner's: closing the conversations does not close it. */
export function postgresConversations(postgres: Postgres): ConversationStore {
  return new PostgresConversations(postgres);
}

class PostgresConversations implements ConversationStore {
  readonly #postgres: Postgres;
  #closed = false;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async create(conversation: Conversation & { readonly turn: TurnClaim }): Promise<void> {
    const columns = conversationColumns(conversation);
    await this.#call(
      'written',
      CREATE,
      CONVERSATION_COLUMNS.map((column) => columns[column]),
    );
  }

  async claim(
    owner: Owner,
    id: string,
    { requestId, untilMs }: TurnClaim,
    nowMs: number,
    version: number | null,
  ): Promise<Claimed> {
    const owned = ownedBy(owner, id);
    const [claimed] = await this.#call('written', CLAIM, [...owned, wellFormed(requestId), untilMs, nowMs, version]);
    if (claimed === undefined) return this.#whyNot(owned, version);
    const messages = await this.#ask((run) => run(SAID, [wellFormed(id), 0, null]));
    return { outcome: 'claimed', conversation: conversationOf(claimed), messages: messages.map(messageOf) };
  }

  async write(turn: TurnWrite): Promise<'kept' | 'changed' | 'gone'> {
    const { version, messageCount, systemPrompt, model, atMs, untilMs } = turn;
    const messages = JSON.stringify(turn.messages.map(messageColumns), (_, value) =>
      // As a number it would be a float to many a reader.
      typeof value === 'bigint' ? String(value) : value,
    );
    const claim = [wellFormed(turn.conversationId), wellFormed(turn.requestId)];
    const settings = [systemPrompt, model].map((text) => (text === null ? null : wellFormed(text)));
    const values = [...claim, version, messageCount, ...settings, atMs, untilMs, messages];
    const [columns] =
      messages.length <= SHORT_CHARACTERS
        ? await this.#call('written', WRITE, values)
        : await this.#guarded('written', () => this.#postgres.work((run) => run(WRITE, values)));
    if (columns?.['kept'] === true) return 'kept';
    return columns?.['there'] === true ? 'changed' : 'gone';
  }

  async renew(id: string, { requestId, untilMs }: TurnClaim): Promise<boolean> {
    return (await this.#call('written', RENEW, [wellFormed(id), wellFormed(requestId), untilMs])).length > 0;
  }

  async release(id: string, requestId: string): Promise<void> {
    await this.#call('written', RELEASE, [wellFormed(id), wellFormed(requestId)]);
  }

  async list(owner: Owner, { cursor, limit: wanted }: ConversationPage = {}): ReturnType<ConversationStore['list']> {
    const before = cursor === undefined ? null : conversationBefore(cursor);
    if (cursor !== undefined && before === null) return { conversations: [], nextCursor: null };
    const limit = pageLimit(wanted);
    const values = [wellFormed(owner.tenant), wellFormed(owner.userId), limit + 1];
    const found =
      before === null
        ? await this.#call('read', NEWEST, values)
        : await this.#call('read', BEFORE, [...values, before.atMs, before.id]);
    const conversations = found.slice(0, limit).map(conversationOf);
    const last = conversations.at(-1);
    return {
      conversations,
      nextCursor: found.length > limit && last !== undefined ? conversationCursor(last) : null,
    };
  }

  async read(owner: Owner, id: string, { after = 0, limit }: MessagePage = {}): Promise<ReadConversation | null> {
    return this.#ask(async (run) => {
      const [found] = await run(FIND, ownedBy(owner, id));
      if (found === undefined) return null;
      const conversation = conversationOf(found);
      const messages = (await run(SAID, [wellFormed(id), after, pageLimit(limit)])).map(messageOf);
      const last = messages.at(-1)?.position ?? null;
      return { conversation, messages, nextAfter: last === conversation.messageCount ? null : last };
    });
  }

  async rename(owner: Owner, id: string, title: string): Promise<Conversation | null> {
    const [renamed] = await this.#call('written', RENAME, [...ownedBy(owner, id), wellFormed(title)]);
    return renamed === undefined ? null : conversationOf(renamed);
  }

  async delete(owner: Owner, id: string): Promise<boolean> {
    return (await this.#call('written', DELETE, ownedBy(owner, id))).length > 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #whyNot(owned: readonly string[], version: number | null): Promise<Claimed> {
    const [found] = await this.#call('read', FIND, owned);
    if (found === undefined) return { outcome: 'unknown' };
    const { version: current } = conversationOf(found);
    return version === null || version === current ? { outcome: 'busy' } : { outcome: 'changed', version: current };
  }

  #call(what: 'read' | 'written', sql: string, values: readonly unknown[]): Promise<readonly Columns[]> {
    return this.#guarded(what, () => this.#postgres.call(sql, values));
  }

  /** Messages may be many: not on the connections of what is short. */
  #ask<T>(question: (run: Run) => Promise<T>): Promise<T> {
    return this.#guarded('read', () => this.#postgres.ask(question));
  }

  async #guarded<T>(what: 'read' | 'written', action: () => Promise<T>): Promise<T> {
    try {
      if (this.#closed) throw new Error('The conversations are closed');
      return await action();
    } catch (error) {
      throw unavailable('store_unavailable', `The conversation could not be ${what}`, error);
    }
  }
}

function ownedBy({ tenant, userId }: Owner, id: string): readonly string[] {
  return [wellFormed(id), wellFormed(tenant), wellFormed(userId)];
}
