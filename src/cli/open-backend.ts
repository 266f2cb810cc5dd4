// Who answers a command: the library in this process, or the server that holds the data folder, spoken to over HTTP. One process
// has a DATA_DIR, so this is decided by who holds it, here and nowhere else.

import { scheduler } from 'node:timers/promises';
import { holderOf, loadConfig } from '../index.ts';
import type { Backend } from './backend.ts';
import { Failure } from './failure.ts';
import { openLocal } from './local.ts';
import { openRemote } from './remote.ts';

/** Another command holds the folder for as long as its answer takes, a server only until it listens: both are waited for. */
const PATIENCE_MS = 5_000;
const GLANCE_MS = 100;

/** `asOperator`: without another key, the admin key of this environment signs in. */
export async function openBackend(
  key: string | null,
  { asOperator = false }: { readonly asOperator?: boolean } = {},
): Promise<Backend> {
  const config = loadConfig();
  const { dataDir, adminKey } = config;
  const signIn = key ?? (asOperator ? (adminKey?.reveal() ?? null) : null);
  for (let waitedMs = 0; ; waitedMs += GLANCE_MS) {
    const holder = holderOf(dataDir);
    if (holder === null) return openLocal(config);
    if (holder.url !== null) return openRemote(holder.url, signIn);
    if (waitedMs >= PATIENCE_MS) {
      const who = holder.pid === null ? 'another process' : `process ${holder.pid}`;
      throw new Failure(`The data folder ${dataDir} is in use by ${who}, which does not listen`, {
        hint: 'Let it end; or run `codementor-llm serve`, which all commands can share.',
      });
    }
    await scheduler.wait(GLANCE_MS);
  }
}
