// A conversation as Anthropic takes it: the system prompt apart, turns of user and assistant that alternate, results of tools at the
// head of the user's turn. It is translated message by message, so that what stays in front stays the same text: caches live on that.

import { llmError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import { dataUrlOf } from '../../core/media.ts';
import {
  type AnswerPart,
  type FilePart,
  type FittedRequest,
  type Message,
  type ReasoningPart,
  type ToolCallPart,
  type ToolChoice,
  type ToolMessage,
  textOf,
  type UserPart,
} from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { resultImages, resultText } from '../media.ts';

export interface Conversation {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
  /** True: thoughts of an earlier answer go back. */
  readonly holdsThoughts: boolean;
  readonly warnings: readonly Warning[];
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: JsonObject[];
}

/** `takesThought`: whether a thought may go back; the others are left out, as they are for every vendor that takes none. */
export function conversationOf(
  { systemPrompt, messages }: FittedRequest,
  takesThought: (part: ReasoningPart) => boolean,
): Conversation {
  const start = messages.findIndex(({ role }) => role !== 'system');
  const leading = start === -1 ? messages : messages.slice(0, start);
  const rest = start === -1 ? [] : messages.slice(start);
  const turns: Turn[] = [];
  for (const message of rest) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message, takesThought);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, blocks: [...blocks] });
  }
  if (turns.length === 0) {
    throw llmError('invalid_request', 'Anthropic answers no request without a message that is more than blank', {
      param: 'messages',
      provider: 'anthropic',
    });
  }
  const hasMoved = rest.some(({ role }) => role === 'system');
  return {
    system: [systemPrompt ?? '', ...leading.map(textOf)].flatMap(textBlocks),
    messages: turns.map(({ role, blocks }) => ({ role, content: role === 'user' ? resultsFirst(blocks) : blocks })),
    holdsThoughts: turns.some(({ blocks }) => blocks.some(({ type }) => String(type).endsWith('thinking'))),
    warnings: hasMoved ? [MOVED] : [],
  };
}

const MOVED: Warning = {
  code: 'system_message_moved',
  message: "A system message within the conversation was sent in the user's turn, marked as what it is",
};

/** A forced call: the model has no say in it. */
export function isForced(choice: ToolChoice | null): boolean {
  return choice === 'required' || (typeof choice === 'object' && choice !== null);
}

/** A thought that Anthropic signed. */
export function isThought(part: { readonly type: string; readonly providerData?: JsonObject }): boolean {
  return part.type === 'reasoning' && thoughtBlock('', part.providerData) !== null;
}

function blocksOf(message: Message, takesThought: (part: ReasoningPart) => boolean): readonly JsonObject[] {
  switch (message.role) {
    case 'system':
      // Models before 4.8, and this version of the API, have no such role here. A user's turn is the only other place, and the tag
      // says whose words they are; it lends them no more weight than the turn has.
      return textBlocks(message.content).map(({ text }) => ({ type: 'text', text: `<system>\n${text}\n</system>` }));
    case 'tool':
      return resultBlocks(message);
    case 'user':
      return typeof message.content === 'string' ? textBlocks(message.content) : message.content.flatMap(userBlocks);
    case 'assistant':
      if (typeof message.content === 'string') return textBlocks(message.content);
      return message.content.flatMap((part) => answerBlocks(part, takesThought));
  }
}

/** Blank text is a 400. */
function textBlocks(text: string): readonly JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function userBlocks(part: UserPart): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
      return textBlocks(part.text);
    case 'image':
      return [{ type: 'image', source: imageSource(part.url) }];
    case 'file':
      return [documentBlock(part)];
    case 'audio':
      throw llmError('invalid_request', 'Anthropic takes no audio; send its transcript', {
        param: 'messages',
        provider: 'anthropic',
      });
  }
}

/** What failed is told in text alone: then its pictures stand behind it, as blocks of the turn. */
function resultBlocks(message: ToolMessage): readonly JsonObject[] {
  const { content, isError = false } = message;
  const result = { type: 'tool_result', tool_use_id: callId(message.toolCallId) };
  if (typeof content === 'string') return [{ ...result, content, ...(isError && { is_error: true }) }];
  if (!isError) return [{ ...result, content: content.flatMap(userBlocks) }];
  return [{ ...result, content: resultText(message), is_error: true }, ...resultImages(message).flatMap(userBlocks)];
}

function documentBlock({ url, filename }: FilePart): JsonObject {
  const data = dataUrlOf(url);
  const source =
    data === null ? { type: 'url', url } : { type: 'base64', media_type: data.mediaType, data: data.base64 };
  return { type: 'document', source, ...(filename !== undefined && { title: filename }) };
}

/** There is no `detail` here: a picture is scaled by its size alone. */
function imageSource(url: string): JsonObject {
  if (!url.startsWith('data:')) return { type: 'url', url };
  const comma = url.indexOf(',');
  const mediaType = /^data:(image\/(?:jpeg|png|gif|webp));base64$/.exec(url.slice(0, Math.max(0, comma)))?.[1];
  if (mediaType === undefined) {
    throw llmError(
      'invalid_request',
      'Anthropic takes pictures as JPEG, PNG, GIF or WebP, in base64 or by their address',
      {
        param: 'messages',
        provider: 'anthropic',
      },
    );
  }
  return { type: 'base64', media_type: mediaType, data: url.slice(comma + 1) };
}

function answerBlocks(part: AnswerPart, takesThought: (part: ReasoningPart) => boolean): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
      return textBlocks(part.text);
    case 'tool-call':
      return [{ type: 'tool_use', id: callId(part.toolCallId), name: part.name, input: inputOf(part) }];
    case 'reasoning': {
      const block = takesThought(part) ? thoughtBlock(part.text, part.providerData) : null;
      return block === null ? [] : [block];
    }
  }
}

/** As it came. One without a signature, or of another vendor, is a 400: null. */
function thoughtBlock(thinking: string, providerData: JsonObject | undefined): JsonObject | null {
  const type = stringAt(providerData, 'type');
  const signature = stringAt(providerData, 'signature');
  const data = stringAt(providerData, 'data');
  if (type === 'thinking' && signature !== null) return { type, thinking, signature };
  if (type === 'redacted_thinking' && data !== null) return { type, data };
  return null;
}

/** Ids of other vendors may hold what this one refuses. A call and its results are changed alike. */
function callId(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '_');
}

/** An object, always. What a model wrote that is none goes back in the wrapper that Anthropic's page on streamed tools names. */
function inputOf({ argumentsText }: ToolCallPart): JsonObject {
  if (argumentsText.trim() === '') return {};
  let input: Json = null;
  try {
    input = JSON.parse(argumentsText);
  } catch {
    // Falls through to the wrapper.
  }
  return isObject(input) ? input : { INVALID_JSON: argumentsText };
}

/** A result that stands behind a text of its turn is a 400. */
function resultsFirst(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const isResult = ({ type }: JsonObject) => type === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}
