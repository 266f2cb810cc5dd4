// The prompt of the AI SDK as our messages. What a model gave with a part of its answer comes back with it, under
// `providerOptions.codementor`.

import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import { UnsupportedFunctionalityError } from '@ai-sdk/provider';
import type { AnswerPart, ImagePart, JsonObject, Message, TextPart, ToolMessage } from '../index.ts';

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
  return { role: 'tool', toolCallId, content: outputText(output), ...(isError && { isError }) };
}

function outputText(output: LanguageModelV4ToolResultOutput): string {
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
      return output.value
        .map((part) => {
          if (part.type === 'text') return part.text;
          throw unsupported(`a part of the kind "${part.type}" in the result of a tool`);
        })
        .join('\n');
  }
}

function fileOf({ data, mediaType }: LanguageModelV4FilePart): TextPart | ImagePart {
  if (data.type === 'text') return textOf(data);
  if (!/^image(\/|$)/.test(mediaType)) throw unsupported(`a file of the type ${mediaType}`);
  switch (data.type) {
    case 'url':
      return { type: 'image', url: data.originalUrl ?? data.url.href };
    case 'data': {
      const base64 = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64');
      return { type: 'image', url: `data:${fullType(mediaType, base64)};base64,${base64}` };
    }
    case 'reference':
      throw unsupported('a file that lies at a vendor');
  }
}

/** How the pictures that models take begin, in base64. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** `image` and `image/*` say that whoever takes it may find out. */
function fullType(mediaType: string, base64: string): string {
  if (/^image\/[^*]/.test(mediaType)) return mediaType;
  const found = BEGINNINGS.find(([beginning]) => base64.startsWith(beginning));
  if (found === undefined) throw unsupported('a picture that does not say what it is: name its media type');
  return found[1];
}

function unsupported(functionality: string): UnsupportedFunctionalityError {
  return new UnsupportedFunctionalityError({ functionality });
}
