// `npm run conformance`: runs every case and writes docs/conformance.md. Nothing is written when a case fails, or when there is no
// recorded traffic: a page with fewer cases than the one before would say less than is known.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasRecordings } from '../providers/recorded.ts';
import { hasSharedData } from '../shared-data.ts';
import { exchanges, runMatrix } from './matrix.ts';
import { pageOf, recordedCasesBy } from './page.ts';

const PAGE = new URL('../../docs/conformance.md', import.meta.url);

const matrix = await runMatrix();
const count = matrix.rows.reduce((sum, { counts }) => sum + counts.recorded + counts.written + counts.mock, 0);
for (const { name, why } of matrix.failures) console.error(`failed: ${name}\n  ${why.split('\n')[0]}`);
if (matrix.failures.length > 0) {
  console.error(`${matrix.failures.length} of ${count} cases failed; docs/conformance.md is left as it is`);
  process.exitCode = 1;
} else if (!hasRecordings || !hasSharedData) {
  const recorded = matrix.rows.reduce((sum, { counts }) => sum + counts.recorded, 0);
  const skipped = recordedCasesBy(readFileSync(PAGE, 'utf8')) - recorded;
  console.log(
    `${count} cases passed. Skipped: ${skipped} cases of recorded traffic, which does not lie beside the project;`,
  );
  console.log('docs/conformance.md is left as it is, since it has them');
} else {
  const made = { commit: commit(), on: new Date().toISOString().slice(0, 10) };
  writeFileSync(PAGE, pageOf(matrix, exchanges(), made));
  console.log(`${count} cases passed; written to docs/conformance.md`);
}

function commit(): string {
  const here = fileURLToPath(new URL('../..', import.meta.url));
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).trim();
}
