// Conversations in the library's JSON form, as they go over the wire and into an export. What was said has the shape in which the
// native API takes messages, so that it can be sent again as it stands.

import { type Conversation, type ConversationMessage, PARTIAL_ENDINGS } from './conversations.ts';
import { contentOf, reasoningOf } from './events.ts';
import { formatUsd } from './money.ts';
import { reasoningDetailsJson, toolCallsJson } from './native-json.ts';
import type { AnswerPart, ToolMessage, UserMessage, UserPart } from './request.ts';

export function conversationJson(conversation: Conversation) {
  return {
    id: conversation.id,
    user_id: conversation.userId,
    title: conversation.title,
    system_prompt: conversation.systemPrompt,
    model: conversation.model,
    version: conversation.version,
    message_count: conversation.messageCount,
    answering: conversation.turn !== null,
    created_at: new Date(conversation.createdAtMs).toISOString(),
    updated_at: new Date(conversation.updatedAtMs).toISOString(),
  };
}

export function conversationMessageJson({ position, requestId, message, atMs, answer }: ConversationMessage) {
  const said = { position, created_at: new Date(atMs).toISOString(), request_id: requestId };
  if (message.role === 'user') return { ...said, role: message.role, content: partsJson(message) };
  if (message.role === 'tool') {
    return { ...said, role: message.role, tool_call_id: message.toolCallId, content: partsJson(message) };
  }
  const { content } = message;
  const parts: readonly AnswerPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const details = reasoningDetailsJson(parts);
  return {
    ...said,
    role: message.role,
    content: contentOf(parts),
    reasoning: reasoningOf(parts),
    ...(details !== null && { reasoning_details: details }),
    tool_calls: toolCallsJson({ parts }),
    finish_reason: answer?.ending ?? null,
    partial: PARTIAL_ENDINGS.has(answer?.ending ?? null),
    code: answer?.code ?? null,
    provider: answer?.provider ?? null,
    model: answer?.model ?? null,
    generation_id: answer?.generationId ?? null,
    prompt_tokens: answer?.inputTokens ?? null,
    completion_tokens: answer?.outputTokens ?? null,
    usage_source: answer?.usageSource ?? 'none',
    cost_usd: answer?.costPicoUsd == null ? null : formatUsd(answer.costPicoUsd),
    cached: answer?.cached ?? false,
  };
}

function partsJson({ content }: UserMessage | ToolMessage) {
  return typeof content === 'string' ? content : content.map(partJson);
}

function partJson(part: UserPart) {
  switch (part.type) {
    case 'text':
      return part;
    case 'image': {
      const { url, detail } = part;
      return { type: 'image_url' as const, image_url: { url, ...(detail !== undefined && { detail }) } };
    }
    case 'file': {
      const { url, filename } = part;
      return { type: 'file' as const, file: { file_data: url, ...(filename !== undefined && { filename }) } };
    }
    case 'audio':
      return { type: 'input_audio' as const, input_audio: { data: part.data, format: part.format } };
  }
}
