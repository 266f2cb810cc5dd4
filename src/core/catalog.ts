// What is known of a model, and what a model name leads to.

import type { ErrorCode } from './error-table.ts';
import type { PicoUsd, Price } from './money.ts';
import type { LLMProvider } from './provider.ts';
import type { FittedRequest, Message, Tool } from './request.ts';

export interface ModelCard {
  readonly provider: string;
  /** The vendor's own id, without provider: `openai/gpt-oss-120b` is Groq's. */
  readonly model: string;
  /** Most tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** Most tokens of an answer; 0: it makes embeddings alone, each text of which has the window for itself. */
  readonly outputLimit: number;
  readonly features: ReadonlySet<ModelFeature>;
  /** How its embeddings are, as far as the vendor says; left out: nobody has said. */
  readonly vectors?: {
    readonly dimensions: number;
    /** Whether fewer dimensions may be asked. */
    readonly areShortened: boolean;
  };
  /** Which vocabulary counts its tokens; null: only an estimate is known. */
  readonly encoding: 'o200k_harmony' | 'o200k_base' | null;
  /** It may be silent for long while it thinks: the wait between bytes is longer. */
  readonly thinksSilently: boolean;
  /** Where the figures stand and when they were read. */
  readonly source: string;
  readonly readOn: string;
  /** Left out: its vendor has not said that it will shut the model down. */
  readonly end?: ModelEnding;
  /** The model in whose place it answers, with window and features of that one; left out: it answers for itself. */
  readonly standsInFor?: string;
}

/** As a refusal names it: what it lacks is lacking in the model whose place it takes. */
export function nameInWords({ model, standsInFor }: ModelCard): string {
  return standsInFor === undefined ? model : `${standsInFor}, for which ${model} stands in,`;
}

export interface ModelEnding {
  /** From then on it answers nobody. */
  readonly atMs: number;
  /** When, by whom, and what to ask in its place: a sentence. */
  readonly notice: string;
}

/** In the order in which they are told. */
export const MODEL_FEATURES = [
  'tools',
  'images',
  'pdf',
  'audio',
  'json_mode',
  'json_schema',
  'reasoning',
  'embeddings',
] as const;
export type ModelFeature = (typeof MODEL_FEATURES)[number];

/** A (provider, model) that can be asked, with what is needed to do so. */
export interface Target {
  readonly provider: LLMProvider;
  readonly card: ModelCard;
  /** Null: unpriced. */
  readonly price: Price | null;
  /** Why it is in this place: for `attempts[].reason`. */
  readonly reason: string;
  /** What the route says of it; left out: nothing. */
  readonly terms?: RouteTerms;
}

/** How a route takes one of its targets. */
export interface RouteTerms {
  /** Neighbours that have one are equals, among whom it is drawn. */
  readonly weight?: number | undefined;
  /** It is passed over when its model lacks one of these. */
  readonly needs?: readonly ModelFeature[] | undefined;
  /** Or takes fewer tokens, prompt and answer together. */
  readonly minContext?: number | undefined;
  /** Or when a token of its answer costs more, or nobody knows what. */
  readonly maxOutputPicoUsd?: PicoUsd | undefined;
}

/** A target that will not be asked, and why. */
export interface PassedOver {
  readonly target: Target;
  /** Null: the operator's route says so. */
  readonly code: ErrorCode | null;
  readonly reason: string;
}

/** How many tokens something is; made for the decision at hand, so never exact where that would cost time. */
export interface TokenCounter {
  /** Quick estimate, for context reports and the history window. */
  estimate(text: string): number;
  /** Not below the real count, for holds: exact vocabulary where the model's is known, else what recordings of its family say. */
  upperBound(text: string, card: ModelCard): number;
  /** Quick estimate of one message with its overhead: what the history window adds up. The same for every model. */
  messageEstimate(message: Message): number;
  /** Quick estimate of a whole prompt: system prompt, messages and tools, with what the model's chat format adds. */
  requestEstimate(request: CountedPrompt, card?: ModelCard): number;
  /** What a prompt with this estimate probably comes to at the most, after what was billed for others. */
  likely(estimatedTokens: number, card: ModelCard): number;
  /**
   * Not below the input tokens that the vendor will bill for this request: what is held. A text too long to be counted in one go is
   * counted from samples, unless `prepare` has counted it whole.
   */
  requestUpperBound(request: FittedRequest, card: ModelCard): number;
  /** Counts what is long in turns with everything else that this process does; rejects with the signal's reason. */
  prepare(request: FittedRequest, cards: readonly ModelCard[], signal: AbortSignal): Promise<void>;
  /** What the vendor billed for this prompt, for later ones. */
  learn(request: FittedRequest, card: ModelCard, billedTokens: number): void;
}

/** What of a request makes up its prompt. */
export interface CountedPrompt {
  readonly systemPrompt: string | null;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
}

export interface Catalog {
  /** The targets for a name, in order. Null or absent name: the configured default and its fallback. Throws `model_not_found`. */
  targetsFor(model: string | null, atMs: number): readonly Target[];
  /** The names of the routes, whatever can be asked of them. */
  readonly routes: readonly string[];
  /** Those that can be asked at this moment. */
  models(atMs: number): readonly ModelCard[];
  priceOf(provider: string, model: string, atMs: number): Price | null;
}
