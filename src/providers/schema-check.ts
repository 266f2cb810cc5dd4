// Does an answer keep to the JSON schema that it was asked for? Total, and bounded in depth, size and steps: the schema is the caller's,
// the answer a model's, and both may be made to take for ever.

import { type OutputUnit, type Schema, validate } from '@cfworker/json-schema';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { checkableSchema } from './checkable-schema.ts';

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
/** Visits of the validator. An answer of 1 MiB in 16,000 rows takes about 150,000; the dearest schema that was tried took about a second for all. */
const MOST_STEPS = 200_000;
/** Looked at in a list or table of the schema while the validator takes one step. */
const ENTRIES_PER_STEP = 8;
/** Read of a text while the validator takes one step; of names, which it also writes, about a quarter of that. */
const CHARACTERS_PER_STEP = 64;
const PROBLEMS_TOLD = 5;
const PROBLEM_CHARACTERS = 1_000;
const PLACE_CHARACTERS = 200;

class TooMuch extends Error {}

export function schemaCheck(schema: JsonObject): SchemaCheck {
  let stepsLeft = 0;
  let longest = 0;
  const weights = new Map<Schema, number>();
  const visit = (node: Schema) => {
    const weight = weights.get(node) ?? weightOf(node);
    weights.set(node, weight);
    stepsLeft -= weight + (readsTexts(node) ? longest / CHARACTERS_PER_STEP : 0);
    if (stepsLeft < 0) throw new TooMuch();
  };
  const { root, targets, unchecked } = checkableSchema(schema, visit);

  const verdictOn = (text: string): Verdict => {
    if (text.length > MOST_CHARACTERS) return hopeless(`it is longer than ${MOST_CHARACTERS} characters`);
    const found = jsonIn(text);
    if (found === null) return { isValid: false, problem: 'it is no JSON', place: null, isHopeless: false };
    try {
      longest = longestText(found.value, 0);
      stepsLeft = MOST_STEPS;
      const { valid, errors } = validate(found.value, root, '2020-12', { ...targets });
      return valid ? { isValid: true, text: found.text } : invalid(errors);
    } catch (thrown) {
      // The validator also throws where its own stack does not suffice.
      return hopeless(thrown instanceof TooDeep ? `it is nested deeper than ${DEEPEST}` : 'it takes too long to check');
    }
  };
  return { unchecked, verdictOn };
}

function hopeless(problem: string): Verdict {
  return { isValid: false, problem, place: null, isHopeless: true };
}

function invalid(errors: readonly OutputUnit[]): Verdict {
  const told = errors.slice(-PROBLEMS_TOLD).map(({ instanceLocation, error }) => `at ${instanceLocation}: ${error}`);
  // Where a schema is `false` the validator names the place in the answer.
  const place = errors.findLast(({ keyword }) => keyword !== 'false')?.keywordLocation ?? '#';
  return {
    isValid: false,
    problem: told.join(' ').slice(0, PROBLEM_CHARACTERS).toWellFormed(),
    place: place.slice(0, PLACE_CHARACTERS).toWellFormed(),
    isHopeless: false,
  };
}

/** These go through a text of the answer, or through the names in it. */
function readsTexts({ minLength, maxLength, propertyNames, additionalProperties }: Schema): boolean {
  return [minLength, maxLength, propertyNames, additionalProperties].some((keyword) => keyword !== undefined);
}

/** What a visit of the node goes through in the schema, beside one step for itself: its lists, names and values, not its subschemas. */
function weightOf(node: Schema): number {
  const { required, dependentRequired, enum: words, const: word, properties = {}, dependentSchemas = {} } = node;
  const lists = [node.allOf, node.anyOf, node.oneOf, node.prefixItems, node.items].filter(Array.isArray);
  const names = [Object.keys(properties), Object.keys(dependentSchemas)];
  const entries = lists.reduce((sum, list) => sum + list.length, 0);
  const sizes = [required, dependentRequired, words, word, ...names].reduce<number>(addSize, entries);
  return 1 + sizes / ENTRIES_PER_STEP;
}

/** Its depth is that of the schema, which is bounded where requests come in. */
function addSize(sum: number, value: unknown): number {
  if (typeof value === 'string') return sum + 1 + (value.length / CHARACTERS_PER_STEP) * ENTRIES_PER_STEP;
  if (typeof value !== 'object' || value === null) return sum + 1;
  return Object.values(value).reduce<number>(addSize, sum + 1);
}

class TooDeep extends Error {}

function longestText(value: Json | undefined, depth: number): number {
  if (typeof value === 'string') return value.length;
  if (!isObject(value) && !Array.isArray(value)) return 0;
  if (depth >= DEEPEST) throw new TooDeep();
  let longest = 0;
  for (const [name, each] of Object.entries(value))
    longest = Math.max(longest, name.length, longestText(each, depth + 1));
  return longest;
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
