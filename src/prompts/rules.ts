// What code decides for one prompt. The engine has done the rest before these are asked: the variables keep to the input schema and have
// their defaults, what the model wrote keeps to the output schema, the marks are stripped, no string bears markup, links or the canary.

import type { JsonObject } from '../core/json.ts';
import type { CheckReport, Dropped } from '../core/judge.ts';

/** What a prompt was asked with. */
export interface Asked<Variables, Derived> {
  readonly variables: Variables;
  readonly derived: Derived;
}

/** Something that the model has to mend. */
export interface RuleFault {
  /** Where, as a JSON pointer into what the model wrote; '' is all of it. */
  readonly path: string;
  /** As tutors' checks are called: `R1`, `H4`, `G1`. */
  readonly rule: string;
  /** For the model: the fact, with the numbers ("has 130 words, at most 90"), not "try again". */
  readonly problem: string;
}

export interface Decision<Data> {
  /** Empty: it is delivered. */
  readonly faults: readonly RuleFault[];
  /** As far as it can be made with the faults there are. */
  readonly data: Data;
  readonly checks: readonly CheckReport[];
  readonly dropped: readonly Dropped[];
}

export interface PromptRules<Variables, Derived, Written, Data> {
  /** Checks that would need the code to be run: told as skipped, and the status is `partly` at best. */
  readonly unrun: readonly string[];
  /** What the template may use beside the caller's variables: what the model must be told and must not decide. Null: nothing. */
  readonly derive: ((variables: Variables) => Derived) | null;
  /** Pure and total. */
  readonly decide: (written: Written, asked: Asked<Variables, Derived>) => Decision<Data>;
  /** What the offline provider writes in the place of a model: labelled as a sample, and accepted by `decide`. */
  readonly sample: (asked: Asked<Variables, Derived>) => Written;
  /** The deterministic answer where no model's will do; null: there is none. */
  readonly standIn: ((asked: Asked<Variables, Derived>) => Data) | null;
}

/**
 * The rules of any prompt, for what handles them all. Its functions take documents that keep to the schemas of the file, and of these the
 * types of each prompt are made: the engine has checked what the compiler cannot know here.
 */
export interface AnyRules extends Pick<PromptRules<JsonObject, JsonObject, JsonObject, JsonObject>, 'unrun'> {
  readonly derive: Loose<[variables: JsonObject], JsonObject> | null;
  decide(written: JsonObject, asked: Asked<JsonObject, JsonObject>): Decision<JsonObject>;
  sample(asked: Asked<JsonObject, JsonObject>): JsonObject;
  readonly standIn: Loose<[asked: Asked<JsonObject, JsonObject>], JsonObject> | null;
}
/** As a method, since methods are compared by what they share and functions by what each of them takes. */
type Loose<Taken extends readonly unknown[], Given> = { call(...taken: Taken): Given }['call'];
