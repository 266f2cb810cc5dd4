// What OpenAI's clients ask by the Responses API, in our words. Nothing is stored, so what refers to what was stored is refused, and
// the whole conversation is what a client sends; tools are those that the client runs.

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { LLMRequest, ToolChoice } from '../index.ts';
import { functionFields, schemaFields, toFunction, toPlainFormat, toSchemaFormat } from './messages-wire.ts';
import { item, messagesOf } from './responses-items.ts';
import {
  effort,
  effortOf,
  type IsUnwanted,
  metadata,
  named,
  never,
  providerNamedIn,
  readSpoken,
  type SetAside,
  type SpokenAsked,
  tagsOf,
  tierOf,
} from './spoken-fields.ts';

const tool = z.strictObject({
  type: z.literal('function', { error: 'only function tools, which the client runs, are taken here' }),
  ...functionFields,
});

const toolChoice = z.union(
  [z.enum(['auto', 'none', 'required']), z.strictObject({ type: z.literal('function'), name: z.string() })],
  { error: 'must be "auto", "none", "required" or a function by name' },
);

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), ...schemaFields }),
]);

/** Only what is mapped, as for Chat Completions. */
export const responsesRequest = z.strictObject({
  model: z.string().nullish(),
  input: z.union([z.string(), z.array(item)], { error: 'must be a text or a list of items' }),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stream: z.boolean().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.strictObject({ format: format.nullish() }).nullish(),
  reasoning: z.strictObject({ effort: effort.nullish().describe('xhigh and max are asked as high') }).nullish(),
  service_tier: z.string().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  metadata,
});

const LOGPROBS = 'message.output_text.logprobs';
const SET_ASIDE: SetAside = {
  features: new Map<string, IsUnwanted>([
    ['previous_response_id', never],
    ['conversation', never],
    ['prompt', never],
    ['background', (value) => value === false],
    // Enciphered reasoning is told in any case, and of tools that are refused there is nothing to tell.
    ['include', (value) => Array.isArray(value) && !value.includes(LOGPROBS)],
    ['top_logprobs', (value) => value === 0],
    ['moderation', never],
  ]),
  moot: new Map<string, readonly unknown[]>([
    ['store', [false]],
    ['truncation', ['disabled']],
  ]),
  instead: {
    previous_response_id: 'nothing is stored: send the conversation itself as input',
    conversation: 'nothing is stored under a name of OpenAI’s: send the conversation itself as input',
    prompt: 'send what the prompt says as instructions and input',
    background: 'ask for a stream, or wait for the answer',
  },
};

export interface ResponsesAsked extends SpokenAsked {
  readonly body: z.infer<typeof responsesRequest>;
}

export function fromResponses(body: unknown, headers: IncomingHttpHeaders, cache: LLMRequest['cache']): ResponsesAsked {
  const { asked, ignored } = readSpoken(responsesRequest, body, SET_ASIDE);
  const request = requestOf(asked, cache, ignored);
  return {
    request: named(request, headers, [asked.user, asked.safety_identifier, asked.metadata?.['user_id']]),
    stream: asked.stream === true,
    ignored,
    body: asked,
  };
}

function requestOf(asked: z.infer<typeof responsesRequest>, cache: LLMRequest['cache'], ignored: string[]): LLMRequest {
  const { input, instructions, max_output_tokens: maxTokens, tools, tool_choice: choice } = asked;
  const asksFormat = asked.text?.format;
  const reasoningEffort = effortOf(asked.reasoning?.effort, 'reasoning.effort', ignored);
  const tier = tierOf(asked.service_tier, ignored);
  const tags = tagsOf(asked.metadata, ignored);
  return {
    messages:
      typeof input === 'string'
        ? [{ role: 'user', content: input }]
        : messagesOf(input, providerNamedIn(asked.model) ?? 'openai'),
    ...(typeof instructions === 'string' && instructions !== '' && { systemPrompt: instructions }),
    ...(typeof asked.model === 'string' && { model: asked.model }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(typeof asked.temperature === 'number' && { temperature: asked.temperature }),
    ...(typeof asked.top_p === 'number' && { topP: asked.top_p }),
    ...(tools && { tools: tools.map(toFunction) }),
    ...(choice && { toolChoice: toToolChoice(choice) }),
    ...(typeof asked.parallel_tool_calls === 'boolean' && { parallelToolCalls: asked.parallel_tool_calls }),
    ...(asksFormat && {
      responseFormat: asksFormat.type === 'json_schema' ? toSchemaFormat(asksFormat) : toPlainFormat(asksFormat.type),
    }),
    ...(reasoningEffort !== null && { reasoningEffort }),
    ...(tier !== null && { serviceTier: tier }),
    ...(tags !== null && { tags }),
    ...(cache !== undefined && { cache }),
  };
}

function toToolChoice(choice: z.infer<typeof toolChoice>): ToolChoice {
  return typeof choice === 'string' ? choice : { name: choice.name };
}
