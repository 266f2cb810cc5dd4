// An answer as it lies in Redis. Others can write there, and so can an older or a newer version of this: what cannot be read is a miss.

import { z } from 'zod';
import { isObject, type JsonObject } from '../../core/json.ts';
import { picoUsd } from '../../core/money.ts';
import type { KeptAnswer } from '../../core/stores.ts';

/** Of the shape below. Whoever changes that raises this; entries of before are then asked anew. */
const VERSION = 1;

const figure = z.number().nullable();
const atMs = z.int().nonnegative();
const providerData = z.custom<JsonObject>(isObject).exactOptional();

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('reasoning'), text: z.string(), providerData }),
  z.strictObject({
    type: z.literal('tool-call'),
    toolCallId: z.string(),
    name: z.string(),
    argumentsText: z.string(),
    providerData,
  }),
]);

const usage = z.strictObject({
  inputTokens: figure,
  cacheReadTokens: figure,
  cacheWriteTokens: figure,
  outputTokens: figure,
  reasoningTokens: figure,
});

const judged = z.strictObject({
  data: z.custom<JsonObject>(isObject),
  verification: z.strictObject({
    status: z.enum(['verified', 'partly', 'unverified']),
    checks: z.array(
      z.strictObject({
        id: z.string(),
        verdict: z.enum(['passed', 'failed', 'skipped']),
        evidence: z.string().nullable(),
      }),
    ),
    dropped: z.array(z.strictObject({ path: z.string(), rule: z.string(), reason: z.string() })),
    repairs: z.int().nonnegative(),
    fallback: z.string().nullable(),
  }),
});

const answer = z.strictObject({
  id: z.string().nullable(),
  model: z.string().nullable(),
  parts: z.array(part),
  vectors: z.array(z.string()).exactOptional(),
  finishReason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'stopped', 'other']),
  finishReasonRaw: z.string().nullable(),
  usage: usage.nullable(),
  providerMetadata: z.record(z.string(), z.union([z.string(), z.number()])),
  judged: judged.exactOptional(),
});

const entry = z.strictObject({
  version: z.literal(VERSION),
  answer,
  provider: z.string(),
  model: z.string(),
  costPicoUsd: z
    .string()
    .regex(/^\d{1,30}$/)
    .transform((digits) => picoUsd(BigInt(digits)))
    .nullable(),
  storedAtMs: atMs,
  askedAtMs: atMs,
  expiresAtMs: atMs,
});

export function entryText({ costPicoUsd, ...kept }: KeptAnswer): string {
  return JSON.stringify({ version: VERSION, ...kept, costPicoUsd: costPicoUsd === null ? null : String(costPicoUsd) });
}

/** Null: this is no entry of this version. */
export function entryOf(text: string): KeptAnswer | null {
  try {
    const { version: _version, ...kept } = entry.parse(JSON.parse(text));
    return kept;
  } catch {
    return null;
  }
}
