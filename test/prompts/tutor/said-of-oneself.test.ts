// What a student denies or says of somebody else is none of theirs, and a level that they did not give themselves is none. The statements were
// written by the author of the rules, so the figures flatter them.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { OnboardingInterviewWritten } from '../../../src/prompts/documents.ts';
import { PromptUnderTest } from './filled.ts';

type Delta = OnboardingInterviewWritten['profile_delta'][number];
type Case = readonly [field: Delta['field'], value: string, message: string, number?: number];

const prompt = new PromptUnderTest('onboarding_interview');

function read(message: string, delta: JsonObject, locale = 'en') {
  const history = [
    { role: 'assistant', content: 'Tell me about you.' },
    { role: 'user', content: message },
  ];
  const written = {
    internal: { reading: '' },
    profile_delta: [{ number: null, level: null, confidence: 'high', ...delta }],
    field_targeted: 'goals',
    next_question: 'What would you like to build?',
    quick_replies: [],
  };
  return prompt.decided({ history, locale }, written);
}

/** By the value itself, and by all of the sentence that it stands in. */
function keptBy([field, value, message, number]: Case, quote: string): boolean {
  const { dropped } = read(message, {
    field,
    value,
    number: number ?? null,
    evidence: { message_index: 1, quote },
  });
  return !dropped.some(({ path }) => path === '/profile_delta/0');
}

const FALSE: readonly Case[] = [
  ['experience', 'Python', 'I do not know Python at all.'],
  ['experience', 'Java', 'I never used Java.'],
  ['experience', 'Go', 'I have never used Java, Rust or Go.'],
  ['experience', 'Rust', 'My friend has 10 years of Rust and is advanced.'],
  ['experience', 'Rust', 'I think my brother knows Rust.'],
  ['experience', 'Rust', 'A friend of mine knows Rust.'],
  ['experience', 'Kotlin', 'My older brother writes Kotlin.'],
  ['experience', 'Kotlin', 'He writes Kotlin at work.'],
  ['experience', 'Ruby', "I know Python but I haven't tried Ruby."],
  ['experience', 'Java', 'Java, which I never used.'],
  ['experience', 'Java', 'Java? No.'],
  ['experience', 'C++', 'I have no experience with C++.'],
  ['interests', 'chess', 'I hate chess.'],
  ['interests', 'football', "I don't like football or tennis."],
  ['interests', 'chess', 'I like music, not chess.'],
  ['interests', 'chess', 'My sister loves chess.'],
  ['minutes_per_week', '300 minutes', 'I cannot spend 300 minutes a week.', 300],
  ['goals', 'make games', 'I do not want to make games.'],
  ['goals', 'make games', 'My friend wants to make games.'],
  ['concepts_known', 'loops', "I don't understand loops."],
  ['os', 'Windows', 'I never use Windows.'],
  ['experience', 'Python', 'Python kann ich nicht.'],
  ['experience', 'Java', 'Ich habe noch nie mit Java gearbeitet.'],
  ['experience', 'Java', 'Ich habe keine Erfahrung mit Java.'],
  ['experience', 'Rust', 'Mein Freund kann Rust.'],
  ['interests', 'Schach', 'Ich mag Schach nicht.'],
  ['goals', 'Spiele bauen', 'Ich will keine Spiele bauen.'],
  ['experience', 'Python', 'No conozco Python.'],
  ['experience', 'Java', 'Nunca he usado Java.'],
  ['experience', 'Rust', 'Mi hermano sabe Rust.'],
  ['interests', 'ajedrez', 'Odio el ajedrez.'],
  ['experience', 'Python', 'Je ne connais pas Python.'],
  ['experience', 'Java', "Je n'ai jamais utilisé Java."],
  ['experience', 'Rust', 'Mon frère connaît Rust.'],
  ['interests', 'échecs', 'Je déteste les échecs.'],
  ['experience', 'Python', 'Nie znam języka Python.'],
  ['experience', 'Java', 'Nigdy nie używałem Java.'],
  ['experience', 'Rust', 'Mój brat zna Rust.'],
  ['interests', 'szachy', 'Nie lubię grać w szachy.'],
];

const TRUE: readonly Case[] = [
  ['experience', 'Python', 'I know Python, but I never used Java.'],
  ['experience', 'Python', 'I never used Java, I know Python.'],
  ['experience', 'Python', 'I know Python and not Java.'],
  ['experience', 'Python', 'I have not only used Python at school.'],
  ['experience', 'Python', 'No, I only know Python.'],
  ['experience', 'Python', 'I know nothing but Python.'],
  ['experience', 'Python', 'I am not an expert in Python.'],
  ['experience', 'Python', 'My teacher taught me Python.'],
  ['experience', 'Python', 'I learned Python with my friend.'],
  ['experience', 'never programmed', 'I have never programmed.'],
  ['experience', 'Scratch', 'I have never programmed, only a little Scratch.'],
  ['experience', 'Scratch', 'Ich habe nie programmiert, nur ein bisschen Scratch.'],
  ['experience', 'Scratch', 'Nunca he programado, solo un poco de Scratch.'],
  ['experience', 'Scratch', "Je n'ai jamais programmé, seulement un peu de Scratch."],
  ['experience', 'Scratch', 'Nigdy nie programowałem, tylko trochę Scratch.'],
  ['experience', 'Python', "My Python isn't very good."],
  ['experience', 'Python', 'I am a teacher and use Python.'],
  ['experience', 'Python', 'I help my brother with Python.'],
  ['interests', 'music', 'Nothing special, music at times.'],
  ['interests', 'music', 'I like music, not chess.'],
  ['interests', 'chess', 'My brother and I play chess.'],
  ['interests', 'chess', 'I cannot stop playing chess.'],
  ['interests', 'chess', 'I do not know Java. I play chess.'],
  ['minutes_per_week', '2 hours a week', 'I do not have much time, 2 hours a week.', 120],
  ['minutes_per_week', '3 hours a week', 'No more than 3 hours a week.', 180],
  ['goals', 'make games', 'I have never programmed and I want to make games.'],
  ['goals', 'game for my daughter', 'I want to make a game for my daughter.'],
  ['goals', 'not be afraid of code', 'I want to not be afraid of code.'],
  ['concepts_unsure', 'loops', "I don't understand loops."],
  ['concepts_known', 'loops', 'I have no trouble with loops.'],
  ['concepts_known', 'loops', 'I never look up loops.'],
  ['motivation', 'do not like my job', 'Because I do not like my job.'],
  ['motivation', 'my boss wants it', 'Because my boss wants it.'],
  ['os', 'Windows', 'I use Windows, not Linux.'],
  ['experience', 'Python', 'Ich kann Python, aber kein Java.'],
  ['experience', 'Python', 'Ich habe nicht nur Python benutzt.'],
  ['interests', 'Schach', 'Ich spiele Schach mit meinem Bruder.'],
  ['goals', 'Spiele bauen', 'Ich habe nie programmiert, ich will Spiele bauen.'],
  ['experience', 'Python', 'No sé Java, pero conozco Python.'],
  ['goals', 'hacer juegos', 'No sé programar, quiero hacer juegos.'],
  ['interests', 'ajedrez', 'Juego al ajedrez con mi hermano.'],
  ['experience', 'Python', 'Je ne connais que Python.'],
  ['experience', 'Python', 'Je connais Python mais pas Java.'],
  ['interests', 'échecs', 'Je joue aux échecs avec mon frère.'],
  ['experience', 'Python', 'Znam Python, ale nie Java.'],
  ['goals', 'robić gry', 'Nigdy nie programowałem, chcę robić gry.'],
  ['interests', 'szachy', 'Gram w szachy z bratem.'],
];

const quotesOf = ([, value, message]: Case): readonly string[] => [
  message.toLowerCase().includes(value.toLowerCase()) ? value : message,
  message.split(/(?<=[.?]) /).find((sentence) => sentence.toLowerCase().includes(value.toLowerCase())) ?? message,
];

describe('P1: what a student says', () => {
  it.each(FALSE.map((given) => ({ said: `${given[1]}: ${given[2]}`, given })))(
    'is left out where it is denied or of somebody else: $said',
    ({ given }) => {
      const kept = quotesOf(given).filter((quote) => keptBy(given, quote));
      expect(kept).toEqual([]);
    },
  );

  it.each(TRUE.map((given) => ({ said: `${given[1]}: ${given[2]}`, given })))(
    'is kept where it is said: $said',
    ({ given }) => {
      const lost = quotesOf(given).filter((quote) => !keptBy(given, quote));
      expect(lost).toEqual([]);
    },
  );

  it('is told with its reason', () => {
    const evidence = { message_index: 1, quote: 'chess' };
    expect(read('I hate chess.', { field: 'interests', value: 'chess', evidence }).dropped).toEqual([
      { path: '/profile_delta/0', rule: 'P1', reason: 'is denied in the sentence that it cites' },
    ]);
  });
});

describe('P1: a level', () => {
  const levelOf = (message: string, level: string, locale = 'en') => {
    const evidence = { message_index: 1, quote: 'Python' };
    const { data } = read(message, { field: 'experience', value: 'Python', level, evidence }, locale);
    return data['profile'];
  };

  it.each([
    ['beginner', 'I am a beginner in Python.', 'en'],
    ['beginner', 'I know a little Python.', 'en'],
    ['intermediate', 'My Python is intermediate.', 'en'],
    ['advanced', 'I am very good at Python.', 'en'],
    ['beginner', 'Ich bin Anfängerin in Python.', 'de'],
    ['advanced', 'In Python bin ich fortgeschritten.', 'de'],
    ['beginner', 'Soy principiante en Python.', 'es'],
    ['advanced', 'Tengo un nivel avanzado de Python.', 'es'],
    ['intermediate', "J'ai un niveau intermédiaire en Python.", 'fr'],
    ['beginner', 'Je suis débutant en Python.', 'fr'],
    ['intermediate', 'Python znam na poziomie średnim.', 'pl'],
    ['advanced', 'Znam Python na poziomie zaawansowanym.', 'pl'],
  ])('%s is kept where they say it: %s', (level, message, locale) => {
    expect(levelOf(message, level, locale)).toMatchObject({
      experience: [{ language: 'Python', level }],
      skill_level: level,
    });
  });

  it.each([
    ['advanced', 'I used Python.'],
    ['advanced', 'I am not advanced in Python.'],
    ['advanced', 'I am no expert in Python.'],
    ['beginner', 'I am not a beginner in Python.'],
    ['intermediate', 'I used Python. The other tool is intermediate.'],
    ['advanced', 'Ich kenne Python.'],
    ['advanced', 'Uso Python.'],
    ['intermediate', "J'utilise Python."],
    ['beginner', 'Używam Python.'],
  ])('%s is left out where they do not, and so is what would follow from it: %s', (level, message) => {
    expect(levelOf(message, level)).toMatchObject({
      experience: [{ language: 'Python', level: null }],
      skill_level: null,
    });
  });

  it('of years has to be said in the sentence, as they are', () => {
    const years = (message: string, number: number) => {
      const evidence = { message_index: 1, quote: 'Python' };
      const { data } = read(message, { field: 'experience', value: 'Python', number, evidence });
      return JSON.stringify(data['profile']).match(/"years":(null|\d+)/)?.[1];
    };
    expect(years('I have 3 years of Python.', 3)).toBe('3');
    expect(years('I did Python for two years.', 2)).toBe('2');
    expect(years('I have used Python since 2020.', 6)).toBe('6');
    expect(years('I have 3 years of Python.', 10)).toBe('null');
    expect(years('I know Python. My cat is 10 years old.', 10)).toBe('null');
  });
});
