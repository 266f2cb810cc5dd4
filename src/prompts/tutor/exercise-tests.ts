// What can be said of an exercise's tests without running them: each is one call of the function and one thing that comes of it, and no two
// of them, and no example of the statement, say different things of the same call.

import { isDeepStrictEqual } from 'node:util';
import type { ExerciseGenerationWritten } from '../documents.ts';
import type { RuleFault } from '../rules.ts';
import { bareCode, knownLanguage } from './bare-code.ts';
import { callOf, type Signature } from './signature.ts';

type Exercise = ExerciseGenerationWritten;
type Test = Exercise['tests'][number];

/** `signature` null: it could not be read, which is told elsewhere. */
export function testFaults(written: Exercise, language: string, signature: Signature | null): RuleFault[] {
  const { tests } = written;
  return [
    ...tests.flatMap((test, at) => [
      ...outcomeFaults(test, `/tests/${at}`, written, language),
      ...callFaults(test, `/tests/${at}`, language, signature),
    ]),
    ...referenceFaults(written),
    ...repeatedCalls(tests),
    ...wholeFaults(tests),
    ...exampleFaults(written, language, signature),
  ];
}

function outcomeFaults(test: Test, path: string, written: Exercise, language: string): RuleFault[] {
  const { expected_json: expected, raises } = test;
  if ((expected === null) === (raises === null))
    return [{ path, rule: 'X1', problem: 'has to have one of expected_json and raises, and null for the other' }];
  if (expected !== null && parsed(expected) === undefined)
    return [{ path: `${path}/expected_json`, rule: 'X1', problem: `is ${JSON.stringify(expected)}, which is no JSON` }];
  if (raises !== null && !isErrorClass(raises, written.reference_solution, language))
    return [
      {
        path: `${path}/raises`,
        rule: 'X1',
        problem: `${JSON.stringify(raises)} names no class of errors that there is`,
      },
    ];
  return [];
}

const SCRIPT_ERRORS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
]);
const PYTHON_ERROR = /^(?:[A-Z]\w*Error|[A-Z]\w*Exception|Exception|StopIteration|KeyboardInterrupt)$/;

function isErrorClass(name: string, solution: string, language: string): boolean {
  if (!/^[A-Za-z_][\w.]*$/.test(name)) return false;
  const known = knownLanguage(language);
  if (known === null) return true;
  if (name.includes('.')) return false;
  const own = bareCode(solution, language).matchAll(/^(?:export\s+)?class\s+(\w+)/gm);
  return (
    [...own].some(([, each]) => each === name) ||
    (known === 'python' ? PYTHON_ERROR.test(name) : SCRIPT_ERRORS.has(name))
  );
}

function callFaults(test: Test, path: string, language: string, signature: Signature | null): RuleFault[] {
  const at = `${path}/call`;
  if (/[\p{Cc}\u2028\u2029]/u.test(test.call)) return [{ path: at, rule: 'X8', problem: 'has to be one line' }];
  if (knownLanguage(language) === null || signature === null) return [];
  const call = callOf(test.call, language);
  if (call === null)
    return [{ path: at, rule: 'X8', problem: `has to be one call of ${signature.name} and nothing else` }];
  if (call.name !== signature.name)
    return [{ path: at, rule: 'X8', problem: `calls ${call.name}; the function is ${signature.name}` }];
  if (call.count >= signature.least && call.count <= signature.most) return [];
  return [
    {
      path: at,
      rule: 'X8',
      problem: `hands over ${call.count} arguments; ${signature.name} takes ${takes(signature)}`,
    },
  ];
}

export function takes({ least, most }: Signature): string {
  if (most === Number.POSITIVE_INFINITY) return `${least} or more`;
  return least === most ? `${least}` : `${least} to ${most}`;
}

/** Each test is of a rule that there is, and each rule has a test. */
function referenceFaults({ rules, tests }: Exercise): RuleFault[] {
  const ids = rules.map(({ id }) => id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  const tested = new Set(tests.map((test) => test.rule_id));
  return [
    ...twice.map((id) => ({ path: '/rules', rule: 'X8', problem: `has ${JSON.stringify(id)} twice` })),
    ...ids
      .filter((id) => !/^R\d{1,2}$/.test(id))
      .map((id) => ({ path: '/rules', rule: 'X8', problem: `${JSON.stringify(id)} is no id such as R1` })),
    ...tests.flatMap((test, at) =>
      ids.includes(test.rule_id)
        ? []
        : [
            {
              path: `/tests/${at}/rule_id`,
              rule: 'X8',
              problem: `${JSON.stringify(test.rule_id)} is none of the rules`,
            },
          ],
    ),
    ...ids
      .filter((id) => !tested.has(id))
      .map((id) => ({ path: '/tests', rule: 'X4', problem: `no test is of the rule ${JSON.stringify(id)}` })),
  ];
}

function repeatedCalls(tests: readonly Test[]): RuleFault[] {
  return tests.flatMap((test, at) => {
    const first = tests.findIndex((other) => squeezed(other.call) === squeezed(test.call));
    if (first === at) return [];
    const earlier = tests[first];
    const path = `/tests/${at}`;
    if (earlier === undefined || sameOutcome(earlier, test))
      return [{ path, rule: 'X4', problem: `has the same call as /tests/${first}` }];
    return [
      { path, rule: 'X7', problem: `expects ${told(test)} of ${test.call}, and /tests/${first} ${told(earlier)}` },
    ];
  });
}

function wholeFaults(tests: readonly Test[]): RuleFault[] {
  const [first, ...others] = tests;
  const hidden = tests.filter((test) => test.hidden).length;
  const faults: RuleFault[] = [];
  if (first !== undefined && others.every((other) => sameOutcome(first, other)))
    faults.push({
      path: '/tests',
      rule: 'X4',
      problem: `all expect ${told(first)}: a function that ignores its arguments would pass`,
    });
  if (hidden === 0 || tests.length - hidden < 2)
    faults.push({
      path: '/tests',
      rule: 'X4',
      problem: `${hidden} of ${tests.length} are hidden; at least one is, and at least two are not`,
    });
  return faults;
}

/** X7: examples in the statement, where they are written as it was asked for: the call and the value between backticks, or an arrow. */
function exampleFaults(written: Exercise, language: string, signature: Signature | null): RuleFault[] {
  if (signature === null) return [];
  return examplesIn(written.statement_md).flatMap(({ call, value }) => {
    const said = parsed(asJson(value));
    if (callOf(call, language)?.name !== signature.name || said === undefined) return [];
    const at = written.tests.findIndex((test) => squeezed(test.call) === squeezed(call));
    const test = written.tests[at];
    const outcome = test === undefined ? null : outcomeOf(test);
    if (test === undefined || outcome === null || isDeepStrictEqual(outcome, { value: said })) return [];
    return [
      {
        path: '/statement_md',
        rule: 'X7',
        problem: `says that ${call} gives ${value}, and /tests/${at} expects ${told(test)}`,
      },
    ];
  });
}

interface Example {
  readonly call: string;
  readonly value: string;
}

function examplesIn(statement: string): Example[] {
  const patterns = [/`([^`\n]+\))`[^`\n]{1,60}`([^`\n]+)`/g, /^>>>\s*(\S.*\))\s*\n(.+)$/gm];
  const written = patterns.flatMap((pattern) =>
    [...statement.matchAll(pattern)].map((match) => ({
      call: (match[1] ?? '').trim(),
      value: (match[2] ?? '').trim(),
    })),
  );
  return [...written, ...statement.split(/[`\n]/).flatMap(exampleIn)];
}

/** `f(1) -> 2`, with whatever stands for the arrow; in steps, as one pattern of it all is tried anew at each call. */
function exampleIn(piece: string): Example[] {
  const called = [...piece.matchAll(/[\p{L}\p{N}_$]+\(?/gu)].find(([word]) => word.endsWith('('));
  const example = piece.slice(called?.index ?? piece.length);
  const arrow = /\)\s*(?:->|→|=>|={2,3}|⇒|(?:#|\/\/)(?:\s*->)?)/.exec(example);
  if (arrow === null) return [];
  const value = example.slice(arrow.index + arrow[0].length).trim();
  return value === '' ? [] : [{ call: example.slice(0, arrow.index + 1), value }];
}

const JSON_WORDS: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['undefined', 'null'],
]);

/** Python's words and quotes are as good in a statement. */
function asJson(value: string): string {
  return value
    .replace(/[.,;]$/, '')
    .replace(
      /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|'((?:[^'\\]|\\[\s\S])*)(?:'|\\?$)|\w+/g,
      (found, single: string | undefined) =>
        single === undefined || !found.endsWith("'")
          ? (JSON_WORDS.get(found) ?? found)
          : JSON.stringify(single.replace(/\\'/g, "'")),
    );
}

/** Undefined: it is no JSON. */
function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return undefined;
  }
}

/** Null: it has none, or two, or what is no JSON, and that is told of the test itself. */
function outcomeOf({
  expected_json: expected,
  raises,
}: Test): { readonly value: unknown } | { readonly error: string } | null {
  if (expected === null) return raises === null ? null : { error: raises };
  const value = raises === null ? parsed(expected) : undefined;
  return value === undefined ? null : { value };
}

function sameOutcome(one: Test, other: Test): boolean {
  return isDeepStrictEqual(outcomeOf(one), outcomeOf(other));
}

function told(test: Test): string {
  return test.expected_json ?? `the error ${test.raises}`;
}

function squeezed(call: string): string {
  return call.replace(/\s+/g, '');
}
