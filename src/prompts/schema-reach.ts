// Where a path of a template leads in a schema. Several schemas, where one of several may hold: what is said of a path has to hold for all.

import { isObject, type JsonObject, objectAt } from '../core/json.ts';
import { kindsOf } from './document-schemas.ts';

export interface Reached {
  /** Empty: nobody knows, and somebody was told. */
  readonly schemas: readonly JsonObject[];
}

/** `plain`: our own words, numbers and what is listed. `stranger`: words of whoever calls. */
type Printed = 'plain' | 'stranger' | 'list';

/** The member of that name; null where an object may stand there that has none. */
export function memberOf({ schemas }: Reached, step: string): { member: Reached | null; names: readonly string[] } {
  const found: JsonObject[] = [];
  const names: string[] = [];
  let isMissing = schemas.length === 0;
  for (const schema of schemas.flatMap(alternativesOf)) {
    const own = ownMember(schema, step);
    names.push(...Object.keys(objectAt(schema, 'properties') ?? {}));
    if (own !== null) found.push(own);
    // Nothing of null is null to a template, so what may be absent may be asked for its members.
    else if (kindsOf(schema).join() !== 'null') isMissing = true;
  }
  return { member: isMissing || found.length === 0 ? null : { schemas: found }, names };
}

function ownMember(schema: JsonObject, step: string): JsonObject | null {
  const properties = objectAt(schema, 'properties') ?? {};
  const property = Object.hasOwn(properties, step) ? properties[step] : undefined;
  if (isObject(property)) return property;
  const kinds = kindsOf(schema).filter((kind) => kind !== 'null');
  const isList = kinds.join() === 'array';
  if (step === 'size' && (isList || kinds.join() === 'string')) return { type: 'integer' };
  if (isList && (step === 'first' || step === 'last')) return objectAt(schema, 'items') ?? {};
  return null;
}

/** What a list holds; null: it is none. */
export function itemsOf({ schemas }: Reached): Reached | null {
  const items = schemas.flatMap(alternativesOf).flatMap((schema) => {
    const kinds = kindsOf(schema).filter((kind) => kind !== 'null');
    if (kinds.length === 0) return schema['type'] === undefined ? [null] : [];
    return kinds.join() === 'array' ? [objectAt(schema, 'items') ?? {}] : [null];
  });
  const found = items.filter((each) => each !== null);
  return found.length < items.length || found.length === 0 ? null : { schemas: found };
}

/** What printing it would put into a message. */
export function printedAs({ schemas }: Reached): Printed {
  const each = schemas.flatMap(alternativesOf).map(printed);
  if (each.includes('list')) return 'list';
  return each.includes('stranger') ? 'stranger' : 'plain';
}

function printed(schema: JsonObject): Printed {
  if (schema['enum'] !== undefined || schema['const'] !== undefined) return 'plain';
  const kinds = kindsOf(schema);
  if (kinds.length === 0 || kinds.includes('array') || kinds.includes('object')) return 'list';
  return kinds.includes('string') && schema['x-trusted'] !== true ? 'stranger' : 'plain';
}

function alternativesOf(schema: JsonObject): readonly JsonObject[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? anyOf.filter(isObject).flatMap(alternativesOf) : [schema];
}
