// How far a student is, worked out by code: from what they say of themselves and from one small program whose output they are asked for. The
// model neither chooses the program nor reads the answer.

import type { History, Profile } from './interview-fields.ts';

type Experience = Profile['experience'];
export type SkillLevel = NonNullable<Profile['skill_level']>;

export interface Probe {
  /** One line without backticks, since it is shown between them. */
  readonly code: string;
  /** All the numbers that a right answer has. */
  readonly prints: string;
}

interface Probes {
  readonly intermediate: Probe;
  readonly advanced: Probe;
}

const PYTHON: Probes = {
  intermediate: { code: 'print(sum([10, 20, 30][1:]))', prints: '50' },
  advanced: { code: 'print([f() for f in [lambda: i for i in range(3)]])', prints: '2' },
};
const JAVASCRIPT: Probes = {
  intermediate: { code: 'console.log([10, 20, 30].slice(1).reduce((a, b) => a + b))', prints: '50' },
  advanced: { code: 'var f = []; for (var i = 0; i < 3; i++) f.push(() => i); console.log(f[0]())', prints: '3' },
};

/** By the names that students write. */
const PROBES: ReadonlyMap<string, Probes> = new Map([
  ['python', PYTHON],
  ['py', PYTHON],
  ['javascript', JAVASCRIPT],
  ['js', JAVASCRIPT],
  ['node', JAVASCRIPT],
  ['node.js', JAVASCRIPT],
  ['typescript', JAVASCRIPT],
  ['ts', JAVASCRIPT],
]);

/** Of all programs, whatever they are asked for. */
export const EVERY_PROBE = [PYTHON, JAVASCRIPT].flatMap(({ intermediate, advanced }) => [intermediate, advanced]);

/** What to ask somebody who says that they are no beginner; null: there is nothing to ask. */
export function probeFor(experience: Experience): Probe | null {
  for (const entry of experience) {
    const claim = claimOf(entry);
    const probes = PROBES.get(nameOf(entry.language));
    if (probes !== undefined && claim !== null && claim !== 'beginner') return probes[claim];
  }
  return null;
}

/** `python` of `Python 3.12`. */
function nameOf(language: string): string {
  return (
    language
      .trim()
      .toLowerCase()
      .split(/[\s0-9]/, 1)[0] ?? ''
  );
}

const RANKS = ['beginner', 'intermediate', 'advanced'] as const;

/** As they rate themselves, else by their years. Five, because that is how long people take to meet most of a language at work. */
function claimOf({ level, years }: Experience[number]): SkillLevel | null {
  if (level !== null || years === null) return level;
  return years >= 5 ? 'advanced' : years >= 1 ? 'intermediate' : 'beginner';
}

/** The highest claim, one lower where the probe was missed. Null: they said nothing of it. */
export function skillLevelOf(experience: Experience, history: History): SkillLevel | null {
  const ranks = experience.map(claimOf).flatMap((claim) => (claim === null ? [] : [RANKS.indexOf(claim)]));
  if (ranks.length === 0) return null;
  const claimed = Math.max(...ranks);
  const isMissed = probeAnswer(history) === 'missed';
  return RANKS[Math.max(0, isMissed ? claimed - 1 : claimed)] ?? null;
}

/** What came of the newest program that was asked; null: none was, or there is no answer yet. */
function probeAnswer(history: History): 'right' | 'missed' | null {
  for (let at = history.length - 1; at >= 0; at -= 1) {
    const message = history[at];
    if (message?.role !== 'assistant') continue;
    const probe = EVERY_PROBE.find(({ code }) => message.content.includes(code));
    if (probe === undefined) continue;
    const answer = history.slice(at + 1).find(({ role }) => role === 'user');
    if (answer === undefined) return null;
    const numbers = new Set(answer.content.match(/[0-9]+/g) ?? []);
    return numbers.size === 1 && numbers.has(probe.prints) ? 'right' : 'missed';
  }
  return null;
}
