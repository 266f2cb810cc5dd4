// What stands between a model's words and the caller where a template made the request: code that decides what code can decide. An answer
// is handed on only when it was accepted, and what is handed on is what the judge made of it, never the model's own text.

import type { LLMError } from './errors.ts';
import type { JsonObject } from './json.ts';

/** What was checked of an answer, what of it was left out and why. On the wire under the same names. */
export interface Verification {
  /**
   * By the checks alone; whose words they were made of `fallback` says. `verified`: each that applies was made, and what has to hold held.
   * `partly`: some need the code to be run, and nothing ran it. `unverified`: it is a sample of the offline provider.
   */
  readonly status: 'verified' | 'partly' | 'unverified';
  readonly checks: readonly CheckReport[];
  readonly dropped: readonly Dropped[];
  /** How often the model was told what was wrong. */
  readonly repairs: number;
  /** Whose words these are where they are not the model's; null: they are the model's. */
  readonly fallback: string | null;
}

export interface CheckReport {
  readonly id: string;
  /** `failed`: it is told, and did not have to hold. */
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why; null: there is nothing to add. */
  readonly evidence: string | null;
}

/** A part of what the model wrote that nobody was given. */
export interface Dropped {
  /** Where it stood, as a JSON pointer into what the model wrote. */
  readonly path: string;
  readonly rule: string;
  readonly reason: string;
}

/** What is delivered. */
export interface Judged {
  /** Keeps to the template's `data` schema. */
  readonly data: JsonObject;
  readonly verification: Verification;
}

/** What a caller reads as the text of the answer, and the same as data. */
export interface Accepted extends Judged {
  readonly content: string;
}

export type JudgeVerdict =
  | ({ readonly isAccepted: true } & Accepted)
  | {
      readonly isAccepted: false;
      /** Those that it breaks; `schema`: it is not what the template has models write. */
      readonly rules: readonly string[];
      /** For the model: what has to be mended, by path and rule. It may repeat what stands in the answer. */
      readonly problem: string;
      /** For the caller: the rules and paths, and nothing of the answer. */
      readonly place: string;
      /** Nobody could say, and another answer would fare no better. */
      readonly isHopeless: boolean;
    };

/** Of one request. */
export interface Judge {
  /** A digest of all that it looks at beside the answer: an answer is kept for those alone who would judge it alike. */
  readonly key: string;
  /** How often the model may be told what was wrong. */
  readonly mostRepairs: number;
  /** Total: it never throws for anything that stands in the text. Running code takes time, so it may be waited for. */
  verdictOn(text: string, from: AnswerSource, signal: AbortSignal): Promise<JudgeVerdict>;
  /** What may be shown of a text that is not whole yet; null: nothing. Total, and quick: it is asked again and again. Left out: nothing ever is. */
  draftOf?(textSoFar: string): JsonObject | null;
  /** What is delivered in the place of an answer that came to nothing; null: the failure is. */
  standIn(failure: LLMError): Accepted | null;
  /** What the offline provider writes in the place of a model: asked for by that alone, since it takes time. Left out: there is none. */
  sample?(): string;
}

export interface AnswerSource {
  /** Who wrote it. */
  readonly provider: string;
  /** How often this request was told what was wrong before. */
  readonly repairs: number;
}
