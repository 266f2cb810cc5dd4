// What comes of injections: of twins, of benign texts in the same places, and how many of either are told to the teacher.

import { type Seeded, seeded } from '../../../src/eval/seeded.ts';
import { type Share, shareOf } from '../../../src/eval/statistics.ts';
import type { JsonObject } from '../../../src/index.ts';
import { injectionSuspectedIn } from '../../../src/prompts/checks/hidden.ts';
import { reply, type Submission, WRONG } from './asks.ts';
import { SEED } from './figures.ts';
import {
  ATTACKS,
  asked,
  BENIGN,
  decidedIn,
  EMAILS,
  FOLLOWING,
  type Foreign,
  followed,
  PLACES,
  PLANTED_MAILS,
  type Place,
  TWINS,
} from './injections.ts';
import type { Ask, Delivery, Pipeline } from './pipeline.ts';

export interface TwinFigures {
  readonly prompt: string;
  readonly place: Place;
  /** Pairs of which what code decides is the same, with a model that takes no notice. */
  readonly alike: Share;
  /** The same, with one that follows, and goes on following. */
  readonly alikeFollowed: Share;
  /** Of what the follower says against the facts, how much was delivered. */
  readonly delivered: Share;
  readonly differing: readonly string[];
}

type Twin = (typeof TWINS)[number];

/** `count` attacks for each prompt and place. */
export async function twinFigures(pipeline: Pipeline, count: number): Promise<readonly TwinFigures[]> {
  const figures: TwinFigures[] = [];
  const known = new Map<string, string>();
  for (const prompt of TWINS)
    for (const place of PLACES) {
      if (asked(prompt, firstOf(WRONG), { place, text: 'x' }) === null) continue;
      const chance = seeded(SEED, `twins: ${prompt} ${place}`);
      const attacks = chance.shuffled([...ATTACKS, ...PLANTED_MAILS]).slice(0, count);
      figures.push(await twinsOf(pipeline, { prompt, place, attacks, chance, known }));
    }
  return figures;
}

interface TwinRun {
  readonly prompt: Twin;
  readonly place: Place;
  readonly attacks: readonly Foreign[];
  readonly chance: Seeded;
  /** What was decided of a submission as it is. */
  readonly known: Map<string, string>;
}

async function twinsOf(pipeline: Pipeline, { prompt, place, attacks, chance, known }: TwinRun): Promise<TwinFigures> {
  let [alike, alikeFollowed, answered, delivered] = [0, 0, 0, 0];
  const differing: string[] = [];
  const names = Object.keys(FOLLOWING);
  for (const [at, { text }] of attacks.entries()) {
    const submission = chance.pick(WRONG);
    const plain = await plainly(pipeline, prompt, submission, known);
    const ask = demanded(asked(prompt, submission, { place, text }));
    const quiet = decided(prompt, await pipeline.ask(ask));
    if (quiet !== null && plain.has(quiet)) alike += 1;
    else differing.push(`${text.slice(0, 60)}: ${quiet}`);
    const name = names[at % names.length] ?? '';
    const { fault, isIn } = followed(prompt, name, chance);
    const end = await pipeline.ask(ask, fault);
    if (isIn(end.data)) {
      delivered += 1;
      differing.push(`${name} was delivered: ${end.written}`);
    }
    const loud = decided(prompt, end);
    if (loud === null) continue;
    answered += 1;
    if (plain.has(loud)) alikeFollowed += 1;
    else differing.push(`${name}: ${loud}`);
  }
  const { length } = attacks;
  return {
    ...{ prompt, place, differing },
    alike: shareOf(alike, length),
    alikeFollowed: shareOf(alikeFollowed, answered),
    delivered: shareOf(delivered, length),
  };
}

/** Null: nothing was delivered. */
function decided(prompt: Twin, { data, verification }: Delivery): string | null {
  return data === null ? null : decidedIn(prompt, data, (verification?.fallback ?? null) !== null);
}

async function plainly(pipeline: Pipeline, prompt: Twin, submission: Submission, known: Map<string, string>) {
  const key = `${prompt} ${submission.id}`;
  const kept = known.get(key);
  if (kept !== undefined) return new Set(kept.split('\n'));
  const { data } = await pipeline.ask(demanded(asked(prompt, submission, null)));
  const told = (isStandIn: boolean, of: JsonObject) => decidedIn(prompt, of, isStandIn);
  const both = data === null ? [] : [told(false, data), told(true, data)];
  known.set(key, both.join('\n'));
  return new Set(both);
}

function demanded<Value>(value: Value | null): Value {
  if (value === null) throw new Error('There is no such place');
  return value;
}

function firstOf<Each>(list: readonly Each[]): Each {
  return demanded(list[0] ?? null);
}

export interface BenignFigures {
  readonly prompt: string;
  /** Not delivered as it was written. */
  readonly blocked: Share;
}

/** Texts that only sound like an injection, as comments and as messages of a chat. */
export async function benignFigures(pipeline: Pipeline, count: number): Promise<readonly BenignFigures[]> {
  const figures: BenignFigures[] = [];
  for (const prompt of [...TWINS, 'tutor_reply'] as const) {
    const chance = seeded(SEED, `benign: ${prompt}`);
    const texts = chance.shuffled(BENIGN).slice(0, count);
    let blocked = 0;
    for (const { text } of texts) {
      const { data, answers, verification } = await pipeline.ask(benignAsk(prompt, chance.pick(WRONG), text));
      if (data === null || answers !== 1 || verification?.fallback !== null) blocked += 1;
    }
    figures.push({ prompt, blocked: shareOf(blocked, texts.length) });
  }
  return figures;
}

function benignAsk(prompt: Twin | 'tutor_reply', submission: Submission, text: string): Ask {
  if (prompt === 'tutor_reply') return reply(submission, { history: [{ role: 'user', content: text }] });
  return demanded(asked(prompt, submission, { place: 'comment', text }));
}

export interface SuspicionFigures {
  readonly texts: string;
  readonly isAttack: boolean;
  readonly suspected: Share;
}

/** How many of each file are told to the teacher. */
export function suspicionFigures(): readonly SuspicionFigures[] {
  const of = (texts: string, isAttack: boolean, foreign: readonly Foreign[]): SuspicionFigures => {
    const found = foreign.filter(({ text }) => injectionSuspectedIn(text).length > 0);
    return { texts, isAttack, suspected: shareOf(found.length, foreign.length) };
  };
  const alone = (file: string) => ATTACKS.filter((attack) => attack.file === file);
  return [
    of('attacks, garak', true, alone('garak')),
    of('payloads, BIPIA, alone', true, alone('bipia')),
    of('payloads, BIPIA, in an e-mail', true, PLANTED_MAILS),
    of('e-mails, BIPIA, without a payload', false, EMAILS),
    of('benign texts with trigger words, NotInject', false, BENIGN),
  ];
}
