// What of a request the model reads, as texts, and what its chat format adds around them.

import type { CountedPrompt, ModelCard } from '../core/catalog.ts';
import { formatSent } from '../core/emulation.ts';
import { type FittedRequest, type Message, type Tool, textOf, toolCallsOf } from '../core/request.ts';
import type { PromptFormat } from './prompt-formats.ts';

/** Every text that is sent to this model. */
export function textsOf(request: FittedRequest, { provider }: ModelCard): readonly string[] {
  const { systemPrompt, messages, tools } = request;
  const responseFormat = formatSent(request);
  const texts = messages.flatMap((message) => [textOf(message), ...providerDataOf(message)]);
  if (systemPrompt !== null) texts.push(systemPrompt);
  texts.push(...tools.map(toolText));
  if (responseFormat.type === 'json-schema') texts.push(JSON.stringify(responseFormat));
  // Passed through over everything else, so it may be anything.
  const options = request.providerOptions[provider];
  if (options !== undefined) texts.push(JSON.stringify(options));
  return texts;
}

/** The tokens around the texts, by the vendor's format. What isn't known of a prompt yet (a schema, thought) adds nothing. */
export function overheadOf(prompt: CountedPrompt & Partial<FittedRequest>, format: PromptFormat): number {
  const { systemPrompt, messages, tools, responseFormat: asked = { type: 'text' }, reasoningEffort = null } = prompt;
  if (prompt.embedding) return AROUND_EMBEDDED_TEXT * messages.length;
  const responseFormat = formatSent({ ...prompt, responseFormat: asked });
  let tokens = format.request + format.message * (messages.length + (systemPrompt === null ? 0 : 1));
  if (tools.length > 0) tokens += format.tools + format.tool * tools.length;
  for (const message of messages) {
    tokens += format.toolCall * toolCallsOf(message).length;
  }
  if (responseFormat.type === 'json') tokens += format.json;
  if (responseFormat.type === 'json-schema') tokens += format.schema;
  if (reasoningEffort !== null && reasoningEffort !== 'none') tokens += format.reasoning;
  return tokens;
}

/** No chat format stands around a text that is embedded, but models of BERT's kind mark its begin and its end. */
const AROUND_EMBEDDED_TEXT = 2;

/** The texts of a prompt beside its messages. */
export function estimatedPieces({ systemPrompt, tools }: CountedPrompt): readonly string[] {
  return [...(systemPrompt === null ? [] : [systemPrompt]), ...tools.map(toolText)];
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
