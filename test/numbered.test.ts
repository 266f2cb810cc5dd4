// Which numbers of the project's catalogue of faults (F), bad inputs (B), invariants (I) and attacks (S) this version promises, held to
// the names of the tests: a number whose last test goes, or is renamed, fails here. What is promised next is added to the lists.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = import.meta.dirname;

const FAULTS = [...numbers('F', 1, 46), ...numbers('F', 50, 51), 'F55', ...numbers('F', 57, 60), 'F63'];
const BAD_INPUTS = [
  ...numbers('B', 1, 14),
  ...numbers('B', 30, 31),
  'B35',
  ...numbers('B', 58, 60),
  ...numbers('B', 64, 66),
];
/** I7 is of idempotency keys, which this version does not have. */
const INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I8',
  'I8b',
  'I9',
  'I10',
  'I11',
  'I12',
  'I14',
  'I15',
  'I16',
  'I17',
  'I17b',
  'I18',
  'I19',
  'I20',
  'I21',
  'I22',
  'I23',
  'I26',
  'I28',
  'I29',
];
const ATTACKS = [
  ...numbers('S', 1, 7),
  ...numbers('S', 9, 16),
  ...numbers('S', 20, 27),
  'S30',
  'S34',
  'S36',
  ...numbers('S', 38, 39),
];

function numbers(letter: 'F' | 'B' | 'S', first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${letter}${String(first + index).padStart(2, '0')}`);
}

/** The numbers that names of tests begin with: `F26: frozen …`, `B06, B07, S14: a token …`. */
function namedIn(files: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (const file of files) {
    const code = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\/?\*).*$/gm, '');
    for (const [, list = ''] of code.matchAll(/['"`]((?:[FBIS]\d{1,2}b?, )*[FBIS]\d{1,2}b?): /g))
      for (const number of list.split(', ')) named.add(number);
  }
  return named;
}

const files = globSync('**/*.ts', { cwd: root }).filter((file) => file !== 'numbered.test.ts');
const missing = (promised: readonly string[], among: readonly string[]) => {
  const named = namedIn(among);
  return promised.filter((number) => !named.has(number));
};

describe('a test is named by', () => {
  it('every fault, where faults are tested', () => {
    expect(
      missing(
        FAULTS,
        // Tests that are run in part here and whole in the long runs stand beside both.
        files.filter((file) => /^faults[/\\].*\.ts$/.test(file) && !file.endsWith('.long.ts')),
      ),
    ).toEqual([]);
  });

  it('every bad input', () => {
    expect(
      missing(
        BAD_INPUTS,
        files.filter((file) => file.endsWith('.test.ts')),
      ),
    ).toEqual([]);
  });

  it('every attack', () => {
    expect(
      missing(
        ATTACKS,
        files.filter((file) => file.endsWith('.test.ts')),
      ),
    ).toEqual([]);
  });

  it('every invariant, in a file whose histories PROPERTY_RUNS counts and `test:long` runs', () => {
    const config = readFileSync(join(root, '..', 'vitest.config.ts'), 'utf8');
    const properties = files.filter((file) => {
      const isRunLong = /^properties[/\\]/.test(file) || config.includes(`'test/${file.replaceAll('\\', '/')}'`);
      return isRunLong && readFileSync(join(root, file), 'utf8').includes("process.env['PROPERTY_RUNS']");
    });
    expect(missing(INVARIANTS, properties)).toEqual([]);
  });

  it('numbers as this test reads them', () => {
    expect(numbers('B', 9, 11)).toEqual(['B09', 'B10', 'B11']);
    expect(missing(['F26', 'F99'], files)).toEqual(['F99']);
  });
});
