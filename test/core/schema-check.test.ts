// What is made of a stranger's schema and a model's answer: what keeps to it passes, what doesn't doesn't, and nothing of either takes
// for ever, runs, or throws.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/core/catalog.ts';
import { asToldTo, emulationOf } from '../../src/core/emulation.ts';
import { LLMError } from '../../src/core/errors.ts';
import { type AnswerEvent, collect, contentOf } from '../../src/core/events.ts';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Ask } from '../../src/core/parts.ts';
import { schemaCheck } from '../../src/core/schema-check.ts';
import { holdingAnswers } from '../../src/providers/held-answer.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { answers, target } from '../world.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 200);
const timeout = 10_000 + numRuns * 20;

const passes = (schema: JsonObject, value: Json) => schemaCheck(schema).verdictOn(JSON.stringify(value)).isValid;
const uncheckedIn = (schema: JsonObject) => schemaCheck(schema).unchecked;

describe('a schema that is checked here', () => {
  const tree: JsonObject = {
    type: 'object',
    properties: { name: { type: 'string' }, below: { type: 'array', items: { $ref: '#' } } },
    required: ['name'],
  };
  const held: readonly (readonly [what: string, schema: JsonObject, good: Json, bad: Json])[] = [
    ['a tree that refers to itself', tree, { name: 'a', below: [{ name: 'b' }] }, { name: 'a', below: [{}] }],
    [
      'a definition',
      { properties: { a: { $ref: '#/$defs/a~1b' } }, $defs: { 'a/b': { type: 'integer' } } },
      { a: 1 },
      { a: 1.5 },
    ],
    ['null as the only value', { const: null }, null, 0],
    ['exactly one of two', { oneOf: [{ type: 'integer' }, { minimum: 5 }] }, 3, 7],
    ['what it must not be', { not: { type: 'string' } }, 1, 'one'],
    ['a condition', JSON.parse('{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"null"}}'), 'ab', 'a'],
    ['a name of the language', { required: ['constructor'] }, { constructor: 1 }, {}],
    ['false, which nothing keeps to', { properties: { a: false } }, {}, { a: 1 }],
    ['a place in a list', { prefixItems: [{ type: 'string' }], items: { type: 'null' } }, ['a', null], ['a', 1]],
  ];
  it.each(held)('%s', (_what, schema, good, bad) => {
    expect([passes(schema, good), passes(schema, bad)]).toEqual([true, false]);
    expect(uncheckedIn(schema)).toEqual([]);
  });

  it('runs no pattern of a stranger, and says which keywords it did not check', () => {
    const evil = '(a+)+$';
    const schema = {
      properties: { a: { type: 'string', pattern: evil, format: 'uri' }, b: { uniqueItems: true } },
      patternProperties: { [evil]: { type: 'integer' } },
      additionalProperties: false,
    };
    expect(uncheckedIn(schema)).toEqual([
      'additionalProperties',
      'format',
      'pattern',
      'patternProperties',
      'uniqueItems',
    ]);
    expect(passes(schema, { a: `${'a'.repeat(50_000)}!`, aaa: 'no integer' })).toBe(true);
    expect(passes(schema, { a: 1 })).toBe(false);
  });

  it('refuses nothing for what it cannot check: what would turn round is left out beside it', () => {
    const pattern = { type: 'string', pattern: '^a' };
    expect(passes({ not: pattern }, 'b')).toBe(true);
    expect(passes({ oneOf: [pattern, { type: 'string', pattern: '^b' }] }, 'b')).toBe(true);
    expect(passes({ oneOf: [pattern, { type: 'null' }] }, 5)).toBe(false);
    expect(uncheckedIn({ oneOf: [pattern, { type: 'null' }] })).toEqual(['oneOf', 'pattern']);
  });

  it('follows no reference that leads elsewhere, or nowhere', () => {
    for (const reference of ['https://example.org/schema', '#/$defs/none', '#name', 7]) {
      const schema = { properties: { a: { $ref: reference } } };
      expect([uncheckedIn(schema), passes(schema, { a: 1 })]).toEqual([['$ref'], true]);
    }
  });

  it('ends where a schema would take for ever, and says that nobody can tell', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => {
        const next = { $ref: `#/$defs/n${index + 1}` };
        return [`n${index}`, { allOf: [next, next] }];
      }),
    );
    const exponential = { $ref: '#/$defs/n0', $defs: { ...doubled, n60: { type: 'integer' } } };
    const endless = { allOf: [{ $ref: '#' }] };
    const names = { anyOf: Array.from({ length: 3_000 }, () => ({ additionalProperties: true, maxProperties: 1 })) };
    const named = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`name ${index}`, 1]));
    const word = { $ref: '#/$defs/word' };
    const words = {
      allOf: Array(5_000).fill({ allOf: Array(3).fill(word) }),
      $defs: { word: { enum: ['x'.repeat(60_000), 'y'.repeat(60_000)] } },
    };
    const many = { anyOf: Array.from({ length: 50_000 }, () => ({ type: 'string', maxLength: 1 })) };
    for (const [schema, value] of [
      [exponential, 1],
      [endless, 1],
      [many, 'a'.repeat(1_000_000)],
      [names, named],
      [words, 'y'.repeat(60_000)],
    ] as const) {
      expect(schemaCheck(schema).verdictOn(JSON.stringify(value))).toMatchObject({ isValid: false, isHopeless: true });
    }
  });

  it('bounds the answer in length and depth', () => {
    const long = schemaCheck({}).verdictOn(JSON.stringify('a'.repeat(1_048_576)));
    const deep = schemaCheck({}).verdictOn('['.repeat(400_000) + ']'.repeat(400_000));
    expect(long).toMatchObject({ isHopeless: true, problem: 'it is longer than 1048576 characters' });
    expect(deep).toMatchObject({ isHopeless: true, problem: 'it is nested deeper than 100' });
  });

  it('tells the place in the schema, and the answer’s own words to the model alone', () => {
    const verdict = schemaCheck({ properties: { a: { enum: ['x'] } }, additionalProperties: false }).verdictOn(
      '{"a": "x", "canary": 1}',
    );
    if (verdict.isValid) throw new Error('It keeps to the schema');
    expect(verdict.place).toBe('#/additionalProperties');
    expect(verdict.problem).toContain('canary');
  });

  it('gives the JSON as the model wrote it, out of a fence too, with fences of its own inside', () => {
    const code = '{"code": "```js\\nlet a = 1.0;\\n```", "big": 12345678901234567890}';
    for (const written of [code, `\`\`\`json\n${code}\n\`\`\``, `Sure:\n\`\`\`\n${code}\n\`\`\`\nDone.`]) {
      const value: Json = JSON.parse(code);
      expect(schemaCheck({}).verdictOn(written)).toEqual({ isValid: true, text: code, value });
    }
  });

  it('tells all that is wrong with a value, by path and rule, as far as it is asked for', () => {
    const schema = {
      type: 'object',
      required: ['name', 'kind', 'size'],
      properties: {
        name: { type: 'string', maxLength: 3 },
        kind: { enum: ['new', 'old'] },
        tags: { type: 'array', items: { type: 'string' } },
        unit: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 1 }] },
      },
      additionalProperties: false,
    };
    const value = { name: 'Oslo', kind: 'lost', tags: ['a', 1, 2], unit: 0, 'a/b': 1 };
    const told = schemaCheck(schema, 50).faultsIn(value) ?? [];
    expect(told.map(({ path, rule }) => [path, rule])).toEqual([
      ['', '#/required'],
      ['/name', '#/properties/name/maxLength'],
      ['/kind', '#/properties/kind/enum'],
      ['/tags/1', '#/properties/tags/items/type'],
      ['/tags/2', '#/properties/tags/items/type'],
      ['/unit', '#/properties/unit/anyOf/0/type'],
      ['/unit', '#/properties/unit/anyOf/1/minimum'],
      ['/unit', '#/properties/unit/anyOf'],
      ['/a~1b', '#/additionalProperties'],
    ]);
    expect(told.map(({ problem }) => problem).slice(0, 2)).toEqual([
      'It lacks "size".',
      '4 is more than 3 (maxLength).',
    ]);
    expect(schemaCheck(schema, 4).faultsIn(value)).toEqual(told.slice(0, 4));
    expect(schemaCheck(schema, 50).verdictOn(JSON.stringify(value))).toMatchObject({ faults: told });
    expect(schemaCheck(schema, 50).faultsIn({ name: 'Rom', kind: 'old', size: 1 })).toHaveLength(1);
    expect(schemaCheck(schema, 50).faultsIn({ size: Array(1_000).fill(1), tags: Array(1_000).fill(1) })).toHaveLength(
      50,
    );
  });

  it('finds nothing wrong with what is left over where a part of the value is wrong for another reason', () => {
    const schema = { allOf: [{ properties: { a: { type: 'string' } } }], unevaluatedProperties: false };
    const told = schemaCheck(schema, 50).faultsIn({ a: 1, b: 2 });
    expect(told?.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  it('tells what it found before the rest took too long', () => {
    const slow = { anyOf: Array.from({ length: 3_000 }, () => ({ additionalProperties: true, maxProperties: 1 })) };
    const names = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`name ${index}`, 1]));
    const check = schemaCheck({ properties: { a: { type: 'null' }, b: slow } }, 50);
    expect(check.faultsIn({ a: 1, b: names })?.map(({ path }) => path)).toEqual(['/a']);
    expect(check.faultsIn({ a: null, b: names })).toBeNull();
  });
});

/** Schemas whose meaning is plain enough to be written down a second time. */
const plainSchema = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constantFrom('string', 'integer', 'boolean', 'null', 'number') }),
    fc.record({
      enum: fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b')), { minLength: 1 }),
    }),
    fc.record({ type: fc.constant('integer'), minimum: fc.nat(3), maximum: fc.nat(6) }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.nat(3) }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema')),
      required: fc.subarray(['a', 'b']),
      additionalProperties: fc.boolean(),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
})).schema;

function keeps(schema: Json | undefined, value: Json): boolean {
  if (!isObject(schema)) return schema !== false;
  const {
    type,
    enum: words,
    minimum,
    maximum,
    items,
    maxItems,
    properties,
    required,
    additionalProperties,
    anyOf,
  } = schema;
  if (Array.isArray(anyOf)) return anyOf.some((each) => keeps(each, value));
  if (Array.isArray(words)) return words.includes(value);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (kind !== (type === 'integer' ? 'number' : type) || (type === 'integer' && !Number.isInteger(value))) return false;
  if (typeof value === 'number' && (Number(minimum ?? value) > value || Number(maximum ?? value) < value)) return false;
  if (Array.isArray(value)) return value.length <= Number(maxItems) && value.every((each) => keeps(items, each));
  if (!isObject(value)) return true;
  const has = (name: Json) => typeof name === 'string' && Object.hasOwn(value, name);
  if (Array.isArray(required) && !required.every(has)) return false;
  return Object.entries(value).every(([name, each]) => {
    const known = isObject(properties) && Object.hasOwn(properties, name);
    return known ? keeps(properties[name], each ?? null) : additionalProperties !== false;
  });
}

const plainValue = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -1, max: 7 }),
    fc.constantFrom('a', 'b', 'c', null, true, 1.5),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')),
  ),
})).value;

const anySchema = fc.object({
  key: fc.oneof(
    fc.constantFrom('type', 'items', 'properties', '$ref', 'allOf', 'not', 'oneOf', 'required', 'enum', 'const'),
    fc.constantFrom('__proto__', 'pattern', 'additionalProperties', 'minLength', 'dependentRequired', 'multipleOf'),
    fc.string(),
  ),
  values: [
    fc.constantFrom('#', '#/not', 'string', 'integer'),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.string(),
  ],
  maxDepth: 4,
});

const CARD: ModelCard = { ...target().card, features: new Set() };

/** What a caller gets of a vendor that writes this text; null: nothing. */
async function handedOn(schema: JsonObject, text: string): Promise<string | null> {
  const responseFormat = { type: 'json-schema' as const, name: 'any', schema };
  const asked = { ...EMPTY_REQUEST, responseFormat };
  const request = asToldTo(asked, emulationOf(asked, { estimate: () => 1 }), CARD);
  const vendor: Ask = async (_target, sent, options, emit) => {
    await answers(text)(emit, options, sent);
    return { warnings: [] };
  };
  const events: AnswerEvent[] = [];
  const options = {
    stream: true,
    attemptId: 'att_1',
    attemptTimeoutMs: 1,
    connectTimeoutMs: 1,
    idleTimeoutMs: 1,
    signal: new AbortController().signal,
  };
  try {
    await holdingAnswers(vendor)({ ...target(), card: CARD }, request, options, (event) => events.push(event));
  } catch (thrown) {
    if (thrown instanceof LLMError && thrown.code === 'provider_rejected_answer') {
      expect(events.filter(({ type }) => type.endsWith('delta'))).toEqual([]);
      return null;
    }
    throw thrown;
  }
  return contentOf(collect(events)?.parts ?? []);
}

describe('any schema and any answer', { timeout }, () => {
  it('what is handed on keeps to the schema, and what keeps to it is handed on', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(plainSchema, plainValue, async (schema, value) => {
        const text = JSON.stringify(value);
        const isKept = keeps(schema, value);
        kept += isKept ? 1 : 0;
        expect(await handedOn(schema, text)).toBe(isKept ? text : null);
      }),
      { numRuns },
    );
    expect(kept).toBeGreaterThan(0);
  });

  it('gives JSON or provider_rejected_answer, and never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySchema,
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `\`\`\`\n${json}\n\`\`\``),
        ),
        async (made, text) => {
          const schema: Json = JSON.parse(JSON.stringify(made));
          const got = await handedOn(isObject(schema) ? schema : {}, text);
          if (got !== null) expect(() => JSON.parse(got)).not.toThrow();
        },
      ),
      { numRuns },
    );
  });
});
