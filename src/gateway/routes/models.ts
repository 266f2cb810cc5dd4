// GET /v1/models: OpenAI's list, with what our catalogue knows beside it, or Anthropic's for clients of its. A key is told of what it
// may ask and of nothing else.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { llmError, type ModelInfo, modelJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { callerOf } from '../caller.ts';
import { modelListReply, replies } from '../reply-schemas.ts';
import { isOfAnthropic } from '../wire-words.ts';

const PREFIXES = ['/v1', '/openai/v1'];

export function modelRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const models = (request: FastifyRequest) => service.models(callerOf(identityOf(request)));
  for (const prefix of PREFIXES) {
    const schema = { summary: 'List the models', tags: ['openai'], response: replies(modelListReply) };
    const config = { dialect: 'by-client', access: 'user' } as const;
    app.get(`${prefix}/models`, { schema, config }, (request) =>
      isOfAnthropic(request.headers)
        ? anthropicList(models(request))
        : { object: 'list', data: models(request).map(listed) },
    );
    const one = { summary: 'Look up a model', tags: ['openai'], params: z.object({ '*': z.string() }) };
    app.get<{ Params: { '*': string } }>(`${prefix}/models/*`, { schema: one, config }, (request) => {
      const found = models(request).find(({ id }) => id === request.params['*']);
      if (found === undefined)
        throw llmError('model_not_found', 'There is no such model; GET /v1/models lists them', { param: 'model' });
      return isOfAnthropic(request.headers) ? anthropicModel(found) : listed(found);
    });
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

/** All of them on one page, whatever its clients ask of pages. */
function anthropicList(models: readonly ModelInfo[]) {
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function anthropicModel(info: ModelInfo) {
  const { id, model, readOn, contextWindow, outputLimit } = info;
  return {
    type: 'model',
    id,
    display_name: model,
    created_at: new Date(Date.parse(readOn)).toISOString(),
    max_input_tokens: contextWindow,
    max_tokens: outputLimit,
    ...modelJson(info),
  };
}
