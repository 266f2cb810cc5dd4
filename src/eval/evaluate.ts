// An evaluation from its options to its report. It has a service of its own whose ledger ends with it: what it asked and paid stands in the
// report and the recording.

import { createLLMService, type LLMService, type ServiceOptions, systemClock, VERSION } from '../index.ts';
import { type Asker, DEFAULT_MODEL, liveAsker, replayAsker } from './asker.ts';
import { type Gates, gateResults } from './gates.ts';
import { markdownOf } from './markdown.ts';
import type { RecordedAsk, Recording, VerdictChange } from './recording.ts';
import { comparisonsOf, type ModelReport, modelReportOf, NOT_MEASURED, type Report } from './report.ts';
import { type Progress, type Run, runSuites } from './run.ts';
import type { Suite } from './suite.ts';

export interface EvaluationOptions {
  readonly suites: readonly Suite[];
  /** As callers name them; empty: the default one. With a recording: those of it. */
  readonly models: readonly string[];
  /** Cases of each suite. */
  readonly count: number;
  readonly seed: number;
  /** Of each model, in USD; null: no limit. */
  readonly budgetUsd: string | null;
  /** Hears of each prompt that was asked, as it is told. */
  readonly onAsk: (ask: RecordedAsk) => void;
  /** Nobody is asked: these answers are judged again. */
  readonly replay: Recording | null;
  readonly gates: Gates;
  readonly baseline: readonly ModelReport[] | null;
  readonly onProgress: (model: string, progress: Progress) => void;
  readonly signal: AbortSignal;
  readonly service?: Pick<ServiceOptions, 'env' | 'cwd' | 'providers' | 'logs' | 'clock'>;
}

export interface Evaluation {
  readonly report: Report;
  readonly markdown: string;
  /** `out-of-budget` counts before the gates: a share of fewer cases than were planned passes none. */
  readonly end: 'passed' | 'gates-missed' | 'out-of-budget';
}

/** The marks in a prompt are made with it: the same run asks the same words, and what was recorded can be judged again. */
const MARKS_OF_EVALUATIONS = 'codementor-llm evaluation';

export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const service = await createLLMService({ ...options.service, dataDir: 'memory', promptSecret: MARKS_OF_EVALUATIONS });
  try {
    return await evaluateWith(service, options);
  } finally {
    await service.close();
  }
}

async function evaluateWith(service: LLMService, options: EvaluationOptions): Promise<Evaluation> {
  const { suites, count, seed, replay } = options;
  const changes: VerdictChange[] = [];
  const others = new Set<string>();
  const heard = {
    changed: (change: VerdictChange) => void changes.push(change),
    otherTemplate: (prompt: string) => void others.add(prompt),
  };
  const asker = (model: string): Asker =>
    replay === null ? liveAsker(service, model, options.onAsk) : replayAsker(service, model, replay, heard);
  const runs: Run[] = [];
  for (const model of modelsOf(options)) {
    const onProgress = (progress: Progress) => options.onProgress(model, progress);
    const budgetUsd = replay === null ? options.budgetUsd : null;
    runs.push(await runSuites(asker(model), { suites, seed, count, budgetUsd, onProgress, signal: options.signal }));
  }
  const models = runs.map((run) => modelReportOf(run, suites));
  const gates = gateResults(options.gates, models);
  const report: Report = {
    format: 'codementor-llm evaluation 1',
    created_at: new Date((options.service?.clock ?? systemClock).nowMs()).toISOString(),
    version: VERSION,
    ...{ seed, n: count, models, comparisons: [...comparisonsOf(runs)], gates },
    verdict_changes: changes,
    other_templates: [...others].sort(),
    not_measured: NOT_MEASURED,
  };
  const end = runs.some(({ isOutOfBudget }) => isOutOfBudget) ? 'out-of-budget' : endBy(gates);
  return { report, markdown: markdownOf(report, options.baseline), end };
}

function endBy(gates: Report['gates']): Evaluation['end'] {
  return gates.every(({ isMet }) => isMet) ? 'passed' : 'gates-missed';
}

function modelsOf({ models, replay }: EvaluationOptions): readonly string[] {
  if (replay !== null) return replay.models;
  return models.length > 0 ? models : [DEFAULT_MODEL];
}
