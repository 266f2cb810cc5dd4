// The schemas of a prompt as each of its sides sees them, made from the ones that its file has. Who changes what is meant by an absent
// property changes it here: types, checks and templates all go by these.

import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';

/** Where a model puts what is for nobody's eyes: delivered to nobody. */
const PRIVATE = 'internal';

/** Of objects that say nothing about it, no others are allowed: a name that was mistyped is told, and never silently left out. */
export function closed(schema: JsonObject): JsonObject {
  const inner = mapSubschemas(schema, closed);
  if (objectAt(inner, 'properties') === null || inner['additionalProperties'] !== undefined) return inner;
  return { ...inner, additionalProperties: false };
}

/** What a caller may leave out may be null as well: many clients write null for what they do not have. */
export function asGiven(schema: JsonObject): JsonObject {
  return mapProperties(schema, asGiven, (property, isRequired) =>
    isRequired ? { schema: property, isRequired } : { schema: orNull(property), isRequired },
  );
}

/** With defaults applied and null for what is absent: every property is there. */
export function asApplied(schema: JsonObject): JsonObject {
  return mapProperties(schema, asApplied, (property, isRequired) => ({
    schema: isRequired || property['default'] !== undefined ? property : orNull(property),
    isRequired: true,
  }));
}

/** What is delivered where the file does not say: what was written, without what is private. */
export function withoutPrivate(output: JsonObject): JsonObject {
  const { [PRIVATE]: _, ...properties } = objectAt(output, 'properties') ?? {};
  const { required } = output;
  if (!Array.isArray(required)) return { ...output, properties };
  return { ...output, properties, required: required.filter((name) => name !== PRIVATE) };
}

/** What it lets in, without what it says to people. */
export function withoutWords(schema: JsonObject): JsonObject {
  const { description: _, ...rest } = mapSubschemas(schema, withoutWords);
  return rest;
}

/** As a vendor is told it: bounds in words, for strict modes refuse their keywords, and nothing that is for code alone. */
export function spokenSchema(schema: JsonObject): JsonObject {
  const inner = mapSubschemas(schema, spokenSchema);
  const kept = Object.entries(inner).filter(
    ([keyword]) => !Object.hasOwn(BOUNDS, keyword) && !keyword.startsWith('x-'),
  );
  const bounds = Object.entries(BOUNDS).flatMap(([keyword, words]) => {
    const bound = inner[keyword];
    return typeof bound === 'number' && !(keyword.startsWith('min') && keyword !== 'minimum' && bound === 0)
      ? [words(bound)]
      : [];
  });
  const { description } = schema;
  const told = [...(typeof description === 'string' ? [description] : []), ...bounds].join(' ');
  return { ...Object.fromEntries(kept), ...(told !== '' && { description: told }) };
}

const BOUNDS: Readonly<Record<string, (bound: number) => string>> = {
  minLength: (bound) => `At least ${bound} characters.`,
  maxLength: (bound) => `At most ${bound} characters.`,
  minItems: (bound) => `At least ${bound} items.`,
  maxItems: (bound) => `At most ${bound} items.`,
  minimum: (bound) => `At least ${bound}.`,
  maximum: (bound) => `At most ${bound}.`,
};

export function requiredOf(schema: JsonObject): ReadonlySet<string> {
  const { required } = schema;
  return new Set(Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []);
}

/** The names of the kinds of values that a schema lets in; empty: it does not say. */
export function kindsOf(schema: JsonObject): readonly string[] {
  const { type = [] } = schema;
  return [type].flat().filter((kind) => typeof kind === 'string');
}

function orNull(schema: JsonObject): JsonObject {
  const { type, enum: listed } = schema;
  if (type === undefined && listed === undefined && schema['const'] === undefined) {
    const { anyOf } = schema;
    if (!Array.isArray(anyOf)) return schema;
    return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  }
  if (schema['const'] !== undefined) return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    ...(type !== undefined && { type: [...new Set([...kindsOf(schema), 'null'])] }),
    ...(Array.isArray(listed) && !listed.includes(null) && { enum: [...listed, null] }),
  };
}

interface Property {
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

function mapProperties(
  schema: JsonObject,
  within: (subschema: JsonObject) => JsonObject,
  each: (property: JsonObject, isRequired: boolean) => Property,
): JsonObject {
  const inner = mapSubschemas(schema, within);
  const properties = objectAt(inner, 'properties');
  if (properties === null) return inner;
  const required = requiredOf(schema);
  const made = Object.entries(properties).map(([name, property]) => {
    const { schema, isRequired } = each(isObject(property) ? property : {}, required.has(name));
    return { name, schema, isRequired };
  });
  return {
    ...inner,
    properties: Object.fromEntries(made.map(({ name, schema }) => [name, schema])),
    required: made.flatMap(({ name, isRequired }) => (isRequired ? [name] : [])),
  };
}

/** The same schema with what stands right within it replaced. */
export function mapSubschemas(schema: JsonObject, each: (subschema: JsonObject) => JsonObject): JsonObject {
  const one = (value: Json | undefined): Json | undefined => (isObject(value) ? each(value) : value);
  const { properties, items, additionalProperties, anyOf } = schema;
  return {
    ...schema,
    ...(isObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, one(value)])),
    }),
    ...(isObject(items) && { items: each(items) }),
    ...(isObject(additionalProperties) && { additionalProperties: each(additionalProperties) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map((value) => one(value) ?? null) }),
  };
}
