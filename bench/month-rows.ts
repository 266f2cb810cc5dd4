// The rows of a busy school's month, made from their number alone: the same in every bench that needs many.

import { picoUsd } from '../src/core/money.ts';
import type { LedgerRow } from '../src/core/stores.ts';

const HOUR_MS = 3_600_000;
export const MONTH_FROM_MS = Date.UTC(2026, 10, 1);
export const MONTH_MS = 30 * 24 * HOUR_MS;
/** A prime, so that who asks has nothing to do with what is asked. */
const USERS = 499;

/**
 * One of so many: 499 users and an application that asks a fifth of all, four models, every twentieth request is
 * tried twice, two in ten are cached.
 */
export function rowAt(index: number, rows: number): LedgerRow {
  // A retry has the request, the caller and the moment of the row before it.
  const request = index % 21 === 20 ? index - 1 : index;
  const isCached = request % 10 < 2;
  const heldAtMs = MONTH_FROM_MS + Math.floor((request / rows) * MONTH_MS);
  // Scattered, so that neighbours in time are not neighbours in the index by user.
  const user = (request * 7_919) % USERS;
  return {
    attemptId: `att_${index.toString(16).padStart(32, '0')}`,
    requestId: `req_${request.toString(16).padStart(32, '0')}`,
    generationId: `gen_${request.toString(16).padStart(32, '0')}`,
    tenant: 'acme',
    userId: request % 5 === 3 ? 'key:app' : `user-${user}`,
    provider: index % 3 === 0 ? 'openai' : 'groq',
    model: `model-${index % 4}`,
    requestedModel: 'tutor',
    keyId: 'key_0123456789abcdef',
    prompt: { name: 'code_review', version: `1.${request % 5}.0`, hash: `00000000000${request % 5}` },
    state: 'settled',
    outcome: isCached ? 'cached' : 'completed',
    code: null,
    finishReason: 'stop',
    usage: isCached
      ? null
      : { inputTokens: 900, cacheReadTokens: 300, cacheWriteTokens: null, outputTokens: 250, reasoningTokens: 100 },
    usageSource: isCached ? 'none' : 'provider',
    costPicoUsd: picoUsd(isCached ? 0n : 285_000_000n + BigInt(index)),
    priceId: 'a price list@2026-01-01:150000/75000/150000/600000',
    corrects: null,
    priced: true,
    savedPicoUsd: isCached ? picoUsd(285_000_000n) : null,
    savedTokens: isCached ? 1_150 : null,
    heldPicoUsd: picoUsd(3_000_000_000n),
    heldTokens: 5_100,
    overHold: false,
    tags: { course: `python-${user % 20}` },
    heldAtMs,
    startedAtMs: heldAtMs + 3,
    firstEventAfterMs: 180,
    endedAtMs: heldAtMs + 2_400,
  };
}
