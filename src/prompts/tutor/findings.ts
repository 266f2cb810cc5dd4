// What the rules of a prompt find in one answer. Every check is told once, in the order in which it was made: whoever adds one decides here
// whether it has to hold.

import type { CheckReport, Dropped } from '../../core/judge.ts';
import { wordsIn } from '../checks/text.ts';
import type { Decision, RuleFault } from '../rules.ts';

/** What is wrong, and where. */
export type Problem = Pick<RuleFault, 'path' | 'problem'>;

export class Findings {
  readonly #faults: RuleFault[] = [];
  readonly #checks = new Map<string, CheckReport>();
  readonly #dropped: Dropped[] = [];

  /** Has to hold: each of the problems is for the model to mend. */
  demand(rule: string, problems: readonly Problem[]): void {
    for (const { path, problem } of problems) this.#faults.push({ path, rule, problem });
    const [first] = problems;
    // A path says enough to whoever reads the reports; the words may repeat the model's.
    this.#tell(rule, first === undefined ? 'passed' : 'failed', first === undefined ? null : `at ${first.path}`);
  }

  /** Told, and need not hold. */
  advise(rule: string, problem: string | null): void {
    this.#tell(rule, problem === null ? 'passed' : 'failed', problem);
  }

  skip(rule: string, why: string): void {
    this.#tell(rule, 'skipped', why);
  }

  /** What is left without these keeps the rule. */
  leaveOut(rule: string, parts: readonly Omit<Dropped, 'rule'>[]): void {
    for (const { path, reason } of parts) this.#dropped.push({ path, rule, reason });
    this.#tell(rule, 'passed', parts.length === 0 ? null : `${parts.length} left out`);
  }

  /** A rule that is asked of several parts is told once: as failed where one did, else by the part that there is something to say of. */
  #tell(id: string, verdict: CheckReport['verdict'], evidence: string | null): void {
    const told = this.#checks.get(id);
    if (told?.verdict === 'failed' || (told !== undefined && verdict === 'passed' && evidence === null)) return;
    this.#checks.set(id, { id, verdict, evidence });
  }

  decision<Data>(data: Data): Decision<Data> {
    return { faults: this.#faults, checks: [...this.#checks.values()], dropped: this.#dropped, data };
  }
}

/** At most one, or the one that there is. */
export function when(problem: string | null, path: string): readonly Problem[] {
  return problem === null ? [] : [{ path, problem }];
}

export interface Length {
  readonly min: number;
  readonly max: number;
}

export function lengthProblem(text: string, { min, max }: Length): string | null {
  const words = wordsIn(text);
  if (words > max) return `has ${words} words, at most ${max}`;
  return words < min ? `has ${words} words, at least ${min}` : null;
}

/** The same but for capitals, spaces and the form of its letters. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** The name of a language as a table of words has it: `de` of `de-AT`. */
export function languageOf(locale: string): string {
  return locale.split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
}

/** The words of a locale where we have them, else the English ones. */
export function wordsFor<Words>(
  locale: string,
  tables: { readonly en: Words } & Readonly<Record<string, Words>>,
): Words {
  return tables[languageOf(locale)] ?? tables.en;
}

/** What every sample begins with, so that nobody takes one for an answer. */
export const SAMPLE = 'Offline sample: no language model wrote this';
