import { seeded } from '../../../src/eval/seeded.ts';
import { FORM } from './fault-catalogue-form.ts';
import { IN_WORDS } from './fault-catalogue-words.ts';
import type { FaultClass } from './fault-class.ts';
import { endOf, Pipeline } from './pipeline.ts';

const more: FaultClass[] = [];
for (const f of process.argv.slice(3)) {
  const m = await import('./' + f);
  for (const v of Object.values(m))
    if (Array.isArray(v)) more.push(...v.filter((x) => typeof x === 'object' && x !== null && 'plant' in x));
}
const n = Number(process.argv[2] ?? 8);
await using p = await Pipeline.open();
const clean = async (ask: any) => {
  const d = await p.ask(ask);
  if (d.data === null || d.answers !== 1) throw new Error('not clean ' + JSON.stringify(d));
  return d.data;
};
for (const c of more.length ? more : [...FORM, ...IN_WORDS]) {
  const chance = seeded(7, c.name + c.area);
  const ends: Record<string, number> = {};
  let answers = 0;
  const bad: string[] = [];
  const always: Record<string, number> = {};
  const rules = new Set<string>();
  for (let i = 0; i < n; i++) {
    const planted = await c.plant(chance, clean);
    const d = await p.once(planted);
    const e = endOf(planted, d);
    ends[e] = (ends[e] ?? 0) + 1;
    answers += d.answers;
    d.refusals.slice(0, 1).forEach((r) => rules.add(r.slice(0, 60)));
    if (e === 'delivered') bad.push(planted.prompt + ' ' + d.written.slice(0, 1400));
    const a = await p.always(planted);
    const k =
      a.data === null
        ? 'failed'
        : planted.isIn(a.data)
          ? 'DELIVERED'
          : a.verification?.fallback
            ? 'stand-in'
            : 'left out';
    always[k] = (always[k] ?? 0) + 1;
  }
  console.log(
    c.area,
    '|',
    c.name,
    '|',
    c.demand,
    JSON.stringify(ends),
    (answers / n).toFixed(2),
    JSON.stringify(always),
    [...rules].slice(0, 3).join(' ; '),
  );
  if (c.demand !== 'measured') for (const b of bad.slice(0, 3)) console.log('     ', b);
}
