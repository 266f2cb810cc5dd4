// P1 and P2: what is said of a learner was said by them, and what must not be kept of anybody is not.

import { describe, expect, it } from 'vitest';
import { evidenceProblem, isQuotedFrom } from '../../../src/prompts/checks/evidence.ts';
import { protectedIn, protectedKeyIn } from '../../../src/prompts/checks/protected.ts';

const HISTORY = [
  { role: 'assistant', content: 'What would you like to build?' },
  { role: 'user', content: 'I’d like to write a  “Soccer” bot, and I know\na bit of C already.' },
];

describe('the evidence for a value', () => {
  it.each([
    ['as it was written', 'write a  “Soccer” bot'],
    ['in other capitals and spaces', 'WRITE A "SOCCER"\nbot'],
    ['with other apostrophes', "I'd like"],
    ['set in quotation marks', '"I know a bit of C already."'],
    ['over lines', 'I know a bit of C'],
    ['of one letter', 'C'],
  ])('P1: is words of the cited message %s', (_, quote) => {
    expect(evidenceProblem({ messageIndex: 1, quote }, HISTORY)).toBeNull();
  });

  it.each([
    ['that were not said', 1, 'I know a lot of C', 'cites words that do not stand in message 1'],
    ['of another message', 0, 'Soccer', 'cites message 0, which the learner did not write'],
    ['of the tutor', 0, 'What would you like to build?', 'cites message 0, which the learner did not write'],
    ['of no message', 2, 'Soccer', 'cites message 2, and there are 2, counted from 0'],
    ['of a message before the first', -1, 'Soccer', 'cites message -1, and there are 2, counted from 0'],
    ['that are none', 1, ' "…" ', 'cites words that do not stand in message 1'],
    ['that are a part of a word', 1, 'occer', 'cites words that do not stand in message 1'],
  ])('P1: is not words %s', (_, messageIndex, quote, problem) => {
    expect(evidenceProblem({ messageIndex, quote }, HISTORY)).toBe(problem);
  });

  it('P1: is found in scripts that put no spaces between words', () => {
    expect(isQuotedFrom('サッカー', '私はサッカーが好きです')).toBe(true);
    expect(isQuotedFrom('足球', '我喜欢足球游戏')).toBe(true);
  });
});

describe('what is protected', () => {
  it.each([
    'gender',
    'householdIncome',
    'household_income',
    'Race',
    'religion',
    'sexual_orientation',
    'political_views',
    'Geschlecht',
    'Nationalität',
    'género',
    'niepełnosprawność',
    'état civil',
    'health-status',
  ])('P2: is a field called %s', (name) => expect(protectedKeyIn(name)).not.toBeNull());

  it.each(['goals', 'race_conditions', 'languages', 'minutes_per_week', 'page', 'message', 'interests', 'experience'])(
    'P2: is no field called %s',
    (name) => expect(protectedKeyIn(name)).toBeNull(),
  );

  it.each([
    ['As a Muslim I fast in spring', 'religion'],
    ['I am pregnant', 'health'],
    ["I'm a single mother of two", 'family'],
    ['I have ADHD and learn best in the evening', 'health'],
    ['I was diagnosed with bipolar disorder', 'health'],
    ['my salary is low', 'income'],
    ['I am gay', 'sexual orientation'],
    ['as a black woman in tech', 'ethnicity'],
    ['I voted for the republicans, I am a republican', 'politics'],
    ['transgender', 'gender'],
    ['Christian', 'religion'],
    ['female', 'gender'],
    ['Ich bin schwanger', 'health'],
    ['Als Frau fühle ich mich oft allein', 'gender'],
    ['Ich bin gläubige Muslima', 'religion'],
    ['Ich bin arbeitslos', 'income'],
    ['Soy una mujer trans', 'gender'],
    ['Estoy embarazada', 'health'],
    ['Soy católica', 'religion'],
    ['Je suis enceinte', 'health'],
    ['Je suis juif', 'religion'],
    ['en tant que femme', 'gender'],
    ['Jestem kobietą', 'gender'],
    ['Jestem lesbijką', 'sexual orientation'],
    ['Jestem w ciąży', 'health'],
    ['Mam depresję', 'health'],
    ['I am 34 years old', 'age'],
    ['I have anxiety', 'health'],
  ])('P2: in %j is %s', (text, kind) => expect(protectedIn(text)).toBe(kind));

  it.each([
    'wants to build a soccer statistics app',
    'race conditions in concurrent programs',
    'I want to write a health tracker',
    'black box testing',
    'I like white papers about compilers',
    'a gender-neutral sort of names',
    'a program that computes the income tax',
    'Python for two years',
    'I have a black Raspberry Pi',
    'I have a rich text editor',
    'my computer is old',
    'learn binary trees and male connectors',
    'I am a complete beginner in Java',
    'straight lines and curves',
    'Ich möchte ein Spiel schreiben',
    'Quiero aprender Python',
  ])('P2: in %j is nothing', (text) => expect(protectedIn(text)).toBeNull());
});
