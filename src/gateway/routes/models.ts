// GET /v1/models: OpenAI's list, with what our catalogue knows beside it. A key is told of what it may ask and of nothing else.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { llmError, type ModelInfo, modelJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { callerOf } from '../caller.ts';
import { modelListReply, replies } from '../reply-schemas.ts';

const PREFIXES = ['/v1', '/openai/v1'];

export function modelRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const list = (request: FastifyRequest) => service.models(callerOf(identityOf(request))).map(listed);
  for (const prefix of PREFIXES) {
    const schema = { summary: 'List the models', tags: ['openai'], response: replies(modelListReply) };
    app.get(`${prefix}/models`, { schema, config: { dialect: 'openai', access: 'user' } }, (request) => ({
      object: 'list',
      data: list(request),
    }));
    const one = { summary: 'Look up a model', tags: ['openai'], params: z.object({ '*': z.string() }) };
    app.get<{ Params: { '*': string } }>(
      `${prefix}/models/*`,
      { schema: one, config: { dialect: 'openai', access: 'user' } },
      (request) => {
        const found = list(request).find(({ id }) => id === request.params['*']);
        if (found === undefined)
          throw llmError('model_not_found', 'There is no such model; GET /v1/models lists them', { param: 'model' });
        return found;
      },
    );
  }
}

function listed(info: ModelInfo) {
  const { id, provider, readOn } = info;
  return {
    id,
    object: 'model',
    // OpenAI's clients want a number; when the catalogue's entry was read is the one date there is.
    created: Math.floor(Date.parse(readOn) / 1_000),
    owned_by: provider,
    ...modelJson(info),
  };
}
