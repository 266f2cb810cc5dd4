// GET /v1/models: OpenAI's list, with what our catalogue knows beside it.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { llmError, type ModelInfo, modelJson } from '../../index.ts';
import type { GatewayParts } from '../answer.ts';
import { modelListReply, replies } from '../reply-schemas.ts';

const PREFIXES = ['/v1', '/openai/v1'];

export function modelRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const list = () => {
    const models = service.models();
    const known = new Map<string, number>();
    for (const { model } of models) known.set(model, (known.get(model) ?? 0) + 1);
    // A name that two providers know leads to the first of them alone, so it is given in full.
    return models.map((info) => listed(info, known.get(info.model) === 1));
  };
  for (const prefix of PREFIXES) {
    const schema = { summary: 'List the models', tags: ['openai'], response: replies(modelListReply) };
    app.get(`${prefix}/models`, { schema, config: { dialect: 'openai', access: 'user' } }, () => ({
      object: 'list',
      data: list(),
    }));
    const one = { summary: 'Look up a model', tags: ['openai'], params: z.object({ '*': z.string() }) };
    app.get<{ Params: { '*': string } }>(
      `${prefix}/models/*`,
      { schema: one, config: { dialect: 'openai', access: 'user' } },
      ({ params }) => {
        const found = list().find(({ id }) => id === params['*']);
        if (found === undefined)
          throw llmError('model_not_found', 'There is no such model; GET /v1/models lists them', { param: 'model' });
        return found;
      },
    );
  }
}

function listed(info: ModelInfo, isPlain: boolean) {
  const { provider, model, readOn } = info;
  return {
    id: isPlain ? model : `${provider}/${model}`,
    object: 'model',
    // OpenAI's clients want a number; when the catalogue's entry was read is the one date there is.
    created: Math.floor(Date.parse(readOn) / 1_000),
    owned_by: provider,
    ...modelJson(info),
  };
}
