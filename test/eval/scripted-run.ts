// An evaluation of a scripted model, as the stories need it: of the feedback suite unless they say otherwise, with nothing in the environment.

import { type EvaluationOptions, evaluate, type Report, SUITES } from '../../src/eval/index.ts';
import { seeded } from '../../src/eval/seeded.ts';
import { type Fault, type Script, scriptedModel } from '../vendor/scripted-model.ts';

export const quiet = { report: () => {}, flush: () => Promise.resolve() };
export const suites = (...names: readonly string[]) => SUITES.filter(({ name }) => names.includes(name));

export async function run(script: Script, options: Partial<EvaluationOptions> = {}) {
  const model = scriptedModel(script);
  const evaluation = await evaluate({
    suites: suites('feedback'),
    models: ['scripted/tutor'],
    count: 20,
    seed: 1,
    service: { env: {}, providers: [model.provider], logs: quiet },
    ...options,
  });
  return { ...evaluation, model };
}

export const clean = (seed: number): Script => ({ faults: {}, random: seeded(seed, 'clean').random });

const broken: Fault = (written) => JSON.stringify(written).slice(0, -7);

/** One answer in so many is cut. */
export const planted = (rate: number, seed: number): Script => ({
  faults: { broken: { rate, fault: broken } },
  random: seeded(seed, 'planted').random,
});

export function metric(report: Report, suite: string, name: string) {
  const share = report.models[0]?.suites[suite]?.metrics[name];
  if (share === undefined) throw new Error(`There is no ${suite}.${name}`);
  return share;
}

/** Of so many seeds, for how many the interval that is reported holds what was planted. */
export async function seedsThatHold(rate: number, seeds: number, count: number): Promise<number> {
  let held = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { report } = await run(planted(rate, seed), { count, seed });
    const { low, high, n } = metric(report, 'feedback', 'first_pass');
    if (n !== count) throw new Error(`Of ${count} cases ${n} were played`);
    if (low <= 1 - rate && 1 - rate <= high) held++;
  }
  return held;
}
