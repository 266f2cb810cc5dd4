// The items of OpenAI's Responses API, in our words and back: a flat list of what was said, thought, called and found out. What an
// assistant did between two others is one message here. Ids of items mean nothing to us: nothing is stored. The state of a call
// stands on it, and once more in a hidden thought behind it: some clients give back nothing of a call but what OpenAI has there.

import { z } from 'zod';
import type { AnswerPart, JsonObject, Message, UserPart } from '../index.ts';
import { detail, imageUrl, noFileId, pdfUrl, toFile, toImage, toResult } from './media-wire.ts';
import { isJsonObject, jsonObject } from './schema.ts';
import { isSealed, sealed, unsealed } from './sealed-state.ts';

/** Of what our own answers tell of an item, and clients send back. */
const echoed = { id: z.string().nullish(), status: z.string().nullish() };

const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  file_id: noFileId,
  image_url: imageUrl,
  detail,
});
const inputFile = z
  .strictObject({
    type: z.literal('input_file'),
    file_id: noFileId,
    file_data: pdfUrl.nullish(),
    file_url: pdfUrl.nullish(),
    filename: z.string().nullish(),
  })
  .refine(
    ({ file_data, file_url }) => typeof (file_data ?? file_url) === 'string',
    'a file has its file_data or its file_url',
  );
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()).nullish(),
  logprobs: z.array(z.unknown()).nullish(),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const OR_PARTS = { error: 'must be a text or a list of parts' };
const isMessage = { type: z.literal('message').optional(), ...echoed };
const IN_A_MESSAGE = 'what a user sends is input_text, input_image and input_file; other parts are not taken here';
const userItem = z.strictObject({
  ...isMessage,
  role: z.literal('user'),
  content: z.union(
    [z.string(), z.array(z.discriminatedUnion('type', [inputText, inputImage, inputFile], { error: IN_A_MESSAGE }))],
    OR_PARTS,
  ),
});
const systemItem = z.strictObject({
  ...isMessage,
  role: z.enum(['system', 'developer']),
  content: z.union([z.string(), z.array(inputText)], OR_PARTS),
});
const assistantItem = z.strictObject({
  ...isMessage,
  role: z.literal('assistant'),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [outputText, refusal, inputText]))], OR_PARTS),
});

const callItem = z.strictObject({
  type: z.literal('function_call'),
  ...echoed,
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  extra_content: jsonObject.nullish().describe('The vendor’s own state, as it was given'),
});
const IN_A_RESULT = 'the output of a function is a text, or a list of input_text and input_image';
const resultItem = z.strictObject({
  type: z.literal('function_call_output'),
  ...echoed,
  call_id: z.string(),
  output: z.union(
    [z.string(), z.array(z.discriminatedUnion('type', [inputText, inputImage], { error: IN_A_RESULT }))],
    { error: IN_A_RESULT },
  ),
});
const reasoningItem = z.strictObject({
  type: z.literal('reasoning'),
  ...echoed,
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })).nullish(),
  content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
});

export const item = z.discriminatedUnion(
  'type',
  [z.discriminatedUnion('role', [userItem, systemItem, assistantItem]), callItem, resultItem, reasoningItem],
  {
    error:
      'items are message, function_call, function_call_output and reasoning; nothing is stored here that could be referred to (with ' +
      '"store": false clients send the items themselves), and tools of a vendor’s own are not taken',
  },
);
type Item = z.infer<typeof item>;

/** `provider`: who gave what no one here has sealed. */
export function messagesOf(items: readonly Item[], provider: string): readonly Message[] {
  const messages: Message[] = [];
  let answered: AnswerPart[] = [];
  const endAnswer = () => {
    const parts = withCallStates(answered);
    const [first] = parts;
    const isPlain = parts.length === 1 && first?.type === 'text';
    if (parts.length > 0) messages.push({ role: 'assistant', content: isPlain ? first.text : parts });
    answered = [];
  };
  for (const [index, asked] of items.entries()) {
    const part = answerPart(asked, provider, `input[${index}]`);
    if (part !== null) {
      answered.push(part);
      continue;
    }
    endAnswer();
    const message = messageOf(asked);
    if (message !== null) messages.push(message);
  }
  endAnswer();
  return messages;
}

/** What came as a thought may be the state of a call, on whichever side of it a client puts it; of a call that is not there it is nobody's. */
function withCallStates(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const states = new Map<string, JsonObject>();
  const others: AnswerPart[] = [];
  for (const part of parts) {
    const { call_id: callId, extra_content: state } = (part.type === 'reasoning' && part.providerData) || {};
    if (typeof callId === 'string' && isJsonObject(state)) states.set(callId, state);
    else others.push(part);
  }
  return others.map((part) => {
    const state = part.type === 'tool-call' ? states.get(part.toolCallId) : undefined;
    return part.type === 'tool-call' && state !== undefined ? { ...part, providerData: state } : part;
  });
}

/** Null: it is not an assistant's. */
function answerPart(asked: Item, provider: string, at: string): AnswerPart | null {
  switch (asked.type) {
    case 'function_call': {
      const { call_id: toolCallId, name, arguments: argumentsText, extra_content: state } = asked;
      return { type: 'tool-call', toolCallId, name, argumentsText, ...(state && { providerData: state }) };
    }
    case 'reasoning': {
      const text = [...((asked.content?.length ? asked.content : asked.summary) ?? [])]
        .map((part) => part.text)
        .join('\n');
      const providerData = stateOf(asked, provider, `${at}.encrypted_content`);
      return { type: 'reasoning', text, ...(providerData && { providerData }) };
    }
    case 'function_call_output':
      return null;
    default: {
      if (asked.role !== 'assistant') return null;
      const { content } = asked;
      return { type: 'text', text: typeof content === 'string' ? content : content.map(saidIn).join('') };
    }
  }
}

function saidIn(part: z.infer<typeof outputText> | z.infer<typeof refusal> | z.infer<typeof inputText>): string {
  return part.type === 'refusal' ? part.refusal : part.text;
}

/** What no one here has sealed is the vendor's own, from before the client came to us: its provider takes the item as it was. */
function stateOf(asked: z.infer<typeof reasoningItem>, provider: string, param: string): JsonObject | null {
  const { type, id, summary, encrypted_content: enciphered } = asked;
  if (typeof enciphered !== 'string' || enciphered === '') return null;
  if (isSealed(enciphered)) return unsealed(enciphered, param);
  return {
    [provider]: { type, ...(typeof id === 'string' && { id }), summary: summary ?? [], encrypted_content: enciphered },
  };
}

function messageOf(asked: Item): Message | null {
  if (asked.type === 'function_call_output') {
    return { role: 'tool', toolCallId: asked.call_id, content: outputOfCall(asked.output) };
  }
  if (asked.type === 'function_call' || asked.type === 'reasoning' || asked.role === 'assistant') return null;
  if (asked.role !== 'user') return { role: 'system', content: joined(asked.content) };
  const { content } = asked;
  return { role: 'user', content: typeof content === 'string' ? content : content.map(userPart) };
}

function joined(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}

type TextOrImage = z.infer<typeof inputText> | z.infer<typeof inputImage>;

function userPart(part: TextOrImage | z.infer<typeof inputFile>): UserPart {
  if (part.type === 'input_file') return toFile(part.file_data ?? part.file_url ?? '', part.filename);
  return textOrImage(part);
}

function textOrImage(part: TextOrImage) {
  if (part.type === 'input_text') return { type: 'text' as const, text: part.text };
  return toImage(part.image_url, part.detail);
}

function outputOfCall(output: string | readonly TextOrImage[]) {
  return typeof output === 'string' ? output : toResult(output.map(textOrImage));
}

type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function textItem(id: string, text: string, status: ItemStatus) {
  const content = status === 'in_progress' ? [] : [textPart(text)];
  return { id, type: 'message', status, role: 'assistant', content };
}

export function textPart(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

export function summaryPart(text: string) {
  return { type: 'summary_text', text };
}

export function reasoningItemOf(id: string, text: string, status: ItemStatus, state?: JsonObject) {
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [summaryPart(text)],
    ...(state !== undefined && { encrypted_content: sealed(state) }),
    status,
  };
}

export function callItemOf(
  id: string,
  call: { readonly toolCallId: string; readonly name: string },
  text: string,
  status: ItemStatus,
  state?: JsonObject,
) {
  return {
    id,
    type: 'function_call',
    status,
    call_id: call.toolCallId,
    name: call.name,
    arguments: text,
    ...(state !== undefined && { extra_content: state }),
  };
}

/** What goes out behind a call that has state. */
export function callStateItemOf(id: string, callId: string, status: ItemStatus, state: JsonObject) {
  return reasoningItemOf(id, '', status, { call_id: callId, extra_content: state });
}

const PREFIXES: Readonly<Record<AnswerPart['type'], string>> = { text: 'msg', reasoning: 'rs', 'tool-call': 'fc' };

export function itemId(type: AnswerPart['type'], responseId: string, index: number): string {
  return `${PREFIXES[type]}_${responseId}_${index}`;
}

/** What a response says was done, item by item; the last of one that was cut is not whole. */
export function outputOf(parts: readonly AnswerPart[], responseId: string, isWhole: boolean): readonly object[] {
  const told = parts.filter((part) => part.type !== 'text' || part.text !== '');
  const items: object[] = [];
  for (const [index, part] of told.entries()) {
    const id = itemId(part.type, responseId, items.length);
    const status = isWhole || index < told.length - 1 ? 'completed' : 'incomplete';
    if (part.type === 'text') items.push(textItem(id, part.text, status));
    else if (part.type === 'reasoning') items.push(reasoningItemOf(id, part.text, status, part.providerData));
    else {
      const { toolCallId, argumentsText, providerData: state } = part;
      items.push(callItemOf(id, part, argumentsText, status, state));
      const stateId = itemId('reasoning', responseId, items.length);
      if (state !== undefined) items.push(callStateItemOf(stateId, toolCallId, status, state));
    }
  }
  return items;
}
