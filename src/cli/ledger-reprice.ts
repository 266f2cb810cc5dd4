// `codementor-llm ledger reprice`: what would change is reckoned first and shown; rows are written when that was agreed to.

import { confirm, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import { llmError } from '../index.ts';
import type { Backend, RepriceQuestion } from './backend.ts';
import type { RepriceAnswer } from './native.ts';
import { openBackend } from './open-backend.ts';
import { type Column, grouped, table } from './table.ts';
import { clearLine, dim, toJson, toOutput, toPeople } from './terminal.ts';

export interface RepriceCommand {
  readonly from: number;
  readonly to: number;
  readonly tenant?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly key?: string;
}

const COLUMNS: readonly Column<RepriceAnswer>[] = [
  { title: 'ATTEMPTS', align: 'right', text: ({ attempts }) => grouped(attempts) },
  { title: 'CORRECTED', align: 'right', text: ({ corrected }) => grouped(corrected) },
  { title: 'UNPRICED', align: 'right', text: ({ unpriced }) => grouped(unpriced) },
  { title: 'BEFORE USD', align: 'right', text: ({ before_usd }) => before_usd },
  { title: 'AFTER USD', align: 'right', text: ({ after_usd }) => after_usd },
];

export async function repriceLedger(options: RepriceCommand, command: Command): Promise<void> {
  const { from: fromMs, to: toMs, tenant = null, provider = null, model = null, dryRun, yes, json, key } = options;
  if (fromMs >= toMs) command.error('error: --to must be later than --from');
  const isAsking = !dryRun && !yes;
  if (isAsking && !(process.stdin.isTTY && process.stderr.isTTY))
    command.error('error: nobody can be asked here: give --dry-run to see what would change, or --yes to write it');
  const question = { fromMs, toMs, tenant, provider, model };
  const show = (summary: RepriceAnswer) => toOutput(json ? toJson(summary) : table([summary], COLUMNS));
  const backend = await openBackend(key ?? null, { asOperator: true });
  try {
    if (isAsking && !(await isAgreed(question, backend))) return;
    show(await run({ ...question, dryRun: dryRun === true }, backend));
  } finally {
    await backend.close();
  }
}

async function isAgreed(question: Omit<RepriceQuestion, 'dryRun'>, backend: Backend): Promise<boolean> {
  const summary = await run({ ...question, dryRun: true }, backend);
  toPeople(table([summary], COLUMNS));
  if (summary.corrected === 0) {
    toPeople('Nothing is to be corrected.\n');
    return false;
  }
  const message = `Write ${grouped(summary.corrected)} corrections to the ledger?`;
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  if (isCancel(answer)) throw llmError('cancelled', 'Nothing was written');
  return answer;
}

async function run(question: RepriceQuestion, backend: Backend): Promise<RepriceAnswer> {
  const what = question.dryRun ? 'reckoning' : 'repricing';
  const tell = (text: string) => {
    if (!process.stderr.isTTY) return;
    clearLine();
    toPeople(dim(text));
  };
  tell(`${what} …`);
  try {
    return await backend.reprice(question, (rows) => tell(`${what}: ${grouped(rows)} rows read`));
  } finally {
    if (process.stderr.isTTY) clearLine();
  }
}
