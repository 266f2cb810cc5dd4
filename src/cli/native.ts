// The native API's shapes (GET /openapi.json), as far as the command line reads them: what --json prints, whether the answer was
// made in this process or by a running server. A field that is not read here is passed on as it came.

import { z } from 'zod';
import type { JsonObject } from '../index.ts';

const countOrUntold = z.number().nullable();
const usd = z.string();

/** All of an answer but its text. */
const summarySchema = z.looseObject({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  finish_reason: z.string(),
  prompt_tokens: countOrUntold,
  completion_tokens: countOrUntold,
  cost_usd: usd.nullable(),
  cached: z.boolean(),
  warnings: z.array(z.looseObject({ message: z.string() })),
});
export type Summary = z.infer<typeof summarySchema>;

export const completionSchema = summarySchema.extend({ content: z.string() });
export type Completion = z.infer<typeof completionSchema>;

const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const verificationSchema = z.object({
  status: z.string(),
  checks: z.array(z.object({ id: z.string(), verdict: z.string(), evidence: z.string().nullable() })).readonly(),
  dropped: z.array(z.object({ path: z.string(), rule: z.string(), reason: z.string() })).readonly(),
  repairs: z.number(),
  fallback: z.string().nullable(),
});
export type VerificationRow = z.infer<typeof verificationSchema>;

const judged = { data: jsonObject, verification: verificationSchema };
export const promptAnswerSchema = completionSchema.extend(judged);
export type PromptAnswer = z.infer<typeof promptAnswerSchema>;

const promptVersion = { name: z.string(), version: z.string(), hash: z.string() };
export const promptSchema = z.object({
  ...promptVersion,
  description: z.string(),
  input_schema: jsonObject,
  output_schema: jsonObject,
});
export type PromptRow = z.infer<typeof promptSchema>;
export const promptListSchema = z.object({ prompts: z.array(promptSchema) });

export const renderedSchema = z.object({
  ...promptVersion,
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});
export type RenderedRow = z.infer<typeof renderedSchema>;

/** The events of a stream that the command line shows. */
export const shownEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('data-draft'), data: jsonObject }),
  z.looseObject({ type: z.literal('text-delta'), text: z.string() }),
  z.looseObject({ type: z.literal('reasoning-delta'), text: z.string() }),
  summarySchema.extend({ type: z.literal('response-end'), ...z.object(judged).partial().shape }),
]);
export type ShownEvent = z.infer<typeof shownEventSchema>;

/** As far as the command line shows it. */
export const conversationSchema = z.looseObject({ id: z.string(), title: z.string(), message_count: z.number() });
export type ConversationRow = z.infer<typeof conversationSchema>;
export const conversationPageSchema = z.looseObject({ conversations: z.array(conversationSchema) });

const totalsSchema = z.looseObject({
  requests: z.number(),
  attempts: z.number(),
  cached: z.number(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  cost_usd: usd,
  saved_tokens: z.number(),
  saved_usd: usd,
  unpriced: z.number(),
});
export type UsageLine = z.infer<typeof totalsSchema>;

export const usageSchema = z.looseObject({
  user_id: z.string().optional(),
  totals: totalsSchema,
  groups: z.array(totalsSchema.extend({ key: z.string() })),
  next_cursor: z.string().nullable(),
});
export type UsageAnswer = z.infer<typeof usageSchema>;

const rowSchema = z.looseObject({
  attempt_id: z.string(),
  usage: z.record(z.string(), z.number().nullable()).nullable(),
  prompt: z.object({ name: z.string(), version: z.string(), hash: z.string() }).nullable(),
});
export type LedgerLine = z.infer<typeof rowSchema>;
/** Checked and left as it came: a parsed object would have its fields in another order. */
const ledgerLine = z.custom<LedgerLine>((row) => rowSchema.safeParse(row).success);
export const ledgerPageSchema = z.object({ rows: z.array(ledgerLine), next_cursor: z.string().nullable() });
export type LedgerPage = z.infer<typeof ledgerPageSchema>;

export const repriceSchema = z.object({
  from: z.string(),
  to: z.string(),
  dry_run: z.boolean(),
  attempts: z.number(),
  corrected: z.number(),
  unpriced: z.number(),
  before_usd: usd,
  after_usd: usd,
});
export type RepriceAnswer = z.infer<typeof repriceSchema>;

export const cacheInvalidationSchema = z.object({
  by: z.string(),
  selected: z.string().nullable(),
  asked_up_to: z.string(),
  reach: z.string(),
});
export type CacheInvalidationAnswer = z.infer<typeof cacheInvalidationSchema>;

export const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.string().nullable(),
    message: z.string(),
    param: z.string().nullish(),
    request_id: z.string().nullish(),
  }),
});

export const keySchema = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  user_id: z.string().nullable(),
  role: z.string(),
  tier: z.string().nullable(),
  allowed_models: z.array(z.string()).readonly().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type KeyRow = z.infer<typeof keySchema>;
export const madeKeySchema = keySchema.extend({ key: z.string(), first: z.boolean() });
export type MadeKey = z.infer<typeof madeKeySchema>;
export const keyPageSchema = z.looseObject({ keys: z.array(keySchema), next_cursor: z.string().nullable() });
export type KeyPage = z.infer<typeof keyPageSchema>;

/** Whose key it is. */
export const identitySchema = z.looseObject({ role: z.string(), tenant: z.string(), user_id: z.string().nullable() });

const rates = { input: usd, cached_input: usd, output: usd };
const modelSchema = z.object({
  id: z.string(),
  provider: z.string(),
  context_window: z.number(),
  max_output_tokens: z.number(),
  /** USD per million tokens, as decimals; null = unpriced. */
  price: z
    .object({
      ...rates,
      long_prompts: z.array(z.object({ above_input_tokens: z.number(), ...rates })).optional(),
      source: z.string(),
      from: z.string().nullable(),
    })
    .nullable(),
  features: z.array(z.string()),
  /** Of a route. */
  targets: z.array(z.string()).optional(),
});
export type ModelRow = z.infer<typeof modelSchema>;
export const modelListSchema = z.looseObject({ data: z.array(modelSchema) });
