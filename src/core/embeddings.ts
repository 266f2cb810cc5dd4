// Embeddings: an answer of another kind, of vectors in the place of text. The texts are the messages of a request that bears
// `embedding`, so all that holds for a request holds for it: its key in the cache, its bounds, its tokens, its price.

import { checkIsRequest, invalid } from './check-words.ts';
import { llmError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import type { CacheMode, LLMRequest } from './request.ts';
import type { LLMResponse, Vector } from './response.ts';

export interface EmbeddingRequest {
  /** One text, or a list of at most 2,048; none of them empty. */
  readonly input: string | readonly string[];
  /** As for an answer; there is no default. */
  readonly model: string;
  /** How many values a vector shall have. Default: as many as the model gives. */
  readonly dimensions?: number;
  readonly userId?: string;
  readonly cache?: CacheMode;
  /** At most 16, for usage reports. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}

type Told =
  | 'generationId'
  | 'provider'
  | 'model'
  | 'usageSource'
  | 'costUsd'
  | 'priced'
  | 'cached'
  | 'shared'
  | 'cacheKey'
  | 'responseTimeMs'
  | 'timestamp'
  | 'attempts'
  | 'warnings';

export interface EmbeddingResponse extends Pick<LLMResponse, Told> {
  /** One for each text, in order. Values are float32, whatever the vendor wrote. */
  readonly embeddings: readonly (readonly number[])[];
  /** Null = not told. */
  readonly promptTokens: number | null;
  readonly requestId: string;
}

/** OpenAI's own limit; the vendor that is asked may have a lower one. */
const TEXTS_MOST = 2_048;
const TEXT_BYTES_MOST = 1_048_576;
/** Above what any model gives. */
export const DIMENSIONS_MOST = 16_384;

/** The request as it is lived. */
export function requestOfEmbedding(request: EmbeddingRequest): LLMRequest {
  checkIsRequest(request);
  const { input, dimensions, ...rest } = request;
  const messages = [input].flat().map((content) => ({ role: 'user' as const, content }));
  return { ...rest, messages, embedding: { dimensions: dimensions ?? null } };
}

export function embeddingsOf(response: LLMResponse): EmbeddingResponse {
  const { generationId, provider, model, usageSource, costUsd, priced, cached, shared, cacheKey } = response;
  const { responseTimeMs, timestamp, attempts, warnings } = response;
  return {
    embeddings: (response.vectors ?? []).map((vector) => Array.from(valuesOf(vector))),
    promptTokens: response.usage?.inputTokens ?? null,
    requestId: response.id,
    ...{ generationId, provider, model, usageSource, costUsd, priced, cached, shared, cacheKey },
    ...{ responseTimeMs, timestamp, attempts, warnings },
  };
}

/** Fields of a request that are about an answer of text. */
const OF_ANSWERS = [
  ...(['systemPrompt', 'temperature', 'maxTokens', 'topP', 'seed', 'stop', 'tools', 'toolChoice'] as const),
  ...(['parallelToolCalls', 'responseFormat', 'reasoningEffort', 'serviceTier'] as const),
];

/** Throws the first fault found, in the words of who asks for embeddings. */
export function checkEmbedding(request: LLMRequest): void {
  const { embedding, messages, model } = request;
  const dimensions = embedding?.dimensions ?? null;
  const foreign = OF_ANSWERS.find((name) => request[name] !== undefined);
  if (foreign !== undefined) throw invalid(foreign, `${foreign} is of answers; a request for embeddings has none`);
  if (model === undefined) throw invalid('model', 'model must be named: there is no default for embeddings');
  if (dimensions !== null && !(Number.isSafeInteger(dimensions) && dimensions >= 1 && dimensions <= DIMENSIONS_MOST))
    throw invalid('dimensions', `dimensions must be a whole number from 1 to ${DIMENSIONS_MOST}`);
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('input', 'input must be a text, or a list with at least one');
  if (messages.length > TEXTS_MOST)
    throw invalid('input', `input has ${messages.length} texts, at most ${TEXTS_MOST} are taken at once`);
  for (const [index, message] of messages.entries())
    checkText(message, messages.length === 1 ? 'input' : `input[${index}]`);
}

function checkText(message: unknown, param: string): void {
  const { role, content } = isObject(message) ? message : {};
  if (role !== 'user' || typeof content !== 'string') throw invalid(param, `${param} must be a text. ${WHY_NO_TOKENS}`);
  if (content === '') throw invalid(param, `${param} is empty; there is nothing to embed in it`);
  if (content.length * 3 <= TEXT_BYTES_MOST || new TextEncoder().encode(content).byteLength <= TEXT_BYTES_MOST) return;
  throw llmError('request_too_large', `${param} is larger than ${TEXT_BYTES_MOST} bytes; split it`, { param });
}

export const WHY_NO_TOKENS =
  'Lists of token numbers are not taken: they mean something in one vocabulary alone, so nobody else could count or answer them';

// The machines that Node runs this on are little-endian, so float32 in memory is float32 on the wire.
const { BYTES_PER_ELEMENT } = Float32Array;

export function vectorOf(values: Float32Array): Vector {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** Bytes that make no whole value are left out; of what comes from a vendor the codec has looked. */
export function valuesOf(vector: Vector): Float32Array {
  const bytes = Buffer.from(vector, 'base64');
  const values = new Float32Array(Math.floor(bytes.byteLength / BYTES_PER_ELEMENT));
  new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  return values;
}
