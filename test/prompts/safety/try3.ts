import { cleanFigures } from './figures.ts';
import { Pipeline } from './pipeline.ts';
await using p = await Pipeline.open();
for (const f of await cleanFigures(p, 30)) console.log(f.area, f.alarms.k, f.alarms.n, [...new Set(f.refused)].slice(0, 6));
