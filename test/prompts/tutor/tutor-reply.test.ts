import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { localeVerdict } from '../../../src/prompts/checks/locale.ts';
import { markupIn } from '../../../src/prompts/checks/markup.ts';
import { questionsIn, wordsIn } from '../../../src/prompts/checks/text.ts';
import type { TutorReplyData, TutorReplyVariables, TutorReplyWritten } from '../../../src/prompts/documents.ts';
import { REPLY_WORDS } from '../../../src/prompts/tutor/reply-words.ts';
import { tutorReplyRules as rules } from '../../../src/prompts/tutor/tutor-reply.ts';
import { PromptAtHand } from './prompt-at-hand.ts';

const prompt = new PromptAtHand<TutorReplyVariables, TutorReplyWritten, TutorReplyData>('tutor_reply');
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

const student = (content: string) => ({ role: 'user', content });
const tutor = (content: string) => ({ role: 'assistant', content });

const SOLUTION = `def largest(numbers):
    best = numbers[0]
    for number in numbers[1:]:
        if number > best:
            best = number
    return best`;
const CODE =
  'def largest(numbers):\n    m = 0\n    for n in numbers:\n        if n > m:\n            m = n\n    return m\n';

const STUCK: JsonObject = {
  history: [student('I am stuck, it fails for negative numbers.')],
  language: 'python',
  exercise: { problem_statement: 'Return the largest number of a list.', concept_ids: ['exercism:python/loops'] },
  code: CODE,
  reference_solution: SOLUTION,
  test_results: [
    { name: 'positive', status: 'passed' },
    { name: 'negative', status: 'failed', input: '[-5, -2]', expected: '-2', actual: '0' },
  ],
};

const GOOD: TutorReplyWritten = {
  internal: { diagnosis: 'm starts at 0, so no negative number is larger', intent: 'hint' },
  message:
    'Your loop looks at every number, which is what it has to do. For `[-5, -2]` it gives back 0. Follow `m` on paper from its first value on: is any number of the list ever larger than it?',
  hint_level_used: 1,
  concept_ids: ['exercism:python/loops'],
  suggested_actions: [{ label: 'Run the tests', action: 'run_tests', concept_id: null }],
  escalate: 'none',
};

function asked(change: JsonObject = {}) {
  return prompt.asked({ ...STUCK, ...change }, rules);
}

function decided(change: Partial<TutorReplyWritten> = {}, given: JsonObject = {}) {
  return rules.decide(prompt.written.of({ ...GOOD, ...change }), asked(given));
}

function refusals(change: Partial<TutorReplyWritten>, given: JsonObject = {}): readonly string[] {
  return decided(change, given).faults.map(({ rule }) => rule);
}

describe('a reply', () => {
  it('that keeps to the rules is delivered as it was written, and says whether it asks', () => {
    const { faults, dropped, data } = decided();
    expect([faults, dropped]).toEqual([[], []]);
    const { internal, ...rest } = GOOD;
    expect(data).toEqual({ ...rest, intent: internal.intent, asks_question: true });
    expect(prompt.data.faultsIn(data)).toEqual([]);
  });

  it('has the solution pasted into no sandbox yet, so it is partly verified at best', () => {
    expect(rules.unrun).toEqual(['H1']);
  });

  it('H4: has at most 160 words and one question', () => {
    expect(refusals({ message: 'word '.repeat(161) })).toEqual(['H4']);
    const { faults } = decided({ message: 'Do you see `m`? What is its first value?' });
    expect(faults).toEqual([{ path: '/message', rule: 'H4', problem: 'asks 2 questions, at most one' }]);
  });

  it('H3: names nothing that is not there', () => {
    expect(refusals({ message: 'Look at `total_sum` once more, and at what it holds in the end.' })).toEqual(['H3']);
    expect(refusals({ message: 'Look at line 40 once more, and at what it holds in the end.' })).toEqual(['H3']);
  });

  it('H6: does not say again what it said in one of its last turns', () => {
    const history = [student('Help'), tutor(GOOD.message), student('I am stuck still')];
    expect(refusals({}, { history })).toEqual(['H6']);
    expect(refusals({ message: 'Write down the value of `m` before the loop, as a first step.' }, { history })).toEqual(
      [],
    );
  });

  it('F1: says of the tests what they showed', () => {
    expect(refusals({ message: 'Well done, all tests pass now. Go on to the next one.' })).toEqual(['F1']);
  });

  it('F1: may say that a test fails whose name another has that passes', () => {
    const test_results = ['failed', 'passed'].map((status) => ({ name: 'adds', status }));
    expect(refusals({ message: 'The test `adds` fails for now. What does it ask for?' }, { test_results })).toEqual([]);
    const [failed] = test_results;
    expect(
      refusals({ message: 'The test `adds` passes. What now?' }, { test_results: failed ? [failed] : [] }),
    ).toEqual(['F1']);
  });

  it('names only concepts that it was given: others are left out', () => {
    const { faults, data, dropped } = decided({
      concept_ids: ['exercism:python/loops', 'exercism:python/recursion'],
      suggested_actions: [{ label: 'Review', action: 'review_concept', concept_id: 'exercism:python/recursion' }],
    });
    expect(faults).toEqual([]);
    expect(data).toMatchObject({ concept_ids: ['exercism:python/loops'], suggested_actions: [] });
    expect(dropped.map(({ path, rule }) => [path, rule])).toEqual([
      ['/suggested_actions/0', 'actions'],
      ['/concept_ids/1', 'concepts'],
    ]);
  });

  it('tells how hard it reads to a beginner, and is delivered all the same', () => {
    const message =
      'Initialisation determines subsequent computational behaviour: considering exclusively negative collections, comparison against an inappropriate accumulator initialisation consequently eliminates every legitimate candidate, therefore reconsider alternative initialisation possibilities originating inside the collection itself.';
    const { faults, checks } = decided({ message });
    expect(faults).toEqual([]);
    expect(checks.find(({ id }) => id === 'reading')?.verdict).toBe('failed');
  });
});

describe('the move of the tutor', () => {
  const move = (text: string, given: JsonObject = {}) => asked({ ...given, history: [student(text)] }).derived.intent;
  const passing = { test_results: [{ name: 'all', status: 'passed' }] };

  it('is chosen by code, from what was said and how the tests went', () => {
    expect(move('I am stuck')).toBe('hint');
    expect(move('Ich komme nicht weiter.')).toBe('hint');
    expect(move('I am stuck', { code: null, test_results: [] })).toBe('diagnose');
    expect(move('What is a list?')).toBe('explain');
    expect(move('Here is my new version')).toBe('question');
    expect(move('Here is my new version', passing)).toBe('encourage');
    expect(move('Thanks, bye!')).toBe('end');
    expect(move('Give me the solution!')).toBe('hint');
    expect(asked({ history: [] }).derived.intent).toBe('greet');
  });

  it('may be less than that, and never more', () => {
    const history = [student('Here is my new version')];
    expect(refusals({}, { history })).toEqual(['intent']);
    for (const intent of ['question', 'diagnose', 'encourage', 'redirect'] as const)
      expect(refusals({ internal: { diagnosis: '', intent } }, { history })).toEqual([]);
  });

  it('takes the first test that does not pass as what to speak of', () => {
    expect(asked().derived).toMatchObject({ passed: 1, total: 2, failing: { name: 'negative', actual: '0' } });
  });
});

describe('how much a reply gives away', () => {
  const level = (given: JsonObject) => asked(given).derived.hint_level;

  it('is one rung more for who is stuck, up to what the policy allows', () => {
    expect(level({ hint_level_reached: 0 })).toBe(1);
    expect(level({ hint_level_reached: 1 })).toBe(2);
    expect(level({ hint_level_reached: 2 })).toBe(2);
    expect(level({ hint_level_reached: 2, policy: { max_hint_level: 4 } })).toBe(3);
    expect(level({ policy: { max_hint_level: 0 } })).toBe(0);
  });

  it('does not grow by begging', () => {
    const history = [student('Just give me the solution, please please')];
    expect(level({ history, hint_level_reached: 1, policy: { max_hint_level: 4 } })).toBe(1);
  });

  it('is refused when it is more than that', () => {
    const { faults } = decided({ hint_level_used: 2 });
    expect(faults).toEqual([
      { path: '/hint_level_used', rule: 'hint_level', problem: 'is 2, at most 1 now: give less away' },
    ]);
  });

  it('never passes the ceiling in any conversation, begged for or not', () => {
    const turns = fc.constantFrom('I am stuck', 'Give me the solution', 'Why?', 'New version', 'help', 'bye');
    fc.assert(
      fc.property(fc.array(turns, { maxLength: 8 }), fc.integer({ min: 0, max: 4 }), (texts, max_hint_level) => {
        const history: JsonObject[] = [];
        let hint_level_reached = 0;
        for (const text of texts) {
          history.push(student(text));
          const at = asked({ history, hint_level_reached, policy: { max_hint_level } });
          const { hint_level } = at.derived;
          expect(hint_level).toBeLessThanOrEqual(max_hint_level);
          expect(hint_level - hint_level_reached).toBeLessThanOrEqual(text === 'Why?' ? 2 : 1);
          hint_level_reached = Math.max(hint_level_reached, hint_level);
          history.push(tutor(rules.standIn?.(at).message ?? ''));
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the Socratic budget', () => {
  const asking = [
    student('Hm'),
    tutor('What does `m` hold at first?'),
    student('0'),
    tutor('Good! And then?'),
    student('?'),
  ];

  it('allows two turns that only ask; the third has to tell something', () => {
    expect(asked({ history: asking.slice(0, 3) }).derived.must_tell).toBe(false);
    expect(asked({ history: asking }).derived).toMatchObject({ must_tell: true, intent: 'explain' });
    const change = { internal: { diagnosis: '', intent: 'question' as const }, hint_level_used: 0 };
    expect(refusals({ ...change, message: 'Fine. What happens with `m` for -5?' }, { history: asking })).toEqual([
      'socratic_budget',
    ]);
    const told =
      'A start value of 0 is larger than every negative number, so nothing replaces it. Which start value would not be?';
    expect(refusals({ ...change, message: told }, { history: asking })).toEqual([]);
  });

  it('is the policy of the caller, and begins anew when something was told', () => {
    expect(asked({ history: asking, policy: { socratic_streak: 3 } }).derived.must_tell).toBe(false);
    expect(asked({ history: asking.slice(0, 1), policy: { socratic_streak: 0 } }).derived.must_tell).toBe(true);
    const told = [...asking, tutor('A list has a first item, which is at index 0 in Python, always.'), student('ok')];
    expect(asked({ history: told }).derived.must_tell).toBe(false);
  });
});

describe('the solution', () => {
  const open = { policy: { allow_code: true, max_hint_level: 4 }, hint_level_reached: 3 };

  it('is not given away, as it is or under other names', () => {
    const renamed = SOLUTION.replaceAll('best', 'top').replaceAll('number ', 'each ');
    for (const code of [SOLUTION, renamed]) {
      const found = refusals({ message: `Look:\n\n\`\`\`python\n${code}\n\`\`\``, hint_level_used: 3 }, open);
      expect(found).toContain('H2');
    }
  });

  it('is not written line by line, nor is a new line on the names of the student', () => {
    const history = [student('I am stuck')];
    for (const message of ['Write `return sorted(numbers)[-1]`.', 'You want `best = numbers[-1]` there.'])
      expect([message, refusals({ message }, { history })]).toEqual([message, expect.arrayContaining(['H2'])]);
    for (const message of ['What is `numbers[0]` for a list of one?', 'When is `numbers` empty?'])
      expect([message, refusals({ message }, { history }).includes('H2')]).toEqual([message, false]);
  });

  it('is not given away in pieces over several turns', () => {
    const [first = '', second = ''] = [SOLUTION.split('\n').slice(0, 2), SOLUTION.split('\n').slice(2)].map((lines) =>
      lines.map((line) => `\`${line.trim()}\``).join(' and then '),
    );
    const history = [student('I am stuck'), tutor(`Think of ${first}.`), student('I am stuck still')];
    expect(refusals({ message: `Now ${second}.` }, { history })).toContain('H2');
    const pieces = second.replace(/ (?=\w+[,:)]?`)/g, '` `');
    expect(refusals({ message: `Now ${pieces}.` }, { history })).toContain('H2');
  });

  it('that was given away before is no reason to refuse every answer from then on', () => {
    const history = [student('Hi'), tutor(`\`\`\`\n${SOLUTION}\n\`\`\``), student('I am stuck')];
    expect(refusals({}, { history })).toEqual([]);
  });

  it("is not what the student's own code shares with it", () => {
    expect(refusals({ message: GOOD.message }, { code: SOLUTION })).not.toContain('H2');
  });
});

describe('code in a reply', () => {
  const block = (lines: number) => `Like this:\n\n\`\`\`python\n${'print(1)\n'.repeat(lines)}\`\`\`\n\nNow yours.`;
  const open = { policy: { allow_code: true, max_hint_level: 4 }, hint_level_reached: 4 };

  it('is refused in blocks where it is not allowed, fenced or indented', () => {
    expect(refusals({ message: block(1) })).toEqual(['code']);
    expect(refusals({ message: 'Like this:\n\n    print(1)\n    print(2)\n\nNow yours.' })).toEqual(['code']);
  });

  it('has as many lines as its level allows', () => {
    expect(refusals({ message: block(1), hint_level_used: 1 }, open)).toEqual(['code']);
    expect(refusals({ message: block(1), hint_level_used: 2 }, open)).toEqual([]);
    expect(refusals({ message: block(8), hint_level_used: 3 }, open)).toEqual([]);
    expect(refusals({ message: block(9), hint_level_used: 3 }, open)).toEqual(['code']);
    expect(refusals({ message: block(4), hint_level_used: 4 }, open)).toEqual(['code']);
  });
});

describe('a student who may be in danger', () => {
  it('is answered with fixed words, whatever the model wrote, and somebody is called', () => {
    for (const text of ['I want to die.', 'ich will mich umbringen', 'quiero morir', 'je veux mourir', 'chcę umrzeć']) {
      const history = [student(text)];
      const { faults, data, dropped } = decided({ message: 'Cheer up? Ok? '.repeat(200) }, { history });
      expect(faults).toEqual([]);
      expect(data).toMatchObject({ message: REPLY_WORDS.en.danger, escalate: 'safety', suggested_actions: [] });
      expect(dropped).toMatchObject([{ path: '/message', rule: 'safety' }]);
      expect(rules.standIn?.(asked({ history }))).toEqual(data);
    }
    expect(decided({}, { history: [student('chcę umrzeć')], locale: 'pl' }).data.message).toBe(REPLY_WORDS.pl.danger);
  });

  it('is not who speaks of a program', () => {
    for (const text of [
      'How do I kill a process?',
      'My loop will not die',
      '`kill myself` is my function',
      'help: it dies',
    ])
      expect(asked({ history: [student(text)] }).derived.in_danger, text).toBe(false);
  });

  it('may be seen by the model where code sees nothing; and who asks for a person gets one', () => {
    expect(decided({ escalate: 'safety' }).data.escalate).toBe('safety');
    const history = [student('I am stuck, can I talk to a human?')];
    expect(decided({}, { history }).data.escalate).toBe('human');
    expect(decided({ escalate: 'safety' }, { history }).data.escalate).toBe('safety');
  });
});

/** A solution that is prose would be given away by any sentence. */
const anyVariables = () =>
  fc
    .tuple(prompt.variables.any(TEXTS), fc.constantFrom(null, '', CODE, SOLUTION, 'x => x * 2'))
    .map(([variables, reference_solution]) => ({ ...variables, reference_solution }));

const TEXTS = [
  'I am stuck',
  'What is it?',
  'give me the solution',
  'I want to die',
  'bye',
  '```\nx = 1\n```',
  '`m`',
  '-2',
  'positive',
  'A list has a first item.',
  '<img src=x>',
];

describe('without a model', () => {
  it('every reply is in its language, and asks nothing twice', () => {
    for (const [locale, words] of Object.entries(REPLY_WORDS)) {
      expect(localeVerdict(Object.values(words).join(' '), locale), locale).toBe('passed');
      for (const text of Object.values(words)) expect(questionsIn(text)).toBeLessThanOrEqual(1);
    }
  });

  it('a failing test is named with its values', () => {
    const data = rules.standIn?.(asked());
    expect(data).toMatchObject({ hint_level_used: 1, intent: 'hint' });
    expect(data?.message).toMatch(/`\[-5, -2\]`.*`0`.*`-2`/);
  });

  it('nothing is given away where nothing may be', () => {
    const data = rules.standIn?.(asked({ policy: { max_hint_level: 0 } }));
    expect(data).toMatchObject({ hint_level_used: 0 });
    expect(data?.message).not.toContain('-2');
  });

  it('the reply and the sample keep to all rules, whatever the caller gave', () => {
    fc.assert(
      fc.property(anyVariables(), (variables) => {
        const at = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const data = rules.standIn?.(at);
        expect(prompt.data.faultsIn(data)).toEqual([]);
        if (data === undefined) return;
        const { intent, asks_question: _, ...rest } = data;
        expect(rules.decide({ ...rest, internal: { diagnosis: '', intent } }, at)).toMatchObject({ faults: [], data });
        expect(markupIn(data.message, [])).toBeNull();
        expect(wordsIn(data.message)).toBeLessThanOrEqual(160);
        const sample = rules.sample(at);
        expect(prompt.written.faultsIn(sample)).toEqual([]);
        expect(rules.decide(sample, at).faults).toEqual([]);
        expect(sample.message).toMatch(/^Offline sample: no language model wrote this reply\./);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['with a failing test', {}],
    ['with nothing to go by', { code: null, test_results: [] }],
    ['in another language', { locale: 'de' }],
  ])('says something new in each turn while the vendors are away, %s', (_, given) => {
    const history: JsonObject[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      history.push(student(`I am stuck, turn ${turn}`));
      const at = asked({ ...given, history });
      const data = rules.standIn?.(at);
      if (data === undefined) throw new Error('nothing stands in');
      const { intent, asks_question: __, ...rest } = data;
      expect(rules.decide({ ...rest, internal: { diagnosis: '', intent } }, at).faults).toEqual([]);
      history.push(tutor(data.message));
    }
  });

  it('a conversation with the offline model goes on: its samples do not repeat themselves', () => {
    const history: JsonObject[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      history.push(student(`Turn ${turn}`));
      const at = asked({ history });
      const sample = rules.sample(at);
      expect(rules.decide(sample, at).faults).toEqual([]);
      history.push(tutor(sample.message));
    }
  });
});

describe('the rules of a reply', () => {
  it('decide on whatever a model writes, the same each time, and deliver only what the schema lets in', () => {
    fc.assert(
      fc.property(prompt.variables.any(TEXTS), prompt.written.any(TEXTS), (variables, written) => {
        const at = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const decision = rules.decide(written, at);
        expect(rules.decide(written, at)).toEqual(decision);
        expect(prompt.data.faultsIn(decision.data)).toEqual([]);
        if (at.derived.in_danger) expect(decision.data.escalate).toBe('safety');
        if (decision.faults.length === 0)
          expect(decision.data.hint_level_used).toBeLessThanOrEqual(at.variables.policy.max_hint_level);
        expect(new Set(decision.checks.map(({ id }) => id)).size).toBe(decision.checks.length);
      }),
      { numRuns: RUNS },
    );
  });
});
