// Pictures and documents whose vendor takes them as data alone: they must be fetched here before it is asked, where that is allowed.

import { mediaOf } from './media.ts';
import type { HttpCodec } from './provider.ts';
import type { FilePart, FittedRequest, ImagePart, UserPart } from './request.ts';

export type Fetched = ImagePart | FilePart;

/** Those that must be fetched for this vendor; empty for nearly every request. */
export function toFetch({ messages }: FittedRequest, codec: HttpCodec): readonly Fetched[] {
  if (codec.needsBytes === undefined) return [];
  return messages.flatMap(mediaOf).filter((part) => isFetched(part, codec));
}

export function isFetched(part: UserPart, codec: HttpCodec): part is Fetched {
  const hasAddress = (part.type === 'image' || part.type === 'file') && !part.url.startsWith('data:');
  return hasAddress && codec.needsBytes?.(part) === true;
}
