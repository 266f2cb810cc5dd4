// A request with data in the place of the addresses that its vendor does not fetch. What is fetched is bounded for the whole request:
// in number, in size, and, each with its own deadline and one after the other, in time.

import { llmError } from '../core/errors.ts';
import { type Fetched, isFetched } from '../core/fetched-media.ts';
import { MEDIA_LIMITS } from '../core/media.ts';
import type { HttpCodec } from '../core/provider.ts';
import type { FittedRequest, Message, UserPart } from '../core/request.ts';
import type { MediaFetch } from './media-fetch.ts';

/** Chosen: each is a connection to a host that the caller names. */
const FETCHED_MOST = 8;

export async function withData(
  request: FittedRequest,
  codec: HttpCodec,
  parts: readonly Fetched[],
  fetchMedia: MediaFetch,
  signal: AbortSignal,
): Promise<FittedRequest> {
  const asked = Map.groupBy(parts, keyOf);
  if (asked.size > FETCHED_MOST)
    throw llmError(
      'invalid_request',
      `messages hold ${asked.size} addresses that would have to be fetched here, at most ${FETCHED_MOST} are; send data: URLs`,
      { param: 'messages' },
    );
  const found = new Map<string, string>();
  let characters = 0;
  for (const [key, alike] of asked) {
    for (const { url, type } of alike.slice(0, 1)) found.set(key, await fetchMedia(url, type, signal));
    // Once for each part: it is sent as often.
    characters += alike.length * (found.get(key)?.length ?? 0);
    if (characters > MEDIA_LIMITS.requestCharacters)
      throw llmError('invalid_request', 'What stands behind the addresses in messages is too large together', {
        param: 'messages',
      });
  }
  return { ...request, messages: request.messages.map((message) => filled(message, codec, found)) };
}

/** What is wanted there counts too: a picture is not made of a document. */
function keyOf({ type, url }: Fetched): string {
  return `${type} ${url}`;
}

function filled(message: Message, codec: HttpCodec, found: ReadonlyMap<string, string>): Message {
  if (typeof message.content === 'string') return message;
  const fill = <Part extends UserPart>(part: Part): Part =>
    isFetched(part, codec) ? { ...part, url: found.get(keyOf(part)) ?? part.url } : part;
  if (message.role === 'user') return { ...message, content: message.content.map(fill) };
  return message.role === 'tool' ? { ...message, content: message.content.map(fill) } : message;
}
