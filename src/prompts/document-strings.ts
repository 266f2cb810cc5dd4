// The strings of a document that keeps to a schema, by where they stand and what they are by it: prose, code, or a word of a list.

import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';

export interface DocumentString {
  /** JSON pointer. */
  readonly path: string;
  readonly text: string;
  /** `word`: one of those that the schema lists. */
  readonly kind: 'prose' | 'code' | 'word';
}

/** In their order. Of a value that has been held against its schema, so it is no deeper than that allows. */
export function stringsIn(value: Json | undefined, schema: JsonObject): readonly DocumentString[] {
  const strings: DocumentString[] = [];
  collect(value, branchesOf(schema), '', strings);
  return strings;
}

/** What a schema says of a value, whichever of its alternatives that keeps to. */
function branchesOf(schema: JsonObject | null): readonly JsonObject[] {
  if (schema === null) return [];
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? [schema, ...anyOf.filter(isObject).flatMap((each) => branchesOf(each))] : [schema];
}

function collect(
  value: Json | undefined,
  schemas: readonly JsonObject[],
  path: string,
  strings: DocumentString[],
): void {
  if (typeof value === 'string') strings.push({ path, text: value, kind: kindBy(schemas) });
  else if (Array.isArray(value)) {
    const items = itemsIn(schemas);
    for (const [index, each] of value.entries()) collect(each, items, `${path}/${index}`, strings);
  } else if (isObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      collect(each, propertiesIn(schemas, name), `${path}/${escaped(name)}`, strings);
    }
  }
}

/** What a schema names of a document that need not keep to it. */
export function namedIn(document: JsonObject, schema: JsonObject): JsonObject {
  return namedBy(document, branchesOf(schema));
}

function namedBy(document: JsonObject, schemas: readonly JsonObject[]): JsonObject {
  const kept = Object.entries(document).flatMap(([name, each]): [string, Json | undefined][] => {
    const own = propertiesIn(schemas, name);
    return own.length === 0 ? [] : [[name, keptBy(each, own)]];
  });
  return Object.fromEntries(kept);
}

function keptBy(value: Json | undefined, schemas: readonly JsonObject[]): Json | undefined {
  if (Array.isArray(value)) return value.map((each) => keptBy(each, itemsIn(schemas)) ?? null);
  return isObject(value) ? namedBy(value, schemas) : value;
}

function propertiesIn(schemas: readonly JsonObject[], name: string): readonly JsonObject[] {
  return schemas.flatMap((schema) => {
    const properties = objectAt(schema, 'properties') ?? {};
    return Object.hasOwn(properties, name) ? branchesOf(objectAt(properties, name)) : [];
  });
}

function itemsIn(schemas: readonly JsonObject[]): readonly JsonObject[] {
  return schemas.flatMap((schema) => branchesOf(objectAt(schema, 'items')));
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function kindBy(schemas: readonly JsonObject[]): DocumentString['kind'] {
  if (schemas.some((schema) => schema['x-code'] === true)) return 'code';
  return schemas.some((schema) => schema['enum'] !== undefined || schema['const'] !== undefined) ? 'word' : 'prose';
}

/** The same document with other strings in it. */
export function withStrings(value: JsonObject, change: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, changed(each, change)]));
}

function changed(value: Json | undefined, change: (text: string) => string): Json | undefined {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => changed(each, change) ?? null);
  return isObject(value) ? withStrings(value, change) : value;
}
