// Suites that need a server from this machine's binaries: where there is none they are skipped, in so many words. In CI (`CI` set)
// nothing is skipped: the suite runs, and fails at the first server it starts.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** The program on the PATH, or null. */
export function programPath(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** `describe` when the server can be had; else a skipped suite and one line that says what is not tested. */
export function describeWith(server: string, isThere: boolean, name: string, suite: () => void): void {
  if (isThere || (process.env['CI'] ?? '') !== '') {
    describe(name, suite);
    return;
  }
  console.warn(`SKIPPED, for want of ${server} on this machine: ${name}`);
  describe.skip(`${name} (no ${server} here)`, suite);
}
