// A judge for the stories: it takes JSON that says "good", makes its own words of it, and has what stands in for none.

import { isObject, type JsonObject, parsedJson } from '../src/core/json.ts';
import type { Accepted, AnswerSource, Judge, Verification } from '../src/core/judge.ts';
import { partialObject } from '../src/core/partial-json.ts';

export const PROMPT = { name: 'hint', version: '1.0.0', hash: '0a1b2c3d4e5f' };

export function verification(repairs: number, fallback: string | null = null): Verification {
  const checks = [{ id: 'H1', verdict: 'passed' as const, evidence: null }];
  return { status: 'verified', checks, dropped: [], repairs, fallback };
}

/** What the model writes, and what is made of it: the canary is its own and nobody else's. */
export const GOOD = '{"internal": "canary", "say": "good"}';
export const BAD = '{"internal": "canary", "say": "bad"}';
export const DATA: JsonObject = { say: 'good' };
export const SAID = 'It is good.';

export interface JudgeAtHand extends Judge {
  readonly heard: { readonly text: string; readonly from: AnswerSource }[];
}

export function judge(about: Partial<Judge> & { readonly stand?: boolean } = {}): JudgeAtHand {
  const { stand = false, ...rest } = about;
  const heard: JudgeAtHand['heard'] = [];
  const instead: Accepted = {
    content: 'Read it again.',
    data: { say: 'again' },
    verification: verification(0, 'deterministic'),
  };
  return {
    heard,
    key: 'k1',
    mostRepairs: 2,
    async verdictOn(text, from) {
      heard.push({ text, from });
      const written = parsedJson(text);
      const said = isObject(written) ? written['say'] : undefined;
      if (said === 'good')
        return { isAccepted: true, content: SAID, data: DATA, verification: verification(from.repairs) };
      return {
        isAccepted: false,
        rules: ['H1'],
        problem: `"${String(said)}" is not good`,
        place: 'H1 at /say',
        isHopeless: false,
      };
    },
    standIn: () => (stand ? instead : null),
    draftOf(text) {
      const { internal: _hidden, ...shown } = partialObject(text) ?? {};
      return Object.keys(shown).length === 0 ? null : shown;
    },
    ...rest,
  };
}
