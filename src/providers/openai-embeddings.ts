// Embeddings in the words of OpenAI's family, which are the same beside Chat Completions and Responses. Nothing here knows a vendor.

import { llmError } from '../core/errors.ts';
import { arrayAt, type Json, numberAt, objectAt, stringAt } from '../core/json.ts';
import type { EmbeddingsCodec, LLMProvider } from '../core/provider.ts';
import { type Endpoint, headersOf, urlOf } from './endpoint.ts';
import { errorInSuccess } from './errors.ts';
import { optionsOf, withoutAbsent } from './options.ts';
import { tokensAt } from './reading.ts';
import { answerOfVectors, textsIn } from './vectors.ts';

export interface EmbeddingsDialect extends Endpoint {
  /** `base64` is a third as long, but not every server knows it: one that does not may refuse. */
  readonly format: 'base64' | 'float';
}

/** OpenAI's own, in the types of its client. */
const TEXTS_MOST = 2_048;
/** In base64 a value takes 16 thirds of a byte. A number in text has up to 17 digits, with sign, point, exponent and comma. */
const VALUE_BYTES = { base64: 6, float: 24 } as const;

/** The same provider, which makes embeddings too. */
export function withEmbeddings(provider: LLMProvider, dialect: EmbeddingsDialect): LLMProvider {
  const { transport } = provider;
  if (transport.kind !== 'http') return provider;
  return { ...provider, transport: { ...transport, embeddings: embeddingsCodec(dialect) } };
}

function embeddingsCodec(dialect: EmbeddingsDialect): EmbeddingsCodec {
  const { vendor, format, fields } = dialect;
  return {
    textsMost: TEXTS_MOST,
    valueBytes: VALUE_BYTES[format],
    encode(request, model) {
      const options = optionsOf(request, dialect);
      const body = {
        model,
        input: textsIn(request),
        // The other format is what everybody does unasked.
        encoding_format: format === 'base64' ? format : null,
        ...fields,
        ...withoutAbsent({ dimensions: request.embedding?.dimensions }),
        ...options.fields,
      };
      const url = urlOf(dialect, '/embeddings', model);
      return { url, headers: headersOf(dialect), body: withoutAbsent(body), warnings: options.warnings };
    },
    decode(body, request, modelDimensions) {
      const error = errorInSuccess(vendor, body);
      if (error !== null) throw error;
      const data = arrayAt(body, 'data');
      if (data === null) throw llmError('provider_bad_reply', `${vendor} answered with JSON that is no embeddings`);
      const usage = objectAt(body, 'usage');
      // Some tell the sum alone, which is the same where nothing is written.
      const inputTokens = tokensAt(usage, 'prompt_tokens') ?? tokensAt(usage, 'total_tokens');
      return answerOfVectors(
        vendor,
        { embeddings: inOrder(data), model: stringAt(body, 'model'), inputTokens },
        request,
        modelDimensions,
      );
    },
  };
}

/** By their indexes, where they have any. Two of one index leave a gap, which is no vector. */
function inOrder(data: readonly Json[]): readonly (Json | undefined)[] {
  const embeddings: (Json | undefined)[] = data.map(() => undefined);
  for (const [position, item] of data.entries()) {
    const index = numberAt(item, 'index') ?? position;
    if (index in embeddings) embeddings[index] = vectorIn(item);
  }
  return embeddings;
}

function vectorIn(item: Json): Json | undefined {
  return stringAt(item, 'embedding') ?? arrayAt(item, 'embedding') ?? undefined;
}
