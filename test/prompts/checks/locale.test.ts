// G1: texts that were written for it in twenty-one languages, each held against its own and against every other.

import { describe, expect, it } from 'vitest';
import { localeVerdict } from '../../../src/prompts/checks/locale.ts';
import { TUTOR_TEXTS } from './tutor-texts.ts';

const languages = Object.keys(TUTOR_TEXTS);
const texts = Object.entries(TUTOR_TEXTS).flatMap(([language, each]) => each.map((text) => ({ language, text })));

describe('the language of a text', () => {
  it('G1: is recognised where it is the one that was asked for', () => {
    const missed = texts.filter(({ language, text }) => localeVerdict(text, language) !== 'passed');
    console.log(`G1: ${missed.length} false alarms on ${texts.length} texts in ${languages.length} languages`);
    expect(missed).toEqual([]);
  });

  it('G1: is missed where it is another, but between close neighbours', () => {
    const foreign = texts.flatMap(({ language, text }) =>
      languages.filter((each) => each !== language).map((asked) => ({ language, asked, text })),
    );
    const missed = foreign.filter(({ text, asked }) => localeVerdict(text, asked) !== 'failed');
    console.log(`G1: ${missed.length} of ${foreign.length} texts in another language not found`);
    expect(missed.length / foreign.length).toBeLessThan(0.01);
    const toldFromEnglish = foreign.filter(({ language, asked }) => language === 'en' || asked === 'en');
    expect(toldFromEnglish.filter(({ text, asked }) => localeVerdict(text, asked) !== 'failed')).toEqual([]);
  });

  it.each([
    ['too short', 'Was denkst du?', 'en'],
    ['of an unknown language', texts[0]?.text ?? '', 'tlh'],
    ['without a locale', texts[0]?.text ?? '', ''],
    ['of code alone', `\`\`\`\n${'for each in items: print(each)\n'.repeat(9)}\`\`\``, 'de'],
    ['of names alone', 'Ada Boole Turing Hopper Knuth Dijkstra Liskov Lamport Hoare Milner Wirth Kay Perlis', 'de'],
  ])('is left open for a text that is %s', (_, text, locale) => {
    expect(localeVerdict(text, locale)).toBe('skipped');
  });

  it('is looked at without the code, which is English everywhere', () => {
    const [text = ''] = TUTOR_TEXTS['de'] ?? [];
    const code = `\n\`\`\`python\n# this is what the function of the loop should do for you\n${'while not done: pass\n'.repeat(20)}\`\`\`\n`;
    expect(localeVerdict(text + code, 'de')).toBe('passed');
    expect(localeVerdict(code + text, 'en')).toBe('failed');
  });

  it.each(['pt-BR', 'pt_PT', 'PT'])('is that of %s whatever its region', (locale) => {
    expect(localeVerdict(TUTOR_TEXTS['pt']?.[0] ?? '', locale)).toBe('passed');
  });
});
