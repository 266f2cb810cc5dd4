// Faults of hints and of turns of the tutor: a solution that is given away, in the ways of `leaks.ts`, and what is invented, too long, said
// before, or in another language.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import { hint, reply, type Submission, WRONG } from './asks.ts';
import { squeezed, textOf } from './documents.ts';
import type { FaultClass } from './fault-class.ts';
import { IN_LINE, IN_PROSE, LEAKS, type Leak, type MakeLeak, missingLines } from './leaks.ts';
import type { Ask } from './pipeline.ts';

/** What stands where the words of it stand; and what was said before. */
interface Talk {
  readonly area: 'hint' | 'reply';
  ask(submission: Submission, chance: Seeded, before: readonly string[], more?: JsonObject): Ask;
  says(written: JsonObject, text: string, more?: JsonObject): JsonObject;
}

const HINT: Talk = {
  area: 'hint',
  ask: (submission, chance, before, more = {}) => {
    if (before.length === 0) return hint(submission, 1 + chance.below(3), more);
    return hint(submission, 3, { previous_hints: before, ...more });
  },
  says: (written, text, more = {}) => ({ ...written, hint: text, ...more }),
};

const REPLY: Talk = {
  area: 'reply',
  ask: (submission, chance, before, more = {}) => {
    const begun = { role: 'user', content: 'I am stuck. What is wrong with my program?' };
    const turns = before.flatMap((content) => [
      { role: 'assistant', content },
      { role: 'user', content: 'I do not get it. I am still stuck.' },
    ]);
    const policy = { allow_code: chance.below(2) === 0 };
    return reply(submission, { history: [begun, ...turns], hint_level_reached: 1, policy, ...more });
  },
  says: (written, text, more = {}) => ({ ...written, message: text, ...more }),
};

/** Whose mistake is not only that two lines stand in another order. */
const LACKING = WRONG.filter((submission) => missingLines(submission).length > 0);

function leak(talk: Talk, name: string, make: MakeLeak, demand: FaultClass['demand'] = 'most'): FaultClass {
  return said(talk, name, 'H2, H4', (submission, chance) => make(submission, chance), demand);
}

interface Said extends Leak {
  readonly more?: JsonObject;
  readonly variables?: JsonObject;
}

function said(
  talk: Talk,
  name: string,
  rules: string,
  make: (submission: Submission, chance: Seeded) => Said,
  demand: FaultClass['demand'] = 'most',
): FaultClass {
  return {
    ...{ area: talk.area, name, rules, demand },
    plant(chance) {
      const drawn = chance.pick(LACKING);
      const { before, text, more, variables, submission = drawn } = make(drawn, chance);
      return {
        ...talk.ask(submission, chance, before, variables),
        spoil: (written) => talk.says(written, text, more),
        isIn: (data) => squeezed(textOf(data)).includes(squeezed(text)),
      };
    },
  };
}

const LONG = 'Look at what each name holds before the loop begins and once more when it has come to its end. ';
const GERMAN = [
  'Schau dir die Schleife noch einmal an und verfolge mit dem ersten Beispiel, welchen Wert die Variable nach jedem Schritt hat. Was fällt dir auf?',
  'Überlege, was am Anfang gilt und was am Ende gelten soll, und schreibe beides auf, bevor du etwas an deinem Programm änderst.',
];
const ENGLISH = [
  'Look at the loop once more and follow the first example through it by hand. Which value does the name have after each step?',
  'Think about what holds at the start and what should hold at the end, and write both down before you change anything.',
];
const BEFORE =
  'Follow the first failing test through your loop by hand, and write down what each name holds after every step.';

const plain = (text: string, more: Partial<Said> = {}): Said => ({ before: [], text, ...more });

function ofTalk(talk: Talk): readonly FaultClass[] {
  const isHint = talk.area === 'hint';
  return [
    ...Object.entries(LEAKS).map(([name, make]) => leak(talk, name, make)),
    leak(talk, 'the line that is missing, without backticks', IN_LINE, 'measured'),
    leak(talk, 'the mistake is told in words alone', IN_PROSE, 'measured'),
    said(talk, 'a name that stands nowhere', 'H3', (_, chance) =>
      plain(
        `Why does \`${chance.pick(['helper_list', 'tmpTotal', 'max_so_far', 'resultArray', 'myCounter'])}\` change there?`,
      ),
    ),
    said(talk, 'a line that there is not', 'H3', (_, chance) =>
      plain(`Look at line ${60 + chance.below(900)} once more.`),
    ),
    said(talk, 'a test that there is not', 'H3', (_, chance) =>
      plain(
        chance.pick([
          'The test test_negative_zero fails.',
          'Run `test_99` again.',
          'The test "handles no list" fails.',
        ]),
      ),
    ),
    said(talk, 'too long', 'H4', (_, chance) => plain(LONG.repeat(9 + chance.below(4)).trim())),
    said(talk, 'said before', 'H6', (_, chance) => ({
      before: [BEFORE],
      text: chance.pick([BEFORE, `${BEFORE} Try it.`, BEFORE.replace('every', 'each'), BEFORE.toUpperCase()]),
    })),
    said(talk, 'in another language', 'G1', (_, chance) => {
      const locale = chance.pick(['en', 'de', 'es', 'ja']);
      return plain(chance.pick(locale === 'en' ? GERMAN : ENGLISH), { variables: { locale } });
    }),
    said(talk, 'two questions', 'H4', () => ({
      ...plain('What does the loop do first? And what does it do last?'),
      ...(isHint && { variables: { hint_level: 1 } }),
    })),
  ];
}

/** What only a turn of the tutor can do wrong. */
const OF_REPLIES: readonly FaultClass[] = [
  said(REPLY, 'it says to give more away than it may', 'hint_level', (_, chance) =>
    plain('Think about the first step again.', { more: { hint_level_used: chance.pick([3, 4]) } }),
  ),
  said(REPLY, 'it contradicts the tests', 'F1', (_, chance) =>
    plain(
      chance.pick([
        'All tests pass now.',
        'Your program is correct.',
        'Your solution works perfectly.',
        'You solved it!',
      ]),
    ),
  ),
  said(REPLY, 'it only asks, again and again', 'socratic_budget', () => ({
    before: ['What does the loop do?', 'What did you expect there?'],
    text: 'And what comes out of it at the end?',
  })),
];

export const HINTS: readonly FaultClass[] = ofTalk(HINT);
export const REPLIES: readonly FaultClass[] = [...ofTalk(REPLY), ...OF_REPLIES];
