// What each family of vendors says on the wire, whole and as a stream, in its own form: one answer with this text, these calls, these
// names, these figures, so that one story can be told of all of them. Faults are told by whoever asks for them.

import type { Json, JsonObject } from '../../src/core/json.ts';
import { anthropic } from './family-anthropic.ts';
import { gemini } from './family-gemini.ts';
import { chat, responses } from './family-openai.ts';

export interface Said {
  readonly text?: string;
  readonly calls?: readonly SaidCall[];
  readonly id?: string;
  readonly model?: string;
  /** In the vendor's own word. */
  readonly finish?: string;
  /** In the vendor's own form; null: it is not told. Left out: 10 and 5. */
  readonly usage?: Json;
}

export interface SaidCall {
  readonly id?: string;
  readonly name: string;
  readonly argumentsText: string;
}

export interface Family {
  readonly id: FamilyId;
  /** As the gateway is asked for it. */
  readonly model: string;
  /** The frames of a stream, in order. */
  stream(said: Said): readonly string[];
  whole(said: Said): JsonObject;
  usage(inputTokens: number, outputTokens: number): JsonObject;
  /** An error inside a stream of status 200: the vendor has too much to do. */
  readonly errorFrame: string;
  /** The same as a body. */
  readonly errorBody: JsonObject;
  /** What alone says that a stream is whole, and what says that it is whole if HTTP ends as it should; null: there is no such thing. */
  readonly terminal: string | null;
  readonly finish: RegExp | null;
}

export type FamilyId = 'groq' | 'openai' | 'responses' | 'anthropic' | 'gemini' | 'compatible';

export const FAMILIES: readonly Family[] = [
  chat('groq', 'openai/gpt-oss-120b', true),
  chat('openai', 'gpt-5.4-mini', false),
  responses(),
  anthropic(),
  gemini(),
  chat('compatible', 'local/tiny', false),
];
