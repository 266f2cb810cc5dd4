// What OpenAI's clients ask by Chat Completions, in our words. Fields that we don't know, and knobs that we don't turn, are left
// out and named in a header; features that nobody here can give are refused; what reaches for money or identity is refused always.

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type LLMRequest, llmError } from '../index.ts';
import {
  message,
  responseFormat,
  stop,
  toMessage,
  tool,
  toolChoice,
  toResponseFormat,
  toTool,
  toToolChoice,
} from './messages-wire.ts';
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

/** Only what is mapped: penalties, `logit_bias`, `store`, `verbosity` and the like are knobs, and unknown on purpose. */
export const chatRequest = z.strictObject({
  model: z.string().nullish(),
  messages: z.array(message),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  seed: z.number().nullish(),
  stop: stop.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: effort.nullish().describe('xhigh and max are asked as high'),
  service_tier: z.string().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  metadata,
});

const SET_ASIDE: SetAside = {
  features: new Map<string, IsUnwanted>([
    ['n', (value) => value === 1],
    ['logprobs', (value) => value === false],
    ['top_logprobs', (value) => value === 0],
    ['modalities', (value) => Array.isArray(value) && value.every((item) => item === 'text')],
    ['audio', never],
    ['functions', never],
    ['function_call', never],
    ['web_search_options', never],
    ['moderation', never],
    ['documents', never],
  ]),
  moot: new Map<string, readonly unknown[]>([
    ['store', [false]],
    ['include_reasoning', [true]],
    ['reasoning_format', ['parsed']],
  ]),
};

export interface ChatAsked extends SpokenAsked {
  readonly includeUsage: boolean;
}

export function fromChat(body: unknown, headers: IncomingHttpHeaders, cache: LLMRequest['cache']): ChatAsked {
  const { asked, ignored } = readSpoken(chatRequest, body, SET_ASIDE);
  if (asked.stream !== true && asked.stream_options) {
    throw llmError('invalid_request', 'stream_options goes with "stream": true only', { param: 'stream_options' });
  }
  const request = requestOf(asked, cache, ignored);
  return {
    request: named(request, headers, [asked.user, asked.safety_identifier, asked.metadata?.['user_id']]),
    stream: asked.stream === true,
    includeUsage: asked.stream_options?.include_usage === true,
    ignored,
  };
}

function requestOf(asked: z.infer<typeof chatRequest>, cache: LLMRequest['cache'], ignored: string[]): LLMRequest {
  const maxTokens = asked.max_completion_tokens ?? asked.max_tokens;
  const reasoningEffort = effortOf(asked.reasoning_effort, 'reasoning_effort', ignored);
  const tier = tierOf(asked.service_tier, ignored);
  const tags = tagsOf(asked.metadata, ignored);
  return {
    messages: asked.messages.map((each) => toMessage(each, providerNamedIn(asked.model))),
    ...(typeof asked.model === 'string' && { model: asked.model }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(typeof asked.temperature === 'number' && { temperature: asked.temperature }),
    ...(typeof asked.top_p === 'number' && { topP: asked.top_p }),
    ...(typeof asked.seed === 'number' && { seed: asked.seed }),
    ...(asked.stop && { stop: [asked.stop].flat() }),
    ...(asked.tools && { tools: asked.tools.map(toTool) }),
    ...(asked.tool_choice && { toolChoice: toToolChoice(asked.tool_choice) }),
    ...(typeof asked.parallel_tool_calls === 'boolean' && { parallelToolCalls: asked.parallel_tool_calls }),
    ...(asked.response_format && { responseFormat: toResponseFormat(asked.response_format) }),
    ...(reasoningEffort !== null && { reasoningEffort }),
    ...(tier !== null && { serviceTier: tier }),
    ...(tags !== null && { tags }),
    ...(cache !== undefined && { cache }),
  };
}
