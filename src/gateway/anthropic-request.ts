// What Anthropic's clients ask by the Messages API, in our words, with the same manners as in OpenAI's dialect: unknown fields and
// knobs are left out and named, features that nobody here can give are refused.

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { LLMRequest, ResponseFormat, ToolChoice } from '../index.ts';
import { joinedTexts, messagesOf, system, turn } from './anthropic-blocks.ts';
import { toFunction } from './messages-wire.ts';
import { isJsonObject, jsonObject } from './schema.ts';
import {
  effort,
  effortOf,
  type IsUnwanted,
  named,
  never,
  readSpoken,
  type SetAside,
  type SpokenAsked,
} from './spoken-fields.ts';

const tool = z.strictObject({
  type: z
    .literal('custom', { error: 'only tools that the client runs (type "custom", or none) are taken here' })
    .nullish(),
  name: z.string(),
  description: z.string().nullish(),
  input_schema: jsonObject,
  strict: z.boolean().nullish(),
});

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...parallel }),
  z.strictObject({ type: z.literal('any'), ...parallel }),
  z.strictObject({ type: z.literal('tool'), name: z.string(), ...parallel }),
  z.strictObject({ type: z.literal('none') }),
]);

const thinking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enabled'), budget_tokens: z.number() }),
  z.strictObject({ type: z.literal('adaptive') }),
  z.strictObject({ type: z.literal('disabled') }),
  z.strictObject({ type: z.literal('between_tools') }),
]);

const outputFormat = z.strictObject({ type: z.literal('json_schema'), schema: jsonObject });

/** What makes up a prompt: also all that is counted. `top_k`, `cache_control` and the like are knobs, and unknown on purpose. */
const prompt = {
  model: z.string().nullish(),
  messages: z.array(turn),
  system: system.nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish().describe('A budget is asked as the effort that is nearest to it'),
  output_config: z
    .strictObject({
      effort: effort.nullish().describe('xhigh and max are asked as high'),
      format: outputFormat.nullish(),
    })
    .nullish(),
  output_format: outputFormat.nullish().describe('The former name of output_config.format'),
};

export const messagesRequest = z.strictObject({
  ...prompt,
  max_tokens: z.number({ error: ({ input }) => (input === undefined ? 'Field required' : undefined) }),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).nullish(),
});
export const countRequest = z.strictObject(prompt);

const SET_ASIDE: SetAside = {
  features: new Map<string, IsUnwanted>([
    ['container', never],
    ['mcp_servers', never],
    // Where an answer is made is a promise, and nobody here can keep it.
    ['inference_geo', never],
  ]),
  moot: new Map<string, readonly unknown[]>([
    ['service_tier', ['auto', 'standard_only']],
    ['speed', ['standard']],
  ]),
};

export interface MessagesAsked extends SpokenAsked {
  /** Of what was left out, what has an effect when Anthropic answers. */
  readonly heededByAnthropic: readonly string[];
}

export function fromMessages(body: unknown, headers: IncomingHttpHeaders, cache: LLMRequest['cache']): MessagesAsked {
  const { asked, ignored } = readSpoken(messagesRequest, body, SET_ASIDE);
  const marks = ignored.filter((name) => name === CACHE_CONTROL || name.endsWith(`.${CACHE_CONTROL}`));
  const request: LLMRequest = {
    ...promptOf(asked, asked.max_tokens, ignored),
    maxTokens: asked.max_tokens,
    ...(typeof asked.temperature === 'number' && { temperature: asked.temperature }),
    ...(typeof asked.top_p === 'number' && { topP: asked.top_p }),
    ...(asked.stop_sequences && { stop: asked.stop_sequences }),
    ...(marks.length > 0 && { providerOptions: { anthropic: { [CACHE_CONTROL]: { type: 'ephemeral' } } } }),
    ...(cache !== undefined && { cache }),
  };
  return {
    request: named(request, headers, [asked.metadata?.user_id]),
    stream: asked.stream === true,
    ignored,
    heededByAnthropic: marks,
  };
}

/** Asked of Anthropic in its plainest form, which marks by itself what can be kept: it is what the catalogue's price is of. */
const CACHE_CONTROL = 'cache_control';

export function fromCount(body: unknown): SpokenAsked {
  // Clients send the whole of what they will ask.
  if (isJsonObject(body)) {
    for (const name of Object.keys(messagesRequest.shape)) {
      if (!Object.hasOwn(countRequest.shape, name)) Reflect.deleteProperty(body, name);
    }
  }
  const { asked, ignored } = readSpoken(countRequest, body, SET_ASIDE);
  return { request: promptOf(asked, null, ignored), stream: false, ignored };
}

function promptOf(asked: z.infer<typeof countRequest>, maxTokens: number | null, ignored: string[]): LLMRequest {
  const { model, tools, tool_choice: choice } = asked;
  const systemPrompt = joinedTexts(asked.system ?? '');
  const format = asked.output_config?.format ?? asked.output_format;
  const reasoningEffort = reasoningOf(asked, maxTokens, ignored);
  const isSingle = choice && choice.type !== 'none' && choice.disable_parallel_tool_use === true;
  return {
    messages: messagesOf(asked.messages, typeof model === 'string' ? withoutProvider(model) : null),
    ...(systemPrompt !== '' && { systemPrompt }),
    ...(typeof model === 'string' && { model }),
    ...(tools && { tools: tools.map(({ input_schema: parameters, ...rest }) => toFunction({ ...rest, parameters })) }),
    ...(choice && { toolChoice: toToolChoice(choice) }),
    ...(isSingle && { parallelToolCalls: false }),
    ...(format && { responseFormat: toResponseFormat(format) }),
    ...(reasoningEffort !== null && { reasoningEffort }),
  };
}

function withoutProvider(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

function toToolChoice(choice: z.infer<typeof toolChoice>): ToolChoice {
  if (choice.type === 'tool') return { name: choice.name };
  return choice.type === 'any' ? 'required' : choice.type;
}

/** Here a schema has no name, and is always kept to. */
function toResponseFormat({ schema }: z.infer<typeof outputFormat>): ResponseFormat {
  return { type: 'json-schema', name: 'answer', schema, strict: true };
}

/**
 * Up to which share of max_tokens a budget is a low, and a medium effort: half way between the shares that efforts are asked as
 * (OpenRouter's 20, 50 and 80 %).
 */
const SHARES = { low: 0.35, medium: 0.65 };

function reasoningOf(asked: z.infer<typeof countRequest>, maxTokens: number | null, ignored: string[]) {
  const wished = effortOf(asked.output_config?.effort, 'output_config.effort', ignored);
  if (asked.thinking?.type === 'disabled') return 'none';
  if (asked.thinking?.type === 'between_tools') ignored.push('thinking');
  if (wished !== null || asked.thinking?.type !== 'enabled') return wished;
  ignored.push('thinking.budget_tokens');
  const share = maxTokens === null ? 0 : asked.thinking.budget_tokens / maxTokens;
  if (share <= SHARES.low) return 'low';
  return share <= SHARES.medium ? 'medium' : 'high';
}
