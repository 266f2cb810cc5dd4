// What OpenAI's clients ask by Embeddings, in our words, and what they read. Their own package asks for base64 unless it is told
// otherwise, and decodes it; who speaks HTTP himself gets numbers.

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type LLMRequest, type LLMResponse, requestOfEmbedding, valuesOf, WHY_NO_TOKENS } from '../index.ts';
import { xGateway } from './reply-schemas.ts';
import { named, readSpoken, type SetAside, type SpokenAsked } from './spoken-fields.ts';
import { gatewayOf } from './x-gateway.ts';

const texts = `must be a text or a list of texts. ${WHY_NO_TOKENS}`;

export const embeddingsRequest = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string(texts))], texts).describe('At most 2,048 texts, none of them empty'),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.number().nullish(),
  user: z.string().nullish(),
});

export const embeddingsReply = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.strictObject({
      object: z.literal('embedding'),
      index: z.number(),
      embedding: z
        .union([z.array(z.number()), z.string()])
        .describe('Numbers, or with "encoding_format": "base64" their bytes as little-endian float32'),
    }),
  ),
  model: z.string(),
  usage: z.looseObject({ prompt_tokens: z.number(), total_tokens: z.number() }).optional(),
  x_gateway: xGateway,
});
const SET_ASIDE: SetAside = { features: new Map(), moot: new Map([['stream', [false]]]) };

export interface EmbeddingsAsked extends SpokenAsked {
  readonly isBase64: boolean;
}

export function fromEmbeddings(
  body: unknown,
  headers: IncomingHttpHeaders,
  cache: LLMRequest['cache'],
): EmbeddingsAsked {
  const { asked, ignored } = readSpoken(embeddingsRequest, body, SET_ASIDE);
  const { model, input, dimensions } = asked;
  const request = requestOfEmbedding({
    ...{ model, input },
    ...(typeof dimensions === 'number' && { dimensions }),
    ...(cache !== undefined && { cache }),
  });
  return {
    request: named(request, headers, [asked.user]),
    stream: false,
    isBase64: asked.encoding_format === 'base64',
    ignored,
  };
}

/** Chosen: 4 vectors of 3,072 numbers take some 2 ms, and are 250 KB of text. */
const VECTORS_A_TURN = 4;

/** The body, as text that is made while it is read: as numbers all of the longest answer is 28 MB, and a quarter of a second. */
export async function* embeddingsAnswer(
  response: LLMResponse,
  { isBase64 }: EmbeddingsAsked,
): AsyncGenerator<string, void, undefined> {
  const { model, vectors = [], usage } = response;
  yield '{"object":"list","data":[';
  for (let first = 0; first < vectors.length; first += VECTORS_A_TURN) {
    await nextTurn();
    const texts = vectors.slice(first, first + VECTORS_A_TURN).map((vector, place) => {
      const embedding = isBase64 ? vector : Array.from(valuesOf(vector));
      return JSON.stringify({ object: 'embedding', index: first + place, embedding });
    });
    yield `${first === 0 ? '' : ','}${texts.join(',')}`;
  }
  const tokens = usage?.inputTokens ?? null;
  const rest = {
    model,
    // Left out when the vendor didn't tell: a client that adds up must not add zeros.
    ...(tokens !== null && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    x_gateway: gatewayOf(response),
  };
  yield `],${JSON.stringify(rest).slice(1)}`;
}

let lastTurn: Promise<void> = Promise.resolve();

/** One of all bodies that are made in each turn of the event loop: with turns of their own, thirty would hold up everybody in each. */
function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
  return lastTurn;
}
