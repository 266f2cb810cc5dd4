// The faults of the catalogue once more, each over a real vendor's wire and the gateway: from a model that cannot be told. What is delivered
// has none of them, and a failure says nothing of what the model wrote.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import { type RunningGateway, startGateway } from '../../gateway/start.ts';
import { isRecord } from './documents.ts';
import { CATALOGUE } from './figures.ts';
import { Pipeline, type Planted } from './pipeline.ts';

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

/** The vendor's model writes the sample of that ask, and spoils it each time. */
function spoil({ spoil: fault }: Planted, sample: JsonObject): readonly string[] {
  const written: string[] = [];
  here.vendor.script(({ body }) => {
    const messages = (Array.isArray(body['messages']) ? body['messages'] : []).filter(isRecord);
    const prompt = messages.map(({ content }) => JSON.stringify(content)).join('\n');
    const spoiled = fault(sample, { prompt, name: '', repairs: 0 });
    const text = typeof spoiled === 'string' ? spoiled : JSON.stringify(spoiled);
    written.push(text);
    return { says: { text } };
  });
  return written;
}

const promised = CATALOGUE.filter(({ demand }) => demand !== 'measured');

describe('a fault that is never delivered', () => {
  it.each(promised.map((fault) => [fault.area, fault.name, fault] as const))(
    '%s, %s: is not over HTTP either',
    async (area, name, fault) => {
      const planted = await fault.plant(
        seeded(11, `${area}: ${name}`),
        async (ask) => (await pipeline.ask(ask)).data ?? {},
      );
      const { prompt, variables } = planted;
      const sample: JsonObject = JSON.parse((await pipeline.ask(planted)).written);
      const written = spoil(planted, sample);
      const reply = await here.post(`/api/v1/llm/prompts/${prompt}/completion`, { variables, cache: 'off' });
      const answer: unknown = await reply.json();
      expect(written.length).toBeGreaterThan(0);
      if (!isRecord(answer)) throw new Error('The answer is no object');
      if (reply.status === 200) {
        const data = isRecord(answer['data']) ? answer['data'] : {};
        const isTold = planted.isTold?.(JSON.parse(JSON.stringify(answer['verification']))) === true;
        expect([planted.isIn(data) && !isTold, data]).toEqual([false, data]);
      } else {
        expect([reply.status, answer['error']]).toEqual([
          502,
          expect.objectContaining({ code: 'provider_rejected_answer' }),
        ]);
        expect(JSON.stringify(answer)).not.toContain('Offline sample');
      }
    },
  );
});
