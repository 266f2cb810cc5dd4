// What a reader relies on in the events of another process. That may be one of another version, or somebody else may have written there:
// an event that lacks any of this is none, or whoever puts it into words would fail, and with him the process.

import { z } from 'zod';
import { isObject } from '../core/json.ts';
import { WINDOWS } from '../core/windows.ts';

const text = z.string();
const figure = z.number().nullable();

const usage = z
  .object({
    inputTokens: figure,
    cacheReadTokens: figure,
    cacheWriteTokens: figure,
    outputTokens: figure,
    reasoningTokens: figure,
  })
  .nullable();
const maxTokens = z.object({ asked: figure, sent: z.number(), reason: text }).nullable();
const attempt = z.object({
  provider: text,
  model: text,
  account: text.optional(),
  outcome: text,
  code: text.nullable(),
  status: figure,
  durationMs: z.number(),
  costUsd: text.nullable(),
  reason: text,
});
const verification = z.object({
  status: text,
  checks: z.array(z.object({ id: text, verdict: text, evidence: text.nullable() })),
  dropped: z.array(z.object({ path: text, rule: text, reason: text })),
  repairs: z.number(),
  fallback: text.nullable(),
});
const data = z.custom(isObject);
const made = { finishReason: text, finishReasonRaw: text.nullable(), usage, providerMetadata: z.looseObject({}) };

export const startShape = z.object({
  id: text,
  generationId: text,
  provider: text,
  model: text,
  cached: z.boolean(),
  shared: z.boolean(),
  attempts: z.number(),
  maxTokens,
});

export const summaryShape = z.object({
  ...made,
  id: text,
  generationId: text,
  provider: text,
  model: text,
  usageSource: text,
  tokensUsed: figure,
  costUsd: text.nullable(),
  priced: z.boolean(),
  cached: z.boolean(),
  shared: z.boolean(),
  cacheKey: text.nullable(),
  responseTimeMs: z.number(),
  timestamp: text,
  attempts: z.array(attempt),
  context: z.object({ kept: z.number(), dropped: z.number(), estimatedTokens: z.number(), window: z.number() }),
  warnings: z.array(z.object({ code: text, message: text })),
  maxTokens,
  conversationId: text.optional(),
  conversationVersion: z.number().optional(),
  prompt: z.object({ name: text, version: text, hash: text }).optional(),
  data: data.optional(),
  verification: verification.optional(),
});

export const draftShape = z.object({ type: z.literal('data-draft'), data });

export const begunShape = z.object({ provider: text, model: text });

export const landedShape = z.object({
  provider: text,
  model: text,
  storedAtMs: z.number(),
  costPicoUsd: text.regex(/^-?\d{1,40}$/).nullable(),
  answer: z.object({
    ...made,
    id: text.nullable(),
    model: text.nullable(),
    judged: z.object({ data, verification }).optional(),
  }),
});

const refusal = z.object({
  scope: text,
  window: text.refine((name) => Object.hasOwn(WINDOWS, name)),
  limit: z.number(),
  used: z.number(),
  remaining: z.number(),
  resetsAtMs: figure,
  cheaperModels: z.array(text),
});

export const errorShape = z.object({
  message: text,
  timestamp: text.nullable(),
  detail: z.object({
    param: text.optional(),
    provider: text.optional(),
    model: text.optional(),
    userId: text.optional(),
    attempt: z.number().optional(),
    providerStatus: z.number().optional(),
    providerCode: text.optional(),
    retryAfterMs: z.number().optional(),
    requestId: text.optional(),
    attempts: z.array(attempt).optional(),
    refusal: refusal.optional(),
    sameTargetAgain: z.boolean().optional(),
    neverSent: z.boolean().optional(),
  }),
});
