// What conversations look like, for GET /openapi.json alone, like the other replies.

import { z } from 'zod';
import { judgedFields } from './prompt-schemas.ts';
import { errorShape, nativeAnswerShape, toolCall, usageSource } from './reply-schemas.ts';

const place = { conversation_id: z.string(), conversation_version: z.number().describe('The one that has this turn') };
/** The last three where a prompt has answered. */
export const chatReply = nativeAnswerShape.extend({ ...place, ...z.object(judgedFields).partial().shape });

const conversation = {
  id: z.string(),
  user_id: z.string(),
  title: z.string(),
  system_prompt: z.string().nullable().describe('Holds until a turn brings another; an empty one is none'),
  model: z.string().nullable().describe('As it was asked for last; holds until a turn asks for another'),
  version: z.number().describe('Counts the turns'),
  message_count: z.number(),
  answering: z.boolean().describe('A turn is under way'),
  created_at: z.string(),
  updated_at: z.string().describe('When its last turn was written'),
};
export const conversationReply = z.strictObject(conversation);
export const conversationListReply = z.strictObject({
  conversations: z.array(conversationReply),
  next_cursor: z.string().nullable(),
});

const said = { position: z.number().describe('From 1'), created_at: z.string(), request_id: z.string() };
const partsOrText = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);
const message = z.discriminatedUnion('role', [
  z.strictObject({
    ...said,
    role: z.literal('user'),
    content: partsOrText,
  }),
  z.strictObject({ ...said, role: z.literal('tool'), tool_call_id: z.string(), content: partsOrText }),
  z.strictObject({
    ...said,
    role: z.literal('assistant'),
    content: z.string(),
    reasoning: z.string().nullable(),
    reasoning_details: z.array(z.looseObject({})).optional().describe('The vendor’s own state: send it back'),
    tool_calls: z.array(toolCall),
    finish_reason: z
      .enum(['stop', 'length', 'tool_calls', 'content_filter', 'stopped', 'other', 'cancelled', 'broken'])
      .nullable()
      .describe('cancelled: its caller left; broken: it failed on the way; null: it is under way'),
    partial: z.boolean().describe('It is what was delivered before it ended early'),
    code: z.string().nullable().describe('Of what broke it'),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    generation_id: z.string().nullable(),
    prompt_tokens: z.number().nullable(),
    completion_tokens: z.number().nullable(),
    usage_source: usageSource,
    cost_usd: z.string().nullable().describe('USD, a decimal string, exact'),
    cached: z.boolean(),
  }),
]);
const messages = z.array(message);
export const readReply = z.strictObject({ ...conversation, messages, next_cursor: z.string().nullable() });
export const deletedReply = z.strictObject({ id: z.string(), deleted: z.literal(true) });
const exported = z.strictObject({ ...conversation, messages });

/** In the type its caller asked for. Hidden from Fastify, as the others are. */
export function exportReplies(): unknown {
  const content = { 'application/json': { schema: exported }, 'text/markdown': { schema: z.string() } };
  return { 200: { description: 'All of it', content }, '4xx': errorShape, '5xx': errorShape };
}
