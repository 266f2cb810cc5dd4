// `codementor-llm eval`: how well a model does as a tutor, by cases whose truth is known. Exit codes: 0 all gates are met, 100 one is not (as
// promptfoo has it), 2 the budget was reached before all was asked, 1 anything else.

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Evaluation,
  EvaluationError,
  evaluate,
  type ModelReport,
  type Progress,
  type RecordedAsk,
  Recording,
  readGates,
  recordLine,
  reportSchema,
  SUITES,
  type Suite,
} from '../eval/index.ts';
import { loadConfig } from '../index.ts';
import { Failure } from './failure.ts';
import { quietLogs } from './local.ts';
import { stopOnInterrupt } from './stop.ts';
import { clearLine, dim, printable, toJson, toOutput, toPeople } from './terminal.ts';

interface Options {
  readonly suite?: readonly Suite[];
  readonly model?: readonly string[];
  readonly n: number;
  readonly seed: number;
  readonly budgetUsd?: string;
  readonly record?: string;
  readonly replay?: string;
  readonly baseline?: string;
  readonly failUnder?: string;
  readonly report: string;
  readonly json?: true;
}

const EXIT_CODES = { passed: 0, 'gates-missed': 100, 'out-of-budget': 2, unanswered: 1 } as const;

export function addEval(program: Command): void {
  program
    .command('eval')
    .summary('measure a model as a tutor, by cases whose truth is known')
    .description(
      'Measure a model as a tutor. The cases are made from exercises with known mistakes, so nobody has to label anything; what only people ' +
        'can judge is not measured, and the report says so.',
    )
    .option('--suite <names>', `of ${SUITES.map(({ name }) => name).join(', ')} (default: all)`, suitesNamed)
    .option('-m, --model <name>', 'a model or route; again for another that is compared with it', collected)
    .option('-n, --n <count>', 'cases of each suite', wholeNumber, 20)
    .option('--seed <number>', 'draws the cases', wholeNumber, 1)
    .option('--budget-usd <amount>', 'stop asking when a model has cost as much', money)
    .option('--record <file>', 'write what was asked and answered, a line of JSON each')
    .option('--replay <file>', 'ask nobody: judge what was recorded again')
    .option('--baseline <file>', 'an earlier report.json, to show beside')
    .option('--fail-under <file>', 'bounds that must hold: {"hints.leak_free": {"min": 1}}')
    .option('--report <name>', 'write <name>.json and <name>.md', 'report')
    .option('--json', 'the report as JSON to standard output')
    .addHelpText(
      'after',
      `
Exit codes: 0 all bounds hold, 100 one does not, 2 the budget was reached first, 1 anything else.

Examples:
  $ codementor-llm eval --n 5
  $ codementor-llm eval --suite hints,review --model groq/openai/gpt-oss-120b --model openai/gpt-5.4-mini --budget-usd 1.00
  $ codementor-llm eval --n 50 --record out.jsonl --fail-under gates.json
  $ codementor-llm eval --n 50 --replay out.jsonl`,
    )
    .action(evaluateModels);
}

async function evaluateModels(options: Options): Promise<void> {
  const { suite, model, budgetUsd, failUnder, baseline, record, n: count, seed } = options;
  using stop = stopOnInterrupt();
  try {
    const given = {
      ...(suite !== undefined && { suites: suite }),
      ...(model !== undefined && { models: model }),
      ...(budgetUsd !== undefined && { budgetUsd }),
      ...(options.replay !== undefined && { replay: new Recording(textOf(options.replay)) }),
      ...(failUnder !== undefined && { gates: readGates(textOf(failUnder)) }),
      ...(baseline !== undefined && { baseline: baselineIn(baseline) }),
    };
    using log = recordingAt(record ?? null);
    const evaluation = await evaluate({
      ...given,
      ...{ count, seed, signal: stop.signal, onAsk: log.write, onProgress: tellProgress },
      service: { logs: quietLogs(loadConfig()) },
    });
    tell(evaluation, options);
  } catch (error) {
    throw error instanceof EvaluationError ? new Failure(error.message) : error;
  } finally {
    if (process.stderr.isTTY) clearLine();
  }
}

/** Line by line, so that a run that is stopped has kept what it asked. Never over a file that is there: it may have cost money. */
function recordingAt(file: string | null): Disposable & { readonly write: (ask: RecordedAsk) => void } {
  if (file === null) return { write: () => {}, [Symbol.dispose]: () => {} };
  try {
    const descriptor = openSync(file, 'wx');
    return {
      write: (ask) => void writeSync(descriptor, recordLine(ask)),
      [Symbol.dispose]: () => closeSync(descriptor),
    };
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new Failure(isThere ? `${file} is there already: name another file` : `${file} cannot be written`);
  }
}

function tell({ report, markdown, end }: Evaluation, { report: name, json }: Options): void {
  write(`${name}.json`, toJson(report));
  write(`${name}.md`, markdown);
  toOutput(json ? toJson(report) : printable(markdown));
  toPeople(dim(`written: ${name}.json, ${name}.md\n`));
  const exitCode = EXIT_CODES[end];
  if (end === 'passed') return;
  const missed = report.gates.filter(({ is_met }) => !is_met).map(({ model, metric }) => `${metric} of ${model}`);
  const messages = {
    'out-of-budget': 'The budget was reached before all cases were asked',
    'gates-missed': `Not all bounds hold: ${missed.join(', ')}`,
    unanswered: 'Too many cases were not answered for any bound to be shown: the report says why',
  } as const;
  throw new Failure(messages[end], { exitCode });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    throw new Failure(`${file} cannot be written`, {
      hint: 'The report itself is above; --report names another place.',
    });
  }
}

const BAR = 24;

function tellProgress(model: string, { suite, done, planned, infra, costUsd }: Progress): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round((BAR * done) / planned);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const spentUsd = costUsd === null ? 'unpriced' : `$${costUsd}`;
  const failed = infra === 0 ? '' : ` · ${infra} not answered`;
  clearLine();
  toPeople(dim(`${bar} ${done} of ${planned} · ${suite} · ${printable(model)} · ${spentUsd}${failed}`));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Failure(`${file} cannot be read`);
  }
}

function baselineIn(file: string): readonly ModelReport[] {
  try {
    return reportSchema.parse(JSON.parse(textOf(file))).models;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${file} is no report of an evaluation`, { hint: 'A run writes one as report.json (--report).' });
  }
}

function suitesNamed(text: string): readonly Suite[] {
  return text.split(',').map((name) => {
    const suite = SUITES.find((each) => each.name === name.trim());
    if (suite === undefined)
      throw new InvalidArgumentError(
        `There is no suite ${name.trim()}: ${SUITES.map((each) => each.name).join(', ')}.`,
      );
    return suite;
  });
}

function collected(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
}

function money(text: string): string {
  if (!/^\d{1,6}(\.\d{1,12})?$/.test(text)) throw new InvalidArgumentError('It must be an amount of USD: 1.00.');
  return text;
}
