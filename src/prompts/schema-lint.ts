// What the schemas of a template may say. Less than JSON Schema can: what is not checked when it counts, or what a vendor's strict mode
// refuses, is told to whoever writes the file, and not to the first student.

import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';
import { schemaCheck } from '../core/schema-check.ts';
import { kindsOf, requiredOf } from './document-schemas.ts';

/** Something wrong within one file. */
export interface TemplateFault {
  /** `input.properties.code.maxLength`; '' is the file as a whole. */
  readonly path: string;
  readonly problem: string;
}

export type SchemaSide = 'input' | 'derived' | 'output' | 'data';

const KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'description',
  'default',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'x-code',
  'x-trusted',
]);
const KINDS: ReadonlySet<string> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems'];
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Vendors' strict modes take so many objects one in another. */
const DEEPEST = 4;

export function schemaFaults(schema: JsonObject, side: SchemaSide): readonly TemplateFault[] {
  const faults: TemplateFault[] = [];
  if (!kindsOf(schema).includes('object')) faults.push({ path: side, problem: 'must be of the type object' });
  lint({ schema, side, path: side, depth: 0, tell: (path, problem) => faults.push({ path, problem }) });
  return faults;
}

interface Place {
  readonly schema: JsonObject;
  readonly side: SchemaSide;
  readonly path: string;
  readonly depth: number;
  readonly tell: (path: string, problem: string) => void;
}

function lint(place: Place): void {
  lintKeywords(place);
  if (isObjectLike(place.schema)) lintObject(place);
  if (place.side === 'input') lintBounds(place);
  if (place.schema['default'] !== undefined) lintDefault(place);
  const { items, additionalProperties, anyOf } = place.schema;
  if (isObject(items)) lint({ ...place, schema: items, path: `${place.path}.items` });
  if (isObject(additionalProperties))
    lint({ ...place, schema: additionalProperties, path: `${place.path}.additionalProperties` });
  for (const [index, each] of (Array.isArray(anyOf) ? anyOf : []).entries()) {
    const path = `${place.path}.anyOf[${index}]`;
    if (isObject(each)) lint({ ...place, schema: each, path });
    else place.tell(path, 'must be a schema');
  }
}

function isObjectLike(schema: JsonObject): boolean {
  return kindsOf(schema).includes('object') || schema['properties'] !== undefined;
}

function lintKeywords({ schema, side, path, tell }: Place): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (!KEYWORDS.has(keyword)) {
      tell(`${path}.${keyword}`, `is not checked here; leave it out. What is: ${[...KEYWORDS].join(', ')}`);
    } else if (!isSound(keyword, value ?? null)) tell(`${path}.${keyword}`, 'is not what this keyword takes');
  }
  if (schema['x-trusted'] !== undefined && side !== 'derived')
    tell(`${path}.x-trusted`, "is for derived strings alone: no caller's string is trusted");
  if (schema['default'] !== undefined && side !== 'input')
    tell(`${path}.default`, 'is for input alone: elsewhere nobody fills it in');
  const isBare = ['type', 'enum', 'const', 'anyOf', 'properties'].every((keyword) => schema[keyword] === undefined);
  if (isBare && side === 'output') tell(path, 'must say its type: a model is asked for it');
}

function isSound(keyword: string, value: Json): boolean {
  if (COUNTS.includes(keyword)) return Number.isInteger(value) && Number(value) >= 0;
  switch (keyword) {
    case 'type':
      return [value].flat().every((kind) => typeof kind === 'string' && KINDS.has(kind));
    case 'enum':
    case 'anyOf':
      return Array.isArray(value) && value.length > 0;
    case 'required':
      return Array.isArray(value) && value.every((name) => typeof name === 'string');
    case 'properties':
    case 'items':
      return isObject(value);
    case 'additionalProperties':
      return isObject(value) || typeof value === 'boolean';
    case 'minimum':
    case 'maximum':
      return typeof value === 'number';
    case 'description':
      return typeof value === 'string';
    case 'x-code':
    case 'x-trusted':
      return value === true;
    default:
      return true;
  }
}

function lintObject(place: Place): void {
  const { schema, side, path, tell } = place;
  const depth = place.depth + 1;
  const properties = objectAt(schema, 'properties') ?? {};
  const required = requiredOf(schema);
  for (const name of required)
    if (!Object.hasOwn(properties, name)) tell(`${path}.required`, `names ${name}, which is not among the properties`);
  for (const [name, property] of Object.entries(properties)) {
    const at = `${path}.properties.${name}`;
    if (!NAME.test(name) || name in {}) tell(at, 'is no name for a property: a-z, 0-9 and _, a letter first');
    if (!isObject(property)) {
      tell(at, 'must be a schema');
      continue;
    }
    if (side === 'input' && required.has(name) && property['default'] !== undefined)
      tell(`${at}.default`, 'is of no use: the property is required');
    lint({ ...place, schema: property, path: at, depth });
  }
  if (side === 'output') lintStrict({ ...place, depth });
}

/** Strict modes want every property written, and no other. */
function lintStrict({ schema, path, depth, tell }: Place): void {
  const required = requiredOf(schema);
  const names = Object.keys(objectAt(schema, 'properties') ?? {});
  if (names.length === 0) tell(path, 'must have properties: a model is asked for them');
  const free = names.filter((name) => !required.has(name));
  if (free.length > 0)
    tell(`${path}.required`, `lacks ${free.join(', ')}; what may be absent is required and may be null`);
  if (schema['additionalProperties'] !== false) tell(`${path}.additionalProperties`, 'must be false');
  if (depth > DEEPEST) tell(path, `is an object within ${depth - 1} others, at most ${DEEPEST - 1} are taken`);
}

/** Everything that comes from outside has an end. */
function lintBounds({ schema, path, tell }: Place): void {
  const kinds = kindsOf(schema);
  const isListed = schema['enum'] !== undefined || schema['const'] !== undefined;
  if (kinds.includes('string') && !isListed && schema['maxLength'] === undefined)
    tell(path, 'needs a maxLength: nothing that comes from a caller is without end');
  if (kinds.includes('array') && schema['maxItems'] === undefined)
    tell(path, 'needs maxItems: nothing that comes from a caller is without end');
}

function lintDefault({ schema, path, tell }: Place): void {
  const { default: value = null, ...rest } = schema;
  for (const { problem } of schemaCheck(rest).faultsIn(value) ?? [])
    tell(`${path}.default`, `does not keep to its own schema: ${problem}`);
}
