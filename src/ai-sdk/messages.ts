// The prompt of the AI SDK as our messages. What a model gave with a part of its answer comes back with it, under
// `providerOptions.codementor`.

import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import type { AnswerPart, JsonObject, Message, TextPart, ToolMessage } from '../index.ts';
import { fileOf, unsupported } from './files.ts';

export function messagesOf(prompt: LanguageModelV4Prompt): readonly Message[] {
  return prompt.flatMap(messageOf);
}

function messageOf(message: LanguageModelV4Message): readonly Message[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user':
      return [
        { role: 'user', content: message.content.map((part) => (part.type === 'text' ? textOf(part) : fileOf(part))) },
      ];
    case 'assistant':
      return [{ role: 'assistant', content: message.content.map(answerPartOf) }];
    case 'tool':
      // An approval is for tools that a vendor runs itself, of which there are none here.
      return message.content.flatMap((part) => (part.type === 'tool-result' ? [resultOf(part)] : []));
  }
}

function textOf({ text }: { readonly text: string }): TextPart {
  return { type: 'text', text };
}

type Answered = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];

function answerPartOf(part: Answered): AnswerPart {
  switch (part.type) {
    case 'text':
      return textOf(part);
    case 'reasoning':
      return { type: 'reasoning', text: part.text, ...stateIn(part.providerOptions) };
    case 'tool-call': {
      const { toolCallId, toolName: name, input } = part;
      const argumentsText = typeof input === 'string' ? input : JSON.stringify(input ?? {});
      return { type: 'tool-call', toolCallId, name, argumentsText, ...stateIn(part.providerOptions) };
    }
  }
  throw unsupported(`a part of the kind "${part.type}" in an answer`);
}

function stateIn(options: SharedV4ProviderOptions | undefined): { readonly providerData?: JsonObject } {
  const state = options?.['codementor']?.['providerData'];
  return isObject(state) ? { providerData: state } : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function resultOf({ toolCallId, output }: LanguageModelV4ToolResultPart): ToolMessage {
  const isError = ['error-text', 'error-json', 'execution-denied'].includes(output.type);
  return { role: 'tool', toolCallId, content: contentOf(output), ...(isError && { isError }) };
}

function contentOf(output: LanguageModelV4ToolResultOutput): ToolMessage['content'] {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value;
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value);
    case 'execution-denied':
      return output.reason ?? 'The tool was not allowed to run.';
    case 'content':
      return output.value.map((part) => {
        if (part.type === 'text') return textOf(part);
        const file = part.type === 'file' ? fileOf(part) : null;
        if (file?.type === 'text' || file?.type === 'image') return file;
        throw unsupported(`a part of the kind "${file?.type ?? part.type}" in the result of a tool`);
      });
  }
}
