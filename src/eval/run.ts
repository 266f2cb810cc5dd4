// Runs cases, a few at a time, until all are played or the money is spent. What a vendor or the network did is kept apart from what a model
// did: it is nobody's score, and it is told.

import { LLMError, parseUsd } from '../index.ts';
import type { Asked, Asker } from './asker.ts';
import { costOfAttempts, sumUsd } from './cost.ts';
import { EvaluationError } from './evaluation-error.ts';
import type { EvalCase, Scores, Suite } from './suite.ts';

/** More at once would meet the vendors' limits of a minute rather than end sooner. */
const AT_ONCE = 4;

export interface RunOptions {
  readonly suites: readonly Suite[];
  readonly seed: number;
  /** Of each suite. */
  readonly count: number;
  /** Null: no limit. The cases under way when it is reached are played to their end. */
  readonly budgetUsd: string | null;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

export interface Progress {
  readonly suite: string;
  readonly done: number;
  readonly planned: number;
  readonly infra: number;
  readonly costUsd: string | null;
}

export interface PlayedCase {
  readonly suite: string;
  readonly id: string;
  /** `infra`: the vendor, the network or a limit; `skipped`: the budget was spent before. */
  readonly outcome: 'played' | 'infra' | 'skipped';
  readonly scores: Scores;
  readonly asked: readonly Asked[];
  /** Of what ended it; null: nothing did. */
  readonly code: string | null;
  /** Of what was asked all told, also of what came to nothing; null: not known. */
  readonly costUsd: string | null;
}

export interface Run {
  readonly model: string;
  readonly cases: readonly PlayedCase[];
  readonly costUsd: string | null;
  readonly isOutOfBudget: boolean;
}

export async function runSuites(asker: Asker, options: RunOptions): Promise<Run> {
  const { suites, seed, count } = options;
  const waiting = suites.flatMap((suite) => suite.cases(seed, count).map((each) => ({ suite: suite.name, each })));
  const places = new Array<PlayedCase | null>(waiting.length).fill(null);
  const purse = new Purse(options.budgetUsd);
  const state = { done: 0, infra: 0, next: 0 };
  const work = async () => {
    for (;;) {
      options.signal.throwIfAborted();
      const at = state.next++;
      const taken = waiting[at];
      if (taken === undefined) return;
      const { suite, each } = taken;
      const played = purse.isSpent ? skipped(suite, each) : await play(suite, each, asker, options.signal);
      purse.pay(played);
      places[at] = played;
      state.done++;
      if (played.outcome === 'infra') state.infra++;
      const { done, infra } = state;
      options.onProgress({ suite, done, planned: waiting.length, infra, costUsd: purse.costUsd });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const cases = places.filter((played) => played !== null);
  const isOutOfBudget = cases.some(({ outcome }) => outcome === 'skipped');
  return { model: asker.model, cases, costUsd: purse.costUsd, isOutOfBudget };
}

async function play(suite: string, each: EvalCase, asker: Asker, signal: AbortSignal): Promise<PlayedCase> {
  const asked: Asked[] = [];
  const place = { suite, id: each.id };
  try {
    const scores = await each.play(async (prompt, variables) => {
      const answer = await asker.ask(place, prompt, variables, signal);
      asked.push(answer);
      return answer;
    });
    return {
      ...place,
      outcome: 'played',
      scores: { ...ofAll(asked), ...scores },
      asked,
      code: null,
      costUsd: costOf(asked),
    };
  } catch (error) {
    signal.throwIfAborted();
    // A case that asks what no prompt takes is a fault of the suite, and no figure may come of it.
    if (!(error instanceof LLMError) || error.type === 'invalid_request_error') throw error;
    const costUsd = sumUsd([costOf(asked), costOfAttempts(error.detail.attempts ?? [])]);
    return { ...place, outcome: 'infra', scores: {}, asked, code: error.code, costUsd };
  }
}

function costOf(asked: readonly Asked[]): string | null {
  return sumUsd(asked.map(({ costUsd }) => costUsd));
}

/** What can be said of any prompt. */
function ofAll(asked: readonly Asked[]): Scores {
  const [first] = asked;
  return {
    ...(first !== undefined && { first_pass: first.firstFaults.length === 0 }),
    ...(first !== undefined && { schema_first_pass: !first.firstFaults.includes('schema') }),
    delivered: asked.every(({ data }) => data !== null),
    by_model: asked.every(({ data, verification }) => data !== null && verification?.fallback === null),
  };
}

export const METRICS_OF_ALL = {
  first_pass: 'the first answer was accepted as it came',
  schema_first_pass: 'the first answer kept to the schema',
  delivered: 'something was delivered, if only the deterministic answer',
  by_model: 'what was delivered is the model’s',
} as const;

function skipped(suite: string, { id }: EvalCase): PlayedCase {
  return { suite, id, outcome: 'skipped', scores: {}, asked: [], code: null, costUsd: '0.00' };
}

class Purse {
  readonly #limit: bigint | null;
  costUsd: string | null = '0.00';

  constructor(budgetUsd: string | null) {
    this.#limit = budgetUsd === null ? null : parseUsd(budgetUsd);
  }

  get isSpent(): boolean {
    return this.#limit !== null && this.costUsd !== null && parseUsd(this.costUsd) >= this.#limit;
  }

  pay({ costUsd }: PlayedCase): void {
    this.costUsd = sumUsd([this.costUsd, costUsd]);
    if (this.#limit !== null && this.costUsd === null)
      throw new EvaluationError(
        'What the model costs is not known, so no budget can be kept: add its price to codementor-llm.yaml',
      );
  }
}
