// The official clients as they are, with nothing changed but their base URL. Each asks a body as it is given, by the same call that
// its typed methods make, and hands on what its user would get: objects, or the error that it throws.

import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { isObject, type Json, type JsonObject, objectAt, parsedJson, stringAt } from '../../src/core/json.ts';

export type Dialect = 'chat' | 'messages' | 'responses' | 'gemini';
export type Sdk = 'openai' | 'openai responses' | 'groq-sdk' | 'anthropic' | 'google';

export interface Failure {
  /** Of the client's own. */
  readonly className: string;
  /** Null: within a stream. */
  readonly status: number | null;
  readonly code: string | null;
  readonly message: string;
}

export interface Heard {
  /** A whole answer, or the events of a stream as far as they came. */
  readonly told: readonly Json[];
  readonly failure: Failure | null;
}

export interface Asks {
  /** Where the client is pointed to: an origin and perhaps a path, as its own documentation says. */
  readonly origin: string;
  readonly body: JsonObject;
  readonly stream: boolean;
  /** True: an answer that is kept will do. Default: it is asked anew, since every question here is the same. */
  readonly mayBeKept?: boolean;
}

type Post = (body: JsonObject, stream: boolean) => PromiseLike<unknown>;

const FRESH = { 'cache-control': 'no-store' };

export const DIALECT_OF: Readonly<Record<Sdk, Dialect>> = {
  openai: 'chat',
  'openai responses': 'responses',
  'groq-sdk': 'chat',
  anthropic: 'messages',
  google: 'gemini',
};

/** How each is told where to ask, and asks. */
const POSTS: Readonly<Record<Sdk, (origin: string, defaultHeaders: Readonly<Record<string, string>>) => Post>> = {
  openai: (origin, defaultHeaders) => {
    const client = new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0, defaultHeaders });
    return (body, stream) => client.post('/chat/completions', { body, stream });
  },
  'openai responses': (origin, defaultHeaders) => {
    const client = new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0, defaultHeaders });
    return (body, stream) => client.post('/responses', { body, stream });
  },
  'groq-sdk': (origin, defaultHeaders) => {
    const client = new Groq({ apiKey: 'none', baseURL: origin, maxRetries: 0, defaultHeaders });
    return (body, stream) => client.post('/openai/v1/chat/completions', { body, stream });
  },
  anthropic: (origin, defaultHeaders) => {
    const client = new Anthropic({ apiKey: 'none', baseURL: origin, maxRetries: 0, defaultHeaders });
    return (body, stream) => client.post('/v1/messages', { body, stream });
  },
  google: (origin) => {
    const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: origin } });
    const asked = { model: 'gemini-2.5-flash', contents: 'What was recorded?' };
    return (_body, stream) =>
      stream ? client.models.generateContentStream(asked) : client.models.generateContent(asked);
  },
};

export async function hear(sdk: Sdk, { origin, body, stream, mayBeKept = false }: Asks): Promise<Heard> {
  const told: Json[] = [];
  try {
    const reply = await POSTS[sdk](origin, mayBeKept ? {} : FRESH)({ ...body, ...(stream && { stream }) }, stream);
    if (isAsyncIterable(reply)) for await (const event of reply) told.push(plain(event));
    else told.push(plain(reply));
    return { told, failure: null };
  } catch (thrown) {
    return { told, failure: failureOf(thrown) };
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What the clients put beside the members of the wire: copies of the text, headers. */
const BESIDE: ReadonlySet<string> = new Set(['output_text', 'output_parsed', 'sdkHttpResponse']);

function plain(value: unknown): Json {
  const text = JSON.stringify(value, (key, member: unknown) => (BESIDE.has(key) ? undefined : member));
  return parsedJson(text ?? 'null');
}

function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) throw thrown;
  const { status, error } = { status: undefined, error: undefined, ...thrown };
  const told = plain(error ?? null);
  const inner = objectAt(told, 'error') ?? told;
  const code = stringAt(objectAt(inner, 'details') ?? undefined, 'error_code') ?? stringAt(inner, 'code');
  const { message } = thrown;
  return {
    className: thrown.constructor.name,
    status: typeof status === 'number' ? status : null,
    code,
    message: isObject(inner) ? (stringAt(inner, 'message') ?? message) : message,
  };
}
