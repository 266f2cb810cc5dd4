// The figures of docs/safety.md, made again and compared with the page word for word.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hasSharedData } from '../../shared-data.ts';
import { FULL, figuresOf } from './all-figures.ts';
import { holdTrue } from './promises.ts';
import { pageWith, tablesOf } from './table.ts';

const page = readFileSync(new URL('../../../docs/safety.md', import.meta.url), 'utf8');

it.runIf(hasSharedData)('docs/safety.md has the figures that come of planting every fault today', async () => {
  const figures = await figuresOf(FULL);
  holdTrue(figures);
  expect(pageWith(page, tablesOf(figures))).toBe(page);
});
