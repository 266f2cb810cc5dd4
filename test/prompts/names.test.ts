// The library's names for what the wire spells with underscores, both ways, and nothing but names that a schema has.

import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { type Camel, camelData, wireVariables } from '../../src/prompts/names.ts';

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    skill_level: { type: 'string' },
    test_results: {
      type: ['array', 'null'],
      items: { type: 'object', properties: { started_at_ms: { type: 'integer' }, name: { type: 'string' } } },
    },
    last_session: { anyOf: [{ type: 'null' }, { type: 'object', properties: { days_ago: { type: 'integer' } } }] },
    free_form: { type: 'object', additionalProperties: true },
  },
};
const WIRE: JsonObject = {
  skill_level: 'beginner',
  test_results: [{ started_at_ms: 1, name: 'a_b' }],
  last_session: { days_ago: 3 },
  free_form: { some_key: { inner_key: 1 } },
};
const CAMEL = {
  skillLevel: 'beginner',
  testResults: [{ startedAtMs: 1, name: 'a_b' }],
  lastSession: { daysAgo: 3 },
  freeForm: { some_key: { inner_key: 1 } },
};

describe('the names of documents', () => {
  it('are camelCase in the library, and what is free-form stays as it is', () => {
    expect(camelData(SCHEMA, WIRE)).toEqual(CAMEL);
    expect(wireVariables(SCHEMA, CAMEL)).toEqual(WIRE);
  });

  it('are taken as the schema spells them as well', () => {
    expect(wireVariables(SCHEMA, WIRE)).toEqual(WIRE);
    expect(wireVariables(SCHEMA, { skill_level: 'a', lastSession: { days_ago: 1 } })).toEqual({
      skill_level: 'a',
      last_session: { days_ago: 1 },
    });
  });

  it('are left to be told where one is spelled in both ways, or unknown', () => {
    const twice = { skill_level: 'a', skillLevel: 'b', some_other: 1 };
    expect(wireVariables(SCHEMA, twice)).toEqual(twice);
  });

  it('S23: are no way to the prototype', () => {
    const renamed = wireVariables(SCHEMA, JSON.parse('{"__proto__":{"admin":true},"constructor":1}'));
    expect(Object.keys(renamed)).toEqual(['__proto__', 'constructor']);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('are the same to the compiler', () => {
    type Document = {
      readonly skill_level?: 'low' | null;
      readonly test_results: readonly { readonly started_at_ms: number }[] | null;
      readonly free_form: JsonObject;
      readonly any_thing: Json;
    };
    expectTypeOf<Camel<Document>>().toEqualTypeOf<{
      readonly skillLevel?: 'low' | null;
      readonly testResults: readonly { readonly startedAtMs: number }[] | null;
      readonly freeForm: JsonObject;
      readonly anyThing: Json;
    }>();
    expectTypeOf<Camel<{ readonly all_optional?: string }>>().toEqualTypeOf<{ readonly allOptional?: string }>();
  });
});
