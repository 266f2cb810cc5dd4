// /api/v1/llm/prompts: the templates there are, what one says for some variables, and its answer, whole or as a stream. None of these
// takes the text of a template, and the names of templates are looked up in a table: a path in a name leads nowhere.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answerJson, llmError, promptInfoJson, renderedPromptJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import { answer, type GatewayParts } from '../answer.ts';
import { callerOf, nativeCaller } from '../caller.ts';
import { cacheAsked } from '../headers.ts';
import { nativeStream } from '../native-wire.ts';
import {
  fromPromptRequest,
  PROMPTS,
  promptAnswerShape,
  promptListReply,
  promptReply,
  promptRequest,
  renderReply,
  renderRequest,
} from '../prompt-schemas.ts';
import { answerReplies, replies } from '../reply-schemas.ts';
import { isJsonObject } from '../schema.ts';

const paramsOf = z.object({ name: z.string() });
const tags = ['prompts'];
const config = { dialect: 'native', access: 'user' } as const;

export function promptRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const { prompts } = parts.service;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const list = { summary: 'List the prompts', tags, response: replies(promptListReply) };
  routes.get(PROMPTS, { schema: list, config }, () => ({ prompts: prompts.list().map(promptInfoJson) }));
  const one = { summary: 'Read what a prompt takes and gives', tags, params: paramsOf, response: replies(promptReply) };
  routes.get(`${PROMPTS}/:name`, { schema: one, config }, ({ params: { name } }) => promptInfoJson(prompts.find(name)));
  const render = {
    summary: 'See what a prompt says for some variables; nobody is asked',
    tags,
    params: paramsOf,
    body: renderRequest,
    response: replies(renderReply),
  };
  const preValidation = variablesInTheirPlace(parts);
  routes.post(`${PROMPTS}/:name/render`, { schema: render, config, preValidation }, (request) => {
    const { params, body } = request;
    const caller = callerOf(identityOf(request));
    return renderedPromptJson(prompts.render(params.name, body.variables ?? {}, { caller, names: 'wire' }));
  });
  completionRoute(app, parts);
}

function completionRoute(app: FastifyInstance, parts: GatewayParts): void {
  const schema = {
    summary: 'Ask for the answer to a prompt: data that code has checked',
    tags,
    params: paramsOf,
    body: promptRequest,
    response: answerReplies(promptAnswerShape),
  };
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const preValidation = variablesInTheirPlace(parts);
  routes.post(`${PROMPTS}/:name/completion`, { schema, config, preValidation }, (request, reply) => {
    const { params, body, headers } = request;
    const caller = nativeCaller(identityOf(request), body.user_id);
    const asks = fromPromptRequest(body, cacheAsked(headers['cache-control']));
    const start: Parameters<typeof answer>[0]['start'] = ({ defaults: _, spokenApi: __, ...options }) =>
      parts.service.prompts.start(params.name, body.variables ?? {}, { ...asks, ...options, names: 'wire' });
    return answer(
      {
        start,
        cache: asks.cache,
        caller,
        stream: body.stream === true,
        dialect: 'native',
        whole: answerJson,
        encoder: (generation) => nativeStream(generation.id),
      },
      reply,
      parts,
    );
  });
}

/** Before the body is checked, which knows of no prompt: one of its variables beside `variables` was meant to be in there. */
function variablesInTheirPlace({ service: { prompts } }: GatewayParts) {
  return async ({ params, body }: { readonly params: unknown; readonly body: unknown }): Promise<void> => {
    const { name } = paramsOf.parse(params);
    const known = prompts.list().find((info) => info.name === name)?.inputSchema['properties'];
    if (!isJsonObject(body) || !isJsonObject(known)) return;
    const loose = Object.keys(body).find((field) => Object.hasOwn(known, field) && !(field in promptRequest.shape));
    if (loose === undefined) return;
    throw llmError('unknown_parameter', `${loose} is a variable of the prompt: put it into variables`, {
      param: loose,
    });
  };
}
