// Whether hints that give the solution away are caught, and others let through: on hints written by hand (by the author of the rules, so the figures
// flatter them), and on real exercises whose solutions are leaked by a program in the ways of the catalogue.

import { describe, expect, it } from 'vitest';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../src/core/json.ts';
import { codeTokensOf } from '../../../src/prompts/checks/code-tokens.ts';
import { solutionShare } from '../../../src/prompts/checks/overlap.ts';
import { declaredNames } from '../../../src/prompts/tutor/hint-code.ts';
import { hasSharedData, sharedExercises } from '../../shared-data.ts';
import { PromptUnderTest, told } from './filled.ts';
import { type LabelledHint, TASKS, type Task } from './hint-corpus.ts';

const prompt = new PromptUnderTest('hint_generation');

/** On the rung that it was written for, whatever the student has earned. */
function faultsOf(input: JsonObject, level: number, hint: string, before: readonly string[] = []) {
  const { asked } = prompt.filled({ ...input, previous_hints: before });
  const derived = { ...asked.derived, level, most_words: [0, 60, 120, 160, 160][level] ?? 0 };
  const written = { internal: { diagnosis: '', target_quote: null }, hint, question: null, concept_ids: [] };
  return told(prompt.rules.decide(written, { ...asked, derived }));
}

function faultsIn({ input }: Task, { level, hint, before = [] }: LabelledHint): string[] {
  return faultsOf(input, level, hint, before);
}

const isLeak = (faults: readonly string[]) => faults.some((fault) => fault.startsWith('H2'));

describe('hints that were written by hand', () => {
  const all = TASKS.flatMap((task) => task.hints.map((hint) => ({ task, hint })));

  it.each(['verbatim', 'renamed', 'one-liner', 'pieces', 'two turns'] as const)(
    'H2, H4: a solution that is given away (%s) is refused',
    (kind) => {
      const leaks = all.filter(({ hint }) => hint.leak === kind);
      const missed = leaks.filter(({ task, hint }) => faultsIn(task, hint).length === 0);
      console.log(`hints with a leak (${kind}): ${leaks.length - missed.length} of ${leaks.length} refused`);
      expect(missed.map(({ task, hint }) => `${task.name}: ${hint.hint}`)).toEqual([]);
      expect(leaks.length).toBeGreaterThan(1);
    },
  );

  it('H2, H4: and one that gives nothing away is delivered, but for an example that is built as the solution is', () => {
    const clean = all.filter(({ hint }) => hint.leak === null);
    const alarms = clean.filter(({ task, hint }) => faultsIn(task, hint).length > 0);
    console.log(`hints without a leak: ${alarms.length} of ${clean.length} refused`);
    expect(alarms.map(({ task, hint }) => [task.name, hint.level])).toEqual([['total', 3]]);
  });

  it('H2: would be caught by likeness alone in fewer than half of the cases, so the names of the student count', () => {
    const leaks = all.filter(({ hint }) => hint.leak !== null);
    const alike = leaks.filter(({ task: { input }, hint }) => {
      const context = {
        solution: input.reference_solution ?? '',
        student: input.code,
        starter: '',
        statement: input.problem_statement,
      };
      return solutionShare([...(hint.before ?? []), hint.hint].join('\n'), context) >= 0.34;
    });
    console.log(`hints with a leak: ${alike.length} of ${leaks.length} by likeness alone`);
    expect(alike.length * 2).toBeLessThan(leaks.length);
  });
});

const MEAN =
  'def mean(values):\n    if not values:\n        return 0\n    total = 0\n    for value in values:\n        total += value\n' +
  '    return total / len(values)\n';
const signs = (text: string, change: (sign: string) => string) => text.replace(/[^\w\s]/g, change);
const CYRILLIC = new Map(Object.entries({ a: 'а', e: 'е', o: 'о' }));
const fullWidth = (text: string) =>
  [...text]
    .map((each) => (each > ' ' && each <= '~' ? String.fromCharCode(each.charCodeAt(0) + 0xfee0) : each))
    .join('');

/** As somebody hides code from a filter, and not from a reader. */
const DISGUISES: Readonly<Record<string, (code: string) => string>> = {
  'plain, as prose': (code) => code,
  'with its signs as references of HTML': (code) => signs(code, (sign) => `&#${sign.charCodeAt(0)};`),
  'with its signs as hexadecimal references': (code) => signs(code, (sign) => `&#x${sign.charCodeAt(0).toString(16)};`),
  'with its brackets as named references': (code) =>
    code.replaceAll('(', '&lpar;').replaceAll(')', '&rpar;').replaceAll('=', '&equals;'),
  'with its signs escaped': (code) => signs(code, (sign) => `\\${sign}`),
  'with each word bold': (code) => code.replace(/\w+/g, '**$&**'),
  'with each word set apart by underscores': (code) => code.replace(/\w+/g, '_$&_'),
  'in letters of full width': fullWidth,
  'with characters of no width about its signs': (code) => signs(code, (sign) => `\u200b${sign}\u200b`),
  'with characters of no width in its words': (code) => code.replace(/\w(?=\w)/g, '$&\u200b'),
  'with letters of Cyrillic': (code) => code.replace(/[aeo]/g, (letter) => CYRILLIC.get(letter) ?? letter),
  'with a dot for each space': (code) => code.replace(/\s+/g, ' . '),
  backwards: (code) => [...code].reverse().join(''),
  'in base64': (code) => Buffer.from(code).toString('base64'),
  'in base64, in lines': (code) => Buffer.from(code).toString('base64').replace(/.{30}/g, '$&\n'),
  'in hexadecimal': (code) => Buffer.from(code).toString('hex'),
};

describe('a solution in disguise', () => {
  const input = {
    language: 'python',
    problem_statement: 'Write mean(values): the mean of numbers, 0 for none.',
    code: 'def mean(values):\n    pass\n',
    reference_solution: MEAN,
  };

  it.each(Object.entries(DISGUISES))('H2: %s, is refused in a hint', (_, disguise) => {
    expect(isLeak(faultsOf(input, 1, `Write this:\n\n${disguise(MEAN)}`))).toBe(true);
  });

  it.each(Object.entries(DISGUISES))('H2: %s, is refused in a reply', (_, disguise) => {
    const reply = new PromptUnderTest('tutor_reply');
    const { language, problem_statement, code, reference_solution } = input;
    const { asked } = reply.filled({
      history: [{ role: 'user', content: 'How do I do it?' }],
      exercise: { problem_statement },
      language,
      code,
      reference_solution,
    });
    const written = {
      internal: { diagnosis: 'none', intent: asked.derived['intent'] },
      message: `Write this:\n\n${disguise(MEAN)}`,
      hint_level_used: 0,
      concept_ids: [],
      suggested_actions: [],
      escalate: 'none',
    };
    expect(isLeak(told(reply.rules.decide(written, asked)))).toBe(true);
  });

  it('H2: a text in base64 that stands in the task may be repeated', () => {
    const encoded = Buffer.from('a secret that has to be decoded, of 1234 letters').toString('base64');
    const given = { ...input, problem_statement: `Decode ${encoded} without a library.` };
    expect(faultsOf(given, 1, `What is the first letter of ${encoded}?`)).toEqual([]);
  });
});

const LANGUAGES = ['python', 'javascript'] as const;
const REAL = sharedExercises().flatMap((exercise) =>
  LANGUAGES.flatMap((language) => {
    const side = objectAt(exercise, language);
    const solution = firstText(objectAt(side ?? {}, 'example_solution'));
    const stub = firstText(objectAt(side ?? {}, 'stub'));
    const statement = (stringAt(exercise, 'description') ?? '').slice(0, 8000);
    const [test] = casesOf(exercise);
    const input = {
      language,
      problem_statement: statement,
      code: stub,
      reference_solution: solution,
      previous_hints: [],
      test_results: test === undefined ? null : [test],
    };
    return solution === '' ? [] : [{ name: `${stringAt(exercise, 'slug')} (${language})`, input, solution }];
  }),
);

function firstText(files: JsonObject | null): string {
  const [text] = Object.values(files ?? {});
  return typeof text === 'string' ? text : '';
}

function casesOf(exercise: JsonObject) {
  const nested = (entries: readonly unknown[]): JsonObject[] =>
    entries.flatMap((each) => (isObject(each) ? [each, ...nested(arrayAt(each, 'cases') ?? [])] : []));
  return nested(arrayAt(objectAt(exercise, 'canonical_data') ?? {}, 'cases') ?? []).flatMap((each) =>
    each['input'] === undefined
      ? []
      : [
          {
            name: stringAt(each, 'description') ?? 'a case',
            status: 'failed',
            input: JSON.stringify(each['input']).slice(0, 2000),
            expected: JSON.stringify(each['expected'] ?? null).slice(0, 2000),
            actual: 'null',
          },
        ],
  );
}

/** Each name that the solution gives itself is another. */
function renamed(solution: string): string {
  const names = new Map([...declaredNames(solution)].map((name, at) => [name, `name${at}`]));
  const tokens = codeTokensOf(solution, { isCode: true });
  let text = '';
  let at = 0;
  for (const token of tokens) {
    const start = solution.indexOf(token.text, at);
    text += solution.slice(at, start) + (token.kind === 'name' ? (names.get(token.text) ?? token.text) : token.text);
    at = start + token.text.length;
  }
  return text + solution.slice(at);
}

const fenced = (code: string) => `Write it like this:\n\n\`\`\`\n${code}\n\`\`\``;

describe.skipIf(!hasSharedData)('real exercises', () => {
  it('are there', () => {
    console.log(`solutions of real exercises: ${REAL.length}`);
    expect(REAL.length).toBeGreaterThan(50);
  });

  it.each([
    ['verbatim', fenced],
    ['verbatim, as prose', (code: string) => `Write it like this: ${code}`],
    ['renamed', (code: string) => fenced(renamed(code))],
    [
      'in inline pieces',
      (code: string) =>
        code
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => `then \`${line.trim().replaceAll('`', "'")}\``)
          .join(' '),
    ],
  ])('H2: a solution that is leaked %s is refused at each of the first three rungs', (_, leak) => {
    const missed = REAL.flatMap(({ name, input, solution }) =>
      [1, 2, 3]
        .filter((level) => !isLeak(faultsOf(input, level, leak(solution).slice(0, 3000))))
        .map((level) => `${name} ${level}`),
    );
    expect(missed).toEqual([]);
  });

  it('H2: a solution that is leaked over two turns is refused with its second half', () => {
    const missed = REAL.filter(({ input, solution }) => {
      const half = Math.floor(solution.length / 2);
      return !isLeak(
        faultsOf(input, 3, fenced(solution.slice(half)).slice(0, 3000), [
          fenced(solution.slice(0, half)).slice(0, 2000),
        ]),
      );
    });
    expect(missed.map(({ name }) => name)).toEqual([]);
  });

  it('the hint without a model is refused in none of them, and shows nothing of the solution', () => {
    const wrong = REAL.flatMap(({ name, input, solution }) => {
      const data = prompt.rules.standIn?.(prompt.filled(input).asked);
      const hint = stringAt(data ?? {}, 'hint') ?? '';
      const context = { solution, student: input.code, starter: '', statement: input.problem_statement };
      return [...faultsOf(input, 1, hint), ...(solutionShare(hint, context) > 0 ? ['shows some of it'] : [])].map(
        (each) => `${name}: ${each}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  it('what is sent for the first two rungs has no line of the solution that the student has not', () => {
    const wrong = REAL.flatMap(({ name, input, solution }) => {
      const { rendered } = prompt.filled(input);
      const sent = rendered.messages.map(({ content }) => content).join('\n');
      const before = `${input.code}\n${input.problem_statement}`;
      const lines = solution.split('\n').map((line) => line.trim());
      return lines
        .filter((line) => line.length > 12 && sent.includes(line) && !before.includes(line))
        .map((line) => `${name}: ${line}`);
    });
    expect(wrong).toEqual([]);
  });
});
