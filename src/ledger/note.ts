// Reads the note of a hold (core/note.ts): the open row of an attempt. It comes back from a store that others can write to, so what
// is read is checked, and what does not pass is no row.

import { z } from 'zod';
import { picoUsd } from '../core/money.ts';
import type { LedgerRow } from '../core/stores.ts';

const text = z.string().max(4_096);
const textOrNull = text.nullable();
const atMs = z.int().nonnegative();
const figure = z.int().nonnegative().nullable();
const money = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform((digits) => picoUsd(BigInt(digits)))
  .nullable();

/** Of an open row only what is known before the attempt: all that comes after is null there. */
const openRow = z.strictObject({
  attemptId: text.min(1),
  requestId: text.min(1),
  generationId: text,
  tenant: text,
  userId: text,
  provider: text,
  model: text,
  requestedModel: textOrNull,
  keyId: textOrNull,
  // What was held before the hash was there is still to be charged.
  prompt: z.strictObject({ name: text, version: text, hash: text.default('') }).nullable(),
  state: z.literal('open'),
  outcome: z.null(),
  code: z.null(),
  finishReason: z.null(),
  usage: z.null(),
  usageSource: z.literal('none'),
  costPicoUsd: z.null(),
  priceId: textOrNull,
  corrects: z.null(),
  priced: z.boolean(),
  savedPicoUsd: z.null(),
  savedTokens: z.null(),
  heldPicoUsd: money,
  heldTokens: figure,
  overHold: z.literal(false),
  tags: z.record(text, text),
  heldAtMs: atMs,
  startedAtMs: atMs,
  firstEventAfterMs: z.null(),
  endedAtMs: z.null(),
});

/** Null: this is no note of an open row. */
export function rowOfNote(note: string): LedgerRow | null {
  try {
    return openRow.safeParse(JSON.parse(note)).data ?? null;
  } catch {
    return null;
  }
}
