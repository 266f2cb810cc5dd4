// Vectors as a vendor gave them, made an answer: one for each text, all of the length that was asked, every value a number. One that
// is not so would spoil an index of millions without anybody noticing.

import { DIMENSIONS_MOST, valuesOf, vectorOf } from '../core/embeddings.ts';
import { type ErrorDetail, type LLMError, llmError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { type FittedRequest, textOf } from '../core/request.ts';
import type { Answer, Usage, Vector } from '../core/response.ts';

/** How a request is told by its vendor. */
interface Told {
  /** In the order of the texts; each a list of numbers, or base64 of little-endian float32. */
  readonly embeddings: readonly (Json | undefined)[];
  readonly model: string | null;
  /** Null: not told. */
  readonly inputTokens: number | null;
}

export function textsIn({ messages }: FittedRequest): readonly string[] {
  return messages.map(textOf);
}

/**
 * `modelDimensions`: how long the model's own vectors are; null: nobody has said. Throws `provider_bad_reply`, or for a model that does
 * not heed the dimensions that were asked `provider_rejected_answer`: that is no fault of its vendor's health.
 */
export function answerOfVectors(
  vendor: string,
  told: Told,
  request: FittedRequest,
  modelDimensions: number | null,
): Answer {
  const { embeddings, model, inputTokens } = told;
  const texts = request.messages.length;
  if (embeddings.length !== texts) throw bad(vendor, `${embeddings.length} embeddings for ${texts} texts`);
  const read = embeddings.map((embedding) => valuesIn(embedding, vendor));
  checkLengths(vendor, read, request.embedding?.dimensions ?? null, modelDimensions);
  return {
    id: null,
    model,
    parts: [],
    vectors: read.map(vectorOf),
    finishReason: 'stop',
    finishReasonRaw: null,
    usage: inputTokens === null ? null : usageOf(inputTokens),
    providerMetadata: {},
  };
}

function checkLengths(
  vendor: string,
  read: readonly Float32Array[],
  asked: number | null,
  modelDimensions: number | null,
): void {
  const dimensions = asked ?? modelDimensions ?? Math.min(read[0]?.length ?? 0, DIMENSIONS_MOST);
  const other = read.find(({ length }) => length !== dimensions);
  if (other === undefined) return;
  const what = `an embedding of ${other.length} dimensions, not ${dimensions}`;
  // Asked again it would be paid once more for the same.
  const again = { sameTargetAgain: false } as const;
  if (asked === null) throw bad(vendor, what, again);
  const message = `${vendor} answered with ${what}: the model does not give the dimensions that were asked; leave them out`;
  throw llmError('provider_rejected_answer', message, { param: 'dimensions', ...again });
}

function valuesIn(embedding: Json | undefined, vendor: string): Float32Array {
  const values = typeof embedding === 'string' ? decoded(embedding) : listed(embedding);
  if (values === null || values.length === 0) throw bad(vendor, 'an embedding that is no vector');
  if (!areFinite(values)) throw bad(vendor, 'an embedding with a value that is no number');
  return values;
}

/** What is larger than a float32 can be has become infinite by now. A loop: `every` takes ten times as long, of a million values. */
function areFinite(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false;
  return true;
}

/** Null: it is no base64 of whole values. Written once more it is the same, which is seen in a quarter of the time that its letters take. */
function decoded(text: Vector): Float32Array | null {
  const values = valuesOf(text);
  const again = vectorOf(values);
  return again === text || again === text.padEnd(again.length, '=') ? values : null;
}

function listed(embedding: Json | undefined): Float32Array | null {
  if (!Array.isArray(embedding)) return null;
  // Whatever else stands there, an absent value or a text, would become a number.
  return embedding.every((value) => typeof value === 'number') ? Float32Array.from(embedding) : null;
}

/** A vector has no tokens; that the vendor need not say. */
function usageOf(inputTokens: number): Usage {
  return { inputTokens, outputTokens: 0, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null };
}

function bad(vendor: string, what: string, detail: ErrorDetail = {}): LLMError {
  return llmError('provider_bad_reply', `${vendor} answered with ${what}`, detail);
}
