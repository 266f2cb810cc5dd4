// The schema of an answer as Gemini takes it: `responseJsonSchema` knows JSON Schema but for `const`, which validators and their
// generators (zod's literals, discriminated unions) write often. An `enum` of one value says the same.

import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Keywords whose value is a schema, a list of them, or a table of them by name. */
const SCHEMAS: ReadonlySet<string> = new Set(['additionalProperties', 'anyOf', 'items', 'oneOf', 'prefixItems']);
const TABLES: ReadonlySet<string> = new Set(['$defs', 'properties']);

/** Depth is bounded where requests come in. Defaults, examples and enums are data: a `const` in them is no keyword. */
export function responseSchema(schema: JsonObject): JsonObject {
  return mapped(schema, (keyword, value) => {
    if (keyword === 'const') return ['enum', [value]];
    if (SCHEMAS.has(keyword)) return [keyword, Array.isArray(value) ? value.map(subschema) : subschema(value)];
    if (TABLES.has(keyword) && isObject(value))
      return [keyword, mapped(value, (name, each) => [name, subschema(each)])];
    return [keyword, value];
  });
}

function subschema(value: Json): Json {
  return isObject(value) ? responseSchema(value) : value;
}

function mapped(object: JsonObject, change: (key: string, value: Json) => readonly [string, Json]): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [change(key, value)])),
  );
}
