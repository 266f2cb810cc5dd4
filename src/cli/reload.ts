// A server reads its configuration and its templates again when a file of them changes, or on SIGHUP. A configuration with a fault
// changes nothing, a template with one leaves its old version in use; either is told.

import { globSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { LLMService, Logs } from '../index.ts';
import { toPeople } from './terminal.ts';

/** By looking, not by the system's notices: those miss files that are renamed into place or lie on a network. */
const LOOK_EVERY_MS = 1_000;

/** What comes back ends it. */
export function reloadOnChange(service: LLMService, logs: Logs): () => void {
  const watched = new Set<string>();
  const reload = () => {
    // Before they are read, so that a file that is written in two goes is read twice.
    watchAll();
    service.reload().then(
      () => {
        watchAll();
        toPeople('The configuration was read again; it holds from the next request on.\n');
        for (const note of notesOfPrompts(service)) toPeople(`${note}\n`);
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        logs.report('error', 'config_reload_failed', { message });
        toPeople(`The configuration was not changed. ${message}\n`);
      },
    );
  };
  const watchAll = () => {
    const paths = new Set(pathsOf(service));
    for (const path of watched) if (!paths.has(path)) unwatch(path);
    for (const path of paths) if (!watched.has(path)) watch(path);
  };
  const watch = (path: string) => {
    watched.add(path);
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) reload();
    });
  };
  const unwatch = (path: string) => {
    watched.delete(path);
    unwatchFile(path);
  };
  watchAll();
  process.on('SIGHUP', reload);
  return () => {
    for (const path of watched) unwatch(path);
    process.off('SIGHUP', reload);
  };
}

/** A folder changes when a file in it comes or goes, and not when one is written over. */
function pathsOf({ config: { filePath, promptsDir } }: LLMService): string[] {
  if (promptsDir === null) return [filePath];
  const templates = globSync('*.prompt.yaml', { cwd: promptsDir }).map((file) => join(promptsDir, file));
  return [filePath, promptsDir, ...templates];
}

function notesOfPrompts(service: LLMService): readonly string[] {
  return service.status().notes.filter((note) => !service.config.notes.includes(note));
}
