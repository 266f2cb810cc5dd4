// `codementor-llm usage`: what was asked and what it cost, from the ledger.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { csvHeader, csvLine, USAGE_COLUMNS, type UsageGroup } from '../index.ts';
import { operatorKeyOption } from './ask-options.ts';
import { type Backend, CLI_SELF, type UsageQuestion } from './backend.ts';
import { instant } from './instant.ts';
import type { UsageAnswer, UsageLine } from './native.ts';
import { openBackend } from './open-backend.ts';
import { type Column, grouped, table } from './table.ts';
import { dim, printable, toJson, toOutput, toPeople, toReader } from './terminal.ts';

interface Options {
  readonly user?: string;
  readonly tenant?: string;
  readonly from?: number;
  readonly to?: number;
  readonly by?: UsageGroup;
  readonly json?: true;
  readonly csv?: true;
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
  const command = program
    .command('usage')
    .summary('show what was asked and what it cost')
    .description('Show what a user, or a whole tenant, asked and what it cost, from the ledger. Times are UTC.')
    .option('--user <id>', `whose usage (default: ${CLI_SELF.userId}, or whose the key is)`)
    .option('--tenant <name>', 'of this tenant: of all its users, or of the one that --user names')
    .option('--from <time>', 'from this day or instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z', instant)
    .option('--to <time>', 'up to this day or instant, without it', instant)
    .option('--by <group>', 'one line for each day, model, provider, prompt, user or tag:<name>', group)
    .option('--json', 'as JSON, in the shape of the HTTP API')
    .addOption(new Option('--csv', 'as CSV, one line for each group').conflicts('json'))
    .addOption(operatorKeyOption());
  command.action((options: Options) => usage(options, command));
}

async function usage(options: Options, command: Command): Promise<void> {
  const { user, by = null, json, csv, key } = options;
  if (by === 'user' && user !== undefined)
    command.error('error: --by user shows the users of a tenant; leave out --user');
  const backend = await openBackend(key ?? null, { asOperator: true });
  try {
    const whose = await whoseOf(options, backend);
    const question: UsageQuestion = { ...whose, fromMs: options.from ?? null, toMs: options.to ?? null, by };
    if (csv) await writeCsv(question, backend);
    else if (json) toOutput(toJson(await wholeAnswer(question, backend)));
    else {
      const { groups, totals } = await wholeAnswer(question, backend);
      // Whoever sees no requests has to see whose they would be.
      const { tenant, userId } = whose;
      toPeople(dim(`usage of ${printable(userId === null ? '' : `user ${userId} of `)}tenant ${printable(tenant)}\n`));
      const lines = [...groups, { ...totals, key: 'total' }];
      // Names of tags are the callers' own text.
      toOutput(table(lines, [{ title: (by ?? '').toUpperCase(), text: (line) => printable(line.key) }, ...FIGURES]));
    }
  } finally {
    await backend.close();
  }
}

type Whose = Pick<UsageQuestion, 'tenant' | 'userId'>;

/** Users are told apart within a tenant only. */
async function whoseOf({ tenant, user, by }: Options, backend: Backend): Promise<Whose> {
  if (tenant !== undefined) return { tenant, userId: user ?? null };
  const self = await backend.self();
  return { tenant: self.tenant, userId: by === 'user' ? null : (user ?? self.userId) };
}

/** All pages as one: the totals are the same on each. */
async function wholeAnswer(question: UsageQuestion, backend: Backend): Promise<UsageAnswer> {
  let answer = await backend.usage(question, null);
  while (answer.next_cursor !== null) {
    const next = await backend.usage(question, answer.next_cursor);
    answer = { ...next, groups: [...answer.groups, ...next.groups] };
  }
  return answer;
}

/** Page by page; ends early when the reader has gone. */
async function writeCsv(question: UsageQuestion, backend: Backend): Promise<void> {
  let wanted = await toReader(csvHeader(USAGE_COLUMNS));
  for (let cursor: string | null = null; wanted; ) {
    const { totals, groups, next_cursor: next }: UsageAnswer = await backend.usage(question, cursor);
    const lines = question.by === null ? [{ ...totals, key: 'total' }] : groups;
    wanted = await toReader(lines.map((line) => csvLine(USAGE_COLUMNS, line)).join(''));
    if (next === null) return;
    cursor = next;
  }
}

function group(text: string): UsageGroup {
  const plain = (['day', 'model', 'provider', 'prompt', 'user'] as const).find((name) => name === text);
  if (plain !== undefined) return plain;
  const [prefix, name] = text.split(/:(.+)/);
  if (prefix === 'tag' && name !== undefined) return `tag:${name}`;
  throw new InvalidArgumentError('Write day, model, provider, prompt, user or tag:<name>.');
}
