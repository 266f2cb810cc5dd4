// Exercises as a good model would write them, one for each language that is read. The tests break them in the ways of the catalogue of faults.

import type { ExerciseGenerationInput, ExerciseGenerationWritten } from '../../../src/prompts/documents.ts';

export interface GoodExercise {
  readonly input: ExerciseGenerationInput;
  readonly written: ExerciseGenerationWritten;
}

const PARTS = {
  internal: { plan: 'Prices that are reduced from a limit on.', misconception: 'The limit itself is taken for below.' },
  rules: [
    { id: 'R1', text: 'The price of all tickets is the price of one times their number.' },
    { id: 'R2', text: 'From ten tickets on, one in ten is free of charge.' },
    { id: 'R3', text: 'A number below zero is an error.' },
  ],
  title: 'Tickets for the match',
  hints: [
    { level: 1, text: 'Try it with nine tickets and with ten. Where do the two differ?' },
    { level: 2, text: 'Whole tens can be counted by a division that forgets the rest.' },
    { level: 3, text: 'First find how many tickets have to be paid. The price comes last.' },
  ],
  concepts: ['conditionals', 'numbers'],
  estimated_minutes: 10,
} as const;

const statement = (name: string, error: string) =>
  `Your chess club sells tickets. Write \`${name}\`, which is given how many tickets somebody takes and what one costs, and returns what they pay.\n\n- All tickets cost the same (R1).\n- From ten on, one in ten is free (R2).\n- Nobody takes fewer than none: that is a \`${error}\` (R3).\n\nFor example, \`${name}(3, 4)\` returns \`12\`, and \`${name}(10, 4)\` returns \`36\`.`;

const tests = (name: string, error: string) => [
  { name: 'three tickets', rule_id: 'R1', call: `${name}(3, 4)`, expected_json: '12', raises: null, hidden: false },
  { name: 'ten tickets', rule_id: 'R2', call: `${name}(10, 4)`, expected_json: '36', raises: null, hidden: false },
  { name: 'nine tickets', rule_id: 'R2', call: `${name}(9, 4)`, expected_json: '36', raises: null, hidden: true },
  {
    name: 'twenty-five tickets',
    rule_id: 'R2',
    call: `${name}(25, 2)`,
    expected_json: '46',
    raises: null,
    hidden: true,
  },
  { name: 'no tickets', rule_id: 'R1', call: `${name}(0, 4)`, expected_json: '0', raises: null, hidden: false },
  { name: 'fewer than none', rule_id: 'R3', call: `${name}(-1, 4)`, expected_json: null, raises: error, hidden: true },
];

const PYTHON: GoodExercise = {
  input: { language: 'python', concepts: ['conditionals', 'numbers'], interests: ['chess'] },
  written: {
    ...PARTS,
    statement_md: statement('ticket_price', 'ValueError'),
    function_signature: 'def ticket_price(count: int, price: int) -> int:',
    starter_code: 'def ticket_price(count: int, price: int) -> int:\n    pass\n',
    reference_solution:
      'def ticket_price(count: int, price: int) -> int:\n    if count < 0:\n        raise ValueError("fewer than none")\n    paid = count - count // 10\n    return paid * price\n',
    tests: tests('ticket_price', 'ValueError'),
  },
};

const JAVASCRIPT: GoodExercise = {
  input: { language: 'javascript', concepts: ['conditionals', 'numbers'] },
  written: {
    ...PARTS,
    statement_md: statement('ticketPrice', 'RangeError'),
    function_signature: 'export function ticketPrice(count, price)',
    starter_code: 'export function ticketPrice(count, price) {\n  // Your code comes here.\n}\n',
    reference_solution:
      "export function ticketPrice(count, price) {\n  if (count < 0) {\n    throw new RangeError('fewer than none');\n  }\n  const free = Math.floor(count / 10);\n  return (count - free) * price;\n}\n",
    tests: tests('ticketPrice', 'RangeError'),
  },
};

const TYPESCRIPT: GoodExercise = {
  input: { language: 'typescript', concepts: ['conditionals', 'numbers'] },
  written: {
    ...JAVASCRIPT.written,
    function_signature: 'export function ticketPrice(count: number, price: number): number',
    starter_code:
      "export function ticketPrice(count: number, price: number): number {\n  throw new Error('to be written');\n}\n",
    reference_solution:
      "export const ticketPrice = (count: number, price: number): number => {\n  if (count < 0) {\n    throw new RangeError('fewer than none');\n  }\n  return (count - Math.floor(count / 10)) * price;\n};\n",
  },
};

export const GOOD: Readonly<Record<'python' | 'javascript' | 'typescript', GoodExercise>> = {
  python: PYTHON,
  javascript: JAVASCRIPT,
  typescript: TYPESCRIPT,
};
