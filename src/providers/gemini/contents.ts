// A conversation as Gemini's `contents`. There are two roles, user and model: what the system says goes before everything, and results
// of tools are the user's. Signatures of thoughts go back exactly where they stood, or models of generation 3 and later refuse the call.

import { type LLMError, llmError } from '../../core/errors.ts';
import { isObject, type JsonObject, objectAt, parsedJson, stringAt } from '../../core/json.ts';
import type { AssistantMessage, FittedRequest, ImagePart, ToolCallPart, UserMessage } from '../../core/request.ts';
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
  for (const message of messages) {
    if (message.role === 'system') continue;
    if (message.role === 'tool') {
      const name = toolNames.get(message.toolCallId);
      if (name === undefined) throw strayResult(model);
      if (results === null) {
        results = [];
        contents.push({ role: 'user', parts: results });
      }
      results.push({ functionResponse: { id: message.toolCallId, name, response: { output: message.content } } });
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
  return parts.flatMap((part) => {
    if (part.type === 'image') return [imagePart(part, model)];
    return part.text === '' ? [] : [{ text: part.text }];
  });
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

/** Since January 2026 Google fetches a picture behind an https: URL itself; of what kind it is must be said. */
function imagePart({ url }: ImagePart, model: string): JsonObject {
  const data = /^data:([\w.+-]+\/[\w.+-]+);base64,/.exec(url);
  if (data !== null) return { inlineData: { mimeType: data[1], data: url.slice(data[0].length) } };
  const extension = /\.(\w{1,5})$/.exec(URL.parse(url)?.pathname ?? '')?.[1]?.toLowerCase() ?? '';
  const mimeType = url.startsWith('https:') ? IMAGE_TYPES.get(extension) : undefined;
  if (mimeType !== undefined) return { fileData: { mimeType, fileUri: url } };
  const known = [...IMAGE_TYPES.keys()].join(', ');
  const message = `Gemini must be told of what kind a picture is: send it as a data: URL of base64, or by an https: URL that ends in one of ${known}`;
  throw llmError('invalid_request', message, { param: 'messages', provider: 'gemini', model });
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
