// The names of documents as the library speaks them: camelCase, where the wire and the templates have snake_case. By the schema, so that
// only what it names is renamed, and never what stands in free-form content.

import { isObject, type Json, type JsonObject, objectAt } from '../core/json.ts';

type CamelName<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelName<Tail>>}`
  : Name;
/** A document under the library's names. What may hold any JSON stays what it is. */
export type Camel<Document> = Document extends readonly (infer Item)[]
  ? readonly Camel<Item>[]
  : Document extends object
    ? string extends keyof Document
      ? Document
      : { readonly [Name in keyof Document as Name extends string ? CamelName<Name> : never]: Camel<Document[Name]> }
    : Document;

/** What is delivered, under the names of the library. */
export function camelData(schema: JsonObject, data: JsonObject): JsonObject {
  const renamed = rename(data, schema, (names) => new Map(names.map((name) => [name, camelOf(name)])));
  return isObject(renamed) ? renamed : data;
}

/** What a caller gave, under the names of the schema, in which it may be spelled as well. What is spelled in both ways stays as it is, and is told. */
export function wireVariables(schema: JsonObject, variables: JsonObject): JsonObject {
  const renamed = rename(variables, schema, (names, document) => {
    const spelled = names.filter((name) => !Object.hasOwn(document, name));
    return new Map(spelled.map((name) => [camelOf(name), name]));
  });
  return isObject(renamed) ? renamed : variables;
}

function camelOf(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

type Renaming = (names: readonly string[], document: JsonObject) => ReadonlyMap<string, string>;

function rename(value: Json | undefined, schema: JsonObject, renaming: Renaming): Json | undefined {
  const { items, anyOf } = schema;
  if (Array.isArray(anyOf)) return rename(value, mergedOf(anyOf.filter(isObject)), renaming);
  if (Array.isArray(value)) return isObject(items) ? value.map((each) => rename(each, items, renaming) ?? null) : value;
  if (!isObject(value)) return value;
  const properties = objectAt(schema, 'properties') ?? {};
  const names = renaming(Object.keys(properties), value);
  const renamed = Object.entries(value).map(([name, member]): [string, Json | undefined] => {
    const other = names.get(name) ?? name;
    // Either is the schema's spelling.
    const property = objectAt(properties, Object.hasOwn(properties, name) ? name : other);
    return [other, property === null ? member : rename(member, property, renaming)];
  });
  return Object.fromEntries(renamed);
}

/** Of what may be one of several, all that each of them names. */
function mergedOf(schemas: readonly JsonObject[]): JsonObject {
  const items = schemas.map((schema) => objectAt(schema, 'items')).find((each) => each !== null);
  return {
    properties: Object.assign({}, ...schemas.map((schema) => objectAt(schema, 'properties'))),
    ...(items && { items }),
  };
}
