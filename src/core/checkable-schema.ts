// A caller's JSON schema as it is checked here: a copy of the keywords whose cost is known. Nothing of it is run (a pattern of a stranger
// would be a regular expression of theirs on our only thread) and nothing is fetched; what is left out for that is told by name.

import { isObject, type Json, type JsonObject } from './json.ts';

/** What is true is a node without keywords. */
export type Subschema = SchemaNode | false;

export interface SchemaNode
  extends Partial<
    Readonly<
      Record<SchemaWord, Subschema> &
        Record<ListWord, readonly Subschema[]> &
        Record<TableWord, ReadonlyMap<string, Subschema>> &
        Record<NumberWord, number>
    >
  > {
  /** Where it leads, not how it is written. */
  readonly $ref?: Subschema;
  readonly type?: ReadonlySet<string>;
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly required?: readonly string[];
  readonly dependentRequired?: ReadonlyMap<string, readonly string[]>;
}

export interface CheckableSchema {
  readonly root: SchemaNode;
  /** Keywords of the schema that are not checked, or not to the letter. */
  readonly unchecked: readonly string[];
  /** Whether it says anything of what is left over by others: only then one has to know what they looked at. */
  readonly asksForRest: boolean;
}

const REST = ['unevaluatedItems', 'unevaluatedProperties'] as const;
const SCHEMAS = [
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  ...REST,
] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const TABLES = ['dependentSchemas', 'properties'] as const;
const NUMBERS = [
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
] as const;
type SchemaWord = (typeof SCHEMAS)[number];
type ListWord = (typeof LISTS)[number];
type TableWord = (typeof TABLES)[number];
type NumberWord = (typeof NUMBERS)[number];
type Made = { -readonly [Word in keyof SchemaNode]: SchemaNode[Word] };

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

export function checkableSchema(schema: JsonObject): CheckableSchema {
  const whole = new Copy(schema, false).made();
  return whole.unchecked.length === 0 ? whole : new Copy(schema, true).made();
}

class Copy {
  readonly #schema: JsonObject;
  readonly #isLoose: boolean;
  /** A node is copied once, however many references lead to it. */
  readonly #copies = new Map<JsonObject, Made>();
  readonly #waiting: (readonly [JsonObject, Made])[] = [];
  readonly #unchecked = new Set<string>();
  #asksForRest = false;

  constructor(schema: JsonObject, isLoose: boolean) {
    this.#schema = schema;
    this.#isLoose = isLoose;
  }

  made(): CheckableSchema {
    const root = this.#node(this.#schema);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#fill(...next);
    return { root, unchecked: [...this.#unchecked].sort(), asksForRest: this.#asksForRest };
  }

  #node(source: JsonObject): Made {
    const known = this.#copies.get(source);
    if (known !== undefined) return known;
    const made: Made = {};
    this.#copies.set(source, made);
    this.#waiting.push([source, made]);
    return made;
  }

  #schemaOf(value: Json | undefined): Subschema {
    if (value === false) return false;
    return this.#node(isObject(value) ? value : ANYTHING);
  }

  #listOf(value: readonly Json[]): readonly Subschema[] {
    return value.map((each) => this.#schemaOf(each));
  }

  #fill(source: JsonObject, made: Made): void {
    for (const [keyword, value] of Object.entries(source)) {
      if (value === undefined) continue;
      if (this.#isLeftOut(keyword, value, source)) this.#unchecked.add(keyword);
      else if (keyword === '$ref') this.#refer(value, made);
      else if (keyword === 'oneOf' && this.#isLoose) this.#loosen(value, made);
      else if (keyword === 'items' && Array.isArray(value)) this.#placeItems(value, source, made);
      else this.#take(keyword, value, made);
    }
  }

  #isLeftOut(keyword: string, value: Json, beside: JsonObject): boolean {
    if (UNCHECKED.has(keyword)) return value !== false;
    // A name that a pattern takes is none that is left over.
    if (keyword === 'additionalProperties') return beside['patternProperties'] !== undefined;
    // At least one of two lists cannot be said beside at least one of another.
    return this.#isLoose && (TURNING.has(keyword) || (keyword === 'oneOf' && beside['anyOf'] !== undefined));
  }

  /** What means nothing is left out. */
  #take(keyword: string, value: Json, made: Made): void {
    if (isOneOf(SCHEMAS, keyword)) {
      if (!isObject(value) && typeof value !== 'boolean') return;
      made[keyword] = this.#schemaOf(value);
      this.#asksForRest ||= isOneOf(REST, keyword);
    } else if (isOneOf(LISTS, keyword)) {
      if (Array.isArray(value)) made[keyword] = this.#listOf(value);
    } else if (isOneOf(TABLES, keyword)) {
      if (isObject(value)) made[keyword] = tableOf(value, (each) => this.#schemaOf(each));
    } else if (isOneOf(NUMBERS, keyword)) {
      if (typeof value === 'number') made[keyword] = value;
    } else if (keyword === 'const') made.const = value;
    else if (keyword === 'enum' && Array.isArray(value)) made.enum = value;
    else if (keyword === 'type' && (typeof value === 'string' || isNames(value))) made.type = new Set([value].flat());
    else if (keyword === 'required' && isNames(value)) made.required = value;
    else if (keyword === 'dependentRequired' && isObject(value))
      made.dependentRequired = tableOf(value, (names) => (isNames(names) ? names : undefined));
  }

  /** As drafts before 2020-12 wrote `prefixItems` and, behind them, `items`. */
  #placeItems(value: readonly Json[], source: JsonObject, made: Made): void {
    made.prefixItems ??= this.#listOf(value);
    const { additionalItems: behind } = source;
    if (isObject(behind) || typeof behind === 'boolean') made.items = this.#schemaOf(behind);
  }

  /** At least one of them, where nobody can tell whether it is exactly one. */
  #loosen(value: Json, made: Made): void {
    this.#unchecked.add('oneOf');
    if (Array.isArray(value)) made.anyOf = this.#listOf(value);
  }

  #refer(reference: Json, made: Made): void {
    const target = typeof reference === 'string' ? this.#resolve(reference) : undefined;
    if (isObject(target) || typeof target === 'boolean') made.$ref = this.#schemaOf(target);
    else this.#unchecked.add('$ref');
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

function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return words.some((each) => each === word);
}

function tableOf<Each>(
  table: JsonObject,
  each: (value: Json | undefined) => Each | undefined,
): ReadonlyMap<string, Each> {
  const made = new Map<string, Each>();
  for (const [name, value] of Object.entries(table)) {
    const taken = each(value);
    if (taken !== undefined) made.set(name, taken);
  }
  return made;
}

function isNames(value: Json | undefined): value is readonly string[] {
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
