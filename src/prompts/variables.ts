// The variables of one request, as code and templates see them: kept to the schema, defaults applied, null for what was not given. All
// that is wrong with them is told in one error, since whoever calls mends them all at once.

import { llmError } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';
import { didYouMean } from '../core/near-names.ts';
import { type SchemaCheck, type SchemaFault, schemaCheck } from '../core/schema-check.ts';
import { kindsOf, requiredOf } from './document-schemas.ts';
import { at, kindText, problemInWords } from './variable-words.ts';

/** Beyond these one reads no further. */
const MOST_TOLD = 20;
/** Of all texts and names together: each is read some times before a model is asked, and no schema says how much all may be. */
const MOST_CHARACTERS = 512 * 1024;
/** As deep as what comes by HTTP may be. */
const DEEPEST = 64;

export class VariableRules {
  readonly #schema: JsonObject;
  readonly #check: SchemaCheck;
  /** Of what may be one of several: which one a value is. */
  readonly #alternatives = new Map<JsonObject, SchemaCheck>();

  constructor(input: JsonObject) {
    this.#schema = input;
    this.#check = schemaCheck(input, MOST_TOLD + 1);
  }

  /** Throws `invalid_request` that names every fault. */
  applied(given: unknown): JsonObject {
    if (given === undefined) throw invalid(['variables are missing']);
    const problems: string[] = [];
    const plain = plainJson(given, 'variables', DEEPEST, problems);
    if (problems.length > 0) throw invalid(problems);
    if (!isObject(plain)) throw invalid([`they must be an object, and are ${kindText(plain)}`]);
    const variables = withoutNulls(plain, this.#schema);
    const faults = this.#check.faultsIn(variables);
    if (faults === null) throw invalid(['they are too large or too deep to be checked']);
    if (faults.length > 0) throw invalid(faults.map((fault) => told(fault, this.#schema, variables)));
    const characters = charactersIn(variables);
    if (characters > MOST_CHARACTERS)
      throw invalid([`they have ${characters} characters together, at most ${MOST_CHARACTERS}: give less text`]);
    const applied = this.#filled(variables, this.#schema);
    return isObject(applied) ? applied : {};
  }

  #filled(value: Json, schema: JsonObject): Json {
    const { anyOf, items } = schema;
    if (Array.isArray(anyOf)) return this.#filled(value, this.#alternativeOf(value, anyOf) ?? {});
    if (Array.isArray(value)) return isObject(items) ? value.map((each) => this.#filled(each, items)) : value;
    const properties = objectAt(schema, 'properties');
    if (!isObject(value) || properties === null) return value;
    const named = Object.entries(properties).map(([name, property]): [string, Json] => {
      const known = isObject(property) ? property : {};
      const own = value[name] ?? known['default'] ?? null;
      return [name, this.#filled(own, known)];
    });
    return { ...value, ...Object.fromEntries(named) };
  }

  #alternativeOf(value: Json, anyOf: readonly Json[]): JsonObject | undefined {
    return anyOf.filter(isObject).find((schema) => {
      const check = this.#alternatives.get(schema) ?? schemaCheck(schema, 1);
      this.#alternatives.set(schema, check);
      return check.faultsIn(value)?.length === 0;
    });
  }
}

function invalid(problems: readonly string[]) {
  const some = problems.slice(0, MOST_TOLD);
  const rest = problems.length > some.length ? '; and more' : '';
  return llmError('invalid_request', `The variables do not keep to the prompt's input: ${some.join('; ')}${rest}`, {
    param: 'variables',
  });
}

/** A program may hand in anything: what is no JSON is told, and never left out or run. */
function plainJson(value: unknown, path: string, levels: number, problems: string[]): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const isNested = typeof value === 'object';
  if (!isNested || levels === 0) {
    if (problems.length <= MOST_TOLD) problems.push(`${path} is ${isNested ? 'nested too deep' : 'no JSON'}`);
    return null;
  }
  if (Array.isArray(value))
    return value.map((each, index) => plainJson(each, `${path}[${index}]`, levels - 1, problems));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, plainJson(member, `${path}.${shortName(name)}`, levels - 1, problems)]),
  );
}

function charactersIn(value: Json | undefined): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + charactersIn(each), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [name, each]) => sum + name.length + charactersIn(each), 0);
}

/** Null for what need not be there is the same as nothing. */
function withoutNulls(value: Json, schema: JsonObject): Json {
  const { items } = schema;
  if (Array.isArray(value)) return isObject(items) ? value.map((each) => withoutNulls(each, items)) : value;
  if (!isObject(value)) return value;
  const properties = objectAt(schema, 'properties') ?? {};
  const required = requiredOf(schema);
  const kept = Object.entries(value).flatMap(([name, member = null]): [string, Json][] => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isObject(property)) return [[name, member]];
    const isAbsent = member === null && !required.has(name) && !kindsOf(property).includes('null');
    return isAbsent ? [] : [[name, withoutNulls(member, property)]];
  });
  return Object.fromEntries(kept);
}

function told({ path, rule, problem }: SchemaFault, schema: JsonObject, variables: Json): string {
  const name = dotted(path);
  const place = steps(rule);
  const keyword = place.at(-1) ?? '';
  const within = at(schema, place.slice(0, -1));
  const stated = isObject(within) ? within : {};
  if (keyword === 'additionalProperties') {
    const near = didYouMean(steps(path).at(-1) ?? '', Object.keys(objectAt(stated, 'properties') ?? {})).trim();
    return `${name} is not known here${near === '' ? '' : ` (${near.replace(/^D/, 'd')})`}`;
  }
  const missing = keyword === 'required' ? /^It lacks "(.*)"\.$/s.exec(problem)?.[1] : undefined;
  if (missing !== undefined) return `${name === '' ? '' : `${name}.`}${missing} is missing`;
  const words = problemInWords(keyword, stated, at(variables, steps(path)) ?? null);
  return words === null ? `${name}: ${problem.replace(/\.$/, '')}` : `${name} ${words}`;
}

function steps(pointer: string): readonly string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function dotted(pointer: string): string {
  return steps(pointer).reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`;
    return path === '' ? shortName(step) : `${path}.${shortName(step)}`;
  }, '');
}

/** Names of a stranger's in an error of ours. */
function shortName(name: string): string {
  return name.length <= 64 ? name : `${name.slice(0, 64)}…`;
}
