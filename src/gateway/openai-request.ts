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
import { refuseReserved } from './reserved.ts';
import { isJsonObject, parseLenient } from './schema.ts';

/** OpenAI's own bounds; a metadata value of theirs may be longer than a tag of ours. */
const METADATA = { pairs: 16, keyCharacters: 64, valueCharacters: 512 };
const TAG_CHARACTERS = 64;

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
  reasoning_effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'default'])
    .nullish()
    .describe('xhigh and max are asked as high'),
  service_tier: z.string().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  metadata: z
    .record(z.string().max(METADATA.keyCharacters), z.string().max(METADATA.valueCharacters))
    .refine((pairs) => Object.keys(pairs).length <= METADATA.pairs, `at most ${METADATA.pairs} pairs`)
    .nullish()
    .describe('Short values become tags of usage reports'),
});

/** Features, and the values by which a client says that it doesn't want them. */
const FEATURES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['n', (value) => value === 1],
  ['logprobs', (value) => value === false],
  ['top_logprobs', (value) => value === 0],
  ['modalities', (value) => Array.isArray(value) && value.every((item) => item === 'text')],
  ...['audio', 'functions', 'function_call', 'web_search_options', 'moderation', 'documents'].map(
    (name): [string, (value: unknown) => boolean] => [name, () => false],
  ),
]);
/** Asking for nothing: what is said here is what happens anyway, so nothing is named as left out. */
const MOOT: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['store', false],
  ['include_reasoning', true],
  ['reasoning_format', 'parsed'],
]);

/** Tiers that cost no more than the price in the catalogue; dearer ones are left to the operator. */
const SERVICE_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'on_demand']);

export interface ChatAsked {
  readonly request: LLMRequest;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly ignored: readonly string[];
}

export function fromChat(body: unknown, headers: IncomingHttpHeaders, cache: LLMRequest['cache']): ChatAsked {
  if (isJsonObject(body)) for (const [name, value] of Object.entries(body)) checkField(body, name, value);
  const { value: asked, ignored } = parseLenient(chatRequest, body);
  if (asked.stream !== true && asked.stream_options) {
    throw llmError('invalid_request', 'stream_options goes with "stream": true only', { param: 'stream_options' });
  }
  const left = [...ignored];
  const request = requestOf(asked, cache, left);
  const names = [asked.user, asked.safety_identifier, asked.metadata?.['user_id'], headers['x-user-id']];
  const userId = names.find((name) => typeof name === 'string' && name !== '');
  return {
    request: typeof userId === 'string' ? { ...request, userId } : request,
    stream: asked.stream === true,
    includeUsage: asked.stream_options?.include_usage === true,
    ignored: left,
  };
}

function checkField(body: object, name: string, value: unknown): void {
  refuseReserved(name);
  const isUnwanted = FEATURES.get(name);
  if (isUnwanted !== undefined && value !== null && !isUnwanted(value)) {
    throw llmError('invalid_request', `"${name}" asks for what is not available here; leave it out`, { param: name });
  }
  const isMoot = MOOT.has(name) && MOOT.get(name) === value;
  if (isUnwanted !== undefined || isMoot) Reflect.deleteProperty(body, name);
}

function requestOf(asked: z.infer<typeof chatRequest>, cache: LLMRequest['cache'], ignored: string[]): LLMRequest {
  const maxTokens = asked.max_completion_tokens ?? asked.max_tokens;
  const effort = effortOf(asked.reasoning_effort, ignored);
  const tier = tierOf(asked.service_tier, ignored);
  const tags = tagsOf(asked.metadata, ignored);
  return {
    messages: asked.messages.map(toMessage),
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
    ...(effort !== null && { reasoningEffort: effort }),
    ...(tier !== null && { serviceTier: tier }),
    ...(tags !== null && { tags }),
    ...(cache !== undefined && { cache }),
  };
}

function effortOf(asked: z.infer<typeof chatRequest>['reasoning_effort'], ignored: string[]) {
  if (asked === null || asked === undefined || asked === 'default') return null;
  if (asked !== 'xhigh' && asked !== 'max') return asked;
  ignored.push('reasoning_effort');
  return 'high' as const;
}

function tierOf(asked: string | null | undefined, ignored: string[]): string | null {
  if (asked === null || asked === undefined) return null;
  if (SERVICE_TIERS.has(asked)) return asked;
  ignored.push('service_tier');
  return null;
}

function tagsOf(metadata: Readonly<Record<string, string>> | null | undefined, ignored: string[]) {
  if (metadata === null || metadata === undefined) return null;
  const pairs = Object.entries(metadata).filter(([name]) => name !== 'user_id');
  const short = pairs.filter(([name, value]) => name !== '' && value.length <= TAG_CHARACTERS);
  if (short.length < pairs.length) ignored.push('metadata');
  return Object.fromEntries(short);
}
