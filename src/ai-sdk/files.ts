// Files of the AI SDK as pictures, documents and sound of ours. What a file is, is read from its bytes where only the kind is told.

import { type LanguageModelV4FilePart, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import type { AudioFormat, TextPart, UserPart } from '../index.ts';

type File = Pick<LanguageModelV4FilePart, 'data' | 'mediaType' | 'filename'>;

export function fileOf(file: File): UserPart {
  const { data, mediaType } = file;
  switch (data.type) {
    case 'text':
      return { type: 'text', text: data.text } satisfies TextPart;
    case 'reference':
      throw unsupported('a file that lies at a vendor');
    case 'url':
      return placed(file, data.originalUrl ?? data.url.href);
    case 'data': {
      const base64 = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64');
      const format = AUDIO_FORMATS[mediaType.toLowerCase()];
      if (format !== undefined) return { type: 'audio', format, data: base64 };
      return placed(file, `data:${fullType(mediaType, base64)};base64,${base64}`);
    }
  }
}

function placed({ mediaType, filename }: File, url: string): UserPart {
  if (/^image(\/|$)/.test(mediaType)) return { type: 'image', url };
  if (mediaType !== PDF) throw unsupported(`a file of the type ${mediaType}`);
  return { type: 'file', mediaType, url, ...(filename !== undefined && { filename }) };
}

const PDF = 'application/pdf';

/** By the names that browsers and packages give them. */
const AUDIO_FORMATS: Readonly<Record<string, AudioFormat | undefined>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
  'audio/flac': 'flac',
  'audio/ogg': 'ogg',
  'audio/aac': 'aac',
  'audio/aiff': 'aiff',
};

/** How the pictures that models take begin, in base64. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** `image` and `image/*` say that whoever takes it may find out. */
function fullType(mediaType: string, base64: string): string {
  if (!/^image(\/\*)?$/.test(mediaType)) return mediaType;
  const found = BEGINNINGS.find(([beginning]) => base64.startsWith(beginning));
  if (found === undefined) throw unsupported('a picture that does not say what it is: name its media type');
  return found[1];
}

export function unsupported(functionality: string): UnsupportedFunctionalityError {
  return new UnsupportedFunctionalityError({ functionality });
}
