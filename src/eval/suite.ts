// What a suite of cases is: ground truth that code has made, so that no human label is needed. A case asks prompts as an application would
// and tells, metric by metric, whether what was delivered keeps to what is known of it.

import type { JsonObject, Verification } from '../index.ts';

export interface Suite {
  readonly name: string;
  readonly about: string;
  /** By name: what is counted, and how it is read. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The same for the same seed; as many as asked, however few exercises there are. */
  cases(seed: number, count: number): readonly EvalCase[];
}

export interface EvalCase {
  readonly id: string;
  /** Rejects with what the vendor or the network did: that is nobody's score. */
  play(ask: AskPrompt): Promise<Scores>;
}

/** One prompt, once, by whichever model is evaluated. Variables and data are named as on the wire. */
export type AskPrompt = (prompt: string, variables: JsonObject) => Promise<Told>;

export interface Told {
  /** Null: nothing that the model wrote was accepted. */
  readonly data: JsonObject | null;
  readonly verification: Verification | null;
  /** The rules that the first answer broke; empty: it was accepted as it came. */
  readonly firstFaults: readonly string[];
}

/** By metric: whether the case succeeded. What is left out does not apply to it. */
export type Scores = Readonly<Record<string, boolean>>;
