import { cleanFigures } from './figures.ts';
import { benignFigures, suspicionFigures, twinFigures } from './injection-figures.ts';
import { Pipeline } from './pipeline.ts';
await using p = await Pipeline.open();
for (const f of await cleanFigures(p, 30)) console.log(f.area, f.alarms.k, f.alarms.n, [...new Set(f.refused)].slice(0, 6));
for (const f of suspicionFigures()) console.log(f.texts, f.suspected.k, f.suspected.n);
for (const f of await benignFigures(p, 40)) console.log(f.prompt, f.blocked.k, f.blocked.n);
for (const f of await twinFigures(p, 35)) console.log(f.prompt, f.place, f.alike.k, f.alike.n, f.alikeFollowed.k, f.alikeFollowed.n, f.delivered.k, f.delivered.n, f.differing.slice(0, 4));
