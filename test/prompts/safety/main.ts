// `npm run safety`: plants every fault and writes the tables of docs/safety.md. Nothing is written where there is no data of attacks.

import { readFileSync, writeFileSync } from 'node:fs';
import { hasSharedData } from '../../shared-data.ts';
import { FULL, figuresOf } from './all-figures.ts';
import { pageWith, tablesOf } from './table.ts';

const PAGE = new URL('../../../docs/safety.md', import.meta.url);

if (!hasSharedData) {
  console.error('There is no data of attacks beside the project; docs/safety.md is left as it is');
  process.exit(1);
}
const figures = await figuresOf(FULL);
writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), tablesOf(figures)));
for (const { fault, missed } of figures.classes)
  if (fault.demand !== 'measured' && missed.length > 0)
    console.log(`${fault.area}, ${fault.name}: ${missed.length} missed, such as ${missed[0]}`);
for (const { area, refused } of figures.clean) if (refused.length > 0) console.log(`${area}: ${refused[0]}`);
for (const { differing } of figures.twins) for (const each of differing) console.log(each);
console.log('written to docs/safety.md');
