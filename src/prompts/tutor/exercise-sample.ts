// What is given in the place of an exercise where there is no vendor to ask: plainly a sample, and still a real exercise of a few lines that an
// exercise's rules accept. Its steps are drawn by number, so that whoever has had one is given another.

import type {
  ExerciseGenerationDerived,
  ExerciseGenerationVariables,
  ExerciseGenerationWritten,
} from '../documents.ts';
import type { Asked } from '../rules.ts';
import { knownLanguage } from './bare-code.ts';

type ExerciseAsked = Asked<ExerciseGenerationVariables, ExerciseGenerationDerived>;

const LABEL = 'Offline sample: no language model wrote this exercise.';

interface Step {
  readonly sign: '+' | '-' | '*';
  readonly by: number;
}

const FIRST: readonly Step[] = [
  { sign: '+', by: 3 },
  { sign: '*', by: 2 },
  { sign: '-', by: 1 },
];
const SAID = { '+': 'add', '-': 'take away', '*': 'multiply by' } as const;

export function exerciseSample(
  asked: ExerciseAsked,
  isAccepted: (written: ExerciseGenerationWritten) => boolean,
): ExerciseGenerationWritten {
  const first = machine(asked, FIRST);
  if (isAccepted(first)) return first;
  for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
    const other = machine(asked, stepsOf(asked.variables.avoid, draw));
    if (isAccepted(other)) return other;
  }
  return first;
}

const MOST_DRAWS = 20;

/** Of a number of what is to be avoided: other ones each time that something is added to it. */
function stepsOf(avoid: readonly string[], draw: number): readonly Step[] {
  let number = 0x811c9dc5;
  for (const sign of `${draw} ${avoid.join(' ')}`)
    number = Math.imul(number ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return [
    { sign: '+', by: 10 + (number % 90) },
    { sign: '*', by: 3 + (Math.floor(number / 90) % 7) },
    { sign: '-', by: 2 + (Math.floor(number / 630) % 97) },
  ];
}

function machine({ variables, derived }: ExerciseAsked, steps: readonly Step[]): ExerciseGenerationWritten {
  const { name, ...code } = programOf(variables.language, steps);
  const rules = [...steps.map(({ sign, by }) => `${SAID[sign]} ${by}`), 'what is below 0 by then comes out as 0'].map(
    (text, at) => ({ id: `R${at + 1}`, text }),
  );
  const inputs = [0, 1, 2, 5, 10, -4, -1, 7];
  return {
    internal: { plan: LABEL, misconception: LABEL },
    rules,
    title: 'Offline sample: the number machine',
    statement_md: statementOf(name, rules, steps),
    ...code,
    tests: inputs.map((input, at) => ({
      name: `the machine is given ${input}`,
      rule_id: rules[at % rules.length]?.id ?? 'R1',
      call: `${name}(${input})`,
      expected_json: String(outcome(input, steps)),
      raises: null,
      hidden: at >= 5,
    })),
    hints: [
      {
        level: 1,
        text: 'Write down what becomes of 1, one step after the other. Where does your function go another way?',
      },
      { level: 2, text: 'Each step works on what the step before it gave, and not on the number that came in.' },
      { level: 3, text: 'Write the first step alone, and run the tests. Then put the next one around it.' },
    ],
    concepts: variables.concepts,
    estimated_minutes: Math.min(5, derived.most_minutes),
  };
}

function statementOf(name: string, rules: ExerciseGenerationWritten['rules'], steps: readonly Step[]): string {
  const list = rules.map(({ text }, at) => `${at + 1}. ${text}`).join('\n');
  const example = `\`${name}(1)\` returns \`${outcome(1, steps)}\``;
  return `${LABEL}\n\nA machine takes a whole number and works on it, one step after the other:\n\n${list}\n\nWrite the function \`${name}\`, which is given the number and returns what comes out: ${example}.`;
}

function outcome(input: number, steps: readonly Step[]): number {
  const last = steps.reduce(
    (value, { sign, by }) => (sign === '+' ? value + by : sign === '-' ? value - by : value * by),
    input,
  );
  return Math.max(0, last);
}

function programOf(language: string, steps: readonly Step[]) {
  const work = steps.reduce((inner, { sign, by }) => `${sign === '*' ? `(${inner})` : inner} ${sign} ${by}`, 'number');
  switch (knownLanguage(language)) {
    case 'python':
      return {
        name: 'number_machine',
        function_signature: 'def number_machine(number):',
        starter_code: 'def number_machine(number):\n    pass\n',
        reference_solution: `def number_machine(number):\n    return max(0, ${work})\n`,
      };
    case 'javascript':
      return {
        name: 'numberMachine',
        function_signature: 'export function numberMachine(number)',
        starter_code: "export function numberMachine(number) {\n  throw new Error('Write this function.');\n}\n",
        reference_solution: `export function numberMachine(number) {\n  return Math.max(0, ${work});\n}\n`,
      };
    case 'typescript':
      return {
        name: 'numberMachine',
        function_signature: 'export function numberMachine(number: number): number',
        starter_code:
          "export function numberMachine(number: number): number {\n  throw new Error('Write this function.');\n}\n",
        reference_solution: `export function numberMachine(number: number): number {\n  return Math.max(0, ${work});\n}\n`,
      };
    default:
      return {
        name: 'number_machine',
        function_signature: 'number_machine(number)',
        starter_code: 'number_machine(number):\n    to be written\n',
        reference_solution: `number_machine(number):\n    return the greater of 0 and ${work}\n`,
      };
  }
}
