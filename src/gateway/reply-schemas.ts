// What answers look like, for GET /openapi.json alone: nothing that leaves is checked against these; tests hold the two together.

import { z } from 'zod';

const usd = z.string().describe('USD, a decimal string, exact');
const count = z.number();

const attempt = z.object({
  provider: z.string(),
  model: z.string(),
  account: z.string().optional().describe('Of several keys at the provider which one: `groq#2`'),
  outcome: z.enum(['completed', 'failed', 'cancelled', 'cut', 'cached', 'joined', 'skipped']),
  code: z.string().nullable(),
  status: count.nullable().describe('The vendor’s HTTP status'),
  duration_ms: count,
  cost_usd: usd.nullable(),
  reason: z.string(),
});

const usage = z.object({
  input_tokens: count.nullable(),
  cache_read_tokens: count.nullable(),
  cache_write_tokens: count.nullable(),
  output_tokens: count.nullable(),
  reasoning_tokens: count.nullable(),
});

export const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
  extra_content: z.looseObject({}).optional().describe('The vendor’s own state: send it back with the call'),
});

export const usageSource = z.enum(['provider', 'estimate', 'none']);

const promptVersion = z.strictObject({ name: z.string(), version: z.string(), hash: z.string() });

const verification = z.strictObject({
  status: z.enum(['verified', 'partly', 'unverified']),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      verdict: z.enum(['passed', 'failed', 'skipped']),
      evidence: z.string().nullable(),
    }),
  ),
  dropped: z.array(z.strictObject({ path: z.string(), rule: z.string(), reason: z.string() })),
  repairs: count.describe('How often the model was told what was wrong'),
  fallback: z.string().nullable().describe('Whose words these are where they are not the model’s'),
});

export const nativeAnswerShape = z.strictObject({
  content: z.string(),
  id: z.string(),
  generation_id: z.string(),
  reasoning: z.string().nullable(),
  reasoning_details: z.array(z.looseObject({})).optional().describe('The vendor’s own state: send it back'),
  tool_calls: z.array(toolCall),
  finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'stopped', 'other']),
  finish_reason_raw: z.string().nullable(),
  model: z.string(),
  provider: z.string(),
  prompt_tokens: count.nullable(),
  completion_tokens: count.nullable(),
  total_tokens: count.nullable(),
  tokens_used: count.nullable(),
  usage: usage.nullable(),
  usage_source: usageSource,
  cost_usd: usd.nullable().describe('Null: the model has no price'),
  priced: z.boolean(),
  cached: z.boolean(),
  shared: z.boolean().describe('Read along with another request that asked the same, and paid for'),
  cache_key: z.string().nullable().describe('What the answer is kept under; null: it is not kept'),
  response_time_ms: count,
  timestamp: z.string(),
  attempts: z.array(attempt),
  context: z.object({ kept: count, dropped: count, estimated_tokens: count, window: count }),
  max_tokens: z.object({ asked: count.nullable(), sent: count, reason: z.string() }).nullable(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  data: z.looseObject({}).optional().describe('What a prompt delivers, by its output schema'),
  verification: verification.optional().describe('What was checked of it, and what was left out'),
  prompt: promptVersion.optional(),
});

export const xGateway = z.looseObject({
  provider: z.string(),
  model: z.string(),
  attempts: z.array(attempt),
  cost_usd: usd.nullable(),
  cached: z.boolean(),
  generation_id: z.string(),
});

export const chatAnswerShape = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: count,
  model: z.string(),
  choices: z.array(z.looseObject({ index: count, message: z.looseObject({}), finish_reason: z.string() })),
  usage: z.looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count }).optional(),
  x_gateway: xGateway,
});

export const messageAnswerShape = z.looseObject({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(z.looseObject({ type: z.enum(['text', 'thinking', 'redacted_thinking', 'tool_use']) })),
  stop_reason: z.string(),
  stop_sequence: z.string().nullable(),
  usage: z.looseObject({ input_tokens: count.nullable(), output_tokens: count.nullable() }),
  x_gateway: xGateway,
});
export const responseAnswerShape = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: count,
  status: z.enum(['completed', 'incomplete']),
  incomplete_details: z.strictObject({ reason: z.string() }).nullable(),
  model: z.string(),
  output: z.array(z.looseObject({ type: z.enum(['message', 'reasoning', 'function_call']), id: z.string() })),
  usage: z.looseObject({ input_tokens: count, output_tokens: count, total_tokens: count }).nullable(),
  x_gateway: xGateway,
});
export const tokenCountReply = z.strictObject({ input_tokens: count.describe('Estimated') });

const rates = { input: usd, cached_input: usd, output: usd };
const modelShape = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: count,
  owned_by: z.string(),
  provider: z.string(),
  context_window: count,
  max_output_tokens: count,
  price: z
    .strictObject({
      ...rates,
      long_prompts: z
        .array(z.strictObject({ above_input_tokens: count, ...rates }))
        .optional()
        .describe('Of the whole of a request whose prompt is longer'),
      source: z.string(),
      from: z.string().nullable(),
    })
    .nullable()
    .describe('USD per million tokens; of a route null: it is that of the target that answers'),
  features: z.array(z.string()),
  targets: z
    .array(z.string())
    .optional()
    .describe('Of a route: the models behind it, in the order in which they are asked'),
  dimensions: count.optional().describe('Of its embeddings'),
});
export const modelListReply = z.strictObject({ object: z.literal('list'), data: z.array(modelShape) });

const totals = {
  requests: count,
  attempts: count,
  cached: count,
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cost_usd: usd,
  saved_tokens: count,
  saved_usd: usd,
  unpriced: count,
};
const usagePage = {
  from: z.string().nullable(),
  to: z.string().nullable(),
  totals: z.strictObject(totals),
  groups: z.array(z.strictObject({ key: z.string(), ...totals })),
  next_cursor: z.string().nullable(),
};
export const usageReply = z.strictObject({ user_id: z.string(), ...usagePage });
export const tenantUsageReply = z.strictObject({ tenant: z.string(), ...usagePage });
export const tenantsReply = z.strictObject({
  tenants: z.array(z.strictObject({ tenant: z.string(), configured: z.boolean(), timezone: z.string() })),
});

const amount = z.union([count, usd]);
const windowShape = z.strictObject({
  scope: z.enum(['user', 'tenant']),
  window: z.string(),
  limit: amount,
  used: amount,
  remaining: amount,
  resets_at: z.string().nullable(),
});
export const limitsReply = z.strictObject({
  user_id: z.string(),
  tenant: z.string(),
  tier: z.string().nullable(),
  windows: z.array(windowShape),
});

export const ledgerReply = z.strictObject({
  rows: z.array(
    z.strictObject({
      attempt_id: z.string(),
      request_id: z.string(),
      generation_id: z.string(),
      tenant: z.string(),
      user_id: z.string(),
      provider: z.string(),
      model: z.string(),
      requested_model: z.string().nullable().describe('As the caller named it; null: left to us'),
      key_id: z.string().nullable(),
      prompt: promptVersion.nullable(),
      state: z.enum(['open', 'settled', 'released', 'unknown']),
      outcome: z.string().nullable(),
      code: z.string().nullable(),
      finish_reason: z.string().nullable(),
      usage: usage.nullable(),
      usage_source: usageSource,
      cost_usd: usd.nullable().describe('Of a correction: the difference'),
      price_id: z.string().nullable(),
      priced: z.boolean(),
      corrects: z.string().nullable().describe('The attempt whose cost this row corrects'),
      saved_usd: usd.nullable().describe('What a cached answer would have cost'),
      saved_tokens: count.nullable(),
      over_hold: z.boolean(),
      tags: z.record(z.string(), z.string()),
      started_at: z.string(),
      first_event_after_ms: count.nullable(),
      ended_at: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
});

export const repriceReply = z.strictObject({
  from: z.string(),
  to: z.string(),
  dry_run: z.boolean(),
  attempts: count.describe('With a usage to be rated by'),
  corrected: count,
  unpriced: count.describe('Without a price now: left as they are'),
  before_usd: usd.describe('Booked for all of them, corrections included'),
  after_usd: usd,
});

export const cacheInvalidationReply = z.strictObject({
  by: z.enum(['key', 'prompt', 'tenant', 'public']),
  selected: z.string().nullable().describe('The key, prompt or tenant'),
  asked_up_to: z.string().describe('What was asked up to then is given to nobody any more'),
  reach: z.enum(['process', 'all']).describe('all: every instance on the same Redis, within a minute'),
});

export const errorShape = z.looseObject({
  error: z.strictObject({
    type: z.string(),
    code: z.string(),
    message: z.string(),
    param: z.string().nullable(),
    request_id: z.string(),
    limit: windowShape.optional().describe('Of rate_limited and budget_exceeded: the window that refused'),
    cheaper_models: z.array(z.string()).optional().describe('Of budget_exceeded: what would still fit'),
  }),
});

/** What Anthropic's clients read. */
export const messagesErrorShape = z.looseObject({
  type: z.literal('error'),
  error: z.strictObject({
    type: z.string(),
    message: z.string(),
    details: z.strictObject({
      error_code: z.string(),
      param: z.string().nullable(),
      limit: windowShape.optional(),
      cheaper_models: z.array(z.string()).optional(),
    }),
  }),
  request_id: z.string(),
});

/** A route's answers. Their types are hidden from Fastify, which would hold handlers to them at every return. */
export function replies(whole: z.ZodType, failed: z.ZodType = errorShape): unknown {
  return { 200: whole, '4xx': failed, '5xx': failed };
}

/** A table: JSON, or CSV for who asks for it. */
export function csvReplies(whole: z.ZodType): unknown {
  const content = { 'application/json': { schema: whole }, 'text/csv': { schema: z.string() } };
  return { 200: { description: 'A page of JSON, or all of it as CSV', content }, '4xx': errorShape, '5xx': errorShape };
}

export function answerReplies(whole: z.ZodType, failed: z.ZodType = errorShape): unknown {
  const stream = z.string().describe('Server-sent events, with "stream": true');
  const content = { 'application/json': { schema: whole }, 'text/event-stream': { schema: stream } };
  return { 200: { description: 'The answer', content }, '4xx': failed, '5xx': failed };
}
