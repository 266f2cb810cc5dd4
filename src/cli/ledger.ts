// `codementor-llm ledger`: the rows themselves, to keep or to reckon with elsewhere, and their repricing.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { operatorKeyOption } from './ask-options.ts';
import { instant } from './instant.ts';
import { type ExportOptions, exportRows } from './ledger-export.ts';
import { type RepriceCommand, repriceLedger } from './ledger-reprice.ts';

export function addLedger(program: Command): void {
  const ledger = program.command('ledger').summary('export the ledger, or re-rate a part of it');
  ledger
    .command('export')
    .summary('write its rows to standard output')
    .description('Write the rows of the ledger to standard output, oldest first: one line each.')
    .option('--from <time>', 'from this day or instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z', instant)
    .option('--to <time>', 'up to this day or instant, without it', instant)
    .option('--user <id>', 'of this user alone')
    .option('--tenant <name>', 'of this tenant alone')
    .option('--request <id>', 'of this request alone')
    .addOption(
      new Option('--format <format>', 'jsonl, in the shape of the HTTP API, or csv')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .addOption(operatorKeyOption())
    .addHelpText(
      'after',
      `
Examples:
  $ codementor-llm ledger export --from 2026-01-01 --to 2026-02-01 --format csv > january.csv
  $ codementor-llm ledger export --user alice | jq -s 'map(.cost_usd)'`,
    )
    .action((options: ExportOptions) => exportRows(options));
  const reprice = ledger
    .command('reprice')
    .summary('re-rate a period with the prices of now')
    .description(
      'Re-rate what was used in a period with the prices of now. No row changes: a difference is a row of its own that names the one it corrects. Shows what it would do, and asks, before it writes.',
    )
    .requiredOption('--from <time>', 'from this day or instant on', instant)
    .requiredOption('--to <time>', 'up to this day or instant, without it', instant)
    .option('--tenant <name>', 'of this tenant alone')
    .option('--provider <name>', 'of this provider alone')
    .option('--model <name>', 'of this model alone, without its provider', nonEmpty)
    .option('--dry-run', 'reckon, and write nothing')
    .option('--yes', 'write without being asked')
    .option('--json', 'the summary as JSON')
    .addOption(operatorKeyOption());
  reprice.action((options: RepriceCommand) => repriceLedger(options, reprice));
}

function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('Write the name of a model.');
  return text;
}
