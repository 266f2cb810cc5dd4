// What of a request the model reads, as texts, and what its chat format adds around them. The constants are fitted to recorded
// requests and the prompt tokens that the vendors told for them.

import type { CountedPrompt, ModelCard } from '../core/catalog.ts';
import { type FittedRequest, type Message, type Tool, textOf, toolCallsOf } from '../core/request.ts';

export const PROMPT_OVERHEAD = {
  /** `<|start|>user<|message|>…<|end|>` and the like. */
  estimatedPerMessage: 4,
  estimatedPerRequest: 8,
  /** What Groq counts for each picture, of any size. */
  perImage: 2_048,
};

interface Overhead {
  /** The model's own system message (gpt-oss gets one of 72 tokens with the date and its channels). */
  readonly request: number;
  readonly message: number;
  readonly toolCall: number;
  /** How tools are called, once, if there are any. */
  readonly tools: number;
  readonly tool: number;
  /** How an answer in JSON is asked for. */
  readonly json: number;
}

const HARMONY: Overhead = { request: 96, message: 8, toolCall: 16, tools: 64, tool: 16, json: 32 };
// Formats that nobody published: Anthropic's and Llama 4's texts about tools have some 500 tokens.
const OTHER: Overhead = { request: 48, message: 10, toolCall: 24, tools: 640, tool: 24, json: 32 };

/** Every text that is sent, and the tokens around them: not below what the vendor's format adds. */
export function piecesOf(
  request: FittedRequest,
  card: ModelCard,
): { readonly texts: readonly string[]; readonly overhead: number } {
  const around = card.encoding === 'o200k_harmony' ? HARMONY : OTHER;
  const { systemPrompt, messages, tools, responseFormat } = request;
  const texts = messages.flatMap((message) => [textOf(message), ...providerDataOf(message)]);
  if (systemPrompt !== null) texts.push(systemPrompt);
  texts.push(...tools.map(toolText));
  if (responseFormat.type === 'json-schema') texts.push(JSON.stringify(responseFormat));
  // Passed through over everything else, so it may be anything.
  const options = request.providerOptions[card.provider];
  if (options !== undefined) texts.push(JSON.stringify(options));
  let overhead = around.request + around.message * (messages.length + (systemPrompt === null ? 0 : 1));
  if (tools.length > 0) overhead += around.tools + around.tool * tools.length;
  for (const message of messages) {
    overhead += around.toolCall * (message.role === 'tool' ? 1 : toolCallsOf(message).length);
    overhead += PROMPT_OVERHEAD.perImage * imagesOf(message);
  }
  if (responseFormat.type !== 'text') overhead += around.json;
  return { texts, overhead };
}

/** The texts of a prompt beside its messages. */
export function estimatedPieces({ systemPrompt, tools }: CountedPrompt): readonly string[] {
  return [...(systemPrompt === null ? [] : [systemPrompt]), ...tools.map(toolText)];
}

export function imagesOf(message: Message): number {
  if (message.role !== 'user' || typeof message.content === 'string') return 0;
  return message.content.filter((part) => part.type === 'image').length;
}

/** Formats differ; the JSON is longer than any of those that are known. */
function toolText(tool: Tool): string {
  return JSON.stringify(tool);
}

function providerDataOf(message: Message): readonly string[] {
  if (message.role !== 'assistant' || typeof message.content === 'string') return [];
  return message.content.flatMap((part) =>
    part.type !== 'text' && part.providerData !== undefined ? [JSON.stringify(part.providerData)] : [],
  );
}
