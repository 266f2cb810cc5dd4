// A caller's JSON schema as it is checked here: a copy of the keywords whose cost is known. Nothing of it is run (a pattern of a stranger
// would be a regular expression of theirs on our only thread) and nothing is fetched; what is left out for that is told by name.

import type { Schema } from '@cfworker/json-schema';
import { isObject, type Json, type JsonObject } from '../core/json.ts';

export interface CheckableSchema {
  readonly root: Schema;
  /** What its references lead to, by the words of the reference. */
  readonly targets: Readonly<Record<string, Schema | boolean>>;
  /** Keywords of the schema that are not checked, or not to the letter. */
  readonly unchecked: readonly string[];
}

/** Called for each time that a node is held against a value. */
export type Visit = (node: Schema) => void;

const SCHEMAS: ReadonlySet<string> = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const LISTS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']);
const TABLES: ReadonlySet<string> = new Set(['dependentSchemas', 'properties']);
const NUMBERS: ReadonlySet<string> = new Set([
  'exclusiveMaximum',
  'exclusiveMinimum',
  'maxContains',
  'maximum',
  'maxItems',
  'maxLength',
  'maxProperties',
  'minContains',
  'minimum',
  'minItems',
  'minLength',
  'minProperties',
  'multipleOf',
]);
const UNCHECKED: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$recursiveRef',
  'dependencies',
  'format',
  'pattern',
  'patternProperties',
  'uniqueItems',
]);
/** Where a part that says less than it should would make the whole say more: beside something unchecked they are left out. */
const TURNING: ReadonlySet<string> = new Set([
  'else',
  'if',
  'maxContains',
  'not',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

const ANYTHING: JsonObject = {};

export function checkableSchema(schema: JsonObject, visit: Visit): CheckableSchema {
  const whole = new Copy(schema, visit, false).made();
  return whole.unchecked.length === 0 ? whole : new Copy(schema, visit, true).made();
}

class Copy {
  readonly #schema: JsonObject;
  readonly #isLoose: boolean;
  /** Every node reads as one that tells when it is read. */
  readonly #visited: object;
  /** A node is copied once, however many references lead to it. */
  readonly #copies = new Map<JsonObject, Schema>();
  readonly #waiting: (readonly [JsonObject, Schema])[] = [];
  readonly #targets: Record<string, Schema | boolean> = Object.create(null);
  readonly #unchecked = new Set<string>();

  constructor(schema: JsonObject, visit: Visit, isLoose: boolean) {
    this.#schema = schema;
    this.#isLoose = isLoose;
    // The validator has no bound of its own. It reads this keyword, which none of our nodes has, once at each visit of a node.
    this.#visited = Object.defineProperty({}, '$recursiveRef', {
      get(this: Schema) {
        visit(this);
        return undefined;
      },
    });
  }

  made(): CheckableSchema {
    const root = this.#node(this.#schema);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#fill(...next);
    return { root, targets: this.#targets, unchecked: [...this.#unchecked].sort() };
  }

  #node(source: JsonObject): Schema {
    const known = this.#copies.get(source);
    if (known !== undefined) return known;
    const made: Schema = Object.create(this.#visited);
    this.#copies.set(source, made);
    this.#waiting.push([source, made]);
    return made;
  }

  /** What nothing keeps to ends the work where it stands; what everything keeps to is a node, so that its visits are counted. */
  #schemaOf(value: Json | undefined): Schema | boolean {
    if (value === false) return false;
    return this.#node(isObject(value) ? value : ANYTHING);
  }

  #fill(source: JsonObject, made: Schema): void {
    for (const [keyword, value] of Object.entries(source)) {
      if (value === undefined) continue;
      if (this.#isLeftOut(keyword, value, source)) this.#unchecked.add(keyword);
      else if (keyword === '$ref') this.#refer(value, made);
      else if (keyword === 'oneOf' && this.#isLoose) this.#loosen(value, made);
      else {
        const taken = this.#valueOf(keyword, value);
        if (taken !== undefined) made[keyword] = taken;
      }
    }
  }

  #isLeftOut(keyword: string, value: Json, beside: JsonObject): boolean {
    if (UNCHECKED.has(keyword)) return value !== false;
    // A name that a pattern takes is none that is left over.
    if (keyword === 'additionalProperties') return beside['patternProperties'] !== undefined;
    // At least one of two lists cannot be said beside at least one of another.
    return this.#isLoose && (TURNING.has(keyword) || (keyword === 'oneOf' && beside['anyOf'] !== undefined));
  }

  /** What the validator makes nothing of is left out. */
  #valueOf(keyword: string, value: Json): unknown {
    if (Array.isArray(value) && LISTS.has(keyword)) return value.map((each) => this.#schemaOf(each));
    if (SCHEMAS.has(keyword) && (isObject(value) || typeof value === 'boolean')) return this.#schemaOf(value);
    if (isObject(value) && TABLES.has(keyword))
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#schemaOf(each)]));
    if (NUMBERS.has(keyword)) return typeof value === 'number' ? value : undefined;
    if (keyword === 'const' || (keyword === 'enum' && Array.isArray(value))) return value;
    if (keyword === 'type') return typeof value === 'string' || isNames(value) ? value : undefined;
    if (keyword === 'required') return isNames(value) ? value : undefined;
    if (keyword === 'dependentRequired' && isObject(value))
      return Object.fromEntries(Object.entries(value).filter(([, names]) => isNames(names)));
    return undefined;
  }

  /** At least one of them, where nobody can tell whether it is exactly one. */
  #loosen(value: Json, made: Schema): void {
    this.#unchecked.add('oneOf');
    if (Array.isArray(value)) Object.assign(made, { anyOf: value.map((each) => this.#schemaOf(each)) });
  }

  #refer(reference: Json, made: Schema): void {
    const target = typeof reference === 'string' ? this.#resolve(reference) : undefined;
    if (typeof reference !== 'string' || (!isObject(target) && typeof target !== 'boolean')) {
      this.#unchecked.add('$ref');
      return;
    }
    made.$ref = reference;
    this.#targets[reference] = this.#schemaOf(target);
  }

  /** Only within the schema itself: `#`, `#/$defs/name`. */
  #resolve(reference: string): Json | undefined {
    if (reference !== '#' && !reference.startsWith('#/')) return undefined;
    let node: Json | undefined = this.#schema;
    for (const step of reference.split('/').slice(1)) {
      const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
      node = (isObject(node) || Array.isArray(node)) && Object.hasOwn(node, key) ? memberOf(node, key) : undefined;
    }
    return node;
  }
}

function isNames(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function memberOf(node: JsonObject | readonly Json[], key: string): Json | undefined {
  return isObject(node) ? node[key] : node[Number(key)];
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
