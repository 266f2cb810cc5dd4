// `codementor-llm models`: the routes, and what each model that can be asked holds and costs; with --check, whether the vendors agree.

import type { Command } from 'commander';
import { keyOption } from './ask-options.ts';
import { checkAtVendors } from './models-check.ts';
import type { ModelRow } from './native.ts';
import { openBackend } from './open-backend.ts';
import { type Column, grouped, table } from './table.ts';
import { toJson, toOutput } from './terminal.ts';

interface Options {
  readonly check?: true;
  readonly json?: true;
  readonly key?: string;
}

const COLUMNS: readonly Column<ModelRow>[] = [
  { title: 'MODEL', text: ({ id }) => id },
  { title: 'PROVIDER', text: ({ provider }) => provider },
  { title: 'WINDOW', align: 'right', text: ({ context_window }) => grouped(context_window) },
  { title: 'MAX OUTPUT', align: 'right', text: ({ max_output_tokens }) => grouped(max_output_tokens) },
  { title: 'IN', align: 'right', text: ({ price }) => price?.input ?? 'unpriced' },
  { title: 'CACHED', align: 'right', text: ({ price }) => price?.cached_input ?? '' },
  { title: 'OUT', align: 'right', text: ({ price }) => price?.output ?? '' },
  { title: 'FEATURES', text: ({ features }) => features.join(', ') },
];

const ROUTE_COLUMNS: readonly Column<ModelRow>[] = [
  { title: 'ROUTE', text: ({ id }) => id },
  { title: 'TARGETS', text: ({ targets = [] }) => targets.join(', ') },
];

export function addModels(program: Command): void {
  program
    .command('models')
    .summary('list the routes, and the models: window, prices, features')
    .description(
      'List the routes and models that can be asked. Prices are USD per million tokens.\n\nWith --check each vendor is asked for its own list, by the keys of this configuration, and what differs is told; when ' +
        'a list cannot be read, or a model that is in use is missing or has ended, the exit code is 1.',
    )
    .option('--check', 'compare configuration and catalogue with what the vendors list')
    .option('--json', 'as JSON')
    .addOption(keyOption())
    .action(models);
}

async function models({ check, json, key }: Options): Promise<void> {
  if (check) return checkAtVendors(json === true);
  const backend = await openBackend(key ?? null);
  try {
    const rows = await backend.models();
    if (json) toOutput(toJson({ models: rows }));
    else for (const text of tablesOf(rows)) toOutput(text);
  } finally {
    await backend.close();
  }
}

/** A route has neither window nor price of its own. */
function* tablesOf(rows: readonly ModelRow[]): Generator<string> {
  const routes = rows.filter(({ targets }) => targets !== undefined);
  if (routes.length > 0) yield `${table(routes, ROUTE_COLUMNS)}\n`;
  yield table(
    rows.filter(({ targets }) => targets === undefined),
    COLUMNS,
  );
}
