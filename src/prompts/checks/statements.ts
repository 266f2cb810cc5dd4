// What a text states, clause by clause: questions state nothing, and a condition ("once all tests pass") is told apart from a statement.

import { CONDITION, CONJUNCTION } from './claim-words.ts';
import { trimmed } from './trimmed.ts';

export interface Clause {
  readonly text: string;
  readonly isConditional: boolean;
}

/** Without fences and emphasis; code in the line stays, since test names and whole sentences are put there. */
export function plainOf(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/```[\s\S]*?(?:```|$)/g, ' ')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff*`~"“”„«»]/g, '')
    .replace(/[’ʼ]/g, "'")
    .toLowerCase()
    .replace(/\b(?:so|para|pour) (?:that|que)\b/g, (found) => found.replace(' ', '-'))
    .replace(/\b(all|every|everything)\b([^,.;!?]{0,24})\bbut\b/g, '$1$2except');
}

/** Questions say nothing. */
export function sentencesOf(text: string): readonly string[] {
  const found = text.match(/(?:[^.!?;\n]|\.(?=\S))+[.!?;\n]?/g) ?? [];
  return found.filter((sentence) => !sentence.endsWith('?'));
}

export function tokensOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}_'%-]+/gu)?.map((token) => trimmed(token, "-'")) ?? [];
}

/** A condition reaches from where it stands to the end of its sentence, but not back over a comma: "all tests pass, and if you like, …". */
export function clausesOf(sentence: string): readonly Clause[] {
  const clauses: Clause[] = [];
  let isConditional = false;
  for (const part of sentence.split(/[,:()—–]/)) {
    const clause: string[] = [];
    const end = () => {
      if (clause.length === 0) return;
      isConditional ||= clause.some((token) => CONDITION.has(token));
      clauses.push({ text: clause.join(' '), isConditional });
      clause.length = 0;
    };
    for (const token of part.split(/\s+/).filter((piece) => piece !== '')) {
      if (CONJUNCTION.has(token)) end();
      else clause.push(token);
    }
    end();
  }
  return clauses;
}
