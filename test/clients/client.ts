// What the stories need of an official client, whichever it is: to ask in its own words, whole and as a stream, and to tell what its
// user then reads. Nothing of the client is replaced; only its base URL and key are set.

import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { FamilyName } from './families.ts';
import type { Call } from './speech.ts';

export const WAYS = ['whole', 'stream'] as const;
export type Way = (typeof WAYS)[number];

export interface Tool {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** `M`: a message as the client has it. */
export interface Question<M> {
  readonly model: string;
  readonly messages: readonly M[];
  readonly tools?: readonly Tool[];
  readonly schema?: JsonObject;
  readonly maxTokens?: number;
  /** What the client does not check, so that the gateway has to. */
  readonly temperature?: number;
  readonly signal?: AbortSignal;
  /** Called with each piece of a text as it comes. */
  readonly onText?: () => void;
}

export interface Heard<M> {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly Call[];
  readonly finish: 'stop' | 'length' | 'tool_calls' | null;
  readonly usage: Readonly<Partial<Record<UsageFigure, number | null | undefined>>>;
  /** What the client's user sends back with the next turn. */
  readonly said: readonly M[];
  readonly requestId: string | null;
}

export type UsageFigure = 'input' | 'output' | 'cached' | 'reasoning';

export interface Client<M> {
  user(text: string, image?: string): M;
  results(calls: readonly Call[], texts: readonly string[]): readonly M[];
  whole(question: Question<M>): Promise<Heard<M>>;
  stream(question: Question<M>): Promise<Heard<M>>;
}

export interface Failed {
  /** Of the class that the client's users look for. */
  readonly is: string;
  /** Null: it came in a stream that had begun. */
  readonly status: number | null;
  readonly code: string | null;
}

export interface ClientKind<M> {
  /** As docs/clients.md calls it. */
  readonly name: string;
  connect(asked: { readonly url: string; readonly key: string; readonly retries: number }): Client<M>;
  /** Which figures it reads; what it does not read is not told by it. */
  readonly reads: readonly UsageFigure[];
  readonly readsReasoning: boolean;
  readonly readsRequestId: boolean;
  /** Whether `x-should-retry: false` keeps it from asking again. */
  readonly obeysShouldRetry: boolean;
  /** Whether a vendor's state goes back with a turn that this client keeps: beside a thought, and on a call. */
  carries(family: FamilyName, where: 'beside a text' | 'on a call', way: Way): boolean;
  failed(error: unknown): Failed;
  /** Whether a failure in a stream keeps its code. */
  readonly readsStreamCode: boolean;
  /** How JSON by a schema is asked of this family: in the words of its API, or by a tool of this name that has to be called. */
  schemaTool(family: FamilyName): string | null;
  /** Its class for each failure that is told by a status, and for one that comes in a stream. */
  readonly classes: Readonly<Record<400 | 401 | 402 | 403 | 404 | 429 | 502 | 503 | 'in a stream', string>>;
}

export async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

export async function failureOf(asking: Promise<unknown>): Promise<unknown> {
  return asking.then(
    () => null,
    (error: unknown) => error,
  );
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

/** The arguments of a call, as a client's user reads them. */
export function inputOf(argumentsText: string): JsonObject {
  const input: unknown = JSON.parse(argumentsText);
  if (!isObject(input)) throw new Error(`${argumentsText} is no object`);
  return input;
}
