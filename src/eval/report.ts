// The report of an evaluation, as data: shares with their intervals over the cases that were planned, what was nobody's score apart, and what
// a delivered result cost. Its JSON is what `--baseline` reads again.

import { z } from 'zod';
import { perOne, sumUsd } from './cost.ts';
import type { GateResult } from './gates.ts';
import type { VerdictChange } from './recording.ts';
import { METRICS_OF_ALL, type PlayedCase, type Run } from './run.ts';
import { mcNemar, quantile, shareOf } from './statistics.ts';
import type { Suite } from './suite.ts';

const share = z.object({
  k: z.number(),
  n: z.number(),
  rate: z.number().nullable(),
  low: z.number(),
  high: z.number(),
});

const suiteReport = z.object({
  planned: z.number(),
  played: z.number(),
  infra: z.number(),
  skipped: z.number(),
  metrics: z.record(z.string(), share),
  answers_per_delivery: z.number().nullable(),
  response_time_ms: z.object({ p50: z.number().nullable(), p95: z.number().nullable() }),
  /** Of the answers that were accepted; what refused ones took is in the cost. */
  accepted_tokens: z.number().nullable(),
  cost_usd: z.string().nullable(),
  cost_usd_per_delivery: z.string().nullable(),
});

const modelReport = z.object({
  model: z.string(),
  /** Who answered, as `provider/model`. */
  answered_by: z.array(z.string()),
  suites: z.record(z.string(), suiteReport),
  cost_usd: z.string().nullable(),
  is_out_of_budget: z.boolean(),
  infra_codes: z.record(z.string(), z.number()),
});

/** Of cases that both models were given. */
const comparison = z.object({
  suite: z.string(),
  metric: z.string(),
  models: z.tuple([z.string(), z.string()]).readonly(),
  only_first: z.number(),
  only_second: z.number(),
  p: z.number(),
});

export const reportSchema = z.object({
  format: z.literal('codementor-llm evaluation 1'),
  created_at: z.string(),
  version: z.string(),
  seed: z.number(),
  n: z.number(),
  /** Judged again from a recording: nobody was asked, and what it cost is what it cost then. */
  is_replay: z.boolean(),
  models: z.array(modelReport),
  comparisons: z.array(comparison),
});

export type ModelReport = z.output<typeof modelReport>;
export type SuiteReport = z.output<typeof suiteReport>;
export type Comparison = z.output<typeof comparison>;
/** What a report says beyond what a later one is compared with. */
export interface Report extends z.output<typeof reportSchema> {
  readonly gates: readonly GateResult[];
  readonly verdict_changes: readonly VerdictChange[];
  readonly other_templates: readonly string[];
  readonly not_measured: readonly string[];
}

export const NOT_MEASURED = [
  'Whether an answer is kind, clear or well taught: people say that, and none were asked.',
  'Whether a fix or an exercise works: nothing here runs code.',
] as const;

export function modelReportOf({ model, cases, costUsd, isOutOfBudget }: Run, suites: readonly Suite[]): ModelReport {
  const codes: Record<string, number> = {};
  for (const { code } of cases) if (code !== null) codes[code] = (codes[code] ?? 0) + 1;
  return {
    model,
    answered_by: [...new Set(cases.flatMap(({ asked }) => asked.map(({ answeredBy }) => answeredBy)))].sort(),
    suites: Object.fromEntries(
      suites.map((suite) => [
        suite.name,
        suiteReportOf(
          suite,
          cases.filter((played) => played.suite === suite.name),
        ),
      ]),
    ),
    cost_usd: costUsd,
    is_out_of_budget: isOutOfBudget,
    infra_codes: codes,
  };
}

function suiteReportOf({ metrics }: Suite, cases: readonly PlayedCase[]): SuiteReport {
  const played = cases.filter(({ outcome }) => outcome === 'played');
  const count = (outcome: PlayedCase['outcome']) => cases.filter((each) => each.outcome === outcome).length;
  const asked = cases.flatMap((each) => each.asked);
  const delivered = asked.filter(({ data }) => data !== null).length;
  const answers = asked.reduce((sum, each) => sum + each.answers, 0);
  const times = asked.map(({ responseTimeMs }) => responseTimeMs);
  const tokens: readonly (number | null)[] = asked.flatMap((each) => (each.data === null ? [] : [each.tokens]));
  const costUsd = sumUsd(asked.map(({ costUsd }) => costUsd));
  return {
    planned: cases.length,
    played: played.length,
    infra: count('infra'),
    skipped: count('skipped'),
    metrics: Object.fromEntries(
      Object.keys({ ...METRICS_OF_ALL, ...metrics }).map((metric) => [metric, shareIn(played, metric)]),
    ),
    answers_per_delivery: delivered === 0 ? null : answers / delivered,
    response_time_ms: { p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
    accepted_tokens: tokens.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0),
    cost_usd: costUsd,
    cost_usd_per_delivery: perOne(costUsd, delivered),
  };
}

function shareIn(played: readonly PlayedCase[], metric: string) {
  const told = played.flatMap(({ scores }) => scores[metric] ?? []);
  return shareOf(told.filter(Boolean).length, told.length);
}

/** Each model with the first, on the cases that both played. */
export function comparisonsOf(runs: readonly Run[]): readonly Comparison[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  return others.flatMap((other) => comparedTo(first, other));
}

function comparedTo(first: Run, other: Run): readonly Comparison[] {
  const scoresOf = new Map(other.cases.map((played) => [placeOf(played), played.scores]));
  const counts = new Map<string, { suite: string; metric: string; onlyFirst: number; onlySecond: number }>();
  for (const played of first.cases) {
    const { suite } = played;
    for (const [metric, score] of Object.entries(played.scores)) {
      const theirs = scoresOf.get(placeOf(played))?.[metric];
      if (theirs === undefined) continue;
      const key = `${suite}/${metric}`;
      const known = counts.get(key) ?? { suite, metric, onlyFirst: 0, onlySecond: 0 };
      counts.set(key, known);
      if (score && !theirs) known.onlyFirst++;
      if (!score && theirs) known.onlySecond++;
    }
  }
  return [...counts.values()].map(({ suite, metric, onlyFirst, onlySecond }) => ({
    suite,
    metric,
    models: [first.model, other.model] as const,
    only_first: onlyFirst,
    only_second: onlySecond,
    p: mcNemar(onlyFirst, onlySecond),
  }));
}

function placeOf({ suite, id }: PlayedCase): string {
  return `${suite}/${id}`;
}
