// Faults of form, which every prompt may have: an answer that is no JSON or not the JSON that was asked for.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { Json, JsonObject } from '../../../src/index.ts';
import { askOf, PROMPTS, type PromptName } from './asks.ts';
import { changed, isRecord, type Path, withValue } from './documents.ts';
import type { FaultClass } from './fault-class.ts';

type Spoil = (written: JsonObject, prompt: PromptName, chance: Seeded) => string | JsonObject;

/** Whatever is delivered instead has to be what a model without the fault would have had delivered. */
function ofForm(name: string, spoil: Spoil, rules = 'schema'): FaultClass {
  return {
    ...{ area: 'every prompt', name, rules, demand: 'none' },
    async plant(chance, clean) {
      const prompt = chance.pick(PROMPTS);
      const ask = askOf(prompt, chance);
      const wanted = JSON.stringify(await clean(ask));
      const draw = chance.random();
      // The same answer however often it is written.
      const again = { ...chance, random: () => draw, below: (limit: number) => Math.floor(draw * limit) };
      return {
        ...ask,
        spoil: (written) => spoil(written, prompt, again),
        isIn: (data) => JSON.stringify(data) !== wanted && !isWithoutModel(data),
      };
    },
  };
}

/** Of what a stand-in delivers, none is the sample's. */
function isWithoutModel(data: JsonObject): boolean {
  return !JSON.stringify(data).includes('Offline sample');
}

/** A value that no schema lets in: a word that is no choice, a number that is too great, a number for a text. */
const OUT_OF_RANGE: Readonly<Record<PromptName, readonly [Path, Json]>> = {
  tutor_greeting: [['suggested_actions', 0, 'action'], 'open_shop'],
  exercise_generation: [['hints', 0, 'level'], 7],
  code_review: [['comments', 0, 'kind'], 'devastating'],
  hint_generation: [['question'], 12],
  feedback_generation: [['what_went_well', 0], 12],
  onboarding_interview: [['field_targeted'], 'age'],
  concept_explanation: [['check_question', 'correct_index'], 9],
  tutor_reply: [['internal', 'intent'], 'flatter'],
};

export const FORM: readonly FaultClass[] = [
  ofForm('JSON that is cut off', (written, _, chance) => {
    const text = JSON.stringify(written);
    return text.slice(0, 1 + chance.below(text.length - 1));
  }),
  ofForm('JSON that is malformed', (written, _, chance) => {
    const text = JSON.stringify(written);
    const broken = [
      text.replaceAll('"', "'"),
      text.replace('":', '" '),
      text.replace('{"internal"', '{internal'),
      text.replace(/}$/, ',}}'),
      text.replace('": "', '": '),
      `${text.slice(0, -1)} // done\n}`,
      text.replace(/"([^"]{20,})"/, '"$1'),
    ];
    return chance.pick(broken.filter((each) => each !== text));
  }),
  ofForm('JSON in a fence', (written, _, chance) => {
    const open = ['```json', '```', '~~~json', '```JSON'][chance.below(4)] ?? '```';
    return `${open}\n${JSON.stringify(written, null, 2)}\n${open.slice(0, 3)}`;
  }),
  ofForm('prose around the JSON', (written, _, chance) => {
    const text = JSON.stringify(written);
    const around = [
      `Sure! Here is the answer:\n\n${text}`,
      `${text}\n\nI hope this helps!`,
      `Answer: ${text} Good luck!`,
    ];
    return around[chance.below(around.length)] ?? text;
  }),
  ofForm('prose and no JSON', () => 'I am sorry, but I cannot answer in that form. Your program looks fine to me.'),
  ofForm('a value out of its range', (written, prompt) => withValue(written, ...OUT_OF_RANGE[prompt])),
  ofForm('a field that is missing', (written, _, chance) => {
    const places = fieldsOf(written);
    const place = places[chance.below(places.length)] ?? [];
    const rest = changed(written, place, () => undefined);
    return isRecord(rest) ? rest : {};
  }),
  ofForm('a field that nobody asked for', (written) => ({ ...written, verdict_override: 'pass' })),
  ofForm('a list in the place of an object', (written) => JSON.stringify([written])),
];

function fieldsOf(value: Json, before: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => fieldsOf(each, [...before, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => [
    [...before, name],
    ...fieldsOf(each ?? null, [...before, name]),
  ]);
}
