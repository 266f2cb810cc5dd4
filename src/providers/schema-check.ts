// Does an answer keep to the JSON schema that it was asked for? Total, and bounded in depth, size and steps: the schema is the caller's,
// the answer a model's, and both may be made to take for ever.

import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { checkableSchema } from './checkable-schema.ts';
import { type Fault, pathOf } from './schema-faults.ts';
import { faultsOf, TooManySteps } from './schema-steps.ts';

export type Verdict =
  /** The JSON as the model wrote it, without what stood around it. */
  | { readonly isValid: true; readonly text: string }
  | {
      readonly isValid: false;
      /** For the model: it may repeat what stands in the answer. */
      readonly problem: string;
      /** For the caller: where in the schema, and nothing of the answer. Null: it is no JSON. */
      readonly place: string | null;
      /** Nobody could say, and a second answer would fare no better. */
      readonly isHopeless: boolean;
    };

export interface SchemaCheck {
  /** Keywords of the schema that are not checked, or not to the letter. */
  readonly unchecked: readonly string[];
  verdictOn(text: string): Verdict;
}

/** A quarter of a million tokens: above what models write in one answer. */
const MOST_CHARACTERS = 1_048_576;
const DEEPEST = 100;
/** An answer of 1 MiB in rows of ten fields takes about 400,000 steps, and the dearest that were tried 140 ms in all. */
export const MOST = { steps: 500_000, faults: 5 };
const PROBLEM_CHARACTERS = 1_000;
const PLACE_CHARACTERS = 200;

export function schemaCheck(schema: JsonObject): SchemaCheck {
  const checkable = checkableSchema(schema);
  const verdictOn = (text: string): Verdict => {
    if (text.length > MOST_CHARACTERS) return hopeless(`it is longer than ${MOST_CHARACTERS} characters`);
    const found = jsonIn(text);
    if (found === null) return { isValid: false, problem: 'it is no JSON', place: null, isHopeless: false };
    if (isDeeper(found.value, DEEPEST)) return hopeless(`it is nested deeper than ${DEEPEST}`);
    try {
      const faults = faultsOf(found.value, checkable, MOST);
      return faults === null ? { isValid: true, text: found.text } : invalid(faults);
    } catch (thrown) {
      // The stack does not suffice where a schema leads to itself.
      if (!(thrown instanceof TooManySteps || thrown instanceof RangeError)) throw thrown;
      return hopeless('it takes too long to check');
    }
  };
  return { unchecked: checkable.unchecked, verdictOn };
}

function hopeless(problem: string): Verdict {
  return { isValid: false, problem, place: null, isHopeless: true };
}

function invalid(faults: readonly Fault[]): Verdict {
  const told = faults.map(({ at, problem }) => `at ${pathOf(at)}: ${problem().slice(0, PROBLEM_CHARACTERS)}`);
  return {
    isValid: false,
    problem: told.join(' ').slice(0, PROBLEM_CHARACTERS).toWellFormed(),
    place: pathOf(faults.at(-1)?.rule ?? null)
      .slice(0, PLACE_CHARACTERS)
      .toWellFormed(),
    isHopeless: false,
  };
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
