// The figures of docs/safety.md: each kind of fault planted so often, and what came of it; and what was refused of answers without a fault.

import { type Seeded, seeded } from '../../../src/eval/seeded.ts';
import { type Share, shareOf } from '../../../src/eval/statistics.ts';
import { askOf, PROMPTS } from './asks.ts';
import { cleanAnswers } from './clean-words.ts';
import { EXERCISE } from './fault-catalogue-exercise.ts';
import { FORM } from './fault-catalogue-form.ts';
import { HINTS, REPLIES } from './fault-catalogue-hint.ts';
import { FEEDBACK, REVIEWS } from './fault-catalogue-review.ts';
import { EXPLANATIONS, GREETINGS, INTERVIEWS } from './fault-catalogue-talk.ts';
import { IN_WORDS } from './fault-catalogue-words.ts';
import type { FaultClass } from './fault-class.ts';
import { type Delivery, type End, endOf, type Pipeline, type Planted } from './pipeline.ts';

export const SEED = 7;

export const CATALOGUE: readonly FaultClass[] = [
  ...[...FORM, ...IN_WORDS],
  ...EXERCISE,
  ...[...HINTS, ...REPLIES],
  ...[...REVIEWS, ...FEEDBACK],
  ...[...GREETINGS, ...INTERVIEWS, ...EXPLANATIONS],
];

export interface ClassFigures {
  readonly fault: FaultClass;
  /** Of faults in a first answer. */
  readonly ends: Readonly<Record<End, number>>;
  /** Not delivered, or told. */
  readonly caught: Share;
  /** Asked for beside the one that is delivered anyhow, for each delivery. */
  readonly extraAnswers: number;
  /** Of a model that makes the fault each time: how often it was delivered and not told. */
  readonly deliveredAtLast: number;
  /** Of what was delivered: where the fault was not caught. */
  readonly missed: readonly string[];
}

export async function classFigures(pipeline: Pipeline, fault: FaultClass, count: number): Promise<ClassFigures> {
  const chance = seeded(SEED, `${fault.area}: ${fault.name}`);
  const ends: Record<End, number> = { refused: 0, 'left out': 0, told: 0, delivered: 0 };
  const missed: string[] = [];
  let answers = 0;
  let deliveredAtLast = 0;
  for (let at = 0; at < count; at += 1) {
    const planted = await fault.plant(chance, async (ask) => (await cleanly(pipeline, ask)).data ?? {});
    const delivery = await pipeline.once(planted);
    const end = endOf(planted, delivery);
    ends[end] += 1;
    answers += delivery.answers;
    if (end === 'delivered') missed.push(`${planted.prompt}: ${delivery.written}`);
    if (isDelivered(planted, await pipeline.always(planted))) deliveredAtLast += 1;
  }
  const extraAnswers = answers / count - 1;
  return { fault, ends, caught: shareOf(count - ends.delivered, count), extraAnswers, deliveredAtLast, missed };
}

function isDelivered({ isIn, isTold }: Planted, { data, verification }: Delivery): boolean {
  return data !== null && isIn(data) && !(verification !== null && isTold?.(verification) === true);
}

async function cleanly(pipeline: Pipeline, ask: Parameters<Pipeline['ask']>[0]): Promise<Delivery> {
  const delivery = await pipeline.ask(ask);
  if (delivery.data === null || delivery.answers !== 1) throw new Error(`${ask.prompt}: a sample was refused`);
  return delivery;
}

export interface CleanFigures {
  readonly area: string;
  /** What was refused or left out of it. */
  readonly alarms: Share;
  readonly refused: readonly string[];
}

/** Of the package's samples, and of answers as a tutor words them. */
export async function cleanFigures(pipeline: Pipeline, count: number): Promise<readonly CleanFigures[]> {
  const samples: CleanFigures[] = [];
  for (const prompt of PROMPTS) {
    const chance = seeded(SEED, `clean: ${prompt}`);
    samples.push(await alarmsIn(prompt, count, () => pipeline.ask(askOf(prompt, chance))));
  }
  return [...samples, ...(await wordedFigures(pipeline, count * PROMPTS.length, seeded(SEED, 'clean words')))];
}

async function wordedFigures(pipeline: Pipeline, count: number, chance: Seeded): Promise<readonly CleanFigures[]> {
  const answers = cleanAnswers(count, chance);
  const areas = [...new Set(answers.map(({ area }) => area))].sort();
  const figures: CleanFigures[] = [];
  for (const area of areas) {
    const own = answers.filter((answer) => answer.area === area);
    const next = own[Symbol.iterator]();
    const ask = () => {
      const { value } = next.next();
      if (value === undefined) throw new Error('There are no more of them');
      return pipeline.ask(value, value.write);
    };
    figures.push(await alarmsIn(`${area}, worded`, own.length, ask));
  }
  return figures;
}

async function alarmsIn(area: string, count: number, ask: () => Promise<Delivery>): Promise<CleanFigures> {
  const refused: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { refusals, verification, written } = await ask();
    const dropped = verification?.dropped ?? [];
    if (refusals.length > 0 || dropped.length > 0)
      refused.push(`${refusals[0] ?? dropped.map(({ rule, reason }) => `${rule}: ${reason}`).join()} ${written}`);
  }
  return { area, alarms: shareOf(refused.length, count), refused };
}
