// GET /v1/models: OpenAI's list, with what our catalogue knows beside it, or Anthropic's for clients of its. The routes of the
// configuration stand in it as models, before the others. A key is told of what it may ask and of nothing else.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { llmError, type ModelInfo, modelJson, type RouteInfo, routeJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { callerOf } from '../caller.ts';
import { modelListReply, replies } from '../reply-schemas.ts';
import { isOfAnthropic } from '../wire-words.ts';

const PREFIXES = ['/v1', '/openai/v1'];

type Info = ModelInfo | RouteInfo;

export function modelRoutes(app: FastifyInstance, { service }: GatewayParts): void {
  const all = (request: FastifyRequest): readonly Info[] => {
    const caller = callerOf(identityOf(request));
    return [...service.routes(caller), ...service.models(caller)];
  };
  for (const prefix of PREFIXES) {
    const schema = { summary: 'List the models', tags: ['openai'], response: replies(modelListReply) };
    const config = { dialect: 'by-client', access: 'user' } as const;
    app.get(`${prefix}/models`, { schema, config }, (request) =>
      isOfAnthropic(request.headers) ? anthropicList(all(request)) : { object: 'list', data: all(request).map(listed) },
    );
    const one = { summary: 'Look up a model', tags: ['openai'], params: z.object({ '*': z.string() }) };
    app.get<{ Params: { '*': string } }>(`${prefix}/models/*`, { schema: one, config }, (request) => {
      const found = service.model(request.params['*'], callerOf(identityOf(request)));
      if (found === null)
        throw llmError('model_not_found', 'There is no such model; GET /v1/models lists them', { param: 'model' });
      return isOfAnthropic(request.headers) ? anthropicModel(found) : listed(found);
    });
  }
}

function listed(info: Info) {
  const told = toldOf(info);
  return {
    id: info.id,
    object: 'model',
    // OpenAI's clients want a number; when the catalogue's entry was read is the one date there is.
    created: Math.floor(readAtMs(info) / 1_000),
    owned_by: told.provider,
    ...told,
  };
}

/** All of them on one page, whatever its clients ask of pages. */
function anthropicList(models: readonly Info[]) {
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function anthropicModel(info: Info) {
  const told = toldOf(info);
  return {
    type: 'model',
    id: info.id,
    display_name: 'targets' in info ? info.id : info.model,
    created_at: new Date(readAtMs(info)).toISOString(),
    max_input_tokens: told.context_window,
    max_tokens: told.max_output_tokens,
    ...told,
  };
}

function toldOf(info: Info) {
  return 'targets' in info ? routeJson(info.targets) : modelJson(info);
}

function readAtMs(info: Info): number {
  return Math.max(...('targets' in info ? info.targets : [info]).map(({ readOn }) => Date.parse(readOn)));
}
