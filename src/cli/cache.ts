// `codementor-llm cache`: what an operator does with kept answers. Which ones there are nobody can list; they are invalidated unseen.

import type { Command } from 'commander';
import type { CacheSelector } from '../index.ts';
import { operatorKeyOption } from './ask-options.ts';
import { openBackend } from './open-backend.ts';
import { toJson, toOutput, toPeople } from './terminal.ts';

interface InvalidateOptions {
  readonly cacheKey?: string;
  readonly prompt?: string;
  readonly tenant?: string;
  readonly public?: true;
  readonly json?: true;
  readonly key?: string;
}

export function addCache(program: Command): void {
  const cache = program.command('cache').summary('invalidate kept answers');
  const invalidate = cache
    .command('invalidate')
    .summary('give kept answers to nobody any more')
    .description(
      'Give kept answers to nobody any more, nor those that are being made now. Choose them by exactly one of the first four options.',
    )
    .option('--cache-key <key>', 'one answer, by its cache_key: llm_cache:…')
    .option('--prompt <name>', 'those of a prompt template; name@version: of that version alone')
    .option('--tenant <name>', 'those of a tenant, with all of its users')
    .option('--public', 'those that everybody is given')
    .option('--json', 'as JSON, in the shape of the HTTP API')
    .addOption(operatorKeyOption());
  invalidate.action((options: InvalidateOptions) => run(options, invalidate));
}

async function run(options: InvalidateOptions, command: Command): Promise<void> {
  const selector = selectorIn(options);
  if (selector === null)
    command.error('error: which answers? Give exactly one of --cache-key, --prompt, --tenant and --public');
  const backend = await openBackend(options.key ?? null, { asOperator: true });
  try {
    const done = await backend.invalidateCache(selector);
    if (options.json) return toOutput(toJson(done));
    if (backend.url === null && done.reach !== 'all')
      return toPeople(
        'No server holds the data folder (DATA_DIR), so no answers are kept for it: there is nothing to do.\n',
      );
    const where = done.reach === 'all' ? 'in all instances, within a minute' : `by the server at ${backend.url}`;
    toPeople(`What was asked up to ${done.asked_up_to} is given to nobody any more, ${where}.\n`);
  } finally {
    await backend.close();
  }
}

/** Null: none, or more than one. */
function selectorIn({ cacheKey, prompt, tenant, public: isPublic }: InvalidateOptions): CacheSelector | null {
  const [selector = null, ...more] = [
    ...(cacheKey === undefined ? [] : [{ by: 'key', key: cacheKey } as const]),
    ...(prompt === undefined ? [] : [{ by: 'prompt', prompt } as const]),
    ...(tenant === undefined ? [] : [{ by: 'tenant', tenant } as const]),
    ...(isPublic === undefined ? [] : [{ by: 'public' } as const]),
  ];
  return more.length === 0 ? selector : null;
}
