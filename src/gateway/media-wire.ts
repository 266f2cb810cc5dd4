// Pictures, documents and sound as OpenAI's clients send them by Chat Completions, in which the native API speaks too. What is wrong
// with one is said here already, by the path its caller wrote; what may be sent at all is the library's word.

import { z } from 'zod';
import {
  AUDIO_TYPES,
  type AudioFormat,
  base64Fault,
  IMAGE_TYPES,
  type ImagePart,
  mediaUrlFault,
  PDF,
  type TextPart,
  type ToolMessage,
  type UserPart,
} from '../index.ts';

/** Checked by the library's word for it, and refused with its sentence. */
function checked(faultOf: (value: string) => string | null) {
  return z.string().superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
}

export const imageUrl = checked((url) => mediaUrlFault(url, IMAGE_TYPES)).describe(
  'https: or data:image/…;base64,…; fetched by nobody but the vendor, unless the operator lets us fetch for one that takes data alone',
);
export const pdfUrl = checked((url) => mediaUrlFault(url, [PDF])).describe('https: or data:application/pdf;base64,…');
export const base64 = checked(base64Fault).describe('Base64');
/** Files in a vendor's storage are those of whoever holds our key there, and not the caller's own. */
export const noFileId = z
  .null({ error: 'files that are stored at a vendor are not known here; send the data itself, or its https: URL' })
  .optional();

export const detail = z.enum(['auto', 'low', 'high', 'original']).nullish();

export const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: imageUrl, detail }),
});
const filePart = z.strictObject({
  type: z.literal('file'),
  file: z.strictObject({ file_id: noFileId, file_data: pdfUrl, filename: z.string().nullish() }),
});
const audioPart = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({
    data: base64,
    format: z.custom<AudioFormat>(isAudioFormat, `must be one of ${Object.keys(AUDIO_TYPES).join(', ')}`).meta({
      type: 'string',
      enum: Object.keys(AUDIO_TYPES),
    }),
  }),
});

function isAudioFormat(value: unknown): value is AudioFormat {
  return typeof value === 'string' && Object.hasOwn(AUDIO_TYPES, value);
}

export const userPart = z.discriminatedUnion('type', [textPart, imagePart, filePart, audioPart]);
export const resultPart = z.discriminatedUnion('type', [textPart, imagePart], {
  error: 'the result of a tool is of text and image_url parts',
});

export function toUserPart(part: z.infer<typeof userPart>): UserPart {
  switch (part.type) {
    case 'text':
      return part;
    case 'image_url':
      return toImage(part.image_url.url, part.image_url.detail);
    case 'file': {
      const { file_data: url, filename } = part.file;
      return toFile(url, filename);
    }
    case 'input_audio':
      return { type: 'audio', format: part.input_audio.format, data: part.input_audio.data };
  }
}

export function toImage(url: string, wished: z.infer<typeof detail>): ImagePart {
  if (wished === null || wished === undefined) return { type: 'image', url };
  return { type: 'image', url, detail: wished === 'original' ? 'high' : wished };
}

export function toFile(url: string, filename: string | null | undefined): UserPart {
  const named = typeof filename === 'string' && filename !== '';
  return { type: 'file', mediaType: PDF, url, ...(named && { filename }) };
}

/** A text where it is nothing else: the same result, and the same answer in the cache, however it was written. */
export function toResult(parts: readonly (TextPart | ImagePart)[], between = ''): ToolMessage['content'] {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === parts.length ? texts.join(between) : parts;
}
