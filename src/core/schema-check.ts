// Does an answer keep to the JSON schema that it was asked for? Total, and bounded in depth, size and steps: the schema is the caller's,
// the answer a model's, and both may be made to take for ever.

import { checkableSchema } from './checkable-schema.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Fault, pathOf } from './schema-faults.ts';
import { faultsOf, TooManySteps } from './schema-steps.ts';

export type Verdict =
  /** The JSON as the model wrote it, without what stood around it. */
  | { readonly isValid: true; readonly text: string; readonly value: Json }
  | {
      readonly isValid: false;
      /** For the model: it may repeat what stands in the answer. */
      readonly problem: string;
      /** For the caller: where in the schema, and nothing of the answer. Null: it is no JSON. */
      readonly place: string | null;
      /** Nobody could say, and a second answer would fare no better. */
      readonly isHopeless: boolean;
      /** The same one by one; empty where it is no JSON, or nobody could say. */
      readonly faults: readonly SchemaFault[];
    };

export interface SchemaFault {
  /** Where in the value, as a JSON pointer; '' is all of it. */
  readonly path: string;
  /** Which keyword of the schema: `#/properties/age/minimum`. */
  readonly rule: string;
  /** It may repeat what stands in the value. */
  readonly problem: string;
}

export interface SchemaCheck {
  /** Keywords of the schema that are not checked, or not to the letter. */
  readonly unchecked: readonly string[];
  verdictOn(text: string): Verdict;
  /** Of what is no text of a model: empty where it keeps to the schema, and null where nobody can say. */
  faultsIn(value: Json): readonly SchemaFault[] | null;
}

/** A quarter of a million tokens: above what models write in one answer. */
const MOST_CHARACTERS = 1_048_576;
const DEEPEST = 100;
/** An answer of 1 MiB in rows of ten fields takes about 400,000 steps, and the dearest that were tried 140 ms in all. */
export const MOST = { steps: 500_000, faults: 5 };
const PROBLEM_CHARACTERS = 1_000;
const PLACE_CHARACTERS = 200;

/** `mostFaults`: so many are told of one value. */
export function schemaCheck(schema: JsonObject, mostFaults = MOST.faults): SchemaCheck {
  const checkable = checkableSchema(schema);
  const most = { ...MOST, faults: mostFaults };
  /** A problem in words: nobody can say. */
  const faultsIn = (value: Json): readonly Fault[] | string => {
    if (isDeeper(value, DEEPEST)) return `it is nested deeper than ${DEEPEST}`;
    try {
      return faultsOf(value, checkable, most) ?? [];
    } catch (thrown) {
      if (!(thrown instanceof TooManySteps)) throw thrown;
      return 'it takes too long to check';
    }
  };
  return {
    unchecked: checkable.unchecked,
    verdictOn(text) {
      if (text.length > MOST_CHARACTERS) return unsaid(`it is longer than ${MOST_CHARACTERS} characters`, true);
      const found = jsonIn(text);
      if (found === null) return unsaid('it is no JSON', false);
      const faults = faultsIn(found.value);
      if (typeof faults === 'string') return unsaid(faults, true);
      return faults.length === 0 ? { isValid: true, ...found } : invalid(faults);
    },
    faultsIn(value) {
      const faults = faultsIn(value);
      return typeof faults === 'string' ? null : faults.map(toldOf);
    },
  };
}

function unsaid(problem: string, isHopeless: boolean): Verdict {
  return { isValid: false, problem, place: null, isHopeless, faults: [] };
}

function invalid(found: readonly Fault[]): Verdict {
  const faults = found.map(toldOf);
  // What several come to together says where; each of them would only say what it could have been.
  const places = new Set(found.filter(({ isTried }) => !isTried).map(({ rule }) => pathOf(rule)));
  return {
    isValid: false,
    problem: cut(faults.map(({ path, problem }) => `at #${path}: ${problem}`).join(' '), PROBLEM_CHARACTERS),
    place: cut([...places].join(', '), PLACE_CHARACTERS),
    isHopeless: false,
    faults,
  };
}

function toldOf({ at, rule, problem }: Fault): SchemaFault {
  return { path: pathOf(at).slice(1), rule: pathOf(rule), problem: cut(problem(), PROBLEM_CHARACTERS) };
}

function cut(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}

function isDeeper(value: Json | undefined, levels: number): boolean {
  if (!isObject(value) && !Array.isArray(value)) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

interface Found {
  readonly text: string;
  readonly value: Json;
}

/** All of it, or what stands in the code fence that models like to put around it. */
function jsonIn(text: string): Found | null {
  return parsed(text) ?? parsed(withoutFence(text));
}

function parsed(written: string | null): Found | null {
  if (written === null) return null;
  const text = written.trim();
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return null;
  }
}

const FENCE = '```';

/** From the first fence to the last: a text within the JSON may have fences of its own. */
function withoutFence(text: string): string | null {
  const start = text.indexOf(FENCE);
  const end = text.lastIndexOf(FENCE);
  if (start < 0 || end <= start) return null;
  const inside = text.slice(start + FENCE.length, end);
  const firstLine = inside.slice(0, Math.max(0, inside.indexOf('\n'))).trim();
  return /^[A-Za-z0-9]{1,16}$/.test(firstLine) ? inside.slice(inside.indexOf('\n')) : inside;
}
