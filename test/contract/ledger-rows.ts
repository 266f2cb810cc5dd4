// Ledger rows for tests, in one line each.

import { picoUsd } from '../../src/core/money.ts';
import type { LedgerRow } from '../../src/core/stores.ts';
import { NOON_MS } from './windows-at-hand.ts';

const ROW: LedgerRow = {
  attemptId: 'att_1',
  requestId: 'req_1',
  generationId: 'gen_1',
  tenant: 'acme',
  userId: 'alice',
  provider: 'groq',
  model: 'openai/gpt-oss-120b',
  requestedModel: 'tutor',
  keyId: 'key_1',
  prompt: { name: 'code_review', version: '1.2.0', hash: '0a1b2c3d4e5f' },
  state: 'settled',
  outcome: 'completed',
  code: null,
  finishReason: 'stop',
  usage: { inputTokens: 100, cacheReadTokens: null, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: null },
  usageSource: 'provider',
  costPicoUsd: picoUsd(27_000_000n),
  priceId: 'a price list@2026-01-01:150000/75000/150000/600000',
  corrects: null,
  priced: true,
  savedPicoUsd: null,
  savedTokens: null,
  heldPicoUsd: picoUsd(900_000_000n),
  heldTokens: 2_100,
  overHold: false,
  tags: {},
  heldAtMs: NOON_MS,
  startedAtMs: NOON_MS + 1,
  firstEventAfterMs: 120,
  endedAtMs: NOON_MS + 900,
};

/** A settled row of request `req_<id>`, unless told otherwise. */
export function settledRow(id: string | number, about: Partial<LedgerRow> = {}): LedgerRow {
  return { ...ROW, attemptId: `att_${id}`, requestId: `req_${id}`, ...about };
}

/** The same attempt before its dispatch. */
export function openRow(id: string | number, about: Partial<LedgerRow> = {}): LedgerRow {
  const open = {
    state: 'open',
    outcome: null,
    finishReason: null,
    usage: null,
    usageSource: 'none',
    costPicoUsd: null,
    priceId: null,
    firstEventAfterMs: null,
    endedAtMs: null,
  } as const;
  return settledRow(id, { ...open, ...about });
}

export function cachedRow(id: string | number, about: Partial<LedgerRow> = {}): LedgerRow {
  return settledRow(id, {
    outcome: 'cached',
    usage: null,
    usageSource: 'none',
    costPicoUsd: picoUsd(0n),
    savedPicoUsd: picoUsd(27_000_000n),
    savedTokens: 120,
    heldPicoUsd: null,
    heldTokens: null,
    ...about,
  });
}

/** What reprices `row` by so much: the same request, moment and labels, no usage of its own. */
export function correctionRow(id: string | number, row: LedgerRow, costPicoUsd: bigint): LedgerRow {
  return {
    ...row,
    attemptId: `att_${id}`,
    corrects: row.attemptId,
    state: 'settled',
    usage: null,
    usageSource: 'none',
    costPicoUsd: picoUsd(costPicoUsd),
    priceId: 'a later price list@2026-06-01:1/1/1/1',
    priced: true,
    savedPicoUsd: null,
    savedTokens: null,
    heldPicoUsd: null,
    heldTokens: null,
    overHold: false,
    firstEventAfterMs: null,
    startedAtMs: row.heldAtMs + 86_400_000,
    endedAtMs: row.heldAtMs + 86_400_000,
  };
}
