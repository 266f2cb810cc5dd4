// Messages as Anthropic writes them, in our words: a turn of blocks becomes messages, since a tool's result is a message of its own
// here. Thoughts with a signature keep it as vendor state, and state that is not Anthropic's comes back in what its clients return.

import { z } from 'zod';
import {
  type AnswerPart,
  IMAGE_TYPES,
  type JsonObject,
  type Message,
  PDF,
  type UserMessage,
  type UserPart,
} from '../index.ts';
import { base64, imageUrl, pdfUrl, toFile, toResult } from './media-wire.ts';
import { isJsonObject, jsonObject } from './schema.ts';
import { isSealed, unsealed } from './sealed-state.ts';

const textBlock = z.strictObject({ type: z.literal('text'), text: z.string() });

const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion(
    'type',
    [
      z.strictObject({
        type: z.literal('base64'),
        media_type: z.enum(IMAGE_TYPES),
        data: base64,
      }),
      z.strictObject({ type: z.literal('url'), url: address(imageUrl) }),
    ],
    { error: 'an image is sent as base64 or by its https: URL; files of a vendor are not known here' },
  ),
});

const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('base64'), media_type: z.literal(PDF), data: base64 }),
      z.strictObject({ type: z.literal('url'), url: address(pdfUrl) }),
      z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() }),
    ],
    { error: 'a document is a PDF as base64 or by its https: URL, or a text; files of a vendor are not known here' },
  ),
  title: z.string().nullish(),
  citations: z
    .strictObject({ enabled: z.literal(false, 'citations are not available here; leave them out').nullish() })
    .nullish(),
});

/** Data has a source of its own. */
function address(url: z.ZodType<string>) {
  return url.refine((value) => !value.startsWith('data:'), 'must be an https: URL');
}

const IN_A_RESULT = 'the content of a tool result is a text, or a list of text and image blocks';
const toolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock], { error: IN_A_RESULT }))], {
      error: IN_A_RESULT,
    })
    .nullish(),
  is_error: z.boolean().nullish(),
});

const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
});
const redactedBlock = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() });
const toolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: jsonObject,
});

const OF_A_USER = 'a user’s blocks are text, image, document and tool_result; others are not taken here';
const OF_AN_ASSISTANT =
  'an assistant’s blocks are text, thinking, redacted_thinking and tool_use; those of a vendor’s own tools are not taken here';
const texts = z.union([z.string(), z.array(textBlock)], { error: 'must be a text or a list of text blocks' });

const OR_BLOCKS = { error: 'must be a text or a list of blocks' };
const userBlock = z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock, toolResultBlock], {
  error: OF_A_USER,
});
const userTurn = z.strictObject({
  role: z.literal('user'),
  content: z.union([z.string(), z.array(userBlock)], OR_BLOCKS),
});
const assistantBlock = z.discriminatedUnion('type', [textBlock, thinkingBlock, redactedBlock, toolUseBlock], {
  error: OF_AN_ASSISTANT,
});
const assistantTurn = z.strictObject({
  role: z.literal('assistant'),
  content: z.union([z.string(), z.array(assistantBlock)], OR_BLOCKS),
});
const systemTurn = z.strictObject({ role: z.literal('system'), content: texts });

export const turn = z.discriminatedUnion('role', [userTurn, assistantTurn, systemTurn]);
export const system = texts;

export function joinedTexts(content: z.infer<typeof texts>): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n\n');
}

/** `model`: whose thoughts they are, since a thought counts for its model alone and its block does not say whose it is. */
export function messagesOf(turns: readonly z.infer<typeof turn>[], model: string | null): readonly Message[] {
  return turns.flatMap((asked, index) => turnMessages(asked, model, `messages[${index}]`));
}

function turnMessages(asked: z.infer<typeof turn>, model: string | null, at: string): readonly Message[] {
  const { role, content } = asked;
  if (typeof content === 'string') return [{ role, content }];
  switch (asked.role) {
    case 'system':
      return [{ role: 'system', content: joinedTexts(asked.content) }];
    case 'user':
      return userMessages(blocksIn(asked.content));
    case 'assistant':
      return [{ role: 'assistant', content: answerParts(blocksIn(asked.content), model, at) }];
  }
}

function blocksIn<T>(content: string | readonly T[]): readonly T[] {
  return typeof content === 'string' ? [] : content;
}

type UserBlock = z.infer<typeof userBlock>;
type AssistantBlock = z.infer<typeof assistantBlock>;

/** In the order in which they stand. */
function userMessages(blocks: readonly UserBlock[]): readonly Message[] {
  const messages: Message[] = [];
  let parts: UserPart[] = [];
  const endParts = () => {
    if (parts.length > 0) messages.push(userMessage(parts));
    parts = [];
  };
  for (const block of blocks) {
    if (block.type !== 'tool_result') {
      parts.push(block.type === 'document' ? documentPart(block) : textOrImage(block));
      continue;
    }
    endParts();
    const { tool_use_id: toolCallId, content, is_error: isError } = block;
    messages.push({
      role: 'tool',
      toolCallId,
      content: typeof content === 'string' ? content : toResult((content ?? []).map(textOrImage), '\n\n'),
      ...(isError === true && { isError }),
    });
  }
  endParts();
  return messages.length === 0 ? [{ role: 'user', content: '' }] : messages;
}

/** A text alone is the same message, and the same answer in the cache, however it was written. */
function userMessage(parts: readonly UserPart[]): UserMessage {
  const [first] = parts;
  const isPlain = parts.length === 1 && first?.type === 'text';
  return { role: 'user', content: isPlain ? first.text : parts };
}

function textOrImage(block: z.infer<typeof textBlock> | z.infer<typeof imageBlock>) {
  return block.type === 'text' ? block : { type: 'image' as const, url: urlOf(block.source) };
}

/** A text that is sent as a document is a text with its title. */
function documentPart({ source, title }: z.infer<typeof documentBlock>): UserPart {
  if (source.type !== 'text') return toFile(urlOf(source), title);
  return { type: 'text', text: typeof title === 'string' ? `${title}\n\n${source.data}` : source.data };
}

type Source =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'base64'; readonly media_type: string; readonly data: string };

function urlOf(source: Source): string {
  return source.type === 'url' ? source.url : `data:${source.media_type};base64,${source.data}`;
}

function answerParts(
  blocks: readonly AssistantBlock[],
  model: string | null,
  at: string,
): string | readonly AnswerPart[] {
  const parts: AnswerPart[] = [];
  for (const [index, block] of blocks.entries()) {
    const param = `${at}.content[${index}]`;
    switch (block.type) {
      case 'text':
        parts.push(block);
        break;
      case 'thinking':
        parts.push(thought(block.thinking, block.signature ?? '', model, `${param}.signature`));
        break;
      case 'redacted_thinking':
        takeHidden(block.data, parts, model, `${param}.data`);
        break;
      case 'tool_use':
        parts.push({
          type: 'tool-call',
          toolCallId: block.id,
          name: block.name,
          argumentsText: argumentsOf(block.input),
        });
    }
  }
  const [first] = parts;
  return parts.length === 1 && first?.type === 'text' ? first.text : parts;
}

function thought(text: string, signature: string, model: string | null, param: string): AnswerPart {
  if (signature === '') return { type: 'reasoning', text };
  const providerData = isSealed(signature)
    ? unsealed(signature, param)
    : { type: 'thinking', signature, ...(model !== null && { model }) };
  return { type: 'reasoning', text, providerData };
}

/** A thought that Anthropic hides, or state of ours: of a thought without a text, or of the call before it. */
function takeHidden(data: string, parts: AnswerPart[], model: string | null, param: string): void {
  const providerData = isSealed(data)
    ? unsealed(data, param)
    : { type: 'redacted_thinking', data, ...(model !== null && { model }) };
  const last = parts.at(-1);
  const ofCall = providerData[CALL_STATE];
  if (last?.type === 'tool-call' && isJsonObject(ofCall)) parts[parts.length - 1] = { ...last, providerData: ofCall };
  else if (ofCall === undefined) parts.push({ type: 'reasoning', text: '', providerData });
}

/** Under this name the state of a call is sealed, in a hidden block behind it: the call's own block has no place for it. */
export const CALL_STATE = 'tool_use';

/** What a model wrote that was no object went out in the wrapper that Anthropic's page on streamed tools names. */
const WRAPPER = 'INVALID_JSON';

function argumentsOf(input: JsonObject): string {
  const wrapped = input[WRAPPER];
  return typeof wrapped === 'string' && Object.keys(input).length === 1 ? wrapped : JSON.stringify(input);
}

export function inputOf(argumentsText: string): JsonObject {
  if (argumentsText.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(argumentsText);
    if (isJsonObject(input)) return input;
  } catch {
    // The wrapper says it.
  }
  return { [WRAPPER]: argumentsText };
}
