// PostgreSQL as a test of its failures needs it: the stores on a real server, and a clock whose breakers can be told that their time
// is over. Deadlines run in real time, since the server does too.

import { expect } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Conversation, ConversationStore, TurnClaim, TurnWrite } from '../../../src/core/conversations.ts';
import type { KeyStore, StoredKey } from '../../../src/core/identity.ts';
import type { LedgerStore } from '../../../src/core/stores.ts';
import { openPostgres, type Postgres, type PostgresOptions } from '../../../src/stores/postgres/connection.ts';
import { postgresConversations } from '../../../src/stores/postgres/conversations.ts';
import { failureOf } from '../../../src/stores/postgres/errors.ts';
import { postgresKeys } from '../../../src/stores/postgres/keys.ts';
import { postgresLedger } from '../../../src/stores/postgres/ledger.ts';
import { settledRow } from '../../contract/ledger-rows.ts';
import { NOON_MS } from '../../contract/windows-at-hand.ts';

/** For tests of what is right and not of when: a machine that runs many of them at once is slow. */
export const PATIENT = { connectMs: 20_000, callMs: 20_000, questionMs: 20_000 };

export interface PostgresAtHand {
  readonly postgres: Postgres;
  readonly ledger: LedgerStore;
  readonly keys: KeyStore;
  readonly conversations: ConversationStore;
  /** As if more than the time had passed that a breaker stays open. */
  breakersMayProbe(): void;
}

export async function postgresAtHand(
  url: string,
  options: Pick<PostgresOptions, 'maxConnections' | 'deadlines'> = {},
): Promise<PostgresAtHand> {
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  const postgres = await openPostgres({ url, clock, ...options });
  return {
    postgres,
    ledger: postgresLedger(postgres),
    keys: postgresKeys(postgres),
    conversations: postgresConversations(postgres),
    breakersMayProbe() {
      skippedMs += 60_000;
    },
  };
}

export const KEY: StoredKey = {
  id: 'key_1',
  tenant: 'acme',
  userId: 'alice',
  role: 'user',
  tier: null,
  allowedModels: null,
  createdAtMs: NOON_MS,
  expiresAtMs: null,
  revokedAtMs: null,
};
export const HASH = 'ab'.repeat(32);

/** One whose every text is this, its first turn, and a claim of the next. */
export function conversationOf(text: string) {
  const claim: TurnClaim = { requestId: text, untilMs: NOON_MS };
  const about = { id: text, tenant: text, userId: text, title: text, systemPrompt: text, model: text };
  const figures = { version: 0, messageCount: 0, createdAtMs: NOON_MS, updatedAtMs: NOON_MS };
  const conversation: Conversation & { readonly turn: TurnClaim } = { ...about, ...figures, turn: claim };
  const said = { position: 1, requestId: text, atMs: NOON_MS, answer: null };
  const turn: TurnWrite = {
    ...{ conversationId: text, requestId: text, version: 1, messageCount: 1, systemPrompt: text, model: text },
    messages: [{ ...said, message: { role: 'tool', toolCallId: text, content: text } }],
    atMs: NOON_MS,
    untilMs: null,
  };
  return { claim, conversation, turn };
}

/** Every call of the stores, and the code it must end with when the server cannot be asked. */
export function everyCall({
  ledger,
  keys,
  conversations,
}: PostgresAtHand): readonly (readonly [string, () => Promise<unknown>, string])[] {
  const away = 'store_unavailable';
  const { claim, conversation, turn } = conversationOf('x');
  return [
    ['write', () => ledger.write([settledRow(1)]), 'ledger_unavailable'],
    ['create', () => keys.create({ ...KEY, id: 'key_2' }, HASH.replaceAll('a', 'c')), away],
    ['byHash', () => keys.byHash(HASH), away],
    ['list', () => keys.list({}), away],
    ['revoke', () => keys.revoke('key_1', NOON_MS), away],
    ['any', () => keys.any(), away],
    ['tenants', () => keys.tenants(), away],
    ['rows', () => ledger.rows({}), away],
    ['usage', () => ledger.usage({}, 'day'), away],
    ['openRows', () => ledger.openRows(), away],
    ['charges', () => ledger.charges({ fromMs: 0, toMs: NOON_MS, slotMs: null }), away],
    ['rollUp', () => ledger.rollUp(NOON_MS), away],
    ['create a conversation', () => conversations.create(conversation), away],
    ['claim', () => conversations.claim(conversation, 'x', claim, NOON_MS, null), away],
    ['write a turn', () => conversations.write(turn), away],
    ['renew', () => conversations.renew('x', claim), away],
    ['release', () => conversations.release('x', 'x'), away],
    ['list conversations', () => conversations.list(conversation), away],
    ['read', () => conversations.read(conversation, 'x'), away],
    ['rename', () => conversations.rename(conversation, 'x', 'x'), away],
    ['delete', () => conversations.delete(conversation, 'x'), away],
  ];
}

/** What a call failed with: the code that callers see, what the log says, the server's own word. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ code: unknown; reason: string; sqlState: string | null; error: unknown }> {
  const error: unknown = await call.then(
    () => expect.fail('It did not fail'),
    (thrown: unknown) => thrown,
  );
  const { message, sqlState } = failureOf(error);
  return { code: error instanceof Error && 'code' in error ? error.code : null, reason: message, sqlState, error };
}
