// Whether a model is one for what is asked: some make embeddings and nothing else, most answer and make none. Said before anything
// is held, since no vendor's refusal says it as clearly.

import { type ModelCard, nameInWords } from './catalog.ts';
import { ANSWER_BYTES_MOST, type LLMProvider } from './provider.ts';
import type { FittedRequest } from './request.ts';

interface Why {
  readonly param: string;
  readonly message: string;
}

/** Of a model that nobody has described: more than most open ones give. */
const DIMENSIONS_UNTOLD = 1_536;

/** Why the model gives no answer of this kind; null: it does. */
export function whyOtherKind(card: ModelCard, asked: FittedRequest): Why | null {
  const { features, outputLimit, vectors } = card;
  const { embedding } = asked;
  const model = nameInWords(card);
  if (embedding === null) {
    if (outputLimit > 0) return null;
    const instead = 'ask it by POST /v1/embeddings, or choose a model that answers (GET /v1/models)';
    return { param: 'model', message: `${model} makes embeddings and gives no answers; ${instead}` };
  }
  if (!features.has('embeddings')) {
    const instead = 'choose a model with the feature "embeddings" (GET /v1/models)';
    return { param: 'model', message: `${model} makes no embeddings; ${instead}` };
  }
  const { dimensions } = embedding;
  if (dimensions === null || vectors === undefined || dimensions === vectors.dimensions) return null;
  if (!vectors.areShortened)
    return {
      param: 'dimensions',
      message: `${model} gives ${vectors.dimensions} dimensions and no others; leave it out`,
    };
  if (dimensions < vectors.dimensions) return null;
  return { param: 'dimensions', message: `${model} gives at most ${vectors.dimensions} dimensions; ask for fewer` };
}

/** Why so many texts cannot be embedded at once there: the vendor takes fewer, or its answer would be longer than any may be. */
export function whyTooMany(
  { model, vectors }: ModelCard,
  { transport }: LLMProvider,
  asked: FittedRequest,
): Why | null {
  const { embedding, messages } = asked;
  if (embedding === null || transport.kind !== 'http' || transport.embeddings === undefined) return null;
  const { textsMost, valueBytes } = transport.embeddings;
  const dimensions = embedding.dimensions ?? vectors?.dimensions ?? DIMENSIONS_UNTOLD;
  const most = Math.min(textsMost, Math.max(1, Math.floor(ANSWER_BYTES_MOST / (dimensions * valueBytes))));
  if (messages.length <= most) return null;
  const message = `input has ${messages.length} texts, and ${model} is asked for at most ${most} at once; send them in batches`;
  return { param: 'input', message };
}
