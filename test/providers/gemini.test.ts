// Gemini by its written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import { GEMINI_ENDS, GEMINI_MODELS } from '../../src/catalog/gemini-models.ts';
import { createGemini, geminiKeyProblem } from '../../src/providers/gemini.ts';
import { CANARY_KEY, codecOf, readFixtures, replyOf, testProvider } from '../contract/provider.ts';

testProvider('gemini', {
  create: (apiKey) => createGemini({ apiKey }),
  model: 'gemini-3.5-flash',
  fixtures: readFixtures(new URL('../fixtures/gemini/', import.meta.url)),
  otherKnobs: ['parallel_tool_calls', 'The detail of a picture'],
});

const codec = codecOf(createGemini({ apiKey: CANARY_KEY }));

describe('what Gemini rejects', () => {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'tools[0].name' }] },
  ];
  const rejected = (message: string, more = {}) =>
    codec.decodeError(replyOf(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT', ...more } }));

  it('is told with the field that it dislikes and its word, and none of its sentence', () => {
    const error = rejected('you wrote AIza_secret', { details });
    expect(error.detail).toEqual({ providerStatus: 400, providerCode: 'INVALID_ARGUMENT', param: 'tools[0].name' });
    expect(error.message).toBe(
      'Gemini rejected the request (status 400, INVALID_ARGUMENT); the field is "tools[0].name"',
    );
    expect(rejected('no', { status: 'Not a word' }).detail).toEqual({ providerStatus: 400 });
  });

  it('is an error also where its word is one of our own language', () => {
    for (const status of ['constructor', '__proto__', 'toString']) {
      expect(rejected('no', { status })).toMatchObject({ code: 'provider_rejected' });
    }
  });
});

describe('the form of a Gemini key', () => {
  it('is checked without repeating the key', () => {
    for (const right of ['AIzaSyA-0123456789_abcdefghijklmnopqrstu', 'AQ.Ab8RN6K-0123456789']) {
      expect(geminiKeyProblem(right)).toBeNull();
    }
    for (const wrong of ['', CANARY_KEY, 'sk-proj-abc', 'AIza with space', 'AIza\nbreak', 'AIza_žluť']) {
      const problem = geminiKeyProblem(wrong);
      expect(problem).not.toBeNull();
      if (wrong !== '') expect(problem).not.toContain(wrong);
    }
    expect(geminiKeyProblem(CANARY_KEY, 'https://proxy.example')).toBeNull();
  });
});

describe('the models of Gemini', () => {
  it('each stand once, and what answers for a retired one is among them', () => {
    const names = GEMINI_MODELS.map(({ model }) => model);
    expect(new Set(names).size).toBe(names.length);
    for (const { shutDownOn, replacement } of GEMINI_ENDS.values()) {
      expect(names).toContain(replacement);
      expect(shutDownOn).toMatch(/^202\d-\d\d-\d\d$/);
      expect(GEMINI_ENDS.has(replacement ?? '')).toBe(false);
    }
  });
});
