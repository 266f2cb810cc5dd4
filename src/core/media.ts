// What of a request is no text: pictures, documents, sound. How large it may be and what it must look like stands here, once, for
// whoever brings it; nothing is fetched to check it, and no byte is looked into beyond its base64.

import type { ModelFeature } from './catalog.ts';
import { type LLMError, llmError } from './errors.ts';
import type { AudioFormat, AudioPart, FilePart, ImagePart, LLMRequest, Message } from './request.ts';

export type MediaPart = ImagePart | FilePart | AudioPart;

export const MEDIA_LIMITS = {
  /** Of one part, decoded: what fits into the largest body that the gateway takes. */
  partBytes: 6 * 1_048_576,
  /** Of all parts of a request together, as base64: what Groq and Gemini are known to take in one request. */
  requestCharacters: 20_000_000,
  /** Anthropic takes a hundred pictures with its smaller models, and no other vendor says less but Groq (three). */
  parts: 100,
  urlCharacters: 8_192,
  filenameCharacters: 256,
} as const;

/** Those that every vendor with the feature takes. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export const PDF = 'application/pdf';

/** Format -> what it is called as a media type. */
export const AUDIO_TYPES: Readonly<Record<AudioFormat, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  aac: 'audio/aac',
  aiff: 'audio/aiff',
};

/** Of one message, in order. */
export function mediaOf({ role, content }: Message): readonly MediaPart[] {
  if (typeof content === 'string' || (role !== 'user' && role !== 'tool')) return [];
  return content.flatMap((part) => (isMedia(part) ? [part] : []));
}

function isMedia(part: { readonly type: string }): part is MediaPart {
  return part.type === 'image' || part.type === 'file' || part.type === 'audio';
}

/** A data: URL of base64 in its two parts; null: it is none. */
export function dataUrlOf(url: string): { readonly mediaType: string; readonly base64: string } | null {
  const head = /^data:([a-z]{1,20}\/[a-z0-9.+-]{1,40});base64,/.exec(url.slice(0, 80));
  return head === null ? null : { mediaType: head[1] ?? '', base64: url.slice(head[0].length) };
}

export function decodedBytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/** What a model must be able to read. */
export function mediaFeatures(messages: readonly Message[]): ReadonlySet<ModelFeature> {
  return new Set(messages.flatMap(mediaOf).map(({ type }) => FEATURE_OF[type]));
}

const FEATURE_OF = { image: 'images', file: 'pdf', audio: 'audio' } as const satisfies Record<string, ModelFeature>;

/** Throws the first fault found. That its role may have a part of the kind is known by then. */
export function checkMedia(messages: LLMRequest['messages']): void {
  let parts = 0;
  let characters = 0;
  for (const [index, message] of messages.entries()) {
    const { content, role } = message;
    if (typeof content === 'string' || (role !== 'user' && role !== 'tool')) continue;
    for (const [at, part] of content.entries()) {
      if (!isMedia(part)) continue;
      parts += 1;
      characters += charactersOf(part, `messages[${index}].content[${at}]`);
    }
  }
  if (parts > MEDIA_LIMITS.parts)
    throw llmError('invalid_request', `messages hold ${parts} media, at most ${MEDIA_LIMITS.parts} are taken`, {
      param: 'messages',
    });
  if (characters > MEDIA_LIMITS.requestCharacters)
    throw llmError(
      'invalid_request',
      `The media of messages have ${characters} characters of base64 together, at most ${MEDIA_LIMITS.requestCharacters} are taken`,
      { param: 'messages' },
    );
}

/** How much of the request it is, once it is found to be what it should. */
function charactersOf(part: MediaPart, param: string): number {
  switch (part.type) {
    case 'image':
      return faultless(part.url, mediaUrlFault(part.url, IMAGE_TYPES), `${param}.url`);
    case 'file':
      if (part.mediaType !== PDF) throw invalid(`${param}.mediaType`, `must be ${PDF}`);
      checkFilename(part.filename, `${param}.filename`);
      return faultless(part.url, mediaUrlFault(part.url, [PDF]), `${param}.url`);
    case 'audio':
      if (!Object.hasOwn(AUDIO_TYPES, part.format))
        throw invalid(`${param}.format`, `must be one of ${Object.keys(AUDIO_TYPES).join(', ')}`);
      return faultless(part.data, base64Fault(part.data), `${param}.data`);
  }
}

/** What is wrong with where a picture or a document is; null: nothing. The sentence goes on behind the name of its field. */
export function mediaUrlFault(url: unknown, types: readonly string[]): string | null {
  const wanted = `must be an https: URL, or a data: URL of base64 of type ${types.join(', ')}`;
  if (typeof url !== 'string') return wanted;
  if (url.startsWith('data:')) {
    const data = dataUrlOf(url);
    return data === null || !types.includes(data.mediaType) ? wanted : base64Fault(data.base64);
  }
  const parsed = url.length <= MEDIA_LIMITS.urlCharacters ? URL.parse(url) : null;
  if (parsed?.protocol !== 'https:' || !/^https:\/\//i.test(url)) return wanted;
  return parsed.username + parsed.password === '' ? null : 'must not hold a user or a password';
}

export function base64Fault(base64: unknown): string | null {
  if (typeof base64 !== 'string' || !isBase64(base64)) return 'must be base64 (with padding, without line breaks)';
  const isTooLarge = decodedBytes(base64) > MEDIA_LIMITS.partBytes;
  return isTooLarge ? `is larger than the ${MEDIA_LIMITS.partBytes} bytes that one part may have` : null;
}

/** Looked for in one go, which takes a fifth of the time of matching 8 MiB from one end to the other. */
const NO_BASE64 = /[^A-Za-z0-9+/=]/;

function isBase64(text: string): boolean {
  if (text === '' || text.length % 4 !== 0) return false;
  const padding = text.indexOf('=');
  return (padding === -1 || /^={1,2}$/.test(text.slice(padding, padding + 3))) && !NO_BASE64.test(text);
}

function faultless(text: string, fault: string | null, param: string): number {
  if (fault !== null) throw invalid(param, fault);
  return text.length;
}

/** It goes to the vendor as it stands, and into pages that show a conversation. */
function checkFilename(filename: unknown, param: string): void {
  if (filename === undefined) return;
  const isOne = typeof filename === 'string' && filename !== '' && filename.length <= MEDIA_LIMITS.filenameCharacters;
  if (!isOne || /\p{Cc}/u.test(filename))
    throw invalid(
      param,
      `must have 1 to ${MEDIA_LIMITS.filenameCharacters} characters, none of them a control character`,
    );
}

function invalid(param: string, what: string): LLMError {
  return llmError('invalid_request', `${param} ${what}`, { param });
}
