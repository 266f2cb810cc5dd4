// Gemini's embeddings, by `batchEmbedContents`. It tells no usage for most models, and its vectors as text alone. Read from Google's
// SDK and recorded traffic, August 2026.

import { llmError } from '../../core/errors.ts';
import { arrayAt, objectAt } from '../../core/json.ts';
import type { EmbeddingsCodec } from '../../core/provider.ts';
import { optionsOf, withoutAbsent } from '../options.ts';
import { tokensAt } from '../reading.ts';
import { answerOfVectors, textsIn } from '../vectors.ts';

/** "At most 100 requests can be in one batch", says its error. */
const TEXTS_MOST = 100;
/** Printed with a line for each: eight spaces, the sign, up to nine digits and an exponent, a comma. */
const VALUE_BYTES = 26;
/** For what the vectors are meant, and what a document is called. */
const OPTIONS = { id: 'gemini', vendor: 'Gemini', optionFields: new Set(['taskType', 'title']) };

/** `models`: the address of all models. */
export function geminiEmbeddings(models: string, headers: Readonly<Record<string, string>>): EmbeddingsCodec {
  return {
    textsMost: TEXTS_MOST,
    valueBytes: VALUE_BYTES,
    encode(request, model) {
      const { fields, warnings } = optionsOf(request, OPTIONS);
      const more = withoutAbsent({ outputDimensionality: request.embedding?.dimensions, ...fields });
      const asked = { model: `models/${model}`, ...more };
      const requests = textsIn(request).map((text) => ({ ...asked, content: { parts: [{ text }] } }));
      const url = `${models}/${encodeURIComponent(model)}:batchEmbedContents`;
      return { url, headers, body: { requests }, warnings };
    },
    decode(body, request, modelDimensions) {
      const embeddings = arrayAt(body, 'embeddings');
      if (embeddings === null) throw llmError('provider_bad_reply', 'Gemini answered with JSON that is no embeddings');
      const told = {
        embeddings: embeddings.map((embedding) => arrayAt(embedding, 'values') ?? undefined),
        model: null,
        inputTokens: tokensAt(objectAt(body, 'usageMetadata'), 'promptTokenCount'),
      };
      return answerOfVectors('Gemini', told, request, modelDimensions);
    },
  };
}
