// The smallest value that a JSON Schema takes, as far as that can be said without solving it: patterns and conditions aside.
// Made for answers without a model. Depth and size are bounded, since a schema may refer to itself, also several times over.

import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../core/json.ts';

const DEEPEST = 32;
/** Values made and references followed, all together: the schema is the caller's. */
const MOST_STEPS = 2_000;
const LONGEST_STRING = 10_000;
const FILLER = 'offline';

const STRING_OF_FORMAT: ReadonlyMap<string, string> = new Map([
  ['date-time', '1970-01-01T00:00:00Z'],
  ['date', '1970-01-01'],
  ['time', '00:00:00Z'],
  ['duration', 'PT0S'],
  ['email', 'offline@example.org'],
  ['uri', 'https://example.org/'],
  ['url', 'https://example.org/'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
]);

export function minimalInstance(schema: JsonObject): Json {
  return instanceOf(schema, { schema, stepsLeft: MOST_STEPS }, 0);
}

interface Root {
  readonly schema: JsonObject;
  stepsLeft: number;
}

function instanceOf(node: Json | undefined, root: Root, depth: number): Json {
  root.stepsLeft -= 1;
  if (!isObject(node) || depth > DEEPEST || root.stepsLeft < 0) return null;
  const whole = merged(node, root);
  if (whole['const'] !== undefined) return whole['const'];
  const [first] = arrayAt(whole, 'enum') ?? [];
  if (first !== undefined) return first;
  const options = arrayAt(whole, 'anyOf') ?? arrayAt(whole, 'oneOf');
  if (options !== null && options.length > 0) {
    // "This or null": null is the smaller one, and ends what refers to itself.
    const chosen = options.find((option) => stringAt(option, 'type') === 'null') ?? options[0];
    return instanceOf(isObject(chosen) ? { ...withoutOptions(whole), ...chosen } : chosen, root, depth + 1);
  }
  return ofType(typeOf(whole), whole, root, depth);
}

/** The schema with its reference and its `allOf` put into it. */
function merged(node: JsonObject, root: Root): JsonObject {
  const { $ref: reference, allOf, ...own } = node;
  let whole: JsonObject = own;
  if (typeof reference === 'string') whole = join(resolve(reference, root.schema), whole);
  for (const part of Array.isArray(allOf) ? allOf : []) if (isObject(part)) whole = join(whole, part);
  const again = whole['$ref'] !== undefined || whole['allOf'] !== undefined;
  root.stepsLeft -= 1;
  return again && root.stepsLeft > 0 ? merged(whole, root) : whole;
}

function join(one: JsonObject, other: JsonObject): JsonObject {
  const properties = { ...objectAt(one, 'properties'), ...objectAt(other, 'properties') };
  const required = [...new Set([...(arrayAt(one, 'required') ?? []), ...(arrayAt(other, 'required') ?? [])])];
  return { ...one, ...other, ...(required.length > 0 && { required }), properties };
}

function withoutOptions({ anyOf: _anyOf, oneOf: _oneOf, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Only within the same schema: `#`, `#/$defs/name`. */
function resolve(reference: string, root: JsonObject): JsonObject {
  if (!reference.startsWith('#')) return {};
  let node: Json | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    node = isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  }
  return isObject(node) ? node : {};
}

function typeOf(schema: JsonObject): string {
  const named = stringAt(schema, 'type') ?? arrayAt(schema, 'type')?.find((type) => type === 'null');
  const type = named ?? arrayAt(schema, 'type')?.[0];
  if (typeof type === 'string') return type;
  if (schema['items'] !== undefined) return 'array';
  return Object.keys(objectAt(schema, 'properties') ?? {}).length > 0 ? 'object' : 'null';
}

function ofType(type: string, schema: JsonObject, root: Root, depth: number): Json {
  switch (type) {
    case 'object':
      return objectOf(schema, root, depth);
    case 'array':
      return arrayOf(schema, root, depth);
    case 'string':
      return stringOf(schema);
    case 'number':
    case 'integer':
      return numberOf(schema, type === 'integer');
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function objectOf(schema: JsonObject, root: Root, depth: number): Json {
  const properties = objectAt(schema, 'properties') ?? {};
  const names = (arrayAt(schema, 'required') ?? []).filter((name) => typeof name === 'string');
  return Object.fromEntries(
    names.map((name) => [name, instanceOf(Object.hasOwn(properties, name) ? properties[name] : {}, root, depth + 1)]),
  );
}

function arrayOf(schema: JsonObject, root: Root, depth: number): Json {
  const length = numberAt(schema, 'minItems') ?? 0;
  const first = arrayAt(schema, 'prefixItems') ?? [];
  const items: Json[] = [];
  while (items.length < length && root.stepsLeft > 0)
    items.push(instanceOf(first[items.length] ?? schema['items'] ?? {}, root, depth + 1));
  return items;
}

function stringOf(schema: JsonObject): string {
  const formatted = STRING_OF_FORMAT.get(stringAt(schema, 'format') ?? '');
  if (formatted !== undefined) return formatted;
  const longest = numberAt(schema, 'maxLength') ?? FILLER.length;
  const shortest = Math.min(numberAt(schema, 'minLength') ?? 0, LONGEST_STRING);
  return FILLER.slice(0, Math.max(0, longest)).padEnd(shortest, '.');
}

function numberOf(schema: JsonObject, isInteger: boolean): number {
  const above = numberAt(schema, 'exclusiveMinimum');
  const below = numberAt(schema, 'exclusiveMaximum');
  const step = numberAt(schema, 'multipleOf') ?? (isInteger ? 1 : null);
  const low = numberAt(schema, 'minimum') ?? above ?? Number.NEGATIVE_INFINITY;
  const high = numberAt(schema, 'maximum') ?? below ?? Number.POSITIVE_INFINITY;
  // Zero where it is allowed, else the bound that is nearest to it.
  let value = Math.min(Math.max(0, low), high);
  if (step !== null && step > 0) value = (value === high ? Math.floor(value / step) : Math.ceil(value / step)) * step;
  if (value === above) value += step ?? middleOf(above, high);
  if (value === below) value -= step ?? middleOf(low, below);
  return value + 0;
}

/** Half-way to the other bound, or one. */
function middleOf(low: number, high: number): number {
  return Number.isFinite(high - low) ? (high - low) / 2 : 1;
}
