// What the evaluation takes for true is what comes out when the exercises are run.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawn, submissions } from '../../src/eval/ground-truth.ts';
import { seeded } from '../../src/eval/seeded.ts';
import { groundTruth } from './make-ground-truth.ts';

describe('the ground truth', () => {
  it('is what running the programs in JavaScript gives', () => {
    const file = JSON.parse(readFileSync(new URL('../../src/eval/ground-truth.json', import.meta.url), 'utf8'));
    const kept = file.map((exercise: { languages: object }) => ({ ...exercise, languages: pick(exercise.languages) }));
    expect(kept).toEqual(JSON.parse(JSON.stringify(groundTruth(['javascript']))));
  });

  it('has right programs that pass every test, and wrong ones whose line is known', () => {
    const all = submissions();
    expect(all.filter(({ line }) => line === null)).toHaveLength(20);
    expect(all.length).toBeGreaterThan(100);
    for (const { id, line, code, solution, results } of all) {
      const hasPassed = results.every(({ status }) => status === 'passed');
      expect(hasPassed, id).toBe(line === null);
      const changed = code.split('\n').flatMap((text, at) => (text === solution.split('\n')[at] ? [] : [at + 1]));
      expect(changed, id).toEqual(line === null ? [] : [line]);
    }
  });

  it('is drawn without repetition as long as there are others', () => {
    const ids = drawn(submissions(), 120, seeded(3, 'draw')).map(({ caseId }) => caseId);
    expect(new Set(ids).size).toBe(120);
    expect(ids.filter((id) => id.endsWith('#2')).length).toBe(120 - submissions().length);
  });
});

function pick(languages: object): object {
  return Object.fromEntries(Object.entries(languages).filter(([language]) => language === 'javascript'));
}
