import { execFileSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { localeVerdict } from '../../../src/prompts/checks/locale.ts';
import { questionsIn, wordsIn } from '../../../src/prompts/checks/text.ts';
import type {
  OnboardingInterviewData,
  OnboardingInterviewVariables,
  OnboardingInterviewWritten,
} from '../../../src/prompts/documents.ts';
import { QUESTIONS } from '../../../src/prompts/tutor/interview-words.ts';
import { onboardingInterviewRules as rules } from '../../../src/prompts/tutor/onboarding-interview.ts';
import { EVERY_PROBE } from '../../../src/prompts/tutor/skill-level.ts';
import { PromptAtHand } from './prompt-at-hand.ts';

type Delta = OnboardingInterviewWritten['profile_delta'][number];

const prompt = new PromptAtHand<OnboardingInterviewVariables, OnboardingInterviewWritten, OnboardingInterviewData>(
  'onboarding_interview',
);
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

const said = (content: string) => ({ role: 'user', content });
const tutor = (content: string) => ({ role: 'assistant', content });

function delta(
  field: Delta['field'],
  value: string,
  [index, quote]: [number, string],
  more: Partial<Delta> = {},
): Delta {
  const evidence = { message_index: index, quote };
  return { field, value, number: null, level: null, evidence, confidence: 'high', ...more };
}

function written(deltas: readonly Delta[], more: Partial<OnboardingInterviewWritten> = {}): OnboardingInterviewWritten {
  return prompt.written.of({
    internal: { reading: 'the goal' },
    profile_delta: deltas,
    field_targeted: 'experience',
    next_question: 'Nice! Which programming languages have you used, and for how long?',
    quick_replies: ['None yet', 'A little Python'],
    ...more,
  });
}

const GOAL = [tutor('What would you like to build?'), said('I want to make small games. I play a lot of chess.')];
const GAMES = delta('goals', 'make small games', [1, 'I want to make small games']);

function decided(answer: OnboardingInterviewWritten, given: JsonObject = { history: GOAL, asked_fields: ['goals'] }) {
  return rules.decide(answer, prompt.asked(given, rules));
}

describe('a turn of the interview', () => {
  it('that keeps to the rules is delivered, with the merged profile and what to give back', () => {
    const answer = written([GAMES, delta('interests', 'chess', [1, 'I play a lot of chess'])]);
    const { faults, dropped, data } = decided(answer);
    expect([faults, dropped]).toEqual([[], []]);
    expect(data).toMatchObject({
      next_question: answer.next_question,
      field_targeted: 'experience',
      quick_replies: answer.quick_replies,
      done: false,
      turn: 1,
      asked_fields: ['goals', 'experience'],
      profile_delta: answer.profile_delta,
      contradictions: [],
    });
    expect(data.profile).toMatchObject({
      goals: [{ text: 'make small games', horizon_weeks: null }],
      interests: ['chess'],
      skill_level: null,
      minutes_per_week: null,
    });
    expect(data.profile.evidence.map(({ field, quote }) => [field, quote])).toEqual([
      ['goals', 'I want to make small games'],
      ['interests', 'I play a lot of chess'],
    ]);
    expect(prompt.data.faultsIn(data)).toEqual([]);
  });

  it('asks one question of at most 40 words', () => {
    const two = decided(written([GAMES], { next_question: 'Which languages do you know? And for how long?' }));
    expect(two.faults).toEqual([
      { path: '/next_question', rule: 'one_question', problem: 'asks 2 questions, at most one' },
    ]);
    const long = decided(written([GAMES], { next_question: `Which ${'very '.repeat(40)}languages do you know?` }));
    expect(long.faults.map(({ rule }) => rule)).toEqual(['length']);
  });

  it('asks nothing twice, whatever the model would like', () => {
    const again = decided(written([GAMES], { field_targeted: 'goals', next_question: 'What is your aim?' }));
    expect(again.faults[0]).toMatchObject({
      path: '/field_targeted',
      rule: 'open_fields',
      problem: expect.stringMatching(/^goals was asked before; ask about one of: experience, interests/),
    });
    const known = decided(
      written([GAMES, delta('interests', 'chess', [1, 'a lot of chess'])], { field_targeted: 'interests' }),
    );
    expect(known.faults[0]?.problem).toMatch(/^interests is known already/);
    const unwanted = decided(written([GAMES], { field_targeted: 'deadline' }));
    expect(unwanted.faults[0]?.problem).toMatch(/^deadline is not to be asked/);
    const repeated = decided(written([GAMES], { next_question: 'What would you like to build?' }));
    expect(repeated.faults.map(({ rule }) => rule)).toEqual(['H6']);
  });

  it('never asks for what a course must not know', () => {
    for (const next_question of [
      'And what is your religion, by the way?',
      'Are you married?',
      'How old are you?',
      'Was ist dein Geschlecht?',
      'Which party do you vote for?',
      'Woher kommst du?',
      'As-tu des enfants ?',
      'How much do you earn?',
    ])
      expect(
        decided(written([GAMES], { next_question })).faults.map(({ rule }) => rule),
        next_question,
      ).toEqual(['P2']);
    expect(
      decided(written([GAMES], { next_question: 'Which genre of games do you like, race games?' })).faults,
    ).toEqual([]);
  });

  it('remembers a question of ours in the history, also where the caller forgot to say that it was asked', () => {
    const history = [tutor(QUESTIONS.de.goals('')), said('Spiele bauen.')];
    expect(prompt.asked({ history }, rules).derived.open_fields).not.toContain('goals');
  });
});

describe('the end of the interview', () => {
  const full = { required_fields: ['goals', 'interests'], history: GOAL };

  it('comes with the last open field: a further question is left out', () => {
    const answer = written([GAMES, delta('interests', 'chess', [1, 'a lot of chess'])]);
    const { faults, dropped, data } = decided(answer, full);
    expect(faults).toEqual([]);
    expect(data).toMatchObject({ done: true, next_question: null, field_targeted: null, quick_replies: [] });
    expect(dropped).toEqual([{ path: '/next_question', rule: 'done', reason: 'the interview is over' }]);
  });

  it('does not come because a model says so', () => {
    const answer = written([GAMES], { next_question: null, field_targeted: null });
    expect(decided(answer, full).faults[0]?.problem).toMatch(/is null, and the interview is not over.*interests/);
  });

  it('comes with the last turn, and what was said in it still counts', () => {
    const history = [...GOAL, tutor('And now?'), said('I also like music.')];
    const { data, faults } = decided(written([delta('interests', 'music', [3, 'I also like music'])]), {
      history,
      max_turns: 2,
    });
    expect(faults).toEqual([]);
    expect(data.done).toBe(true);
    expect(data.profile.interests).toEqual(['music']);
  });

  it('comes within max_turns for any student, who answers or does not, whatever the model asks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.constantFrom('I like chess.', 'No idea.', 'Python, two years, intermediate', ''), {
          minLength: 20,
          maxLength: 20,
        }),
        (max_turns, answers) => {
          let state: JsonObject = { history: [], max_turns };
          const asked: string[] = [];
          for (const answer of answers) {
            const at = prompt.asked(state, rules);
            const { data, faults } = rules.decide(rules.sample(at), at);
            expect(faults).toEqual([]);
            if (data.next_question === null) {
              expect(data.done).toBe(true);
              return;
            }
            asked.push(data.field_targeted ?? '');
            expect(new Set(asked).size).toBe(asked.length);
            expect(asked.length).toBeLessThanOrEqual(max_turns);
            const history = [...at.variables.history, tutor(data.next_question), said(answer)];
            state = { history, max_turns, asked_fields: data.asked_fields, profile_so_far: data.profile };
          }
          throw new Error('it never ended');
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('P1: a value of the profile', () => {
  const cases: readonly [string, Delta][] = [
    ['that cites words which were not said', delta('interests', 'football', [1, 'I love football'])],
    ["that cites the tutor's words", delta('goals', 'build', [0, 'What would you like to build'])],
    ['that cites a message which there is not', delta('interests', 'chess', [7, 'I play a lot of chess'])],
    ['that has no word of what it cites', delta('interests', 'sailing', [1, 'I play a lot of chess'])],
    [
      'whose number nobody said',
      delta('minutes_per_week', 'small', [1, 'I want to make small games'], { number: 300 }),
    ],
  ];
  for (const [name, invented] of cases)
    it(`${name} is left out, and told`, () => {
      const { data, dropped, faults } = decided(written([GAMES, invented]));
      expect(faults).toEqual([]);
      expect(data.profile_delta).toEqual([GAMES]);
      expect(dropped).toHaveLength(1);
      expect(dropped[0]).toMatchObject({ path: expect.stringMatching(/^\/profile_delta\/1/), rule: 'P1' });
      expect(data.profile).toMatchObject({ interests: [], minutes_per_week: null });
    });

  it('loses a number that was not said, and stands without it', () => {
    const dated = { ...GAMES, number: 12 };
    const { data, dropped } = decided(written([dated]));
    expect(data.profile.goals).toEqual([{ text: 'make small games', horizon_weeks: null }]);
    expect(dropped[0]).toMatchObject({ path: '/profile_delta/0/number', rule: 'P1' });
  });

  it('may be in other forms than it was said in: numbers as words, endings, short names of languages', () => {
    const history = [
      tutor('Tell me.'),
      said('I did JS for two years and have three hours every week. On my MacBook. C++ a bit.'),
    ];
    const deltas = [
      delta('experience', 'JavaScript', [1, 'I did JS for two years'], { number: 2 }),
      delta('experience', 'C++', [1, 'C++ a bit'], { level: 'beginner' }),
      delta('minutes_per_week', '3 hours a week', [1, 'three hours every week'], { number: 180 }),
      delta('os', 'macOS', [1, 'On my MacBook']),
    ];
    const { data, dropped } = decided(written(deltas, { field_targeted: 'goals' }), { history });
    expect(dropped).toEqual([]);
    expect(data.profile).toMatchObject({
      experience: [
        { language: 'JavaScript', level: null, years: 2 },
        { language: 'C++', level: 'beginner', years: null },
      ],
      minutes_per_week: 180,
      environment: { os: 'macOS' },
    });
  });
});

describe('markup in the words of a student', () => {
  it('stands in a quotation and in no value of the profile', () => {
    const history = [
      tutor('Your goal?'),
      said('I want to know what <div> does. And <img src=x onerror=alert(1)> too.'),
    ];
    const deltas = [
      delta('goals', 'know what div does', [1, 'I want to know what <div> does']),
      delta('interests', '<img src=x onerror=alert(1)>', [1, '<img src=x onerror=alert(1)>']),
    ];
    const { data, dropped, faults } = decided(written(deltas), { history });
    expect(faults).toEqual([]);
    expect(data.profile).toMatchObject({ goals: [{ text: 'know what div does' }], interests: [] });
    expect(dropped).toMatchObject([{ path: '/profile_delta/1/value', rule: 'markup' }]);
  });
});

describe('P2: what a course must not go by', () => {
  it('is left out even if it was said, and stands in no part of the profile', () => {
    const history = [tutor('Tell me of yourself.'), said('I am a woman and I am Muslim. I want to make games.')];
    const deltas = [
      delta('motivation', 'I am a woman', [1, 'I am a woman']),
      delta('accommodations', 'Muslim', [1, 'I am Muslim']),
      delta('goals', 'make games', [1, 'I am Muslim. I want to make games']),
      delta('goals', 'make games', [1, 'I want to make games']),
    ];
    const { data, dropped, faults } = decided(written(deltas), { history });
    expect(faults).toEqual([]);
    expect(dropped.map(({ path, rule }) => [path, rule])).toEqual([
      ['/profile_delta/0', 'P2'],
      ['/profile_delta/1', 'P2'],
      ['/profile_delta/2', 'P2'],
    ]);
    expect(JSON.stringify(data.profile)).not.toMatch(/woman|muslim/i);
    expect(data.profile.goals).toEqual([{ text: 'make games', horizon_weeks: null }]);
  });
});

describe('P2: words cut out of a sentence that says it', () => {
  it('are left out, and what else it says is not', () => {
    const history = [tutor('Tell me of yourself.'), said('I vote for the Greens and like chess.')];
    const deltas = [
      delta('motivation', 'vote for the Greens', [1, 'vote for the Greens']),
      delta('interests', 'chess', [1, 'like chess']),
    ];
    const { data, dropped } = decided(written(deltas), { history });
    expect(dropped.map(({ path, rule }) => [path, rule])).toEqual([['/profile_delta/0', 'P2']]);
    expect(data.profile.interests).toEqual(['chess']);
  });
});

describe('a student who says otherwise later', () => {
  const history = [
    tutor('How much time?'),
    said('About 2 hours a week.'),
    tutor('And the goal?'),
    said('Games. Sorry, I have 5 hours a week.'),
  ];
  const two = delta('minutes_per_week', '2 hours a week', [1, '2 hours a week'], { number: 120 });
  const five = delta('minutes_per_week', '5 hours a week', [3, '5 hours a week'], { number: 300 });
  const following = (state: OnboardingInterviewData): JsonObject => ({ history, profile_so_far: state.profile });

  it('is taken at the newer word, and the contradiction is told', () => {
    const first = decided(written([two]), { history: history.slice(0, 2) }).data;
    const { data } = decided(written([five]), following(first));
    expect(data.profile.minutes_per_week).toBe(300);
    expect(data.contradictions).toEqual([{ field: 'minutes_per_week', before: '120', after: '300' }]);
    expect(data.profile.evidence).toHaveLength(1);
  });

  it('is taken at the newer word also when a model reads the older one again, or lists both in any order', () => {
    const newer = decided(written([five]), { history }).data;
    const again = decided(written([two]), following(newer));
    expect(again.data.profile.minutes_per_week).toBe(300);
    expect(again.dropped).toEqual([
      { path: '/profile_delta/0', rule: 'newest_wins', reason: 'was said otherwise later' },
    ]);
    const both = decided(written([five, two]), { history });
    expect(both.data.profile.minutes_per_week).toBe(300);
    expect(both.data.profile_delta).toEqual([five]);
    expect(both.data.contradictions).toHaveLength(1);
  });

  it('moves a concept from known to unsure', () => {
    const talk = [tutor('Loops?'), said('I know loops.'), tutor('Sure?'), said('No, loops confuse me.')];
    const first = decided(written([delta('concepts_known', 'loops', [1, 'I know loops'])]), {
      history: talk.slice(0, 2),
    });
    const { data } = decided(written([delta('concepts_unsure', 'loops', [3, 'loops confuse me'])]), {
      history: talk,
      profile_so_far: first.data.profile,
    });
    expect(data.profile).toMatchObject({ concepts_known: [], concepts_unsure: ['loops'] });
    expect(data.contradictions).toEqual([
      { field: 'concepts_unsure', before: 'concepts_known', after: 'concepts_unsure' },
    ]);
  });
});

describe('the level of a student', () => {
  const [probe] = EVERY_PROBE;
  const claims = 'Python for two years, I am intermediate';
  const experience = [{ language: 'Python 3', level: 'intermediate', years: 2 }];
  const open = (given: JsonObject) => prompt.asked(given, rules).derived;

  it('is probed by a program whose output is known, when they say that they are no beginners', () => {
    const { open_fields, probe_code } = open({ profile_so_far: { experience }, required_fields: ['skill_probe'] });
    expect([open_fields, probe_code]).toEqual([['skill_probe'], probe?.code]);
    const beginner = [{ language: 'Python', level: 'beginner', years: null }];
    expect(open({ profile_so_far: { experience: beginner } }).open_fields).not.toContain('skill_probe');
    const cobol = [{ language: 'COBOL', level: 'advanced', years: 30 }];
    expect(open({ profile_so_far: { experience: cobol } }).open_fields).not.toContain('skill_probe');
  });

  it('is probed by that very program: a model that changes it is told', () => {
    const given = { profile_so_far: { experience }, required_fields: ['skill_probe'], history: GOAL };
    const ask = (next_question: string) =>
      decided(written([], { field_targeted: 'skill_probe', next_question }), given);
    expect(ask('What does `print(1)` print?').faults[0]?.problem).toContain(probe?.code);
    expect(ask(`What does \`${probe?.code}\` print?`).faults).toEqual([]);
  });

  it('is one lower where the answer is wrong, whatever the model makes of it', () => {
    const level = (answer: string) => {
      const history = [tutor('Which?'), said(claims), tutor(`What does \`${probe?.code}\` print?`), said(answer)];
      const given = { history, profile_so_far: { experience }, required_fields: [] };
      return decided(written([]), given).data.profile.skill_level;
    };
    expect(level(`It prints ${probe?.prints}.`)).toBe('intermediate');
    expect(level('60')).toBe('beginner');
    expect(level(`${probe?.prints} or 60`)).toBe('beginner');
    expect(level('no idea')).toBe('beginner');
  });

  it('is unknown where nothing was said of it', () => {
    expect(decided(written([GAMES])).data.profile.skill_level).toBeNull();
  });

  it('is probed by programs that print what we say they do', () => {
    const printed = EVERY_PROBE.filter(({ code }) => code.includes('console')).map(({ code, prints }) => {
      const lines: string[] = [];
      runInNewContext(code, { console: { log: (value: unknown) => lines.push(String(value)) } });
      return [lines.join(), prints];
    });
    expect(printed.map(([output]) => output)).toEqual(printed.map(([, prints]) => prints));
  });

  it('is probed by Python programs that print it too', ({ skip }) => {
    const programs = EVERY_PROBE.filter(({ code }) => !code.includes('console'));
    const run = (code: string) => execFileSync('python3', ['-c', code], { encoding: 'utf8' });
    try {
      run('');
    } catch {
      skip('no python3 here');
    }
    for (const { code, prints } of programs) expect(new Set(run(code).match(/\d+/g))).toEqual(new Set([prints]));
  });
});

const TEXTS = [
  'I want to make games',
  'make games',
  'Python',
  'two years',
  '5 hours',
  'chess',
  '?',
  'I am a woman',
  'loops',
];

describe('without a model', () => {
  it('every question is one, of at most 40 words, in its language', () => {
    for (const [locale, questions] of Object.entries(QUESTIONS)) {
      const all = Object.values(questions).map((question) => question('print(1)'));
      for (const question of all) {
        expect(questionsIn(question), question).toBeLessThanOrEqual(1);
        expect(wordsIn(question), question).toBeLessThanOrEqual(40);
      }
      expect(localeVerdict(all.join(' '), locale), locale).toBe('passed');
    }
  });

  it('the next question and the sample keep to all rules, whatever the caller gave', () => {
    fc.assert(
      fc.property(prompt.variables.any(TEXTS), (variables) => {
        const asked = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const data = rules.standIn?.(asked);
        expect(prompt.data.faultsIn(data)).toEqual([]);
        const sample = rules.sample(asked);
        expect(prompt.written.faultsIn(sample)).toEqual([]);
        const { faults, dropped } = rules.decide(sample, asked);
        expect([faults, dropped]).toEqual([[], []]);
        if (sample.next_question !== null)
          expect(sample.next_question).toMatch(/^Offline sample: no language model wrote this question\./);
        const again = rules.decide({ ...sample, next_question: data?.next_question ?? null }, asked);
        expect(again.faults).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the rules of the interview', () => {
  it('decide on whatever a model writes, and keep no value that was not said', () => {
    fc.assert(
      fc.property(prompt.variables.any(TEXTS), prompt.written.any(TEXTS), (variables, answer) => {
        const asked = prompt.asked(JSON.parse(JSON.stringify(variables)), rules);
        const decision = rules.decide(answer, asked);
        expect(rules.decide(answer, asked)).toEqual(decision);
        if (decision.faults.length === 0) expect(prompt.data.faultsIn(decision.data)).toEqual([]);
        for (const { evidence } of decision.data.profile_delta)
          expect(variables.history[evidence.message_index]?.role).toBe('user');
        expect(decision.data.profile_delta.length).toBeLessThanOrEqual(answer.profile_delta.length);
        expect(new Set(decision.checks.map(({ id }) => id)).size).toBe(decision.checks.length);
      }),
      { numRuns: RUNS },
    );
  });
});
