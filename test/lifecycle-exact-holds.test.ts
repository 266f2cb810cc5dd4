// What is held for an attempt under a window of tokens is never a guess: whichever target is asked, whatever it is told of a schema, and
// when it is told what was wrong with its answer.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ModelCard } from '../src/core/catalog.ts';
import type { FittedRequest } from '../src/core/request.ts';
import { createTokenCounter } from '../src/tokens/counter.ts';
import { answers, fails, type Turn, target, World } from './world.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 30);

/** One token for each character that is no space. */
const counter = async () => {
  const made = createTokenCounter(
    () => Promise.resolve((text: string) => text.replaceAll(' ', '').length),
    () => Promise.resolve(),
  );
  await made.ready('o200k_base');
  return made;
};

/** Spaces where a guess would look, 16 stretches evenly spread, and a token for each character between them. */
const LENGTH = 40_000;
const hidden = Array.from({ length: LENGTH }, (_, at) => {
  const after = at % (LENGTH / 15);
  return after < 700 || after > LENGTH / 15 - 700 ? ' ' : 'x';
}).join('');
const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
const turns: Readonly<Record<string, Turn>> = {
  wrong: answers('{"a": "no integer"}'),
  'no JSON': answers('as you asked'),
  right: answers('{"a": 1}'),
  broken: fails('provider_unreachable'),
  slow: fails('provider_timeout'),
};
const anyTarget = fc.record({
  features: fc.subarray(['json_schema', 'json_mode'] as const),
  encoding: fc.constantFrom('o200k_base' as const, null),
});

/** As a counter finds it that knows of nothing else. */
async function exactly(request: FittedRequest, card: ModelCard): Promise<number> {
  const fresh = await counter();
  await fresh.prepare(request, [card], new AbortController().signal);
  return fresh.requestUpperBound(request, card);
}

it('each attempt of any mix of targets is held for at its count, also where its answer goes back to it', async () => {
  let attempts = 0;
  let repaired = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyTarget, { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom(...Object.keys(turns)), { maxLength: 5 }),
      async (mix, played) => {
        const targets = mix.map(({ features, encoding }, index) => {
          const known = target({ model: `model-${index}` });
          return { ...known, card: { ...known.card, features: new Set(features), encoding } };
        });
        const world = new World({
          targets,
          turns: played.flatMap((name) => turns[name] ?? []),
          always: answers('{"a": 1}'),
          limits: { tokens_per_day: 100_000_000 },
          policy: { contextMaxTokens: 1_000_000 },
          tokens: await counter(),
        });
        const asked = {
          messages: [{ role: 'user' as const, content: hidden }],
          responseFormat: { type: 'json-schema' as const, name: 'any', schema },
          maxTokens: 100,
        };
        await world.complete(asked).catch(() => {});
        const rows = world.rowList();
        expect(rows.length).toBe(world.asked.length);
        for (const [index, { request, model }] of world.asked.entries()) {
          const card = targets.find((each) => each.card.model === model)?.card;
          if (card === undefined) throw new Error(`Nobody is called ${model}`);
          // A vendor in this process is handed the schema itself.
          expect(rows[index]?.heldTokens).toBe((await exactly(request, card)) + 100);
          expect(rows[index]?.heldTokens).toBeGreaterThan(hidden.replaceAll(' ', '').length);
          attempts++;
          repaired += request.messages.length > 1 ? 1 : 0;
        }
      },
    ),
    { numRuns },
  );
  console.log(`${attempts} attempts, of which ${repaired} were told what was wrong`);
  expect(repaired).toBeGreaterThan(0);
});

it('messages that are written on in, and asked again, are counted again', async () => {
  const counts = await counter();
  const { card } = target();
  const known: ModelCard = { ...card, encoding: 'o200k_base' };
  const world = new World({
    targets: [{ ...target(), card: known }],
    always: answers('Hello'),
    limits: { tokens_per_day: 100_000_000 },
    policy: { contextMaxTokens: 1_000_000 },
    tokens: counts,
  });
  const message = { role: 'user' as const, content: ' '.repeat(LENGTH) };
  const messages = [message];
  await world.complete({ messages, maxTokens: 100, cache: 'off' });
  message.content = hidden;
  await world.complete({ messages, maxTokens: 100, cache: 'off' });
  expect(world.rowList()[1]?.heldTokens).toBeGreaterThan(hidden.replaceAll(' ', '').length);
});
