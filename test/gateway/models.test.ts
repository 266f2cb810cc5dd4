// GET /v1/models to keys that may not ask everything: what is listed is what an answer can be had from, and nothing else.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, CHAT, COMPLETION, MODEL, type RunningGateway, startGateway } from './start.ts';

const SMALL = 'openai/gpt-oss-20b';
/** `small` may ask one model, `none` not one that a key of ours names; a route has the name of a model and leads to another. */
const YAML = `tenants:
  small: { allowed_models: [groq/${SMALL}] }
  large: { allowed_models: [${MODEL}, groq/llama-3.1-8b-instant] }
  routed: { allowed_models: [tutor, groq/llama-3.3-70b-versatile] }
routes:
  tutor: { targets: [${SMALL}] }
  llama-3.3-70b-versatile: { targets: [${MODEL}] }
`;
const TENANTS = ['free', 'small', 'large', 'routed'];
const listReply = z.object({ object: z.literal('list'), data: z.array(z.object({ id: z.string() })) });

let here: RunningGateway;
let everything: readonly string[];
const cwd = mkdtempSync(join(tmpdir(), 'codementor-models-'));
beforeAll(async () => {
  writeFileSync(join(cwd, 'codementor-llm.yaml'), YAML);
  here = await startGateway({ cwd });
  everything = [...here.service.routes(), ...here.service.models()].map(({ id }) => id);
});
afterAll(async () => {
  await here.close();
  rmSync(cwd, { recursive: true });
});

async function listed(headers: Readonly<Record<string, string>>): Promise<string[]> {
  return listReply.parse(await (await here.get('/v1/models', headers)).json()).data.map(({ id }) => id);
}

describe('the list of models', () => {
  it('is of all, where nothing was said, and each name leads to the model that it describes', async () => {
    expect(await listed({})).toEqual(everything);
    expect(everything).toContain(SMALL);
    for (const { id, model } of here.service.models()) {
      const reply = await here.post(COMPLETION, asks(id, { model: id }));
      expect([id, reply.status, await reply.json()]).toMatchObject([id, 200, { model }]);
    }
  });

  it('begins with the routes, as models of ours with their targets', async () => {
    const [tutor, other, ...models] = z
      .object({ data: z.array(z.looseObject({})) })
      .parse(await (await here.get('/v1/models')).json()).data;
    expect(tutor).toMatchObject({
      id: 'tutor',
      object: 'model',
      created: expect.any(Number),
      owned_by: 'codementor-llm',
      context_window: 131_072,
      price: null,
      features: expect.arrayContaining(['tools']),
      targets: [SMALL],
    });
    expect(other).toMatchObject({ id: 'llama-3.3-70b-versatile', targets: [MODEL] });
    expect(models.filter((model) => 'targets' in model)).toEqual([]);
  });

  it('has the routes in Anthropic’s shape too', async () => {
    const headers = { 'anthropic-version': '2023-06-01' };
    const tutor = { type: 'model', id: 'tutor', display_name: 'tutor', max_input_tokens: 131_072, targets: [SMALL] };
    expect(await (await here.get('/v1/models', headers)).json()).toMatchObject({ first_id: 'tutor' });
    expect(await (await here.get('/v1/models/tutor', headers)).json()).toMatchObject(tutor);
  });

  it.each(['tutor', SMALL, `groq/${SMALL}`, 'groq/llama-3.3-70b-versatile', 'llama-3.3-70b-versatile'])(
    'has by itself whatever a completion takes as a model: %s',
    async (model) => {
      expect((await here.post(CHAT, asks('hi', { model }))).status).toBe(200);
      expect(await (await here.get(`/v1/models/${model}`)).json()).toMatchObject({ id: model, object: 'model' });
    },
  );

  it('B11: to a key, is exactly what a completion with that key takes: by its own list and by its tenant’s', async () => {
    for (const tenant of TENANTS) {
      for (const allowedModels of [null, [SMALL], [`groq/${MODEL}`, 'tutor'], ['llama-3.3-70b-versatile']]) {
        const { key } = await here.service.keys.create({ tenant, userId: 'ann', allowedModels });
        const headers = { authorization: `Bearer ${key}` };
        const told = await listed(headers);
        for (const model of everything) {
          const about = JSON.stringify({ tenant, allowedModels, model });
          const reply = await here.post(CHAT, asks('hi', { model }), headers);
          expect([about, reply.status]).toEqual([about, told.includes(model) ? 200 : 403]);
          const one = await here.get(`/v1/models/${model}`, headers);
          expect([about, one.status]).toEqual([about, told.includes(model) ? 200 : 404]);
        }
      }
    }
  });

  it('B11: in the library, whatever the lists: a listed model answers and no other does', async () => {
    const names = [...everything, ...everything.map((id) => `groq/${id}`)];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TENANTS),
        fc.option(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 }), { nil: null }),
        async (tenant, allowedModels) => {
          const caller = { tenant, userId: 'ann', allowedModels };
          const told = [...here.service.routes(caller), ...here.service.models(caller)].map(({ id }) => id);
          for (const model of everything) {
            const messages = [{ role: 'user' as const, content: 'hi' }];
            const code = await here.service.generateCompletion({ messages, model }, { caller }).then(
              () => 'answered',
              (error: { code: string }) => error.code,
            );
            expect([model, code]).toEqual([model, told.includes(model) ? 'answered' : 'permission_denied']);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
