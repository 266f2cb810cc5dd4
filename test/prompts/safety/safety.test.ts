// Faults that are planted in a model's answers, and what comes of them at the other end of the pipeline. The same at its full size is a long
// run, which is held to the tables of docs/safety.md.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasSharedData } from '../../shared-data.ts';
import { figuresOf, SMALL } from './all-figures.ts';
import { CATALOGUE } from './figures.ts';
import { holdTrue } from './promises.ts';
import { type Figures, tablesOf } from './table.ts';

const page = readFileSync(new URL('../../../docs/safety.md', import.meta.url), 'utf8');

let figures: Figures;
beforeAll(async () => {
  figures = await figuresOf(SMALL);
}, 120_000);

describe('a model with known faults', () => {
  it('has each of them caught, at a small size', () => holdTrue(figures));

  it.each(['every prompt', 'exercise', 'hint', 'reply', 'review', 'feedback', 'greeting', 'interview', 'explanation'])(
    'has faults of every kind: %s',
    (area) => expect(CATALOGUE.filter((fault) => fault.area === area).length).toBeGreaterThan(4),
  );
});

describe('docs/safety.md', () => {
  it('has a line for each fault, and none for another', () => {
    const line = /^\| ([a-z ]+) \| ([^|]+) \| [^|]+ \| \d+ \| \d+(?: \(told\))? \|/gm;
    const told = [...page.matchAll(line)].map(([, area, name]) => `${area}: ${name}`);
    expect(told.sort()).toEqual(CATALOGUE.map(({ area, name }) => `${area}: ${name}`).sort());
  });

  it('says of every fault that is promised that none was delivered', () => {
    const tables = tablesOf(figures);
    expect(Object.keys(tables).filter((name) => !page.includes(`<!-- figures: ${name} -->`))).toEqual([]);
    const caught = /<!-- figures: caught -->([\s\S]*?)<!-- end -->/.exec(page)?.[1] ?? '';
    const rows = [...caught.matchAll(/^\|.*\| (\d+) \|$/gm)];
    expect(rows.length).toBe(CATALOGUE.filter(({ demand }) => demand !== 'measured').length);
  });

  it.runIf(hasSharedData)('has what is suspected of the texts of attacks, as it is today', () => {
    expect(page).toContain(tablesOf(figures)['suspicions']);
  });
});
