// What a caller may give to a prompt: all that is wrong with it is told at once, and what is right comes out whole.

import { describe, expect, it } from 'vitest';
import { LLMError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { closed } from '../../src/prompts/document-schemas.ts';
import { VariableRules } from '../../src/prompts/variables.ts';

const INPUT: JsonObject = closed({
  type: 'object',
  required: ['language', 'files'],
  properties: {
    language: { type: 'string', enum: ['python', 'javascript'] },
    files: {
      type: 'array',
      maxItems: 2,
      items: {
        type: 'object',
        required: ['path'],
        properties: {
          path: { type: 'string', maxLength: 20 },
          kind: { type: 'string', maxLength: 5, default: 'code' },
        },
      },
    },
    skill_level: { type: 'string', enum: ['beginner', 'advanced'], default: 'beginner' },
    goals: { type: 'array', maxItems: 3, items: { type: 'string', maxLength: 10 }, default: [] },
    session: {
      type: 'object',
      properties: { summary: { type: 'string', maxLength: 10 }, days: { type: 'integer', minimum: 0, default: 1 } },
    },
    note: { type: ['string', 'null'], maxLength: 10 },
    topic: { type: 'string', minLength: 1, maxLength: 10 },
    lines: { type: 'array', minItems: 1, maxItems: 9, items: { type: 'integer' } },
    free: { type: 'object', additionalProperties: true },
    target: {
      anyOf: [
        { type: 'integer' },
        {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string', maxLength: 5 }, tag: { type: 'string', maxLength: 5 } },
        },
      ],
    },
  },
});
const rules = new VariableRules(INPUT);

function messageOf(given: unknown): string {
  try {
    rules.applied(given);
  } catch (error) {
    expect(error).toBeInstanceOf(LLMError);
    if (!(error instanceof LLMError)) throw error;
    expect(error.code).toBe('invalid_request');
    expect(error.status).toBe(400);
    expect(error.param).toBe('variables');
    return error.message.replace("The variables do not keep to the prompt's input: ", '');
  }
  return 'nothing is wrong';
}

describe('variables', () => {
  it('refuses more text than a request may bring in all, however it is spread', () => {
    const free = (characters: number) => ({ language: 'python', files: [], free: { a: 'x'.repeat(characters) } });
    const names = 'language'.length + 'python'.length + 'files'.length + 'free'.length + 'a'.length;
    expect(messageOf(free(524_288 - names))).toBe('nothing is wrong');
    const most = 'at most 524288: give less text';
    expect(messageOf(free(524_289 - names))).toBe(`they have 524289 characters together, ${most}`);
    const spread = {
      ...free(0),
      free: Object.fromEntries(Array.from({ length: 90 }, (_, at) => [at, 'y'.repeat(8_000)])),
    };
    expect(messageOf(spread)).toContain(most);
  });

  it('have their defaults, and null for what was not given, at every level', () => {
    const given = { language: 'python', files: [{ path: 'a.py' }], session: {}, target: { id: 'x' } };
    expect(rules.applied(given)).toEqual({
      language: 'python',
      files: [{ path: 'a.py', kind: 'code' }],
      skill_level: 'beginner',
      goals: [],
      session: { summary: null, days: 1 },
      note: null,
      topic: null,
      lines: null,
      free: null,
      target: { id: 'x', tag: null },
    });
  });

  it('may be null where they may be left out', () => {
    const given = {
      language: 'python',
      files: [{ path: 'a', kind: null }],
      skill_level: null,
      session: null,
      goals: undefined,
    };
    expect(rules.applied(given)).toMatchObject({
      files: [{ path: 'a', kind: 'code' }],
      skill_level: 'beginner',
      goals: [],
      session: null,
    });
  });

  it('B59: tell everything that is missing, unknown, of another type, not listed or too long, in one error', () => {
    const given = {
      langauge: 'python',
      files: [
        { path: 'a'.repeat(21), kind: 5 },
        { kind: 'code', size: 1 },
      ],
      skill_level: 'expert',
      session: { days: -1 },
      extra: true,
    };
    expect(messageOf(given).split('; ')).toEqual([
      'language is missing',
      'files[0].path has 21 characters, and may have at most 20',
      'files[0].kind must be a text, and is a number',
      'files[1].path is missing',
      'files[1].size is not known here',
      'skill_level must be one of "beginner", "advanced"',
      'session.days is -1, and must be at least 0',
      'langauge is not known here (did you mean "language"?)',
      'extra is not known here',
    ]);
  });

  it.each([
    ['a text', 'x', 'they must be an object, and are a text'],
    ['a list', ['a'], 'they must be an object, and are a list'],
    ['null', null, 'they must be an object, and are null'],
    ['nothing', undefined, 'variables are missing'],
    [
      'an empty text',
      { language: 'python', files: [], topic: '' },
      'topic is empty, and must have at least 1 character',
    ],
    ['an empty list', { language: 'python', files: [], lines: [] }, 'lines is empty, and must have at least 1 item'],
    [
      'a part of a number',
      { language: 'python', files: [], lines: [1.5] },
      'lines[0] must be a whole number, and is a number',
    ],
    [
      'an object for a string',
      { language: 'python', files: [{ path: { text: 'a' } }] },
      'files[0].path must be a text, and is an object',
    ],
    [
      'a MiB of text for a list',
      { language: 'python', files: 'a'.repeat(1_048_576) },
      'files must be a list, and is a text',
    ],
    [
      'a MiB of text for ten characters',
      { language: 'python', files: [], note: 'a'.repeat(1_048_576) },
      'note has 1048576 characters, and may have at most 10',
    ],
    [
      'what is no JSON',
      { language: 'python', files: [], free: { at: () => 1, big: 1n, not: Number.NaN } },
      'variables.free.at is no JSON; variables.free.big is no JSON; variables.free.not is no JSON',
    ],
  ])('B59: are refused as %s', (_, given, message) => {
    expect(messageOf(given)).toBe(message);
  });

  it('are refused where they contain themselves', () => {
    const loop: Record<string, unknown> = {};
    loop['free'] = loop;
    expect(messageOf(loop)).toContain('is nested too deep');
  });

  it('tell no more than somebody reads', () => {
    const given = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]));
    const message = messageOf({ language: 'python', files: [], ...given });
    expect(message.split('; ')).toHaveLength(21);
    expect(message).toMatch(/; and more$/);
  });

  it('S23: know no name of every object: such a variable is unknown, and changes nothing', () => {
    const given = JSON.parse(
      '{"language":"python","files":[],"__proto__":{"admin":true},"constructor":1,"toString":"x"}',
    );
    expect(messageOf(given).split('; ').sort()).toEqual([
      '__proto__ is not known here',
      'constructor is not known here',
      'toString is not known here',
    ]);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('S23: keep such a name where any name is let in, as data', () => {
    const applied = rules.applied(JSON.parse('{"language":"python","files":[],"free":{"__proto__":{"admin":true}}}'));
    expect(JSON.stringify(applied['free'])).toBe('{"__proto__":{"admin":true}}');
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });
});
