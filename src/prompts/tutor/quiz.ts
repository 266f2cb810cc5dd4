// E2: exactly one option of a question is right. Which one cannot be known without understanding it; that two of them are the same, that one
// holds others within it, or that the explanation takes another for right, can be seen.

import { folded, type Problem } from './findings.ts';
import { phraseIn } from './phrases.ts';

interface Question {
  readonly options: readonly string[];
  readonly correct_index: number;
  readonly explanation: string;
}

/** An option that speaks of the others is right beside one of them, or says nothing. */
const OF_OTHERS = [
  'all of the above',
  'none of the above',
  'both of the above',
  'all of them',
  'none of them',
  'all of these',
  'none of these',
  'both a and b',
  'a and b',
  'a and c',
  'b and c',
  'alle oben genannten',
  'alle genannten',
  'keine der genannten',
  'todas las anteriores',
  'ninguna de las anteriores',
  'toutes les réponses',
  'aucune de ces réponses',
  'wszystkie powyższe',
  'żadne z powyższych',
  'żadna z powyższych',
];

export function quizProblems({ options, correct_index, explanation }: Question): readonly Problem[] {
  const problems: Problem[] = [];
  const path = '/check_question';
  const seen = new Map<string, number>();
  for (const [index, option] of options.entries()) {
    const text = bareOf(option);
    const same = seen.get(text);
    if (same !== undefined)
      problems.push({
        path: `${path}/options/${index}`,
        problem: `is the same as option ${same}, so none of them can be the only right one`,
      });
    seen.set(text, index);
    const phrase = phraseIn(option, OF_OTHERS);
    if (phrase !== null)
      problems.push({ path: `${path}/options/${index}`, problem: `speaks of the other options ("${phrase}")` });
  }
  if (correct_index >= options.length)
    problems.push({
      path: `${path}/correct_index`,
      problem: `is ${correct_index}, and the last option is ${options.length - 1}`,
    });
  const claimed = claimedIndex(explanation);
  if (claimed !== null && claimed !== correct_index)
    problems.push({
      path: `${path}/explanation`,
      problem: `takes another option for the right one than correct_index (${correct_index}); call none by its letter`,
    });
  return problems;
}

/** Without what sets it as code and what ends it. Capitals count: `True` and `true` are different answers. */
function bareOf(option: string): string {
  const bare = option
    .normalize('NFKC')
    .replace(/[`\s]+/g, ' ')
    .trim();
  const text = /[.;:!]$/.test(bare) ? bare.slice(0, -1).trim() : bare;
  // An option of signs alone is what it is.
  return text === '' ? option.trim() : text;
}

/** The letters by which an explanation names the right option. */
const LETTERS = ['a', 'b', 'c', 'd'];

function claimedIndex(explanation: string): number | null {
  const text = folded(explanation);
  const claims = LETTERS.map((letter) => {
    const phrases = [
      'correct answer is',
      'right answer is',
      'correct option is',
      'right option is',
      'answer is option',
    ];
    return phraseIn(text, [
      ...phrases.map((phrase) => `${phrase} ${letter}`),
      `option ${letter} is correct`,
      `option ${letter} is right`,
    ]);
  });
  const claimed = claims.flatMap((claim, index) => (claim === null ? [] : [index]));
  // "The right answer is a list": the first letter is a word of English as well.
  const [only] = claimed.filter((index) => index > 0);
  return only ?? null;
}
