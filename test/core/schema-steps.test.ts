// What it takes to hold an answer against a schema, counted: whatever the two are, no more is read of the answer than the steps allow. And
// what comes of it, beside another validator.

import { validate } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkableSchema } from '../../src/core/checkable-schema.ts';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { MOST, schemaCheck } from '../../src/core/schema-check.ts';
import { faultsOf, TooManySteps } from '../../src/core/schema-steps.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 500);
const timeout = 20_000 + numRuns * 20;

/** The value, and how often a name or a place of it was read, or listed. */
function watched(value: Json): { readonly value: Json; readonly reads: () => number } {
  let reads = 0;
  const wrap = (each: Json): Json => {
    if (typeof each !== 'object' || each === null) return each;
    const inner = Array.isArray(each)
      ? each.map(wrap)
      : Object.fromEntries(Object.entries(each).map(([name, part]) => [name, wrap(part ?? null)]));
    return new Proxy(inner, {
      get(target, name) {
        reads++;
        return Reflect.get(target, name);
      },
      getOwnPropertyDescriptor(target, name) {
        reads++;
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
      ownKeys(target) {
        const names = Reflect.ownKeys(target);
        reads += names.length;
        return names;
      },
    });
  };
  return { value: wrap(value), reads: () => reads };
}

/** Reads of the answer, and of how many they may be: three a step, and one listing of a table for which the steps did not suffice. */
function work(schema: JsonObject, value: Json, steps = MOST.steps) {
  const seen = watched(value);
  let isTooMuch = false;
  try {
    faultsOf(seen.value, checkableSchema(schema), { steps, faults: 5 });
  } catch (thrown) {
    if (!(thrown instanceof TooManySteps || thrown instanceof RangeError)) throw thrown;
    isTooMuch = true;
  }
  return { reads: seen.reads(), allowed: 3 * steps + 2 * JSON.stringify(value).length, isTooMuch };
}

const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
const times = (count: number, schema: () => JsonObject) => Array.from({ length: count }, schema);
/** Each of so many leads to the next. */
const chain = (length: number, last: JsonObject, rest: JsonObject = {}): JsonObject => ({
  ...rest,
  $ref: '#/$defs/n0',
  $defs: Object.fromEntries([
    ...Array.from({ length }, (_, index) => [`n${index}`, { allOf: [{ $ref: `#/$defs/n${index + 1}` }] }]),
    [`n${length}`, last],
  ]),
});

describe('a schema and an answer that are made to take long', () => {
  const made: readonly (readonly [what: string, schema: JsonObject, value: Json])[] = [
    ['2,500 empty schemas for 20,000 names', { allOf: times(2_500, () => ({})) }, names(20_000)],
    ['19,000 empty schemas for 5,000 names', { allOf: times(19_000, () => ({})) }, names(5_000)],
    ['names that are known behind 200 references', chain(200, { additionalProperties: {} }), names(50_000)],
    [
      'names that are left over by 200 references',
      chain(200, { additionalProperties: {} }, { unevaluatedProperties: false }),
      names(50_000),
    ],
    [
      'one long name that 1,000 look for',
      { allOf: times(1_000, () => ({ unevaluatedProperties: {} })) },
      { ['/'.repeat(400_000)]: 1 },
    ],
    [
      'alternatives that all look at all names',
      { anyOf: times(500, () => ({ additionalProperties: true })), unevaluatedProperties: false },
      names(20_000),
    ],
    [
      'names that nobody may have, and that are told',
      { anyOf: times(500, () => ({ additionalProperties: { anyOf: [false, { not: {} }] } })) },
      names(20_000),
    ],
    ['names that are counted', { anyOf: times(5_000, () => ({ maxProperties: 1 })) }, names(20_000)],
    [
      'a list that 500 look through',
      { allOf: times(500, () => ({ contains: false, minContains: 0 })) },
      Array(50_000).fill(1),
    ],
    [
      'a value that 5,000 compare',
      { not: { enum: Array(5_000).fill({ ...names(5_000), last: 2 }) } },
      { ...names(5_000), last: 1 },
    ],
    ['a schema that leads to itself', { allOf: [{ $ref: '#' }, { $ref: '#' }] }, names(100)],
  ];
  it.each(made)('%s: no more of it is read than the steps allow', (_what, schema, value) => {
    const { reads, allowed } = work(schema, value);
    expect(reads).toBeLessThanOrEqual(allowed);
  });

  it('a list of types is looked up in, not gone through', () => {
    const types = { anyOf: [{ type: Array.from({ length: 5_000 }, (_, index) => `x${index}`) }, { type: 'number' }] };
    const check = schemaCheck({ type: 'array', items: types });
    expect(check.verdictOn(JSON.stringify(Array(30_000).fill(1)))).toMatchObject({ isValid: true });
  });

  it('a text that 50,000 measure or compare is not read so often', () => {
    const long = 'x'.repeat(1_000_000);
    for (const one of [{ maxLength: 1 }, { const: `${long}y`.slice(1) }, { enum: [`${long}y`.slice(1)] }])
      expect(schemaCheck({ anyOf: Array(50_000).fill(one) }).verdictOn(JSON.stringify(long))).toMatchObject({
        isHopeless: true,
      });
  });

  it('an answer of 1 MiB is still checked by a schema as people write them', () => {
    const address = { type: 'object', properties: { city: { type: 'string' }, zip: { type: 'string' } } };
    const fields = {
      id: { type: 'integer', minimum: 0 },
      name: { type: 'string', minLength: 1, maxLength: 200 },
      kind: { enum: ['new', 'old', 'lost'] },
      tags: { type: 'array', items: { type: 'string' } },
      price: { type: ['number', 'null'] },
      address: { ...address, required: ['city'], additionalProperties: false },
    };
    const row = { type: 'object', properties: fields, required: Object.keys(fields), additionalProperties: false };
    const one = { id: 1, name: 'A short name', kind: 'lost', tags: ['a', 'b'], price: 1.5, address: { city: 'Oslo' } };
    const text = JSON.stringify({ rows: Array(10_050).fill(one) });
    expect(text.length).toBeGreaterThan(1_000_000);
    const check = schemaCheck({ properties: { rows: { type: 'array', items: row } }, $defs: {} });
    expect(check.verdictOn(text)).toMatchObject({ isValid: true });
    const words = { type: 'object', additionalProperties: { ...row, required: [] } };
    const glossary = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`word ${index}`, one]));
    expect(schemaCheck(words).verdictOn(JSON.stringify(glossary))).toMatchObject({ isValid: true });
  });
});

const word = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const anyValue = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(0, 1, 2, 3.5, -1, 0.3, 'a', 'b', '', '😀b', null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { noNullPrototype: true }),
  ),
})).value;
const few = fc.nat(3);
const names3 = fc.uniqueArray(word, { maxLength: 3 });
const anySchema = fc.letrec<{ schema: Json; list: Json[]; table: Record<string, Json> }>((tie) => ({
  list: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
  table: fc.dictionary(word, tie('schema'), { maxKeys: 2, noNullPrototype: true }),
  schema: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: fc.boolean(), weight: 1 },
    { arbitrary: fc.constantFrom<Json>({ $ref: '#' }, { $ref: '#/$defs/a' }), weight: 1 },
    {
      arbitrary: fc
        .array(keywordOf(tie('schema'), tie('list'), tie('table')), { maxLength: 3 })
        .map((each) => Object.assign({}, ...each)),
      weight: 6,
    },
  ),
}));

function keywordOf(schema: fc.Arbitrary<Json>, list: fc.Arbitrary<Json[]>, table: fc.Arbitrary<Record<string, Json>>) {
  const keyword = (names: readonly string[], value: fc.Arbitrary<Json>) =>
    fc.tuple(fc.constantFrom(...names), value).map(([name, each]): JsonObject => ({ [name]: each }));
  const types = fc.constantFrom<Json>('object', 'array', 'string', 'integer', 'number', 'null', ['object', 'array']);
  return fc.oneof(
    keyword(['type'], types),
    keyword(['const'], anyValue),
    keyword(['enum'], fc.array(anyValue, { minLength: 1, maxLength: 3 })),
    keyword(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength'], few),
    keyword(['minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains', 'maxContains'], few),
    keyword(['multipleOf'], fc.constantFrom(1, 2, 0.1, 0.5)),
    keyword(['required'], names3),
    keyword(['dependentRequired'], fc.dictionary(word, names3, { maxKeys: 2, noNullPrototype: true })),
    keyword(['properties', 'dependentSchemas'], table),
    keyword(['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else'], schema),
    keyword(['prefixItems', 'allOf', 'anyOf', 'oneOf'], list),
  );
}

const rooted = fc
  .tuple(anySchema.schema, anySchema.schema)
  .map(([top, other]): JsonObject => ({ ...(isObject(top) ? top : { allOf: [top] }), $defs: { a: other } }));

describe('any schema and any value', { timeout }, () => {
  it('no more of the value is read than the steps allow, whatever they are', () => {
    fc.assert(
      fc.property(rooted, anyValue, fc.nat(200), (schema, value, steps) => {
        const { reads, allowed } = work(schema, value, steps);
        expect(reads).toBeLessThanOrEqual(allowed);
      }),
      { numRuns },
    );
  });

  it('the value keeps to the schema where another validator says so', () => {
    let compared = 0;
    let kept = 0;
    fc.assert(
      fc.property(rooted, anyValue, (schema, value) => {
        let other: boolean;
        let own: boolean;
        try {
          own = faultsOf(value, checkableSchema(schema), { steps: 5_000, faults: 5 }) === null;
          other = validate(value, schema, '2020-12').valid;
        } catch (thrown) {
          // One that leads to itself.
          if (thrown instanceof TooManySteps || thrown instanceof RangeError) return;
          throw thrown;
        }
        compared++;
        kept += own ? 1 : 0;
        expect(own).toBe(other);
      }),
      { numRuns: numRuns * 4 },
    );
    console.log(`${compared} compared, of which ${kept} keep to their schema`);
    expect(kept).toBeGreaterThan(0);
    expect(compared).toBeGreaterThan(kept);
  });
});

describe('what is left over by others', () => {
  const looked = { properties: { a: {} } };
  const left: readonly (readonly [what: string, schema: JsonObject, value: Json, isKept: boolean])[] = [
    ['nothing, where each name is known', { ...looked, unevaluatedProperties: false }, { a: 1 }, true],
    ['a name that nobody knows', { ...looked, unevaluatedProperties: false }, { a: 1, b: 1 }, false],
    [
      'not what a part that holds knows',
      { anyOf: [looked, { required: ['z'], properties: { b: {} } }], unevaluatedProperties: false },
      { a: 1 },
      true,
    ],
    [
      'what a part knows that does not hold',
      { anyOf: [{}, { required: ['z'], ...looked }], unevaluatedProperties: false },
      { a: 1 },
      false,
    ],
    [
      'not what a reference knows',
      { $ref: '#/$defs/a', $defs: { a: looked }, unevaluatedProperties: false },
      { a: 1 },
      true,
    ],
    ['what only a neighbour knows', { allOf: [looked, { unevaluatedProperties: false }] }, { a: 1 }, false],
    ['not what the condition knows', { if: looked, unevaluatedProperties: false }, { a: 1 }, true],
    ['what must not be known', { not: { not: looked }, unevaluatedProperties: false }, { a: 1 }, false],
    ['an item behind the places', { prefixItems: [{}], unevaluatedItems: false }, [1, 2], false],
    [
      'not an item that is looked for',
      { contains: { const: 2 }, prefixItems: [{}], unevaluatedItems: false },
      [1, 2],
      true,
    ],
  ];
  it.each(left)('%s', (_what, schema, value, isKept) => {
    expect(schemaCheck(schema).verdictOn(JSON.stringify(value)).isValid).toBe(isKept);
  });
});
