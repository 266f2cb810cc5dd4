// Google's Gemini API (generativelanguage.googleapis.com): `generateContent` and `streamGenerateContent`. Read from Google's docs and SDK
// and from recorded traffic, September 2025 to November 2026. The key goes by header: in the URL, which Google takes too, it would be
// written into every log on the way.

import { llmError } from '../core/errors.ts';
import { Collector } from '../core/events.ts';
import { isObject } from '../core/json.ts';
import type { HttpCodec, LLMProvider } from '../core/provider.ts';
import { isVendorItself, keyProblem, withPath } from './endpoint.ts';
import { isOfUnknownKind } from './gemini/contents.ts';
import { GeminiDecoder } from './gemini/decoder.ts';
import { geminiEmbeddings } from './gemini/embeddings.ts';
import { geminiErrorOf } from './gemini/errors.ts';
import { geminiModelList } from './gemini/models.ts';
import { geminiBody } from './gemini/request.ts';

export interface GeminiAccount {
  readonly apiKey: string;
  /** Default: Google's own address. Without a path `/v1beta` is added, as @google/genai does. */
  readonly baseUrl?: string;
}

const GEMINI_ADDRESS = 'https://generativelanguage.googleapis.com';
const DOMAIN = 'googleapis.com';

export function createGemini({ apiKey, baseUrl = GEMINI_ADDRESS }: GeminiAccount): LLMProvider {
  const models = `${withPath(baseUrl, '/v1beta')}/models`;
  const headers = { 'x-goog-api-key': apiKey };

  const transport: HttpCodec = {
    kind: 'http',
    encode: (request, model, stream) => {
      const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return { url: `${models}/${encodeURIComponent(model)}:${method}`, headers, ...geminiBody(request, model) };
    },
    needsBytes: isOfUnknownKind,
    decode: (body) => {
      const collector = new Collector();
      if (isObject(body)) new GeminiDecoder().whole(body, (event) => collector.add(event));
      const answer = collector.answer();
      if (answer === null) throw llmError('provider_bad_reply', 'Gemini answered with JSON that is no answer');
      return answer;
    },
    decodeStream: () => new GeminiDecoder(),
    // Google tells what is left of a quota in no header, and that nothing is in its errors alone: so there is no `drainedForMs`.
    decodeError: geminiErrorOf,
    embeddings: geminiEmbeddings(models, headers),
  };
  // Google stands on OpenRouter's list of vendors that go on with an answer, and bill it, when the request is cancelled (read 2026-11).
  // What stands behind another address is not known to.
  return {
    id: 'gemini',
    billAfterCancel: isVendorItself(baseUrl, DOMAIN) ? 'goes-on' : 'unknown',
    transport,
    modelList: geminiModelList(models, headers),
  };
}

/** Of vendors whose keys are told apart by their beginning; Google's own come in more than one form. */
const FOREIGN_KEY = /^(gsk_|sk-|xai-|cmk_)/;

/**
 * What is wrong with the form of a key; null when nothing is. It never repeats the key. Behind another address than Google's own
 * (a proxy, a test) a key may look as it likes, as long as it fits into a header.
 */
export function geminiKeyProblem(key: string, baseUrl = GEMINI_ADDRESS): string | null {
  if (isVendorItself(baseUrl, DOMAIN) && FOREIGN_KEY.test(key))
    return "it begins as another vendor's keys do; copy yours from aistudio.google.com/apikey";
  return keyProblem(key, { prefix: null, vendor: 'Google', page: 'aistudio.google.com/apikey' });
}
