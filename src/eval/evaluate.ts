// An evaluation from its options to its report. It has a service of its own whose ledger ends with it: what it asked and paid stands in the
// report and the recording.

import { createLLMService, type LLMService, llmError, type ServiceOptions, systemClock, VERSION } from '../index.ts';
import { type Asker, DEFAULT_MODEL, liveAsker, replayAsker } from './asker.ts';
import { type Gates, gateResults } from './gates.ts';
import { markdownOf } from './markdown.ts';
import type { RecordedAsk, Recording, VerdictChange } from './recording.ts';
import { comparisonsOf, type ModelReport, modelReportOf, NOT_MEASURED, type Report } from './report.ts';
import { type Progress, type Run, runSuites } from './run.ts';
import type { Suite } from './suite.ts';
import { SUITES } from './suites.ts';

/** All of it may be left out: then the default model is asked 20 cases of every suite. */
export interface EvaluationOptions {
  readonly suites?: readonly Suite[];
  /** As callers name them; none: the default one. With a recording: those of it. */
  readonly models?: readonly string[];
  /** Cases of each suite. Default 20. */
  readonly count?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Of each model, in USD. Left out: no limit. */
  readonly budgetUsd?: string;
  /** Hears of each prompt that was asked, as it is told. */
  readonly onAsk?: (ask: RecordedAsk) => void;
  /** Nobody is asked: these answers are judged again. */
  readonly replay?: Recording;
  readonly gates?: Gates;
  /** Those of an earlier report, to show beside. */
  readonly baseline?: readonly ModelReport[];
  readonly onProgress?: (model: string, progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly service?: Pick<ServiceOptions, 'env' | 'cwd' | 'providers' | 'logs' | 'clock'>;
}

export interface Evaluation {
  readonly report: Report;
  readonly markdown: string;
  /**
   * `out-of-budget` counts before the gates, since a share of fewer cases than were planned passes none; `unanswered`: of a model more
   * than 5 % of the cases came to nothing by what a vendor, the network or a limit did.
   */
  readonly end: 'passed' | 'gates-missed' | 'out-of-budget' | 'unanswered';
}

/** The marks in a prompt are made with it: the same run asks the same words, and what was recorded can be judged again. */
const MARKS_OF_EVALUATIONS = 'codementor-llm evaluation';

/** Rejects with an EvaluationError, a ConfigError, or `cancelled`. */
export async function evaluate(options: EvaluationOptions = {}): Promise<Evaluation> {
  const service = await createLLMService({ ...options.service, dataDir: 'memory', promptSecret: MARKS_OF_EVALUATIONS });
  try {
    return await evaluateWith(service, options);
  } catch (error) {
    throw options.signal?.aborted ? llmError('cancelled', 'The evaluation was stopped') : error;
  } finally {
    await service.close();
  }
}

async function evaluateWith(service: LLMService, options: EvaluationOptions): Promise<Evaluation> {
  const { suites = SUITES, count = 20, seed = 1, replay = null, onAsk = () => {}, onProgress = () => {} } = options;
  const { signal = new AbortController().signal, gates: bounds = {}, baseline = null } = options;
  const changes: VerdictChange[] = [];
  const others = new Set<string>();
  const heard = {
    changed: (change: VerdictChange) => void changes.push(change),
    otherTemplate: (prompt: string) => void others.add(prompt),
  };
  const asker = (model: string): Asker =>
    replay === null ? liveAsker(service, model, onAsk) : replayAsker(service, model, replay, heard);
  const budgetUsd = replay === null ? (options.budgetUsd ?? null) : null;
  const runs: Run[] = [];
  for (const model of modelsOf(options))
    runs.push(
      await runSuites(asker(model), {
        ...{ suites, seed, count, budgetUsd, signal },
        onProgress: (progress) => onProgress(model, progress),
      }),
    );
  const models = runs.map((run) => modelReportOf(run, suites));
  const gates = gateResults(bounds, models);
  const report: Report = {
    format: 'codementor-llm evaluation 1',
    created_at: new Date((options.service?.clock ?? systemClock).nowMs()).toISOString(),
    version: VERSION,
    ...{ seed, n: count, is_replay: replay !== null, models, comparisons: [...comparisonsOf(runs)], gates },
    verdict_changes: changes,
    other_templates: [...others].sort(),
    not_measured: NOT_MEASURED,
  };
  return { report, markdown: markdownOf(report, suites, baseline), end: endOf(runs, gates) };
}

function endOf(runs: readonly Run[], gates: Report['gates']): Evaluation['end'] {
  if (runs.some(({ isOutOfBudget }) => isOutOfBudget)) return 'out-of-budget';
  if (runs.some(isUnanswered)) return 'unanswered';
  return gates.every(({ is_met }) => is_met) ? 'passed' : 'gates-missed';
}

/** A vendor has its bad minutes; of more than that no share is one of what was planned. */
const MOST_UNANSWERED = 0.05;

function isUnanswered({ cases }: Run): boolean {
  return cases.filter(({ outcome }) => outcome === 'infra').length > MOST_UNANSWERED * cases.length;
}

function modelsOf({ models = [], replay }: EvaluationOptions): readonly string[] {
  if (replay !== undefined) return replay.models;
  return models.length > 0 ? models : [DEFAULT_MODEL];
}
