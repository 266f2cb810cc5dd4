// The published table is what the code gives: made again here, and compared with docs/conformance.md but for the line that dates it.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCompatible } from '../../src/providers/compatible.ts';
import { hasRecordings } from '../providers/recorded.ts';
import { hasSharedData } from '../shared-data.ts';
import type { Case } from './case.ts';
import { exchanges, type Matrix, runMatrix } from './matrix.ts';
import { pageOf, recordedCasesBy, withoutMadeLine } from './page.ts';
import { spanMs } from './waits.ts';
import { writtenCases } from './written-cases.ts';

const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
const hasAll = hasRecordings && hasSharedData;
if (!hasAll)
  console.log(
    `skipped: docs/conformance.md was not compared, and ${recordedCasesBy(page)} recorded cases were not run`,
  );

describe('conformance', () => {
  let matrix: Matrix;
  beforeAll(async () => {
    matrix = await runMatrix();
  });

  it('has no case that fails', () => {
    expect(matrix.failures).toEqual([]);
  });

  it.skipIf(!hasAll)('is published as it is; `npm run conformance` writes it anew', () => {
    const now = pageOf(matrix, exchanges(), { commit: 'any', on: 'any day' });
    expect(withoutMadeLine(page)).toBe(withoutMadeLine(now));
    expect(page).toMatch(/^Made on \d{4}-\d\d-\d\d from commit [0-9a-f]{7,40}\.$/m);
  });

  it('has a vendor’s cancelled stream closed, whatever its dialect', () => {
    for (const { name, counts, cells } of matrix.rows)
      if (counts.mock > 0) expect(cells.cancel, name).toEqual({ verdict: 'pass', cases: 1 });
    expect(matrix.rows.filter(({ counts }) => counts.mock > 0).length).toBeGreaterThanOrEqual(15);
  });
});

const of = (more: Partial<Case>): Case => ({
  ...{ vendor: 'groq', feature: 'whole', source: 'written', name: 'a case', run: () => {} },
  ...more,
});

describe('a table of cases', () => {
  it('passes what was seen, and knows nothing of the rest', async () => {
    const { rows, failures } = await runMatrix([of({}), of({ name: 'another' }), of({ feature: 'images' })]);
    const [groq, openai] = rows;
    expect(failures).toEqual([]);
    expect(groq?.cells).toMatchObject({
      whole: { verdict: 'pass', cases: 2 },
      images: { verdict: 'pass', cases: 1 },
      stream: { verdict: 'unknown' },
    });
    expect(new Set(Object.values(openai?.cells ?? {}).map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  it('names the case that fails, and one that belongs to no row', async () => {
    const fails = () => {
      throw new Error('read otherwise');
    };
    const { failures } = await runMatrix([
      of({ run: fails }),
      of({ feature: 'cancel', run: () => Promise.reject(new Error('stays open')) }),
      of({ vendor: 'nobody' }),
    ]);
    expect(failures).toEqual([
      { name: 'nobody: a case', why: 'there is no row for it' },
      { name: 'groq: Whole: a case', why: 'read otherwise' },
      { name: 'groq: Cancel: a case', why: 'stays open' },
    ]);
  });

  it('calls what is refused not offered, and holds the refusal to saying so', async () => {
    const vendor = {
      ...{ id: 'vllm', name: 'vLLM', fixtures: 'compatible/vllm', model: null },
      create: () => createCompatible({ id: 'vllm', preset: 'vllm', lacks: ['tools', 'images'] }),
    };
    const { rows, failures } = await runMatrix(writtenCases([vendor]));
    expect(failures).toEqual([]);
    expect(rows.find(({ id }) => id === 'vllm')?.cells).toMatchObject({
      tools: { verdict: 'not offered', cases: 1 },
      images: { verdict: 'not offered', cases: 1 },
      schema: { verdict: 'unknown' },
    });
  });

  it('reads waits by itself', () => {
    expect(['114h18m0s', '2m59.56s', '7.66s', '6ms', '37s', '1m0s', 'soon'].map(spanMs)).toEqual([
      ...[86_400_000, 179_560, 7_660, 6, 37_000, 60_000, null],
    ]);
  });
});
