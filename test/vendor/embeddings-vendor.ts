// A vendor that makes embeddings, in OpenAI's words and in Gemini's, and misbehaves on demand. Equal texts get equal vectors, each value
// one that float32 has; a word is a token. What it was asked it keeps.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';

export interface EmbeddingsVendor extends AsyncDisposable {
  /** An origin. */
  readonly url: string;
  readonly asked: readonly {
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: JsonObject;
  }[];
  /** For the next requests, one each; then it behaves. */
  next(...turns: readonly EmbeddingsTurn[]): void;
}

export interface EmbeddingsTurn {
  /** Default: 200. */
  readonly status?: number;
  /** What it answers, from what it would. */
  readonly body?: (whole: JsonObject) => unknown;
  readonly heldUntil?: Promise<void>;
}

/** What the vendor gives unasked, but for its large models. */
const DIMENSIONS = 1_536;
const LARGE = /large|gemini/;
const LARGE_DIMENSIONS = 3_072;

const dimensionsOf = (model: string | null) => (LARGE.test(model ?? '') ? LARGE_DIMENSIONS : DIMENSIONS);

/** The vector of a text, as this vendor has it. */
export function vectorOfText(text: string, dimensions = DIMENSIONS): number[] {
  let seed = 1;
  for (const character of text) seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return Array.from({ length: dimensions }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.fround(seed / 2 ** 32 - 0.5);
  });
}

export function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

function openAiAnswer(body: JsonObject): JsonObject {
  const input = body['input'];
  const texts = (Array.isArray(input) ? input : [input]).map(String);
  const vectors = texts.map((text) =>
    vectorOfText(text, numberAt(body, 'dimensions') ?? dimensionsOf(stringAt(body, 'model'))),
  );
  const tokens = texts.reduce((sum, text) => sum + text.split(' ').length, 0);
  const data = vectors.map((vector, index) => {
    return { object: 'embedding', index, embedding: body['encoding_format'] === 'base64' ? base64Of(vector) : vector };
  });
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { object: 'list', data, model: stringAt(body, 'model') ?? '', usage };
}

function geminiAnswer(body: JsonObject): JsonObject {
  const embeddings = (arrayAt(body, 'requests') ?? []).map((request) => {
    const [part] = arrayAt(objectAt(request, 'content') ?? undefined, 'parts') ?? [];
    const dimensions = numberAt(request, 'outputDimensionality') ?? dimensionsOf(stringAt(request, 'model'));
    return { values: vectorOfText(stringAt(part, 'text') ?? '', dimensions) };
  });
  return { embeddings };
}

export async function startEmbeddingsVendor(): Promise<EmbeddingsVendor> {
  const asked: { path: string; headers: IncomingMessage['headers']; body: JsonObject }[] = [];
  const turns: EmbeddingsTurn[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    const body: Json = JSON.parse(Buffer.concat(chunks).toString());
    if (!isObject(body)) throw new Error('The vendor was asked with what is no object');
    asked.push({ path, headers: request.headers, body });
    const { status = 200, body: changed = (whole: JsonObject) => whole, heldUntil } = turns.shift() ?? {};
    await heldUntil;
    const isKnown = /\/embeddings(\?|$)|:batchEmbedContents$/.test(path);
    const whole = path.endsWith(':batchEmbedContents') ? geminiAnswer(body) : openAiAnswer(body);
    response.writeHead(isKnown ? status : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? changed(whole) : { error: { message: `Nothing at ${path}` } }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vendor has no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    next: (...more) => void turns.push(...more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
