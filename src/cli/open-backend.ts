// Who answers a command: the library in this process, or the server that holds the data folder, spoken to over HTTP. One process
// has a DATA_DIR, so this is decided by who holds it, here and nowhere else.

import { scheduler } from 'node:timers/promises';
import { type Config, holderOf, loadConfig } from '../index.ts';
import type { Backend } from './backend.ts';
import { Failure } from './failure.ts';
import { openLocal } from './local.ts';
import { openRemote } from './remote.ts';

/** Another command holds the folder for as long as its answer takes, a server only until it listens: both are waited for. */
const PATIENCE_MS = 5_000;
const GLANCE_MS = 100;
/** Whoever held it a moment ago has let it go. */
const NOBODY_YET = { pid: null, url: null };

/** `asOperator`: without another key, the admin key of this environment signs in. */
export async function openBackend(
  key: string | null,
  { asOperator = false }: { readonly asOperator?: boolean } = {},
): Promise<Backend> {
  const config = loadConfig();
  const { dataDir, adminKey } = config;
  const signIn = key ?? (asOperator ? (adminKey?.reveal() ?? null) : null);
  for (let waitedMs = 0; ; waitedMs += GLANCE_MS) {
    const local = holderOf(dataDir) === null ? await openUnlessHeld(config) : null;
    if (local !== null) return local;
    const holder = holderOf(dataDir) ?? NOBODY_YET;
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

/** Null: another command was quicker, between the look at the folder and the lock on it. */
async function openUnlessHeld(config: Config): Promise<Backend | null> {
  try {
    return await openLocal(config);
  } catch (error) {
    if (holderOf(config.dataDir) === null) throw error;
    return null;
  }
}
