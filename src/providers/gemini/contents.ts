// A conversation as Gemini's `contents`. There are two roles, user and model: what the system says goes before everything, and results
// of tools are the user's. Signatures of thoughts go back exactly where they stood, or models of generation 3 and later refuse the call.

import { type LLMError, llmError } from '../../core/errors.ts';
import { isObject, type JsonObject, objectAt, parsedJson, stringAt } from '../../core/json.ts';
import { AUDIO_TYPES, dataUrlOf } from '../../core/media.ts';
import type {
  AssistantMessage,
  FilePart,
  FittedRequest,
  ImagePart,
  Message,
  ToolCallPart,
  ToolMessage,
  UserMessage,
  UserPart,
} from '../../core/request.ts';
import { isAddress, resultImages, resultText, withImagesBehind } from '../media.ts';
import { isThirdOrLater } from './thinking.ts';

export interface GeminiContents {
  readonly contents: readonly JsonObject[];
  readonly systemInstruction: JsonObject | null;
}

type Content = { readonly role: 'user' | 'model'; readonly parts: JsonObject[] };

/** In the shape of Google's own OpenAI-compatible endpoint: what a Chat Completions client gets in `extra_content` is then what it knows. */
export function signatureData(thoughtSignature: string): JsonObject {
  return { google: { thought_signature: thoughtSignature } };
}

function signatureIn(providerData: JsonObject | undefined): string | null {
  return stringAt(objectAt(providerData, 'google') ?? undefined, 'thought_signature');
}

export function contentsOf({ systemPrompt, messages }: FittedRequest, model: string): GeminiContents {
  const system = messages.flatMap((message) => (message.role === 'system' ? [message.content] : []));
  if (systemPrompt !== null) system.unshift(systemPrompt);
  const contents = conversationOf(messages, model);
  const texts = system.filter((text) => text !== '').map((text) => ({ text }));
  if (texts.length === 0) return { contents, systemInstruction: null };
  // Gemma has no place for it but the first message.
  if (model.startsWith('gemma-')) return { contents: ledBy(texts, contents), systemInstruction: null };
  return { contents, systemInstruction: { parts: texts } };
}

function conversationOf(messages: FittedRequest['messages'], model: string): readonly Content[] {
  const contents: Content[] = [];
  const toolNames = new Map<string, string>();
  /** What the results of one answer's calls are put into together: Google counts them against its calls. */
  let results: JsonObject[] | null = null;
  for (const message of placed(messages, model)) {
    if (message.role === 'system') continue;
    if (message.role === 'tool') {
      const name = toolNames.get(message.toolCallId);
      if (name === undefined) throw strayResult(model);
      if (results === null) {
        results = [];
        contents.push({ role: 'user', parts: results });
      }
      results.push(resultPart(message, name, model));
      continue;
    }
    results = null;
    const isUser = message.role === 'user';
    const parts = isUser ? userParts(message, model) : modelParts(message, isThirdOrLater(model), toolNames);
    // A part without text is a 400, and so is a content without parts.
    if (parts.length > 0) contents.push({ role: isUser ? 'user' : 'model', parts });
  }
  return contents;
}

function ledBy(texts: readonly JsonObject[], [first, ...rest]: readonly Content[]): readonly Content[] {
  if (first?.role === 'user') return [{ role: 'user', parts: [...texts, ...first.parts] }, ...rest];
  return [{ role: 'user', parts: [...texts] }, ...(first === undefined ? [] : [first]), ...rest];
}

function userParts({ content }: UserMessage, model: string): JsonObject[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  return parts.filter((part) => part.type !== 'text' || part.text !== '').map((part) => userPart(part, model));
}

function userPart(part: UserPart, model: string): JsonObject {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'image':
      return imagePart(part, model);
    case 'file':
      return filePart(part);
    case 'audio':
      return { inlineData: { mimeType: AUDIO_TYPES[part.format], data: part.data } };
  }
}

/** Since generation 3 a result holds pictures itself, as data; else they follow as the user's. */
function placed(messages: readonly Message[], model: string): readonly Message[] {
  const images = messages.flatMap((message) => (message.role === 'tool' ? resultImages(message) : []));
  return isThirdOrLater(model) && !images.some(({ url }) => isAddress(url)) ? messages : withImagesBehind(messages);
}

function resultPart(message: ToolMessage, name: string, model: string): JsonObject {
  const parts = resultImages(message).map((image) => imagePart(image, model));
  const functionResponse = { id: message.toolCallId, name, response: { output: resultText(message) } };
  return { functionResponse: parts.length === 0 ? functionResponse : { ...functionResponse, parts } };
}

function filePart({ url, mediaType }: FilePart): JsonObject {
  return isAddress(url) ? { fileData: { mimeType: mediaType, fileUri: url } } : inlinePart(url);
}

function inlinePart(url: string): JsonObject {
  const data = dataUrlOf(url);
  return { inlineData: { mimeType: data?.mediaType ?? null, data: data?.base64 ?? '' } };
}

/** What Gemini reads (ai.google.dev/gemini-api/docs/image-understanding). */
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
]);

const READABLE: ReadonlySet<string | undefined> = new Set(IMAGE_TYPES.values());

/** Since January 2026 Google fetches a picture behind an https: URL itself; of what kind it is must be said. */
function imagePart({ url }: ImagePart, model: string): JsonObject {
  if (!isAddress(url) && READABLE.has(dataUrlOf(url)?.mediaType)) return inlinePart(url);
  const mimeType = typeInAddress(url);
  if (mimeType !== undefined) return { fileData: { mimeType, fileUri: url } };
  const known = [...IMAGE_TYPES.keys()].join(', ');
  const message = `Gemini must be told of what kind a picture is: send it as a data: URL of base64, or by an https: URL that ends in one of ${known}; it reads no GIF`;
  throw llmError('invalid_request', message, { param: 'messages', provider: 'gemini', model });
}

function typeInAddress(url: string): string | undefined {
  const extension = /\.(\w{1,5})$/.exec(URL.parse(url)?.pathname ?? '')?.[1]?.toLowerCase() ?? '';
  return url.startsWith('https:') ? IMAGE_TYPES.get(extension) : undefined;
}

/** Of what is behind its address nobody can tell Google the kind. */
export function isOfUnknownKind({ type, url }: ImagePart | FilePart): boolean {
  return type === 'image' && isAddress(url) && typeInAddress(url) === undefined;
}

function modelParts({ content }: AssistantMessage, wantsSignatures: boolean, toolNames: Map<string, string>) {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }];
  const parts: JsonObject[] = [];
  /** Of a text that is still to come: a client may have put all reasoning first. */
  let unplaced: string | null = null;
  const place = () => {
    if (unplaced !== null) parts.push({ text: '', thoughtSignature: unplaced });
    unplaced = null;
  };
  let isFirstCall = true;
  for (const part of content) {
    if (part.type === 'text') {
      if (part.text === '') continue;
      parts.push({ text: part.text, ...(unplaced !== null && { thoughtSignature: unplaced }) });
      unplaced = null;
      continue;
    }
    const signature = signatureIn(part.providerData);
    if (part.type === 'reasoning' && part.text === '') {
      if (signature === null) continue;
      place();
      if (!signsLast(parts, signature)) unplaced = signature;
      continue;
    }
    place();
    if (part.type === 'reasoning') {
      parts.push({ text: part.text, thought: true, ...(signature !== null && { thoughtSignature: signature }) });
      continue;
    }
    toolNames.set(part.toolCallId, part.name);
    const signed = signature ?? (wantsSignatures && isFirstCall ? NOT_SIGNED : null);
    parts.push({ functionCall: functionCallOf(part), ...(signed !== null && { thoughtSignature: signed }) });
    isFirstCall = false;
  }
  place();
  return parts;
}

/** What Google's docs say to send with a call that it did not sign itself: one of another vendor's model, or written by hand. */
const NOT_SIGNED = 'skip_thought_signature_validator';

/** Whether the signature found its text: the last part, if that is one. */
function signsLast(parts: JsonObject[], thoughtSignature: string): boolean {
  const last = parts.at(-1);
  const takesIt =
    last?.['text'] !== undefined && last['thought'] === undefined && last['thoughtSignature'] === undefined;
  if (takesIt) parts.splice(-1, 1, { ...last, thoughtSignature });
  return takesIt;
}

/** The arguments must be an object. What another model wrote may be no JSON: it goes back as the text it is. */
function functionCallOf({ toolCallId, name, argumentsText }: ToolCallPart): JsonObject {
  const args = parsedJson(argumentsText.trim() === '' ? '{}' : argumentsText);
  return { id: toolCallId, name, args: isObject(args) ? args : { arguments: argumentsText } };
}

function strayResult(model: string): LLMError {
  const message =
    'A tool message answers a call that no assistant message before it holds; Gemini wants the name of the tool with its result, so send the call too';
  return llmError('invalid_request', message, { param: 'messages', provider: 'gemini', model });
}
