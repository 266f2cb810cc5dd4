// The provider that needs no key: what it says, and that it keeps what was asked.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect, contentOf } from '../../src/core/events.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import { minimalInstance } from '../../src/providers/minimal-instance.ts';
import { createOffline } from '../../src/providers/offline.ts';
import { eventsOfDirect, FULL_REQUEST, SCHEMA_REQUEST, testDirectProvider } from '../contract/provider.ts';

const MODEL = 'offline/echo';

testDirectProvider('offline', createOffline, MODEL);

const QUESTION: FittedRequest = {
  ...SCHEMA_REQUEST,
  messages: [{ role: 'user', content: 'What is a closure?' }],
  maxTokens: null,
  stop: [],
  responseFormat: { type: 'text' },
};

const eventsFor = (changes: Partial<FittedRequest>) =>
  eventsOfDirect(createOffline(), { ...QUESTION, ...changes }, MODEL);

async function answerFor(changes: Partial<FittedRequest>): Promise<Answer> {
  const answer = collect(await eventsFor(changes));
  if (answer === null) throw new Error('There was no answer');
  return answer;
}

describe('an offline answer', () => {
  it('says plainly that no model wrote it, how to get a real one, and what was asked', async () => {
    const answer = await answerFor({});
    expect(answer).toMatchObject({ finishReason: 'stop', model: MODEL });
    expect(contentOf(answer.parts)).toMatch(/No vendor key is in use.*GROQ_API_KEY.*What is a closure\?/);
  });

  it('is always the same, and comes in pieces of a word', async () => {
    const events = await eventsFor({});
    expect(await eventsFor({})).toEqual(events);
    const pieces = events.filter(({ type }) => type === 'text-delta');
    expect(pieces.length).toBeGreaterThan(10);
  });

  it('echoes a long question in part, without breaking a character', async () => {
    const answer = await answerFor({ messages: [{ role: 'user', content: 'a🙂'.repeat(10_000) }] });
    const content = contentOf(answer.parts);
    expect(content.length).toBeLessThan(1_000);
    expect(content.isWellFormed()).toBe(true);
  });

  it('tells usage that is never zero, and grows with the prompt', async () => {
    const short = await answerFor({ systemPrompt: null, messages: [{ role: 'user', content: '' }] });
    const long = await answerFor({ messages: [{ role: 'user', content: 'x'.repeat(4_000) }] });
    expect(short.usage).toMatchObject({ inputTokens: 1 });
    expect(short.usage?.outputTokens).toBeGreaterThan(0);
    expect(long.usage?.inputTokens).toBeGreaterThan(1_000);
  });

  it.each([1, 2, 10, 25])('of at most %i tokens is no longer, and says that it was cut', async (maxTokens) => {
    const answer = await answerFor({ maxTokens });
    expect(contentOf(answer.parts)).toHaveLength(4 * maxTokens);
    expect(answer).toMatchObject({ finishReason: 'length', usage: { outputTokens: maxTokens } });
  });

  it('ends before a stop sequence', async () => {
    const answer = await answerFor({ stop: ['never there', 'GROQ_'], maxTokens: 45 });
    expect(contentOf(answer.parts)).toMatch(/Set $/);
    expect(answer.finishReason).toBe('stop');
  });

  it('is JSON in JSON mode', async () => {
    const answer = await answerFor({ responseFormat: { type: 'json' } });
    expect(JSON.parse(contentOf(answer.parts))).toMatchObject({ offline: true, question: 'What is a closure?' });
  });

  it('keeps a JSON schema', async () => {
    const answer = await answerFor({ responseFormat: SCHEMA_REQUEST.responseFormat });
    expect(JSON.parse(contentOf(answer.parts))).toEqual({ property_of_the_schema: 'offline' });
  });

  it('is the sample of a template that made the request', async () => {
    const sample = { say: 'a sample', lines: [1, null] };
    const { responseFormat } = SCHEMA_REQUEST;
    const answer = await answerFor({ responseFormat, providerOptions: { offline: { sample } } });
    expect(JSON.parse(contentOf(answer.parts))).toEqual(sample);
  });

  it('calls a tool where one must be called, and only there', async () => {
    const { tools } = FULL_REQUEST;
    const wanted = {
      parts: [{ type: 'tool-call', toolCallId: 'call_0', name: 'run_code', argumentsText: '{"code":"offline"}' }],
      finishReason: 'tool_calls',
    };
    expect(await answerFor({ tools, toolChoice: 'required' })).toMatchObject(wanted);
    expect(await answerFor({ tools, toolChoice: { name: 'run_code' } })).toMatchObject(wanted);
    for (const toolChoice of ['auto', 'none', null] as const)
      expect(await answerFor({ tools, toolChoice })).toMatchObject({ finishReason: 'stop' });
  });
});

describe('the smallest value of a schema', () => {
  it.each<[JsonObject, Json]>([
    [{ type: 'string', minLength: 10 }, 'offline...'],
    [{ type: 'string', maxLength: 3 }, 'off'],
    [{ type: 'string', format: 'date' }, '1970-01-01'],
    [{ type: 'integer', minimum: 3 }, 3],
    [{ type: 'integer', exclusiveMinimum: 3 }, 4],
    [{ type: 'integer', maximum: -3 }, -3],
    [{ type: 'integer', exclusiveMaximum: 0 }, -1],
    [{ type: 'number', minimum: 2, multipleOf: 5 }, 5],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    [{ type: ['string', 'null'] }, null],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, null],
    [{ oneOf: [{ const: 'a' }, { const: 'b' }] }, 'a'],
    [{ enum: ['easy', 'hard'] }, 'easy'],
    [{ type: 'array', items: { type: 'boolean' } }, []],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [false, false]],
    [{ type: 'object', properties: { a: { type: 'string' } } }, {}],
    [{ allOf: [{ properties: { a: { type: 'null' } }, required: ['a'] }], type: 'object' }, { a: null }],
    [
      {
        $ref: '#/$defs/step',
        $defs: { step: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } },
      },
      { n: 0 },
    ],
    [
      { type: 'object', properties: { __proto__: { type: 'string' } }, required: ['constructor'] },
      { constructor: null },
    ],
  ])('%o is %o', (schema, value) => {
    expect(minimalInstance(schema)).toEqual(value);
  });

  it('ends where a schema refers to itself', () => {
    const list = {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['next'],
    };
    expect(minimalInstance(list)).toEqual({ next: null });
    const required = Array.from({ length: 1_000 }, (_, index) => `name${index}`);
    expect(minimalInstance({ $ref: '#' })).toBeNull();
    expect(JSON.stringify(minimalInstance({ $ref: '#', required })).length).toBeLessThan(100_000);
    const endless = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    expect(JSON.stringify(minimalInstance(endless)).length).toBeLessThan(1_000);
    const tree = { type: 'object', properties: { l: { $ref: '#' }, r: { $ref: '#' } }, required: ['l', 'r'] };
    expect(JSON.stringify(minimalInstance(tree)).length).toBeLessThan(100_000);
    for (const minItems of [3, 1e9]) {
      const wide = { type: 'array', items: { $ref: '#' }, minItems };
      expect(JSON.stringify(minimalInstance(wide)).length).toBeLessThan(100_000);
    }
  });

  it('is taken by another reader of schemas', () => {
    const leaf = fc.oneof(
      fc.record({ type: fc.constant('string'), minLength: fc.nat(20) }),
      fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ type: fc.constant('number'), exclusiveMaximum: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1 }) }),
      fc.constantFrom(
        { type: 'boolean' },
        { type: 'null' },
        { type: 'string', format: 'email' },
        { type: 'string', format: 'uuid' },
      ),
    );
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof({ maxDepth: 4 }, leaf, tie('object'), tie('list'), tie('either')),
      object: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('schema')).map((properties) => ({
        type: 'object',
        properties,
        required: Object.keys(properties),
        additionalProperties: false,
      })),
      list: fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
      either: fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    }));
    fc.assert(
      fc.property(schema, (generated) => {
        const plain: JsonObject = JSON.parse(JSON.stringify(generated));
        const read = z.fromJSONSchema(JSON.parse(JSON.stringify(plain))).safeParse(minimalInstance(plain));
        expect(read.error?.issues).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
