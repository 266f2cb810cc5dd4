import { seeded } from '../../../src/eval/seeded.ts';
import { askOf, PROMPTS } from './asks.ts';
import { Pipeline } from './pipeline.ts';

await using p = await Pipeline.open();
const c = seeded(1, 'x');
for (const prompt of PROMPTS) {
  const t = performance.now();
  const d = await p.ask(askOf(prompt, c));
  for (let i = 0; i < 10; i++) await p.ask(askOf(prompt, c));
  console.log(prompt, d.answers, d.refusals, ((performance.now() - t) / 11).toFixed(1), 'ms', d.written);
}
const t = performance.now();
for (let i = 0; i < 20; i++) {
  const d = await p.ask(askOf('hint_generation', c), (w) => ({ ...w, hint: 'see https://evil.example' }));
  if (i < 2) console.log(d);
}
console.log(performance.now() - t);
