// What a vendor's API has no words for, which stands on no card of a model: its codec alone knows, and says so when it is asked to
// write the request down. It is asked ahead of time only where another target could answer instead.

import type { Target } from './catalog.ts';
import { formatSent } from './emulation.ts';
import { LLMError } from './errors.ts';
import { toFetch } from './fetched-media.ts';
import { mediaOf } from './media.ts';
import type { FittedRequest } from './request.ts';

/** Null: it has words for it, or that shows only when it is asked. */
export function dialectLackOf(
  { provider, card }: Target,
  request: FittedRequest,
  fetchesMedia: boolean,
): LLMError | null {
  const { transport } = provider;
  if (transport.kind !== 'http' || request.embedding !== null) return null;
  // It is written down with what stands behind the addresses, which nobody has fetched yet.
  if (fetchesMedia && toFetch(request, transport).length > 0) return null;
  // How long the answer may be is settled later, and is no lack of anybody's.
  const sent = { ...request, maxTokens: card.outputLimit, responseFormat: formatSent(request) };
  try {
    transport.encode(sent, card.model, false);
    return null;
  } catch (thrown) {
    return thrown instanceof LLMError && thrown.code === 'invalid_request' ? thrown : null;
  }
}

/** A chat of plain text, which ends in something said, is one that every vendor has words for: nothing is tried out for it. */
export function mayLackWords({ messages, tools, toolChoice, responseFormat }: FittedRequest): boolean {
  return (
    tools.length > 0 ||
    toolChoice !== null ||
    responseFormat.type !== 'text' ||
    messages.at(-1)?.role === 'assistant' ||
    messages.some((message) => message.role === 'tool' || mediaOf(message).length > 0)
  );
}
