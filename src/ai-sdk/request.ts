// A call of the AI SDK as a request of ours. A feature that has no place here is refused, a knob is left out with a warning; what is
// set under `providerOptions.codementor` is ours, and all else goes to the providers so named.

import type {
  EmbeddingModelV4CallOptions,
  LanguageModelV4CallOptions,
  SharedV4ProviderOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { z } from 'zod';
import {
  type Caller,
  type CompletionOptions,
  type EmbeddingRequest,
  type JsonObject,
  type LLMRequest,
  llmError,
  type Tool,
} from '../index.ts';
import { messagesOf } from './messages.ts';

export interface CallDefaults extends Pick<LLMRequest, 'userId' | 'cache' | 'tags'> {
  /** Whose windows are drawn on, with the tenant; `userId` of a call then names another user of that tenant. */
  readonly caller?: Caller;
  /** `native` puts the library's defaults (temperature, max tokens, history window) on each request. Default `as-sent`. */
  readonly defaults?: CompletionOptions['defaults'];
}

const everyCallsOptions = z.strictObject({
  userId: z.string().exactOptional(),
  cache: z.enum(['use', 'refresh', 'off']).exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  model: z.string().exactOptional(),
});

const ownOptions = everyCallsOptions.extend({
  serviceTier: z.string().exactOptional(),
  parallelToolCalls: z.boolean().exactOptional(),
});

export interface AskedOf {
  readonly request: LLMRequest;
  readonly how: Pick<CompletionOptions, 'caller' | 'defaults'>;
  readonly warnings: readonly SharedV4Warning[];
}

export function requestOf(modelId: string, options: LanguageModelV4CallOptions, defaults: CallDefaults): AskedOf {
  const warnings: SharedV4Warning[] = [];
  const { asked, as } = whatIsOurs(modelId, options.providerOptions, ownOptions, defaults);
  const { model, ...own } = asked;
  const request: LLMRequest = {
    ...own,
    ...(model !== '' && { model }),
    messages: messagesOf(options.prompt),
    ...knobsOf(options, warnings),
    ...toolsOf(options),
    ...formatOf(options),
  };
  return { request, how: { defaults: defaults.defaults ?? 'as-sent', ...as }, warnings };
}

export interface EmbeddingAskedOf {
  readonly request: EmbeddingRequest;
  readonly how: Pick<CompletionOptions, 'caller'>;
}

export function embeddingRequestOf(
  modelId: string,
  { values, dimensions, providerOptions }: EmbeddingModelV4CallOptions,
  defaults: CallDefaults,
): EmbeddingAskedOf {
  const { asked, as } = whatIsOurs(modelId, providerOptions, everyCallsOptions, defaults);
  return { request: { ...asked, input: values, ...(dimensions !== undefined && { dimensions }) }, how: as };
}

/** What a call says beside what it asks; its own word stands over that of all calls. */
function whatIsOurs<Own extends z.output<typeof everyCallsOptions>>(
  modelId: string,
  said: SharedV4ProviderOptions = {},
  schema: z.ZodType<Own>,
  { caller, defaults: _whose, ...fields }: CallDefaults,
) {
  const { codementor = {}, ...providerOptions } = said;
  const own = ownOptionsIn(codementor, schema);
  const tags = own.tags === undefined && fields.tags === undefined ? {} : { tags: { ...fields.tags, ...own.tags } };
  const others = Object.keys(providerOptions).length > 0 ? { providerOptions } : {};
  const asked = { ...fields, ...own, ...tags, model: own.model ?? modelId, ...others };
  const as =
    caller === undefined ? {} : { caller: { ...caller, userId: own.userId ?? fields.userId ?? caller.userId } };
  return { asked, as };
}

function ownOptionsIn<Own>(written: JsonObject, schema: z.ZodType<Own>): Own {
  const read = schema.safeParse(written);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const param = ['providerOptions.codementor', ...(issue?.path ?? [])].join('.');
  throw llmError('invalid_request', `${param}: ${issue?.message ?? 'it is no option of ours'}`, { param });
}

type Knobs = Pick<LLMRequest, 'temperature' | 'maxTokens' | 'topP' | 'seed' | 'stop' | 'reasoningEffort'>;

function knobsOf(options: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): Knobs {
  const { temperature, maxOutputTokens, topP, seed, stopSequences, reasoning = 'provider-default' } = options;
  for (const feature of ['topK', 'presencePenalty', 'frequencyPenalty'] as const)
    if (options[feature] !== undefined) warnings.push({ type: 'unsupported', feature });
  const isBeyond = reasoning === 'xhigh' || reasoning === 'max';
  if (isBeyond)
    warnings.push({ type: 'compatibility', feature: 'reasoning', details: `"high" was asked for "${reasoning}"` });
  const effort = isBeyond ? 'high' : reasoning;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxTokens: maxOutputTokens }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences !== undefined && stopSequences.length > 0 && { stop: stopSequences }),
    ...(effort !== 'provider-default' && { reasoningEffort: effort }),
  };
}

function toolsOf({ tools = [], toolChoice }: LanguageModelV4CallOptions): Pick<LLMRequest, 'tools' | 'toolChoice'> {
  if (tools.length === 0) return {};
  const known = tools.map((tool): Tool => {
    if (tool.type !== 'function')
      throw new UnsupportedFunctionalityError({ functionality: `the tool ${tool.id}, which a vendor runs itself` });
    const { name, description, strict } = tool;
    const parameters = schemaOf(tool.inputSchema);
    return {
      name,
      parameters,
      ...(description !== undefined && { description }),
      ...(strict !== undefined && { strict }),
    };
  });
  if (toolChoice === undefined) return { tools: known };
  return { tools: known, toolChoice: toolChoice.type === 'tool' ? { name: toolChoice.toolName } : toolChoice.type };
}

function formatOf({ responseFormat }: LanguageModelV4CallOptions): Pick<LLMRequest, 'responseFormat'> {
  if (responseFormat === undefined || responseFormat.type === 'text') return {};
  const { schema, name = 'response', description } = responseFormat;
  if (schema === undefined) return { responseFormat: { type: 'json' } };
  const described = description === undefined ? {} : { description };
  return { responseFormat: { type: 'json-schema', name, schema: schemaOf(schema), ...described } };
}

/** A schema is JSON, whatever its type says. */
function schemaOf(schema: object): JsonObject {
  return Object.fromEntries(Object.entries(schema));
}
