// A server reads its configuration again when the file changes, or on SIGHUP. A file with a fault changes nothing: the rules that
// hold go on holding, and the fault is told.

import { unwatchFile, watchFile } from 'node:fs';
import type { LLMService, Logs } from '../index.ts';
import { toPeople } from './terminal.ts';

/** By looking, not by the system's notices: those miss files that are renamed into place or lie on a network. */
const LOOK_EVERY_MS = 1_000;

/** What comes back ends it. */
export function reloadOnChange(service: LLMService, logs: Logs): () => void {
  const { filePath } = service.config;
  const reload = () => {
    service.reload().then(
      () => toPeople('The configuration was read again; it holds from the next request on.\n'),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        logs.report('error', 'config_reload_failed', { message });
        toPeople(`The configuration was not changed. ${message}\n`);
      },
    );
  };
  watchFile(filePath, { interval: LOOK_EVERY_MS, persistent: false }, (now, before) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) reload();
  });
  process.on('SIGHUP', reload);
  return () => {
    unwatchFile(filePath);
    process.off('SIGHUP', reload);
  };
}
