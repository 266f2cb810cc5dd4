// What is asked of the texts around the comments and issues, the same for review and feedback: how long, in which tone, nothing that the
// tests contradict. Each fault has its place and its numbers, because a model mends what it is told and not what it is scolded for.

import { contradictionIn, type TestOutcome } from '../checks/claims.ts';
import { wordsIn } from '../checks/text.ts';
import { blameIn } from '../checks/tone.ts';
import { trimmed } from '../checks/trimmed.ts';
import type { RuleFault } from '../rules.ts';

export interface Text {
  /** JSON pointer. */
  readonly path: string;
  readonly text: string;
  readonly mostWords: number;
}

export function listed(path: string, texts: readonly string[], mostWords: number): readonly Text[] {
  return texts.map((text, index) => ({ path: `${path}/${index}`, text, mostWords }));
}

export function lengthFaults(texts: readonly Text[]): readonly RuleFault[] {
  return texts.flatMap(({ path, text, mostWords }) => {
    const count = wordsIn(text);
    return count > mostWords ? [{ path, rule: 'length', problem: `has ${count} words, at most ${mostWords}` }] : [];
  });
}

export function toneFaults(texts: readonly Text[]): readonly RuleFault[] {
  return texts.flatMap(({ path, text }) => {
    const word = blameIn(text);
    const problem = `judges the person (${JSON.stringify(word)}); speak of the code and of what to try`;
    return word === null ? [] : [{ path, rule: 'tone', problem }];
  });
}

export function claimFaults(texts: readonly Text[], outcome: TestOutcome | null, rule: string): readonly RuleFault[] {
  return texts.flatMap(({ path, text }) => {
    const found = contradictionIn(text, outcome);
    return found === null ? [] : [{ path, rule, problem: `${found}; keep to the facts given` }];
  });
}

/** A name as it may stand in data: what would be a sentence becomes one word, so that nothing is said there which is checked elsewhere. */
export function nameOf(text: string | null): string | null {
  const name = trimmed((text ?? '').replace(/[^\p{L}\p{N}_:./+#-]+/gu, '-'), '-.');
  return name === '' ? null : name;
}
