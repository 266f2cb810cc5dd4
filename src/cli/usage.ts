// `codementor-llm usage`: what was asked and what it cost, from the ledger.

import { type Command, InvalidArgumentError } from 'commander';
import type { UsageGroup } from '../index.ts';
import { keyOption } from './ask-options.ts';
import { CLI_USER } from './backend.ts';
import type { UsageLine } from './native.ts';
import { openBackend } from './open-backend.ts';
import { type Column, grouped, table } from './table.ts';
import { dim, toJson, toOutput, toPeople } from './terminal.ts';

interface Options {
  readonly user?: string;
  readonly from?: number;
  readonly to?: number;
  readonly by?: UsageGroup;
  readonly json?: true;
  readonly key?: string;
}

type Line = UsageLine & { readonly key: string };

const FIGURES: readonly Column<Line>[] = [
  { title: 'REQUESTS', align: 'right', text: ({ requests }) => grouped(requests) },
  { title: 'CACHED', align: 'right', text: ({ cached }) => grouped(cached) },
  { title: 'IN', align: 'right', text: ({ prompt_tokens }) => grouped(prompt_tokens) },
  { title: 'OUT', align: 'right', text: ({ completion_tokens }) => grouped(completion_tokens) },
  { title: 'TOKENS', align: 'right', text: ({ total_tokens }) => grouped(total_tokens) },
  { title: 'COST USD', align: 'right', text: ({ cost_usd }) => cost_usd },
  { title: 'SAVED USD', align: 'right', text: ({ saved_usd }) => saved_usd },
  { title: 'UNPRICED', align: 'right', text: ({ unpriced }) => grouped(unpriced) },
];

export function addUsage(program: Command): void {
  program
    .command('usage')
    .summary('show what was asked and what it cost')
    .description('Show what a user asked and what it cost, from the ledger. Times are UTC.')
    .option('--user <id>', `whose usage (default: ${CLI_USER}, or whose the key is)`)
    .option('--from <time>', 'from this day or instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z', instant)
    .option('--to <time>', 'up to this day or instant, without it', instant)
    .option('--by <group>', 'one line for each day, model, provider or tag:<name>', group)
    .option('--json', 'as JSON, in the shape of the HTTP API')
    .addOption(keyOption())
    .action(usage);
}

async function usage({ user, from, to, by, json, key }: Options): Promise<void> {
  const backend = await openBackend(key ?? null);
  try {
    const answer = await backend.usage({
      userId: user ?? null,
      fromMs: from ?? null,
      toMs: to ?? null,
      by: by ?? null,
    });
    if (json) {
      toOutput(toJson(answer));
      return;
    }
    if (process.stderr.isTTY) toPeople(dim(`usage of ${answer.user_id}\n`));
    const lines = [...answer.groups, { ...answer.totals, key: 'total' }];
    toOutput(table(lines, [{ title: (by ?? '').toUpperCase(), text: (line) => line.key }, ...FIGURES]));
  } finally {
    await backend.close();
  }
}

function instant(text: string): number {
  const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
  const atMs = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError('Write a day such as 2026-01-31 or an instant such as 2026-01-31T12:00:00Z.');
  return atMs;
}

function group(text: string): UsageGroup {
  if (text === 'day' || text === 'model' || text === 'provider') return text;
  const [prefix, name] = text.split(/:(.+)/);
  if (prefix === 'tag' && name !== undefined) return `tag:${name}`;
  throw new InvalidArgumentError('Write day, model, provider or tag:<name>.');
}
