// What is configured of those who can be asked: of a vendor the account, since the rest is known here; of any other server all.

import type { ModelFeature } from './catalog.ts';
import type { JsonObject } from './json.ts';

/** The vendors with a codec and a catalogue of their own, in the order in which one stands in for the one before it. */
export const VENDORS = { groq: 'Groq', openai: 'OpenAI', anthropic: 'Anthropic', gemini: 'Gemini' } as const;

export type VendorId = keyof typeof VENDORS;

export type OpenAiApi = 'chat' | 'responses';

/** It prints as what it is, a secret. */
export interface Hidden {
  reveal(): string;
}

export interface VendorSettings {
  readonly kind: 'vendor';
  readonly id: VendorId;
  readonly apiKey: Hidden;
  /** Keys beside that one, which take turns with it. */
  readonly moreApiKeys: readonly Hidden[];
  readonly baseUrl: string;
  /** By which of its APIs OpenAI is asked; null: nobody has said. */
  readonly api: OpenAiApi | null;
}

/** A server that speaks one of OpenAI's dialects, as its operator describes it. What is left out is as the preset has it. */
export interface ServerSettings {
  readonly kind: 'server';
  /** Its name in routes, rows and headers. */
  readonly id: string;
  readonly preset?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: Hidden | undefined;
  /** Keys beside that one, which take turns with it. */
  readonly moreApiKeys: readonly Hidden[];
  readonly api?: OpenAiApi | undefined;
  readonly lacks?: readonly string[] | undefined;
  /** Beside text and pictures. */
  readonly takes?: readonly ServerMedia[] | undefined;
  readonly leavesOut?: readonly string[] | undefined;
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens' | undefined;
  readonly reasoningField?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly headers: ReadonlyMap<string, Hidden>;
  readonly fields?: JsonObject | undefined;
  /** The one that is asked when nobody names one; null: none was named, so it cannot be primary or fallback. */
  readonly model: string | null;
  readonly models: readonly ServerModel[];
}

/** What is left out of it, nobody has said. */
export interface ServerModel {
  readonly name: string;
  readonly contextWindow?: number | undefined;
  readonly outputLimit?: number | undefined;
  /** Of its embeddings, which are then all that it makes. */
  readonly dimensions?: number | undefined;
  readonly lacks?: readonly ModelFeature[] | undefined;
  readonly takes?: readonly ServerMedia[] | undefined;
}

export type ServerMedia = Extract<ModelFeature, 'pdf' | 'audio'>;

export type ProviderSettings = VendorSettings | ServerSettings;

export function isVendorId(id: string): id is VendorId {
  return Object.hasOwn(VENDORS, id);
}

/** What a message calls a provider, whoever writes it: a vendor by its own name, any other by its id. */
export function providerName(id: string): string {
  return isVendorId(id) ? VENDORS[id] : id;
}
