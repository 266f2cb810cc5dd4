// Exercises whose solutions are right, and students whose mistake is known: each mutant is one change of one line, with what every test came
// to when it was run. The file is made once, by running them; here nothing is run.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { JsonObject } from '../index.ts';
import type { Seeded } from './seeded.ts';

const testResult = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'error']),
  /** The call, as the program writes it. */
  input: z.string(),
  expected: z.string(),
  /** Null: it gave nothing back. */
  actual: z.string().nullable(),
  message: z.string().nullable(),
});

const program = z.object({
  solution: z.string(),
  results: z.array(testResult),
  mutants: z.array(z.object({ line: z.number(), code: z.string(), results: z.array(testResult) })),
});

const exercises = z.array(
  z.object({
    id: z.string(),
    concept: z.string(),
    statement: z.string(),
    languages: z.record(z.string(), program),
  }),
);

/** As the prompts take it: what there was none of is left out. */
export type TestResult = JsonObject & Pick<z.output<typeof testResult>, 'status'>;

/** A program that was handed in. */
export interface Submission {
  readonly id: string;
  readonly statement: string;
  readonly concept: string;
  readonly language: string;
  readonly solution: string;
  readonly code: string;
  /** The line that was changed, from 1; null: the program is right. */
  readonly line: number | null;
  readonly results: readonly TestResult[];
}

export type Drawn = Submission & { readonly caseId: string };

let read: readonly Submission[] | null = null;

/** All there are, right and wrong ones. */
export function submissions(): readonly Submission[] {
  if (read === null) {
    const text = readFileSync(new URL('./ground-truth.json', import.meta.url), 'utf8');
    read = exercises.parse(JSON.parse(text)).flatMap(({ id, statement, concept, languages }) =>
      Object.entries(languages).flatMap(([language, { solution, results, mutants }]) => {
        const shared = { statement, concept, language, solution };
        const right = { code: solution, line: null, results };
        return [right, ...mutants].map((each, at) => ({
          ...shared,
          ...each,
          id: `${id}/${language}/${at === 0 ? 'right' : at}`,
          results: each.results.map(told),
        }));
      }),
    );
  }
  return read;
}

function told({ actual, message, ...rest }: z.output<typeof testResult>): TestResult {
  return { ...rest, ...(actual !== null && { actual }), ...(message !== null && { message }) };
}

/** Wrong programs, and among them, one in so many, right ones: those show the false alarms. */
export function mixed(count: number, oneRightIn: number, chance: Seeded): readonly Drawn[] {
  const wrong = drawn(
    submissions().filter(({ line }) => line !== null),
    count,
    chance,
  );
  const right = drawn(
    submissions().filter(({ line }) => line === null),
    count,
    chance,
  );
  return wrong.map((submission, at) => (at % oneRightIn === oneRightIn - 1 ? (right[at] ?? submission) : submission));
}

/** As many as asked, in an order of the seed's; where there are fewer, they come again. */
export function drawn<Each extends { readonly id: string }>(
  from: readonly Each[],
  count: number,
  chance: Seeded,
): readonly (Each & { readonly caseId: string })[] {
  const order = chance.shuffled(from);
  return Array.from({ length: count }, (_, at) => {
    const each = order[at % order.length];
    if (each === undefined) throw new Error('There is nothing to draw from');
    const round = Math.floor(at / order.length);
    return { ...each, caseId: round === 0 ? each.id : `${each.id}#${round + 1}` };
  });
}
