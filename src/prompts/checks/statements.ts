// What a text states, clause by clause: questions state nothing, and a condition ("once all tests pass") is told apart from a statement.

import { CONDITION, CONJUNCTION, FAIL, HOLLOW_CONDITION, LEADING, PASS } from './claim-words.ts';
import { asItLooks } from './look.ts';
import { trimmed } from './trimmed.ts';

export interface Clause {
  readonly text: string;
  readonly isConditional: boolean;
}

/** Without fences and emphasis; code in the line stays, since test names and whole sentences are put there. */
export function plainOf(text: string): string {
  return asItLooks(text)
    .replace(/```[\s\S]*?(?:```|$)/g, ' ')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff*`~"“”„«»]/g, '')
    .replace(/(?<![\p{L}\p{N}_])_{1,3}(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}])_{1,3}(?![\p{L}\p{N}_])/gu, '')
    .replace(/[’ʼ]/g, "'")
    .toLowerCase()
    .replace(/\b(?:so|para|pour) (?:that|que)\b/g, (found) => found.replace(' ', '-'))
    .replace(/\b(all|every|everything)\b([^,.;!?]{0,24})\bbut\b/g, '$1$2except')
    .replace(
      /\b(?:went|goes|go|gone|came|comes|come|runs?|ran|got|gets?) through(?=\s{0,2}(?:$|[,.;:!)\n]))/g,
      'passed',
    )
    .replace(/\b(?:laufen|läuft|liefen|lief)\b([^,.;!?\n]{0,20})\bdurch(?=\s{0,2}(?:$|[,.;:!)\n]))/g, 'bestehen$1')
    .replace(/\b(verdict|result|status|outcome|score|grade|mark)\s{0,2}[:=–—]\s{0,2}/g, '$1 is ');
}

/** Questions say nothing. */
export function sentencesOf(text: string): readonly string[] {
  const found = text.match(/(?:[^.!?;\n]|\.(?=\S))+[.!?;\n]?/g) ?? [];
  return found.filter((sentence) => !sentence.endsWith('?'));
}

export function tokensOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}_'%-]+/gu)?.map((token) => trimmed(token, "-'")) ?? [];
}

export const VERB = new RegExp(
  `^\\s{0,2}(?:(?:do|does|did|are|is|have|has|now|all) ){0,3}(?:${[...PASS, ...FAIL].join('|')})(?![\\p{L}])`,
  'u',
);

/** "All tests, and I mean all, pass": what stands between a subject and its verb is left out, unless it is a condition. */
function withoutAsides(sentence: string): string {
  const parts = sentence.split(/[,()—–]/);
  const kept: string[] = [];
  for (const [at, part] of parts.entries()) {
    const isAside =
      at > 0 &&
      VERB.test(parts[at + 1] ?? '') &&
      !tokensOf(part).some((token) => CONDITION.has(token) || PASS.has(token) || FAIL.has(token));
    if (isAside) continue;
    const isContinued = at > 1 && VERB.test(part) && kept.length < at;
    if (isContinued) kept.push(`${kept.pop() ?? ''} ${part}`);
    else kept.push(part);
  }
  return kept.join(',');
}

/** A condition reaches to its comma, and one that opens a sentence ("once you mend it, all tests pass") over the clause behind it as well; one that
 * is none ("if you look") reaches nowhere. */
export function clausesOf(sentence: string): readonly Clause[] {
  const clauses: Clause[] = [];
  const parts = withoutAsides(sentence.replace(HOLLOW_CONDITION, ' ')).split(/[,:()—–]/);
  let reach = 0;
  for (const [at, part] of parts.entries()) {
    const clause: string[] = [];
    let isConditional = at > 0 && at <= reach;
    const end = () => {
      if (clause.length === 0) return;
      isConditional ||= clause.some((token) => CONDITION.has(token));
      if (LEADING.has(clause[0] ?? '')) reach = at + 1;
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
