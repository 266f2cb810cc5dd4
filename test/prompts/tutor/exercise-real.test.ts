// What is read of code, on real exercises: people wrote their solutions, so a check that refuses one of these would refuse a model's as well.

import { describe, expect, it } from 'vitest';
import { objectAt, stringAt } from '../../../src/core/json.ts';
import { MOST_LIKENESS } from '../../../src/prompts/tutor/exercise-checks.ts';
import { fingerprintOf, likeness } from '../../../src/prompts/tutor/fingerprint.ts';
import { reachedIn } from '../../../src/prompts/tutor/safety.ts';
import { callOf, functionsIn, signatureOf } from '../../../src/prompts/tutor/signature.ts';
import { hasSharedData, sharedExercises } from '../../shared-data.ts';

const SOLUTIONS = (['python', 'javascript'] as const).map((language) => ({
  language,
  programs: sharedExercises().map((exercise) => {
    const side = objectAt(exercise, language) ?? {};
    const text = (part: string) => String(Object.values(objectAt(side, part) ?? {})[0] ?? '');
    return { slug: stringAt(exercise, 'slug') ?? '', solution: text('example_solution'), tests: text('tests') };
  }),
}));

describe.skipIf(!hasSharedData).each(SOLUTIONS)('real exercises in $language', ({ language, programs }) => {
  it('X11: none reaches for anything', () => {
    const reached = programs.flatMap(({ slug, solution }) =>
      (reachedIn(solution, language, { reach: [], allowed: null }) ?? []).map(
        ({ what, reach }) => `${slug}: ${what} (${reach})`,
      ),
    );
    console.log(`real solutions in ${language} that were read for what they reach for: ${programs.length}`);
    expect(reached).toEqual([]);
  });

  it('X10: no two are the same program, and each is itself under other names', () => {
    const prints = programs.map(({ slug, solution }) => ({ slug, print: fingerprintOf(solution) }));
    const alike = prints.flatMap((one, at) =>
      prints
        .slice(0, at)
        .filter((other) => likeness(one.print, other.print) >= MOST_LIKENESS)
        .map((other) => `${one.slug} ${other.slug}`),
    );
    expect(alike).toEqual([]);
    for (const { slug, solution } of programs) {
      const renamed = solution.replace(/\b(?:number|word|text|result|digits|value)\b/g, 'thing');
      expect([slug, likeness(fingerprintOf(solution), fingerprintOf(renamed))]).toEqual([slug, 1]);
    }
  });

  it('X8: functions are found, and the calls of their own tests fit them', () => {
    let calls = 0;
    const misfits = programs.flatMap(({ slug, solution, tests }) => {
      const own = functionsIn(solution, language);
      return own.flatMap(({ name, least, most }) =>
        [...tests.matchAll(new RegExp(`(?<![\\w.'"])${name}\\(([^()\\n]+)\\)`, 'g'))].flatMap(([text]) => {
          calls += 1;
          const call = callOf(text, language);
          return call !== null && call.count >= least && call.count <= most ? [] : [`${slug}: ${text}`];
        }),
      );
    });
    console.log(`calls in real tests in ${language} that were read: ${calls}`);
    expect(misfits).toEqual([]);
    expect(calls).toBeGreaterThan(100);
  });
});

describe('a signature', () => {
  it.each([
    ['def f(a, b=1, *args, **kwargs) -> int:', 'python', { name: 'f', least: 1, most: Number.POSITIVE_INFINITY }],
    ['def f(a: dict[str, int] = {"a": 1}, *, b)', 'python', { name: 'f', least: 1, most: 2 }],
    ['async def f():', 'python', { name: 'f', least: 0, most: 0 }],
    ['f(a, b)', 'python', { name: 'f', least: 2, most: 2 }],
    [
      'export function f(a: Map<string, number>, b?: (x: number) => void): string',
      'typescript',
      { name: 'f', least: 1, most: 2 },
    ],
    [
      'export const f = <T>(items: T[], ...rest: T[]): T[] => items',
      'typescript',
      { name: 'f', least: 1, most: Number.POSITIVE_INFINITY },
    ],
    ['const f = ({ a, b }, [c, d] = []) => {}', 'javascript', { name: 'f', least: 1, most: 2 }],
    ['export const f = x => x', 'javascript', { name: 'f', least: 1, most: 1 }],
  ])('is read from %s', (line, language, signature) => {
    expect(signatureOf(line, language)).toEqual(signature);
  });

  it.each(['return 1', 'def (a):', '', 'f'])('is not read from "%s"', (line) => {
    expect(signatureOf(line, 'python')).toBeNull();
  });
});
