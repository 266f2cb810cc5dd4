// What stands above every table: where its figures come from, and how busy the machine was with other things when it began.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

export function heading(...more: readonly string[]): string {
  const here = fileURLToPath(new URL('..', import.meta.url));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0]?.toFixed(1);
  const machine = `${cpus().length} x ${cpus()[0]?.model}, load ${load}`;
  return `${[`commit ${commit}`, `Node ${process.version}`, machine, date, ...more].join(', ')}\n\n`;
}
