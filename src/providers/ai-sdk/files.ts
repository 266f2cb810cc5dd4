// Pictures, documents and sound as files of the AI SDK's specification. By their address only where the model says that it fetches
// it: the AI SDK would download the others itself, which nobody does here.

import { llmError } from '../../core/errors.ts';
import { AUDIO_TYPES, dataUrlOf, type MediaPart } from '../../core/media.ts';
import type { SpecVersion, UrlPatterns } from './model.ts';

export interface FileTarget {
  /** Of our provider. */
  readonly id: string;
  readonly version: SpecVersion;
  readonly urls: UrlPatterns;
}

/** What a picture is, only its bytes tell. */
const ANY_IMAGE = 'image/*';

export function filePart(part: MediaPart, target: FileTarget): object {
  if (part.type === 'audio') return fileOf(AUDIO_TYPES[part.format], part.data, target);
  const named = part.type === 'file' && part.filename !== undefined ? { filename: part.filename } : {};
  const data = dataUrlOf(part.url);
  if (data !== null) return { ...fileOf(data.mediaType, data.base64, target), ...named };
  const mediaType = part.type === 'file' ? part.mediaType : ANY_IMAGE;
  if (!isFetched(part.url, mediaType, target.urls)) {
    const what = `The model of ${target.id} does not fetch this address: send what is there within the request, as a \`data:\` URL`;
    throw llmError('invalid_request', what, { param: 'messages', provider: target.id });
  }
  const address = new URL(part.url);
  return { type: 'file', mediaType, data: target.version === 'v4' ? { type: 'url', url: address } : address, ...named };
}

function fileOf(mediaType: string, data: string, { version }: FileTarget): object {
  return { type: 'file', mediaType, data: version === 'v4' ? { type: 'data', data } : data };
}

/** `search` heeds no state of the patterns. */
function isFetched(url: string, mediaType: string, urls: UrlPatterns): boolean {
  return Object.entries(urls)
    .filter(([pattern]) => ['*', '*/*', mediaType].includes(pattern.toLowerCase()))
    .some(([, patterns]) => patterns.some((pattern) => url.search(pattern) !== -1));
}
