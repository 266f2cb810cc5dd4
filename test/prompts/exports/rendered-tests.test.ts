import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExerciseGenerationData } from '../../../src/prompts/documents.ts';
import { exercismFiles } from '../../../src/prompts/exports/exercism.ts';
import { pythonLiteral, renderedTests, slugOf } from '../../../src/prompts/exports/rendered-tests.ts';
import { GOOD } from '../tutor/exercise-corpus.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.log('skipped: what runs Python, since there is none');

type Language = keyof typeof GOOD;

function exerciseIn(language: Language, tests = GOOD[language].written.tests): ExerciseGenerationData {
  const { internal: _, concepts, ...rest } = GOOD[language].written;
  const name = language === 'python' ? 'ticket_price' : 'ticketPrice';
  const exercise = { ...rest, tests, language, concepts };
  return {
    ...exercise,
    rendered_tests: renderedTests(exercise, name),
    fingerprint: 'w1',
    difficulty_estimate: { loc: 5, branches: 1, concepts: 2 },
  };
}

/** Python's verdict on a folder with the rendered tests and a solution. */
function runUnittest(
  exercise: ExerciseGenerationData,
  solution: string,
): { readonly passes: boolean; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rendered-'));
  try {
    const files = exercismFiles(exercise);
    writeFileSync(join(folder, 'ticket_price.py'), solution);
    writeFileSync(join(folder, 'ticket_price_test.py'), files.get('ticket_price_test.py') ?? '');
    const { status, stderr } = spawnSync('python3', ['-m', 'unittest', 'ticket_price_test'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { passes: status === 0, said: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What Jest would do, as far as it is used: names of the tests that failed. */
function runScript(code: string, solution: string): string[] {
  const failed: string[] = [];
  const same = (found: unknown, wanted: unknown) => expect(JSON.parse(JSON.stringify(found ?? null))).toEqual(wanted);
  const matchers = (found: unknown) => ({
    toBe: (wanted: unknown) => same(found, wanted),
    toEqual: (wanted: unknown) => same(found, JSON.parse(JSON.stringify(wanted))),
    toBeCloseTo: (wanted: number) => expect(Number(found)).toBeCloseTo(wanted),
    toThrow: () => {
      try {
        if (typeof found === 'function') found();
      } catch {
        return;
      }
      throw new Error('did not throw');
    },
  });
  const test = (name: string, body: () => void) => {
    try {
      body();
    } catch (thrown) {
      failed.push(`${name}: ${String(thrown)}`);
    }
  };
  const bare = `${solution}\n${code}`.replace(/^import .*$/gm, '').replace(/^export /gm, '');
  runInNewContext(bare, { describe: (_: string, body: () => void) => body(), test, expect: matchers });
  return failed;
}

describe('rendered tests', () => {
  it.skipIf(!hasPython)('in Python pass with the solution and fail with the starter', () => {
    const exercise = exerciseIn('python');
    expect(runUnittest(exercise, exercise.reference_solution)).toMatchObject({
      passes: true,
      said: expect.stringContaining('Ran 6 tests'),
    });
    expect(runUnittest(exercise, exercise.starter_code).passes).toBe(false);
  });

  it('in JavaScript pass with the solution and fail with the starter', () => {
    const { rendered_tests: rendered, reference_solution: solution, starter_code: starter } = exerciseIn('javascript');
    expect(rendered?.framework).toBe('jest');
    expect(runScript(rendered?.code ?? '', solution)).toEqual([]);
    expect(runScript(rendered?.code ?? '', starter)).toHaveLength(6);
  });

  it('are for Vitest with one line that is another', () => {
    const exercise = exerciseIn('typescript');
    const [jest, vitest] = (['jest', 'vitest'] as const).map((runner) =>
      renderedTests(exercise, 'ticketPrice', runner)?.code.split('\n'),
    );
    expect(jest?.[0]).toContain("from '@jest/globals'");
    expect(vitest?.[0]).toContain("from 'vitest'");
    expect(vitest?.slice(1)).toEqual(jest?.slice(1));
  });

  it("compare fractions as fractions, and import an error that is the solution's own", () => {
    const tests = [{ name: 'a', rule_id: 'R1', call: 'f(1)', expected_json: '0.1', raises: null, hidden: false }];
    const own = [{ name: 'b', rule_id: 'R1', call: 'f(2)', expected_json: null, raises: 'Oops', hidden: false }];
    const python = renderedTests(
      { tests: [...tests, ...own], reference_solution: 'class Oops(Exception):\n    pass\n', language: 'python' },
      'f',
    );
    expect(python?.code).toContain('self.assertAlmostEqual(f(1), 0.1)');
    expect(python?.code).toContain('    f,\n    Oops,\n');
    const script = renderedTests(
      { tests: [...tests, ...own], reference_solution: 'export class Oops extends Error {}', language: 'ts' },
      'f',
    );
    expect(script?.code).toContain('expect(f(1)).toBeCloseTo(0.1);');
    expect(script?.code).toContain("import { f, Oops } from './f';");
    expect(renderedTests({ tests, reference_solution: '', language: 'rust' }, 'f')).toBeNull();
  });

  it.skipIf(!hasPython)('hold any value there is as Python reads it', () => {
    const values = fc.sample(fc.jsonValue({ stringUnit: 'binary' }), { numRuns: 300, seed: 7 });
    const odd = [
      '\u2028"\\\'',
      '\u0000\u001b\u202e',
      '{"__proto__": [1e400, 12345678901234567890]}',
      '😀\u200b',
      '\ud800',
    ];
    const texts = [...values, ...odd].map((value) => JSON.stringify(value));
    const program = `import json\nvalues = [${texts.map(pythonLiteral).join(',\n')}]\ntexts = json.load(open(0, encoding="utf-8"))\nprint([i for i, t in enumerate(texts) if json.loads(t) != values[i]])\n`;
    const folder = mkdtempSync(join(tmpdir(), 'literals-'));
    try {
      writeFileSync(join(folder, 'literals.py'), program);
      const input = JSON.stringify(texts);
      expect(execFileSync('python3', ['literals.py'], { cwd: folder, input, encoding: 'utf8' }).trim()).toBe('[]');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('hold any value there is as JavaScript reads it', () => {
    const values = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(values, fc.string({ unit: 'binary', maxLength: 20 }), (value, name) => {
        const json = `{"__proto__": ${JSON.stringify(value)}, "value": ${JSON.stringify(value)}}`;
        const tests = [{ name, rule_id: 'R1', call: 'f()', expected_json: json, raises: null, hidden: false }];
        const rendered = renderedTests({ tests, reference_solution: '', language: 'javascript' }, 'f');
        const found: unknown[] = [];
        const seen = { describe: (_: string, body: () => void) => body(), f: () => 0 };
        const test = (title: string, body: () => void) => {
          expect(title).toBe(name);
          body();
        };
        const expected = () => ({ toEqual: (wanted: unknown) => found.push(wanted) });
        runInNewContext((rendered?.code ?? '').replace(/^import .*$/gm, ''), { ...seen, test, expect: expected });
        expect(JSON.stringify(found[0])).toBe(JSON.stringify(JSON.parse(json)));
      }),
      { numRuns: 200 },
    );
  });

  it('have names for files whatever a function is called', () => {
    expect(['max_of', 'maxOf', 'f', '_private', 'HTTPCode2x'].map(slugOf)).toEqual([
      'max-of',
      'max-of',
      'f',
      'private',
      'httpcode2x',
    ]);
  });
});

describe("an exercise in Exercism's layout", () => {
  it.each([
    ['python', 'ticket_price.py', 'ticket_price_test.py', '.meta/example.py'],
    ['javascript', 'ticket-price.js', 'ticket-price.spec.js', '.meta/proof.ci.js'],
    ['typescript', 'ticket-price.ts', 'ticket-price.test.ts', '.meta/proof.ci.ts'],
  ] as const)('in %s has its files where their tools look', (language, solution, test, example) => {
    const exercise = exerciseIn(language);
    const files = exercismFiles(exercise);
    expect([...files.keys()].sort()).toEqual(
      [
        '.docs/hints.md',
        '.docs/instructions.md',
        '.meta/config.json',
        '.meta/tests.json',
        example,
        solution,
        test,
      ].sort(),
    );
    expect(files.get(solution)).toBe(exercise.starter_code);
    expect(files.get(example)).toBe(exercise.reference_solution);
    expect(files.get('.docs/instructions.md')).toContain(exercise.statement_md);
    expect(JSON.parse(files.get('.meta/config.json') ?? '')).toMatchObject({
      files: { solution: [solution], test: [test], example: [example] },
    });
    expect(JSON.parse(files.get('.meta/tests.json') ?? '')).toEqual(exercise.tests);
  });

  it('in a language without rendered tests has them as data', () => {
    const exercise = { ...exerciseIn('python'), language: 'rust', rendered_tests: null };
    expect(JSON.parse(exercismFiles(exercise).get('.meta/config.json') ?? '')).toMatchObject({
      files: { test: ['.meta/tests.json'] },
    });
  });
});
