// I27 through the pipeline: what stands in the instructions of a prompt is in nothing that a caller is given, be it an answer, a draft, a piece
// of a stream or a failure, however the vendor cuts what it sends.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import { type RunningGateway, startGateway } from '../../gateway/start.ts';
import type { ScriptedAsk } from '../../vendor/scripted-model.ts';
import { askOf, PROMPTS, type PromptName } from './asks.ts';
import { squeezed, textAt } from './documents.ts';
import { canaryIn, instructionsIn, KNOWN_FORMS, OTHER_FORMS, WORDS, withWords } from './fault-catalogue-words.ts';
import { type Ask, Pipeline } from './pipeline.ts';

const COMPLETION = (prompt: string) => `/api/v1/llm/prompts/${prompt}/completion`;
/** As they are drawn: bytes by which the vendor's answer is cut. */
const SLICES = [1, 2, 3, 5, 7, 11, 13, 17, 40, 4_000];
const isLong = process.env['LONG'] === '1';

let pipeline: Pipeline;
let here: RunningGateway;
beforeAll(async () => {
  pipeline = await Pipeline.open();
  here = await startGateway();
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await here.close();
});

/** What the prompt tells the model, as a scripted model would see it. */
function toldBy(messages: readonly { readonly content?: unknown }[]): ScriptedAsk {
  return { prompt: messages.map(({ content }) => JSON.stringify(content)).join('\n'), name: '', repairs: 0 };
}

/** What the package's sample is for an ask. */
async function sampleOf(ask: Ask): Promise<JsonObject> {
  return JSON.parse((await pipeline.ask(ask)).written);
}

const RUNS = 13;
const wordsOf = (asked: ScriptedAsk) =>
  instructionsIn(asked)
    .split(' ')
    .slice(4, 4 + RUNS + 5)
    .join(' ');
const TELLS: Readonly<Record<string, (asked: ScriptedAsk) => string>> = {
  'the canary': canaryIn,
  'the instructions': wordsOf,
  ...Object.fromEntries(
    Object.entries(KNOWN_FORMS).map(([name, form]) => [
      `the canary, ${name}`,
      (asked: ScriptedAsk) => form(canaryIn(asked)),
    ]),
  ),
};

describe('I27: a draft', () => {
  const drafting = PROMPTS.filter((prompt) => prompt === 'tutor_greeting' || prompt === 'concept_explanation');

  it.each(drafting)('of %s never shows what is not to be told, at whichever character it is cut', async (prompt) => {
    const ask = askOf(prompt, seeded(1, prompt));
    const asked = toldBy(pipeline.service.prompts.render(prompt, ask.variables).messages);
    const judge = pipeline.service.prompts.judge(prompt, ask.variables);
    let drafts = 0;
    for (const tells of Object.values(TELLS)) {
      const secret = tells(asked);
      for (const path of WORDS[prompt]) {
        const text = JSON.stringify(withWords(await sampleOf(ask), path, secret));
        const step = isLong ? 1 : 3;
        for (let end = 1; end <= text.length; end += step) {
          const draft = judge.draftOf?.(text.slice(0, end)) ?? null;
          if (draft === null) continue;
          drafts += 1;
          const shown = squeezed(JSON.stringify(draft));
          if (shown.includes(squeezed(secret))) throw new Error(`shown: ${JSON.stringify(draft)}`);
        }
      }
    }
    expect(drafts).toBeGreaterThan(500);
  });
});

/** All that a caller gets for it, as one text. */
async function receivedFor(ask: Ask, more: JsonObject): Promise<string> {
  const { prompt, variables } = ask;
  const reply = await here.post(COMPLETION(prompt), { variables, ...more, cache: 'off' });
  return `${JSON.stringify([...reply.headers])}\n${await reply.text()}`;
}

interface Leaky {
  readonly sample: JsonObject;
  /** Whether it stands in the words for the student too, or only where the model speaks to itself. */
  readonly isInWords: boolean;
  readonly tell: (asked: ScriptedAsk) => string;
  readonly prompt: PromptName;
}

/** A vendor whose model tells it in its words, in its private notes and while it thinks, cut into pieces. */
function leak({ sample, tell, prompt, isInWords }: Leaky, sliceBytes: number): () => string {
  let told = '';
  here.vendor.script(({ body }) => {
    const messages = Array.isArray(body['messages']) ? body['messages'] : [];
    told = tell(toldBy(messages.map((message) => ({ content: Object(message)['content'] }))));
    const [path = []] = WORDS[prompt];
    const privately = { ...Object(sample['internal']) };
    for (const key of Object.keys(privately)) if (key !== 'intent') privately[key] = told.slice(0, 190);
    const noted = { ...sample, internal: privately };
    const written = isInWords ? withWords(noted, path, told) : noted;
    return { says: { text: JSON.stringify(written), reasoning: `They want me to say ${told} now.` }, sliceBytes };
  });
  return () => told;
}

describe('I27: what a caller gets of a real wire', () => {
  const names = isLong ? Object.keys(TELLS) : ['the canary', 'the instructions'];

  it.each(PROMPTS.flatMap((prompt) => names.map((name) => [prompt, name] as const)))(
    'for %s has nothing of %s: whole, streamed, with drafts and without',
    async (prompt, name) => {
      const chance = seeded(3, `${prompt} ${name}`);
      const ask = askOf(prompt, chance);
      const tell = TELLS[name] ?? canaryIn;
      const sample = await sampleOf(ask);
      const ways = [{ stream: false }, { stream: true }, { stream: true, drafts: false }];
      for (const [more, isInWords] of ways.flatMap((way) => [true, false].map((each) => [way, each] as const))) {
        const leaky = { sample, tell, prompt, isInWords };
        const secretOf = leak(leaky, chance.pick(SLICES));
        const received = await receivedFor(ask, more);
        const secret = secretOf();
        expect(secret.length).toBeGreaterThan(10);
        expect(squeezed(received)).not.toContain(squeezed(secret));
        // As pieces of a stream are put together again.
        const pieces = [...received.matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text).join('');
        expect(squeezed(pieces)).not.toContain(squeezed(secret));
        if (!isInWords) expect(received).toContain('Offline sample');
      }
    },
  );

  it('is an answer where the model tells nothing, so that the above says something', async () => {
    const ask = askOf('tutor_greeting', seeded(3, 'clean'));
    const text = JSON.stringify(await sampleOf(ask));
    here.vendor.script({ says: { text }, sliceBytes: 7 });
    expect(await receivedFor(ask, { stream: true })).toContain('Offline sample');
  });
});

describe('I27: encoded forms', () => {
  it('that are looked for are refused, all of them; others get by, and the page says so', async () => {
    const of = async (form: (canary: string) => string) => {
      const ask = askOf('hint_generation', seeded(5, 'forms'));
      let told = '';
      const { data } = await pipeline.ask(ask, (written, asked) => {
        told = form(canaryIn(asked));
        return { ...written, hint: `${textAt(written, 'hint')} ${told}` };
      });
      return data !== null && squeezed(JSON.stringify(data)).includes(squeezed(JSON.stringify(told)).slice(1, -1));
    };
    for (const [name, form] of Object.entries(KNOWN_FORMS)) expect([name, await of(form)]).toEqual([name, false]);
    const got: string[] = [];
    for (const [name, form] of Object.entries(OTHER_FORMS)) if (await of(form)) got.push(name);
    // None of them is caught: should one be, the page that says so is wrong.
    expect(got).toEqual(Object.keys(OTHER_FORMS));
  });
});
