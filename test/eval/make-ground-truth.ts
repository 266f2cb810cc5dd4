// Writes src/eval/ground-truth.json: each exercise with its mutants, each mutant with the line that was changed and with what every test came to.
// It runs nothing but the exercises beside it. `node test/eval/make-ground-truth.ts`; needs python3.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { EXERCISES, type Exercise } from './exercises.ts';

type Language = 'python' | 'javascript';

/** One change of one line, as beginners make it. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  [/ <= /, ' < '],
  [/ < /, ' <= '],
  [/ > /, ' < '],
  [/ === /, ' !== '],
  [/ !== /, ' === '],
  [/ == /, ' != '],
  [/ != /, ' == '],
  [/ \+= /, ' -= '],
  [/ \*= /, ' += '],
  [/ \+ 1/, ''],
  [/ - 1/, ''],
  [/ \+ /, ' - '],
  [/% 2/, '% 3'],
  [/= 0(;?)$/, '= 1$1'],
  [/= 1(;?)$/, '= 0$1'],
  [/\b([Rr]eturn) (True|true)/, '$1 $2!'],
  [/\b([Rr]eturn) (False|false)/, '$1 $2!'],
  [/range\(2/, 'range(1'],
  [/\[0\]/, '[-1]'],
  [/"aeiou"/, '"aeio"'],
  [/return low/, 'return high'],
  [/return high/, 'return low'],
];
const OPPOSITE: Readonly<Record<string, string>> = {
  'True!': 'False',
  'False!': 'True',
  'true!': 'false',
  'false!': 'true',
};

interface Mutant {
  readonly line: number;
  readonly code: string;
}

function mutantsOf(code: string): readonly Mutant[] {
  const lines = code.split('\n');
  const made = new Map<string, Mutant>();
  for (const [index, line] of lines.entries()) {
    for (const [pattern, replacement] of CHANGES) {
      const changed = line
        .replace(pattern, replacement)
        .replace(/(?:[Tt]rue|[Ff]alse)!/, (word) => OPPOSITE[word] ?? word);
      const mutant = lines.with(index, changed).join('\n');
      if (changed !== line) made.set(mutant, { line: index + 1, code: mutant });
    }
  }
  return [...made.values()];
}

const nameIn = (code: string) => /(?:def|function) (\w+)/.exec(code)?.[1] ?? '';

/** By test: what came of it as JSON text, or what went wrong. */
type Outcomes = readonly ({ readonly value: string } | { readonly error: string })[];

function runJavaScript(code: string, { tests }: Exercise): Outcomes {
  return tests.map(({ args }) => {
    try {
      const context = createContext({});
      const call = `${code}\nJSON.stringify(${nameIn(code)}(...${JSON.stringify(args)})) ?? 'null'`;
      return { value: String(runInContext(call, context, { timeout: 300 })) };
    } catch (error) {
      return {
        error:
          error instanceof Error && !/timed out/.test(error.message)
            ? `${error.name}: ${error.message}`
            : 'it does not end',
      };
    }
  });
}

const RUNNER = `
import json, signal, sys
def late(*_): raise TimeoutError()
signal.signal(signal.SIGALRM, late)
out = []
for job in json.load(sys.stdin):
    told = []
    for args in job["args"]:
        space = {}
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            exec(job["code"], space)
            told.append({"value": json.dumps(space[job["name"]](*args))})
        except TimeoutError:
            told.append({"error": "it does not end"})
        except Exception as error:
            told.append({"error": type(error).__name__ + ": " + str(error)})
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    out.append(told)
json.dump(out, sys.stdout)
`;

function runPython(codes: readonly string[], { tests }: Exercise): readonly Outcomes[] {
  const jobs = codes.map((code) => ({ code, name: nameIn(code), args: tests.map(({ args }) => args) }));
  return JSON.parse(execFileSync('python3', ['-c', RUNNER], { input: JSON.stringify(jobs), encoding: 'utf8' }));
}

function runAll(language: Language, codes: readonly string[], exercise: Exercise): readonly Outcomes[] {
  return language === 'python' ? runPython(codes, exercise) : codes.map((code) => runJavaScript(code, exercise));
}

/** JSON text of equal values differs in spaces alone. */
const plain = (json: string) => JSON.stringify(JSON.parse(json));

function truthOf(exercise: Exercise, language: Language) {
  const solution = exercise[language];
  const mutants = mutantsOf(solution);
  const [ofSolution = [], ...ofMutants] = runAll(language, [solution, ...mutants.map(({ code }) => code)], exercise);
  const name = nameIn(solution);
  const results = (outcomes: Outcomes) =>
    exercise.tests.map(({ args, expected }, index) => {
      const call = `${name}(${args.map((each) => JSON.stringify(each)).join(', ')})`;
      const outcome = outcomes[index];
      const actual = outcome !== undefined && 'value' in outcome ? plain(outcome.value) : null;
      const isPassed = actual === plain(JSON.stringify(expected));
      return {
        name: `test_${index + 1}`,
        status: isPassed ? 'passed' : actual === null ? 'error' : 'failed',
        input: call,
        expected: JSON.stringify(expected),
        actual,
        message: outcome !== undefined && 'error' in outcome ? outcome.error : null,
      };
    });
  const right = results(ofSolution);
  if (right.some(({ status }) => status !== 'passed')) throw new Error(`${exercise.id} in ${language} is wrong`);
  return {
    solution,
    results: right,
    mutants: mutants
      .map((mutant, index) => ({ ...mutant, results: results(ofMutants[index] ?? []) }))
      // Who passes all is no student with a mistake.
      .filter((mutant) => mutant.results.some(({ status }) => status !== 'passed')),
  };
}

export function groundTruth(languages: readonly Language[]) {
  return EXERCISES.map((exercise) => ({
    id: exercise.id,
    concept: exercise.concept,
    statement: exercise.statement,
    languages: Object.fromEntries(languages.map((language) => [language, truthOf(exercise, language)])),
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../../src/eval/ground-truth.json', import.meta.url));
  writeFileSync(file, `${JSON.stringify(groundTruth(['python', 'javascript']), null, 1)}\n`);
}
