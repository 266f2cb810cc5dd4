// A conversation as the AI SDK's specification has it. Versions differ in how a file stands in it; all else is alike.

import { type Json, type JsonObject, parsedJson } from '../../core/json.ts';
import {
  type AssistantMessage,
  type FittedRequest,
  type Message,
  type ToolMessage,
  toolCallsOf,
} from '../../core/request.ts';
import { resultText, withImagesBehind } from '../media.ts';
import { type FileTarget, filePart } from './files.ts';
import { stateIn } from './state.ts';

export function promptOf({ systemPrompt, messages }: FittedRequest, target: FileTarget): readonly object[] {
  const names = new Map(messages.flatMap(toolCallsOf).map(({ toolCallId, name }) => [toolCallId, name]));
  const prompt: { readonly role: string; readonly content: string | object[] }[] = [];
  if (systemPrompt !== null) prompt.push({ role: 'system', content: systemPrompt });
  for (const message of withImagesBehind(messages)) {
    const last = prompt.at(-1);
    // The results of calls that were made side by side stand in one message.
    if (message.role === 'tool' && last?.role === 'tool' && typeof last.content !== 'string')
      last.content.push(resultOf(message, names));
    else prompt.push({ role: message.role, content: contentOf(message, names, target) });
  }
  return prompt;
}

function contentOf(message: Message, names: ReadonlyMap<string, string>, target: FileTarget): string | object[] {
  switch (message.role) {
    case 'system':
      return message.content;
    case 'user': {
      if (typeof message.content === 'string') return [{ type: 'text', text: message.content }];
      return message.content.map((part) => (part.type === 'text' ? part : filePart(part, target)));
    }
    case 'assistant':
      return answerParts(message, target.id);
    case 'tool':
      return [resultOf(message, names)];
  }
}

function resultOf(message: ToolMessage, names: ReadonlyMap<string, string>): object {
  const { toolCallId, isError = false } = message;
  const output = { type: isError ? 'error-text' : 'text', value: resultText(message) };
  return { type: 'tool-result', toolCallId, toolName: names.get(toolCallId) ?? toolCallId, output };
}

function answerParts({ content }: AssistantMessage, id: string): object[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const parts: AnswerParts[] = [];
  for (const part of content) {
    if (part.type === 'text') {
      parts.push({ ...part });
      continue;
    }
    const state = stateIn(part.providerData, id);
    const options = state === null ? {} : { providerOptions: state.metadata };
    if (part.type === 'tool-call') {
      const { toolCallId, name: toolName, argumentsText } = part;
      parts.push({ type: 'tool-call', toolCallId, toolName, input: inputOf(argumentsText), ...options });
    } else if (state?.isOfText === true) {
      const text = parts.findLast(({ type }) => type === 'text');
      if (text !== undefined) text.providerOptions = state.metadata;
      // What another provider has sealed is of no use to this one, and some refuse it.
    } else if (state !== null || part.providerData === undefined) {
      parts.push({ type: 'reasoning', text: part.text, ...options });
    }
  }
  return parts;
}

type State = { providerOptions?: JsonObject };
type AnswerParts =
  | ({ readonly type: 'text' | 'reasoning'; readonly text: string } & State)
  | ({
      readonly type: 'tool-call';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: Json;
    } & State);

/** As data, always. What a model wrote that is no JSON goes back in the wrapper that Anthropic's page on streamed tools names. */
function inputOf(argumentsText: string): Json {
  if (argumentsText.trim() === '') return {};
  const input = parsedJson(argumentsText);
  return input === null && argumentsText.trim() !== 'null' ? { INVALID_JSON: argumentsText } : input;
}
