// Faults of exercises that can be seen without running them, and two that cannot: those stand here so that the figures say so.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import { exercise } from './asks.ts';
import { isRecord, listAt, squeezed, textAt, withValue } from './documents.ts';
import type { FaultClass } from './fault-class.ts';

type Draw = <Each>(...from: readonly Each[]) => Each;

interface Fault {
  readonly rules: string;
  readonly demand?: FaultClass['demand'];
  spoil(written: JsonObject, draw: Draw, ask: JsonObject): JsonObject;
  /** Left out: the fault is what differs from a clean exercise, in these parts of it. */
  isIn?(data: JsonObject, spoiled: JsonObject): boolean;
  readonly parts?: readonly string[];
}

function ofExercise(name: string, { rules, demand = 'most', spoil, isIn, parts = [] }: Fault): FaultClass {
  return {
    ...{ area: 'exercise', name, rules, demand },
    plant(chance) {
      const ask = exercise(chance);
      const draw = repeatable(chance);
      let spoiled: JsonObject = {};
      const isThere = (data: JsonObject) =>
        parts.every((part) => JSON.stringify(data[part]) === JSON.stringify(spoiled[part]));
      return {
        ...ask,
        spoil: (written) => {
          spoiled = spoil(written, draw, ask.variables);
          return spoiled;
        },
        isIn: (data) => (isIn === undefined ? isThere(data) : isIn(data, spoiled)),
      };
    },
  };
}

/** The same however often the model is asked. */
function repeatable(chance: Seeded): Draw {
  const draw = chance.random();
  return (...from) => {
    const picked = from[Math.floor(draw * from.length)];
    if (picked === undefined) throw new Error('There is nothing to draw from');
    return picked;
  };
}

const tests = (written: JsonObject) => listAt(written, 'tests').filter(isRecord);
const withTests = (written: JsonObject, change: (test: JsonObject, at: number) => JsonObject) =>
  withValue(written, ['tests'], tests(written).map(change));
const solutionOf = (written: JsonObject) => textAt(written, 'reference_solution');
const nameOf = (written: JsonObject) => /\w+(?=\()/.exec(textAt(written, 'function_signature'))?.[0] ?? '';
const bodyOf = (written: JsonObject) => solutionOf(written).split('\n')[1]?.trim() ?? '';
const isPython = (ask: JsonObject) => ask['language'] === 'python';

/** A line behind the first one of a function. */
const within = (code: string, line: string) => code.replace(/\n/, `\n    ${line}\n`);
const renamed = (code: string, to: string) => code.replace(/\bnumber\b/g, to);

export const EXERCISE: readonly FaultClass[] = [
  ofExercise('a test contradicts an example of the statement', {
    rules: 'X7',
    parts: ['tests', 'statement_md'],
    spoil: (written, draw) => {
      const shown = /\((\d+)\)` returns/.exec(textAt(written, 'statement_md'))?.[1] ?? '1';
      const wrong = draw('99', '-1', '"7"', 'true', '[7]');
      return withTests(written, (test) =>
        textAt(test, 'call') === `${nameOf(written)}(${shown})` ? { ...test, expected_json: wrong } : test,
      );
    },
  }),
  ofExercise('two tests contradict each other', {
    rules: 'X7',
    parts: ['tests'],
    spoil: (written, draw) => {
      const first = tests(written)[0] ?? {};
      const at = draw(2, 3, 4, 5);
      return withTests(written, (test, index) =>
        index === at ? { ...test, call: textAt(first, 'call'), expected_json: '41' } : test,
      );
    },
  }),
  ofExercise('tests that any program passes', {
    rules: 'X4',
    parts: ['tests'],
    spoil: (written, draw) => {
      const kind = draw('alike', 'repeated', 'untested', 'hidden', 'shown');
      const [first = {}] = tests(written);
      return withTests(written, (test, index) => {
        if (kind === 'alike') return { ...test, expected_json: '0' };
        if (kind === 'repeated') return index > 2 ? { ...first, hidden: test['hidden'] ?? false } : test;
        if (kind === 'untested') return { ...test, rule_id: 'R1' };
        return { ...test, hidden: kind === 'hidden' };
      });
    },
  }),
  ofExercise('an expected value that is no value', {
    rules: 'X1',
    parts: ['tests'],
    spoil: (written, draw) => {
      const expected_json = draw('seven', "'7'", 'None', '[1, 2', 'number_machine(1)');
      return withTests(written, (test, index) => (index === 1 ? { ...test, expected_json } : test));
    },
  }),
  ofExercise('a wrong expected value that no example shows', {
    rules: 'X1: needs a runner',
    demand: 'measured',
    parts: ['tests'],
    spoil: (written) => withTests(written, (test, index) => (index === 7 ? { ...test, expected_json: '20' } : test)),
  }),
  ofExercise('a solution that does something else', {
    rules: 'X1: needs a runner',
    demand: 'measured',
    parts: ['reference_solution'],
    spoil: (written) => withValue(written, ['reference_solution'], solutionOf(written).replace(/- 1\b/, '- 2')),
  }),
  ofExercise('the starter is the solution', {
    rules: 'X2',
    isIn: (data) => squeezed(textAt(data, 'starter_code')).includes(squeezed(bodyOf(data)).slice(0, 25)),
    spoil: (written, draw, ask) => {
      const solution = solutionOf(written);
      const note = isPython(ask) ? '# write it\n' : '// write it\n';
      const start = draw(solution, `${note}${solution}`, solution.replace(/\n/g, '\n\n'), renamed(solution, 'n'));
      return withValue(written, ['starter_code'], start);
    },
  }),
  ofExercise('the concept that was asked for is not named', {
    rules: 'X6',
    parts: ['concepts'],
    spoil: (written, draw) => withValue(written, ['concepts'], [draw('recursion', 'classes', 'sorting')]),
  }),
  untraced(),
  ofExercise('the statement shows the solution', {
    rules: 'X9',
    parts: ['statement_md'],
    spoil: (written, draw) => {
      const line = bodyOf(written);
      const shown = draw(
        `\`${line}\``,
        `\n\`\`\`\n${solutionOf(written)}\`\`\``,
        `\`${renamed(line, 'given')}\``,
        line,
      );
      return withValue(written, ['statement_md'], `${textAt(written, 'statement_md')} It can be written as ${shown}`);
    },
  }),
  ofExercise('an early hint shows the solution', {
    rules: 'X9',
    parts: ['hints'],
    spoil: (written, draw) =>
      withValue(
        written,
        ['hints', draw(0, 1), 'text'],
        `Write \`${draw(bodyOf(written), renamed(bodyOf(written), 'it'))}\`.`,
      ),
  }),
  ofExercise('it reaches for the network, files or processes', {
    rules: 'X11',
    isIn: (data, spoiled) => ['reference_solution', 'starter_code'].every((part) => data[part] === spoiled[part]),
    spoil: (written, draw, ask) => {
      const line = isPython(ask)
        ? draw(
            'import requests',
            'import urllib.request',
            'from socket import socket',
            'import os',
            'open("a")',
            '__import__("os")',
          )
        : draw(
            'fetch("http://e.example")',
            'new WebSocket("ws://e")',
            'process.exit(1)',
            'await import("node:fs")',
            'eval("1")',
          );
      const part = draw('reference_solution', 'starter_code');
      return withValue(written, [part], within(textAt(written, part), line));
    },
  }),
  ofExercise('its parts call the function differently', {
    rules: 'X8',
    parts: ['tests', 'starter_code', 'reference_solution', 'function_signature', 'statement_md'],
    spoil: (written, draw) => {
      const name = nameOf(written);
      const other = (text: string) => text.replaceAll(name, `${name}2`);
      const one = (part: string) => withValue(written, [part], other(textAt(written, part)));
      const kind = draw('starter', 'solution', 'statement', 'test', 'arguments', 'signature');
      if (kind === 'starter') return one('starter_code');
      if (kind === 'solution') return one('reference_solution');
      if (kind === 'statement') return one('statement_md');
      if (kind === 'signature') return one('function_signature');
      const call = kind === 'test' ? `${name}2(3)` : `${name}(3, 4)`;
      return withTests(written, (test, index) => (index === 3 ? { ...test, call } : test));
    },
  }),
  duplicate(),
];

/** It names the concept, and its solution has nothing of it: no reason to refuse, since concepts are seen by patterns alone. */
function untraced(): FaultClass {
  return {
    ...{ area: 'exercise', name: 'its solution does without the concept', rules: 'X6', demand: 'most' },
    plant(chance) {
      const { prompt, variables } = exercise(chance);
      return {
        ...{
          prompt,
          variables: { ...variables, concepts: [chance.pick(['loops', 'recursion', 'dictionaries', 'lists'])] },
        },
        spoil: (written) => written,
        isIn: () => true,
        isTold: ({ checks }) => checks.some(({ id, verdict }) => id === 'X6' && verdict === 'failed'),
      };
    },
  };
}

/** The exercise that the student has had, in other words and with other names. */
function duplicate(): FaultClass {
  return {
    ...{ area: 'exercise', name: 'it is one that the student has had, renamed', rules: 'X10', demand: 'most' },
    async plant(chance, clean) {
      const had = exercise(chance);
      const before = await clean(had);
      const fingerprint = textAt(before, 'fingerprint');
      const program = renamed(textAt(before, 'reference_solution'), 'value');
      return {
        ...{ prompt: had.prompt, variables: { ...had.variables, avoid: [fingerprint] } },
        spoil: (written) => {
          const { tests: _, hints: __, ...parts } = before;
          const same = Object.fromEntries(Object.entries(parts).filter(([part]) => part in written));
          return { ...written, ...same, tests: before['tests'] ?? null, reference_solution: program };
        },
        isIn: (data) => textAt(data, 'reference_solution') === program,
      };
    },
  };
}
