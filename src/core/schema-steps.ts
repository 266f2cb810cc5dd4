// Holds a value against a schema, and counts what that takes: both are strangers', and together they can make it take for ever. Nothing
// here goes through a list, a table or a text without a step for each entry of it, so the steps bound the time.

import type { CheckableSchema, SchemaNode, Subschema } from './checkable-schema.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Fault, under, type Where } from './schema-faults.ts';
import { charactersIn, isMultiple, kindOf } from './schema-measures.ts';

export interface Most {
  readonly steps: number;
  readonly faults: number;
}

export class TooManySteps extends Error {}

/** Read of a text in one step. */
const CHARACTERS_PER_STEP = 64;

/** Names and places of a value that some part of the schema has looked at. */
type Seen = Set<string | number>;
const NONE: ReadonlySet<string> = new Set();

/** As many as are asked for; null: the value keeps to the schema. Throws `TooManySteps` where nothing can be said. */
export function faultsOf(value: Json, schema: CheckableSchema, most: Most): readonly Fault[] | null {
  const check = new Check(schema.asksForRest, most);
  const top = { within: null, step: '#' };
  try {
    check.keeps(value, schema.root, { at: top, rule: top }, null);
  } catch (thrown) {
    // The stack does not suffice where a schema leads to itself.
    if (!(thrown instanceof TooManySteps || thrown instanceof RangeError)) throw thrown;
    if (check.certain === 0) throw new TooManySteps();
    return check.faults.slice(0, check.certain);
  }
  return check.faults.length === 0 ? null : check.faults;
}

class Check {
  readonly faults: Fault[] = [];
  readonly #asksForRest: boolean;
  readonly #mostFaults: number;
  #stepsLeft: number;
  /** Above 0 while it is tried whether the value keeps to a schema that it need not keep to: there the first fault says it. */
  #trials = 0;
  /** So many of the faults are there whatever comes of the rest. */
  certain = 0;

  constructor(asksForRest: boolean, { steps, faults }: Most) {
    this.#asksForRest = asksForRest;
    this.#mostFaults = faults;
    this.#stepsLeft = steps;
  }

  /**
   * Whether to go on. What was looked at of a value that keeps to the schema is added to `seen`; null: nobody asks.
   */
  keeps(value: Json, schema: Subschema, where: Where, seen: Seen | null): boolean {
    this.#spend(1);
    if (schema === false) return this.#fault(where, () => 'Nothing may stand here.');
    const own: Seen | null = this.#asksForRest && typeof value === 'object' ? new Set() : null;
    const isKept =
      this.#isOfKind(value, schema, where) &&
      this.#keepsAll(value, schema, where, own) &&
      this.#keepsSome(value, schema, where, own) &&
      this.#keepsParts(value, schema, where, own);
    if (isKept && own !== null && seen !== null) {
      this.#spend(own.size);
      for (const each of own) seen.add(each);
    }
    return isKept;
  }

  #isOfKind(value: Json, { type, const: only, enum: words }: SchemaNode, where: Where): boolean {
    const isInteger = type?.has('integer') && Number.isInteger(value);
    if (type !== undefined && !isInteger && !type.has(kindOf(value))) {
      const problem = () => `Instance type "${kindOf(value)}" is invalid. Expected "${[...type].join('", "')}".`;
      return this.#fault(under(where, 'type'), problem);
    }
    if (only !== undefined && !this.#isSame(value, only))
      return this.#fault(under(where, 'const'), () => `It must be ${JSON.stringify(only)}.`);
    if (words?.some((each) => this.#isSame(value, each)) === false)
      return this.#fault(under(where, 'enum'), () => `It must be one of ${JSON.stringify(words)}.`);
    return true;
  }

  /** Schemas for the same value, each of which it has to keep to. */
  #keepsAll(value: Json, schema: SchemaNode, where: Where, own: Seen | null): boolean {
    const { $ref, allOf, if: when, not, dependentSchemas } = schema;
    if ($ref !== undefined && !this.keeps(value, $ref, under(where, '$ref'), own)) return false;
    if (allOf?.every((each, index) => this.keeps(value, each, under(where, 'allOf', index), own)) === false)
      return false;
    if (when !== undefined) {
      const word = this.#quietly(() => this.keeps(value, when, under(where, 'if'), own)) ? 'then' : 'else';
      const then = schema[word];
      if (then !== undefined && !this.keeps(value, then, under(where, word), own)) return false;
    }
    if (not !== undefined && this.#quietly(() => this.keeps(value, not, under(where, 'not'), null)))
      return this.#fault(under(where, 'not'), () => 'It is what it must not be.');
    if (dependentSchemas === undefined || !isObject(value)) return true;
    for (const [name, each] of dependentSchemas) {
      const isBound = this.#has(value, name);
      if (isBound && !this.keeps(value, each, under(where, 'dependentSchemas', name), own)) return false;
    }
    return true;
  }

  /** Schemas for the same value, of which it has to keep to one. */
  #keepsSome(value: Json, schema: SchemaNode, where: Where, own: Seen | null): boolean {
    for (const word of ['anyOf', 'oneOf'] as const) {
      const list = schema[word];
      if (list === undefined) continue;
      const told = this.faults.length;
      let kept = 0;
      this.#trials++;
      for (const [index, each] of list.entries()) {
        if (this.keeps(value, each, under(where, word, index), own)) kept++;
        // Each that it keeps to may have looked at something else.
        if (word === 'oneOf' ? kept > 1 : kept > 0 && own === null) break;
      }
      this.#trials--;
      if (kept > 0) this.faults.length = told;
      const isOne = word === 'oneOf' ? kept === 1 : kept > 0;
      const problem = `It keeps to ${kept === 0 ? 'none' : 'more than one'} of them.`;
      if (!isOne && !this.#fault(under(where, word), () => problem)) return false;
    }
    return true;
  }

  #keepsParts(value: Json, schema: SchemaNode, where: Where, own: Seen | null): boolean {
    if (typeof value === 'number') return this.#keepsNumber(value, schema, where);
    if (typeof value === 'string') return this.#keepsText(value, schema, where);
    if (isObject(value)) return this.#keepsTable(value, schema, where, own);
    return Array.isArray(value) ? this.#keepsList(value, schema, where, own) : true;
  }

  #keepsNumber(value: number, schema: SchemaNode, where: Where): boolean {
    const { exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
    if (above !== undefined && value <= above)
      return this.#fault(under(where, 'exclusiveMinimum'), () => `${value} is not above ${above}.`);
    if (below !== undefined && value >= below)
      return this.#fault(under(where, 'exclusiveMaximum'), () => `${value} is not below ${below}.`);
    if (multipleOf !== undefined && !isMultiple(value, multipleOf))
      return this.#fault(under(where, 'multipleOf'), () => `${value} is no multiple of ${multipleOf}.`);
    return this.#isWithin(value, schema, 'minimum', 'maximum', where);
  }

  #keepsText(value: string, schema: SchemaNode, where: Where): boolean {
    if (schema.minLength === undefined && schema.maxLength === undefined) return true;
    this.#read(value);
    return this.#isWithin(charactersIn(value), schema, 'minLength', 'maxLength', where);
  }

  #keepsTable(value: JsonObject, schema: SchemaNode, where: Where, own: Seen | null): boolean {
    const has = (names: readonly string[], word: string) =>
      names.every((name) => this.#has(value, name) || this.#fault(under(where, word), () => `It lacks "${name}".`));
    if (!has(schema.required ?? [], 'required')) return false;
    for (const [name, names] of schema.dependentRequired ?? []) {
      if (this.#has(value, name) && !has(names, 'dependentRequired')) return false;
    }
    for (const [name, each] of schema.properties ?? []) {
      if (!this.#has(value, name)) continue;
      if (!this.#keepsPart(value[name], name, each, under(where, 'properties', name))) return false;
      own?.add(name);
    }
    return this.#keepsNames(value, schema, where, own);
  }

  #keepsNames(value: JsonObject, schema: SchemaNode, where: Where, own: Seen | null): boolean {
    const { properties, propertyNames, additionalProperties: others, unevaluatedProperties: rest } = schema;
    const isCounted = schema.minProperties !== undefined || schema.maxProperties !== undefined;
    if (!isCounted && propertyNames === undefined && others === undefined && rest === undefined) return true;
    const names = Object.keys(value);
    for (const name of names) this.#read(name);
    if (!this.#isWithin(names.length, schema, 'minProperties', 'maxProperties', where)) return false;
    const keeps = (word: string, each: Subschema, known: { has(name: string): boolean } | null) => {
      const rule = under(where, word);
      for (const name of names) {
        this.#spend(1);
        if (known?.has(name)) continue;
        if (!this.#keepsPart(known === null ? name : value[name], name, each, rule)) return false;
        if (known !== null) own?.add(name);
      }
      return true;
    };
    return (
      (propertyNames === undefined || keeps('propertyNames', propertyNames, null)) &&
      (others === undefined || keeps('additionalProperties', others, properties ?? NONE)) &&
      (rest === undefined || keeps('unevaluatedProperties', rest, own ?? NONE))
    );
  }

  #keepsList(value: readonly Json[], schema: SchemaNode, where: Where, own: Seen | null): boolean {
    const { prefixItems = [], items, unevaluatedItems } = schema;
    if (!this.#isWithin(value.length, schema, 'minItems', 'maxItems', where)) return false;
    for (const [index, each] of value.entries()) {
      const isPlaced = index < prefixItems.length;
      if (!isPlaced && items === undefined) break;
      const rule = isPlaced ? under(where, 'prefixItems', index) : under(where, 'items');
      if (!this.#keepsPart(each, index, isPlaced ? prefixItems[index] : items, rule)) return false;
      own?.add(index);
    }
    if (!this.#contains(value, schema, where, own)) return false;
    if (unevaluatedItems === undefined) return true;
    for (const [index, each] of value.entries()) {
      this.#spend(1);
      if (own?.has(index)) continue;
      if (!this.#keepsPart(each, index, unevaluatedItems, under(where, 'unevaluatedItems'))) return false;
      own?.add(index);
    }
    return true;
  }

  #contains(value: readonly Json[], schema: SchemaNode, where: Where, own: Seen | null): boolean {
    const { contains, minContains = 1, maxContains = Number.POSITIVE_INFINITY } = schema;
    if (contains === undefined) return true;
    const rule = under(where, 'contains');
    let found = 0;
    for (const [index, each] of value.entries()) {
      if (!this.#quietly(() => this.#keepsPart(each, index, contains, rule))) continue;
      found++;
      own?.add(index);
    }
    if (found >= minContains && found <= maxContains) return true;
    return this.#fault(rule, () => `${found} of its items are such; from ${minContains} to ${maxContains} must be.`);
  }

  /** What stands within a value is looked at for itself. */
  #keepsPart(
    value: Json | undefined,
    step: string | number,
    schema: Subschema | undefined,
    { at, rule }: Where,
  ): boolean {
    return schema === undefined || this.keeps(value ?? null, schema, { at: { within: at, step }, rule }, null);
  }

  #isWithin(figure: number, schema: SchemaNode, least: Bound, most: Bound, where: Where): boolean {
    const { [least]: from = figure, [most]: to = figure } = schema;
    if (figure < from) return this.#fault(under(where, least), () => `${figure} is less than ${from} (${least}).`);
    if (figure > to) return this.#fault(under(where, most), () => `${figure} is more than ${to} (${most}).`);
    return true;
  }

  #isSame(a: Json | undefined, b: Json | undefined): boolean {
    this.#spend(1);
    if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) this.#read(a);
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((each, index) => this.#isSame(each, b[index]));
    if (!isObject(a) || !isObject(b)) return a === b;
    const names = Object.keys(a);
    const { length } = Object.keys(b);
    this.#spend(names.length + length);
    return names.length === length && names.every((name) => this.#has(b, name) && this.#isSame(a[name], b[name]));
  }

  #has(value: JsonObject, name: string): boolean {
    this.#read(name);
    return Object.hasOwn(value, name);
  }

  #read({ length }: string): void {
    this.#spend(1 + length / CHARACTERS_PER_STEP);
  }

  #spend(steps: number): void {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft < 0) throw new TooManySteps();
  }

  /** What it finds wrong is no fault of the value. */
  #quietly(keeps: () => boolean): boolean {
    const told = this.faults.length;
    this.#trials++;
    const isKept = keeps();
    this.#trials--;
    this.faults.length = told;
    return isKept;
  }

  /** Whether to look for more of them. Of those that were tried in vain, one less is told than there is room: for what they say together. */
  #fault(where: Where, problem: () => string): boolean {
    const isTried = this.#trials > 0;
    if (this.faults.length < this.#mostFaults - (isTried ? 1 : 0)) this.faults.push({ ...where, problem, isTried });
    if (isTried) return false;
    this.certain = this.faults.length;
    return this.certain < this.#mostFaults;
  }
}

type Bound =
  | 'minimum'
  | 'maximum'
  | 'minLength'
  | 'maxLength'
  | 'minItems'
  | 'maxItems'
  | 'minProperties'
  | 'maxProperties';
