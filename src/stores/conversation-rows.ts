// Conversations and messages as columns and back, for SQL databases. What was said is one JSON text: what a vendor wants back
// unchanged (signatures) comes back to the letter.

import { wellFormed } from '../core/check.ts';
import type { AnswerFacts, Conversation, ConversationMessage, TurnClaim } from '../core/conversations.ts';
import { type PicoUsd, picoUsd } from '../core/money.ts';
import { codeOf, endingOf, usageSourceOf } from './row-words.ts';

export const CONVERSATION_COLUMNS = [
  ...['id', 'tenant', 'user_id', 'title', 'system_prompt', 'model', 'version', 'message_count'],
  ...['created_at_ms', 'updated_at_ms', 'turn_request_id', 'turn_until_ms'],
] as const;

/** With PostgreSQL's types. */
export const MESSAGE_COLUMNS = {
  position: 'bigint',
  request_id: 'text',
  role: 'text',
  content: 'text',
  tool_call_id: 'text',
  at_ms: 'bigint',
  generation_id: 'text',
  provider: 'text',
  model: 'text',
  finish_reason: 'text',
  code: 'text',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  usage_source: 'text',
  cost_pico_usd: 'bigint',
  cached: 'boolean',
} as const;

export type Value = string | number | bigint | boolean | null;
type ConversationColumns = Readonly<Record<(typeof CONVERSATION_COLUMNS)[number], Value>>;
type MessageColumns = Readonly<Record<keyof typeof MESSAGE_COLUMNS, Value>>;
/** As a driver gives them: integers as bigint or as text. */
export type ReadColumns = Readonly<Record<string, unknown>>;

export function conversationColumns(conversation: Conversation): ConversationColumns {
  const { systemPrompt, model, turn } = conversation;
  return {
    id: wellFormed(conversation.id),
    tenant: wellFormed(conversation.tenant),
    user_id: wellFormed(conversation.userId),
    title: wellFormed(conversation.title),
    system_prompt: cleanOr(systemPrompt),
    model: cleanOr(model),
    version: conversation.version,
    message_count: conversation.messageCount,
    created_at_ms: conversation.createdAtMs,
    updated_at_ms: conversation.updatedAtMs,
    turn_request_id: cleanOr(turn?.requestId ?? null),
    turn_until_ms: turn?.untilMs ?? null,
  };
}

export function conversationOf(columns: ReadColumns): Conversation {
  return {
    id: text(columns['id']),
    tenant: text(columns['tenant']),
    userId: text(columns['user_id']),
    title: text(columns['title']),
    systemPrompt: textOr(columns['system_prompt']),
    model: textOr(columns['model']),
    version: Number(columns['version']),
    messageCount: Number(columns['message_count']),
    createdAtMs: Number(columns['created_at_ms']),
    updatedAtMs: Number(columns['updated_at_ms']),
    turn: turnOf(columns),
  };
}

function turnOf(columns: ReadColumns): TurnClaim | null {
  const requestId = textOr(columns['turn_request_id']);
  return requestId === null ? null : { requestId, untilMs: Number(columns['turn_until_ms']) };
}

export function messageColumns({ position, requestId, message, atMs, answer }: ConversationMessage): MessageColumns {
  return {
    position,
    request_id: wellFormed(requestId),
    role: message.role,
    content: JSON.stringify(message.content),
    tool_call_id: message.role === 'tool' ? wellFormed(message.toolCallId) : null,
    at_ms: atMs,
    generation_id: cleanOr(answer?.generationId ?? null),
    provider: cleanOr(answer?.provider ?? null),
    model: cleanOr(answer?.model ?? null),
    finish_reason: answer?.ending ?? null,
    code: answer?.code ?? null,
    input_tokens: answer?.inputTokens ?? null,
    output_tokens: answer?.outputTokens ?? null,
    usage_source: answer?.usageSource ?? null,
    cost_pico_usd: answer?.costPicoUsd ?? null,
    cached: answer?.cached ?? null,
  };
}

export function messageOf(columns: ReadColumns): ConversationMessage {
  const role = columns['role'];
  const content = JSON.parse(text(columns['content']));
  return {
    position: Number(columns['position']),
    requestId: text(columns['request_id']),
    message:
      role === 'tool'
        ? { role, toolCallId: text(columns['tool_call_id']), content }
        : { role: role === 'assistant' ? role : 'user', content },
    atMs: Number(columns['at_ms']),
    answer: role === 'assistant' ? answerOf(columns) : null,
  };
}

function answerOf(columns: ReadColumns): AnswerFacts {
  return {
    generationId: text(columns['generation_id']),
    provider: textOr(columns['provider']),
    model: textOr(columns['model']),
    ending: endingOf(columns['finish_reason']),
    code: codeOf(columns['code']),
    inputTokens: figureOr(columns['input_tokens']),
    outputTokens: figureOr(columns['output_tokens']),
    usageSource: usageSourceOf(columns['usage_source']),
    costPicoUsd: moneyOr(columns['cost_pico_usd']),
    cached: columns['cached'] === true || columns['cached'] === 1n,
  };
}

function text(value: unknown): string {
  return textOr(value) ?? '';
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function figureOr(value: unknown): number | null {
  return typeof value === 'string' || typeof value === 'bigint' ? Number(value) : null;
}

function moneyOr(value: unknown): PicoUsd | null {
  return typeof value === 'string' || typeof value === 'bigint' ? picoUsd(BigInt(value)) : null;
}

/** NUL and lone surrogates are no text for a server. */
function cleanOr(value: string | null): string | null {
  return value === null ? null : wellFormed(value);
}

const PAGE = 100;

export function pageLimit(wanted: number = PAGE): number {
  return Math.min(Math.max(1, Math.trunc(wanted)), PAGE);
}
