// The report for people. Every share stands with what it is a share of and how sure it is; what was not measured is said.

import type { Comparison, ModelReport, Report, SuiteReport } from './report.ts';
import { METRICS_OF_ALL } from './run.ts';
import type { Suite } from './suite.ts';

export function markdownOf(report: Report, suites: readonly Suite[], before: readonly ModelReport[] | null): string {
  const { models, seed, n, created_at: at, version } = report;
  return [
    '# Evaluation',
    '',
    `${at}, codementor-llm ${version}, seed ${seed}, ${n} cases of each suite. Shares with Wilson's 95 % interval, of the cases that were played.`,
    ...(report.is_replay
      ? ['', 'Judged again from a recording: nobody was asked, and what it cost is what it cost then.']
      : []),
    ...models.flatMap((model) => linesOfModel(model, before?.find((each) => each.model === model.model) ?? null)),
    ...linesOfComparisons(report.comparisons),
    ...linesOfGates(report),
    ...linesOfReplay(report),
    '',
    '## What is counted',
    '',
    ...Object.entries(METRICS_OF_ALL).map(([metric, counts]) => `- ${metric}: ${counts}`),
    ...suites.flatMap(({ name, metrics }) =>
      Object.entries(metrics).map(([metric, counts]) => `- ${name}.${metric}: ${counts}`),
    ),
    '',
    '## Not measured',
    '',
    ...report.not_measured.map((line) => `- ${line}`),
    '',
  ].join('\n');
}

function linesOfModel(model: ModelReport, before: ModelReport | null): string[] {
  const codes = Object.entries(model.infra_codes).map(([code, count]) => `${count} × ${code}`);
  const infra = codes.length === 0 ? '' : ` Nobody's score: ${codes.join(', ')}.`;
  const spent = model.is_out_of_budget ? ' The budget was reached before all cases were played.' : '';
  const spentUsd = model.cost_usd === null ? 'unpriced' : `$${model.cost_usd} in all`;
  return [
    '',
    `## ${model.model}`,
    '',
    `Answered by ${model.answered_by.join(', ') || 'nobody'}; ${spentUsd}.${spent}${infra}`,
    ...(model.answered_by.some((name) => name.startsWith('offline/'))
      ? ['', 'The offline provider answered: these are samples, and say nothing of any model.']
      : []),
    '',
    `| suite | metric | share | interval | of |${before === null ? '' : ' before |'}`,
    `|---|---|---|---|---|${before === null ? '' : '---|'}`,
    ...Object.entries(model.suites).flatMap(([suite, told]) =>
      rowsOf(suite, told, before?.suites[suite] ?? null, before !== null),
    ),
    '',
    '| suite | played of planned | answers per delivery | p50 / p95 ms | tokens of accepted answers | cost per delivery |',
    '|---|---|---|---|---|---|',
    ...Object.entries(model.suites).map(([suite, told]) => figuresOf(suite, told)),
  ];
}

function rowsOf(suite: string, { metrics }: SuiteReport, before: SuiteReport | null, hasBefore: boolean): string[] {
  return Object.entries(metrics).flatMap(([metric, { k, n, rate, low, high }]) => {
    if (rate === null) return [`| ${suite} | ${metric} | – | – | no case |${hasBefore ? ' – |' : ''}`];
    const then = hasBefore ? ` ${percent(before?.metrics[metric]?.rate ?? null)} |` : '';
    return [`| ${suite} | ${metric} | ${percent(rate)} | ${percent(low)} – ${percent(high)} | ${k} of ${n} |${then}`];
  });
}

function figuresOf(suite: string, told: SuiteReport): string {
  const { played, planned, answers_per_delivery: answers, response_time_ms: time, accepted_tokens: tokens } = told;
  const cells = [
    suite,
    `${played} of ${planned}`,
    answers === null ? '–' : answers.toFixed(2),
    `${time.p50 ?? '–'} / ${time.p95 ?? '–'}`,
    tokens ?? 'not told',
    costOf(told),
  ];
  return `| ${cells.join(' | ')} |`;
}

function costOf({ cost_usd: cost, cost_usd_per_delivery: each }: SuiteReport): string {
  if (cost === null) return 'not known';
  return each === null ? '–' : `$${each}`;
}

function linesOfComparisons(comparisons: readonly Comparison[]): string[] {
  const told = comparisons.filter(({ only_first, only_second }) => only_first + only_second > 0);
  if (told.length === 0) return [];
  return [
    '',
    '## Compared, case by case',
    '',
    "McNemar's exact test on the cases that both were given.",
    '',
    '| suite | metric | first alone | other alone | other | p |',
    '|---|---|---|---|---|---|',
    ...told.map(
      ({ suite, metric, only_first, only_second, models, p }) =>
        `| ${suite} | ${metric} | ${only_first} | ${only_second} | ${models[1]} | ${p.toFixed(4)} |`,
    ),
  ];
}

function linesOfGates({ gates }: Report): string[] {
  if (gates.length === 0) return [];
  return [
    '',
    '## Gates',
    '',
    '| gate | model | share | bound | met |',
    '|---|---|---|---|---|',
    ...gates.map(({ metric, model, rate, min, max, is_met }) => {
      const bounds = [min === null ? '' : `≥ ${percent(min)}`, max === null ? '' : `≤ ${percent(max)}`];
      return `| ${metric} | ${model} | ${percent(rate)} | ${bounds.filter(Boolean).join(', ')} | ${is_met ? 'yes' : '**no**'} |`;
    }),
  ];
}

function linesOfReplay({ verdict_changes: changes, other_templates: others }: Report): string[] {
  if (changes.length === 0 && others.length === 0) return [];
  return [
    '',
    '## Changed since the recording',
    '',
    ...others.map((prompt) => `- ${prompt}: the template is another one now`),
    ...changes.map(
      ({ case: id, prompt, before, now }) => `- ${prompt}, ${id}: ${before ?? 'accepted'} → ${now ?? 'accepted'}`,
    ),
  ];
}

function percent(rate: number | null): string {
  return rate === null ? '–' : `${(rate * 100).toFixed(1)} %`;
}
