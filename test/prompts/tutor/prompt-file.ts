// A prompt's file as the tests of its rules need it: its schemas, and values made from them by chance.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { isObject, type Json, type JsonObject, objectAt } from '../../../src/core/json.ts';
import { schemaCheck } from '../../../src/core/schema-check.ts';
import { asApplied, closed } from '../../../src/prompts/document-schemas.ts';

export type Side = 'variables' | 'derived' | 'written' | 'data';
const MEMBERS = { variables: 'input', derived: 'derived', written: 'output', data: 'data' } as const;

export function schemaOf(name: string, side: Side): JsonObject {
  const path = fileURLToPath(new URL(`../../../prompts/${name}.prompt.yaml`, import.meta.url));
  const file: unknown = parse(readFileSync(path, 'utf8'));
  const schema = objectAt(isObject(file) ? file : {}, MEMBERS[side]);
  if (schema === null) throw new Error(`${name} has no ${side}`);
  return closed(side === 'variables' || side === 'derived' ? asApplied(schema) : schema);
}

const checks = new Map<string, ReturnType<typeof schemaCheck>>();

export function expectKeeps(name: string, side: Side, value: Json): void {
  const key = `${name} ${side}`;
  const check = checks.get(key) ?? schemaCheck(schemaOf(name, side));
  checks.set(key, check);
  expect(check.faultsIn(value)).toEqual([]);
}

/** `strings` by the name of the property: what is drawn there instead of any text. */
export function valuesOf(
  schema: JsonObject,
  strings: Readonly<Record<string, fc.Arbitrary<string>>> = {},
  name = '',
): fc.Arbitrary<Json> {
  const { enum: listed, type, items, properties, anyOf } = schema;
  if (Array.isArray(listed)) return fc.constantFrom(...listed);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.filter(isObject).map((each) => valuesOf(each, strings, name)));
  const kinds = [type].flat();
  const drawn = kinds.map((kind): fc.Arbitrary<Json> => {
    switch (kind) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({ min: numberOf(schema['minimum'], -9), max: numberOf(schema['maximum'], 999) });
      case 'number':
        return fc.double({ min: numberOf(schema['minimum'], -9), max: numberOf(schema['maximum'], 999), noNaN: true });
      case 'array': {
        const minLength = numberOf(schema['minItems'], 0);
        const maxLength = Math.max(minLength, Math.min(6, numberOf(schema['maxItems'], 6)));
        return fc.array(valuesOf(isObject(items) ? items : {}, strings, name), { minLength, maxLength });
      }
      case 'object': {
        const members = Object.entries(isObject(properties) ? properties : {});
        return fc.record(
          Object.fromEntries(members.map(([key, each]) => [key, valuesOf(isObject(each) ? each : {}, strings, key)])),
        );
      }
      default: {
        const most = numberOf(schema['maxLength'], 200);
        const least = numberOf(schema['minLength'], 0);
        const text = strings[name] ?? fc.string({ unit: 'grapheme', minLength: least, maxLength: Math.min(most, 60) });
        return text.map((each) => [...each].slice(0, most).join('')).map((each) => (each.length < least ? 'x' : each));
      }
    }
  });
  return fc.oneof(...drawn);
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
