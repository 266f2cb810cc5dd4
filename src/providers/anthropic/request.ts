// A request in the words of the Messages API. What a model refuses is known by its family: knobs are left out with a warning,
// features are refused with the field named.

import { type LLMError, llmError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { HttpCall } from '../../core/provider.ts';
import type { FittedRequest, ReasoningPart, ResponseFormat, Tool, ToolChoice } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut, withoutAbsent } from '../options.ts';
import { familyOf, type ModelFamily } from './families.ts';
import { type Conversation, conversationOf, isForced } from './messages.ts';
import { samplingOf } from './thinking.ts';

export type MessagesCall = Pick<HttpCall, 'body' | 'warnings'> & { readonly betas: readonly string[] };

/** Thoughts bound to a conversation are let go where it was trimmed since, and are a 400 without this. */
const BINDING_BETA = 'thinking-binding-controls-2026-08-01';
const BINDING: JsonObject = { prefix_mismatch_behavior: 'drop_block' };

/**
 * What providerOptions may set. What is missing here reaches for the bound of the bill, or is billed in a way that no price here says:
 * `speed`, `inference_geo`, containers, servers of tools.
 */
const OPTION_FIELDS: ReadonlySet<string> = new Set([
  'cache_control',
  'metadata',
  'output_config',
  'service_tier',
  'stop_sequences',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);

/** Tools that Anthropic describes and the caller runs. */
const CALLERS_TOOL = /^(custom|bash|text_editor|memory|computer)(_|$)/;

export function messagesCall(
  request: FittedRequest,
  model: string,
  stream: boolean,
  outputLimitOf: (model: string) => number | null,
): MessagesCall {
  const family = familyOf(model);
  const maxTokens = request.maxTokens ?? outputLimitOf(model);
  if (maxTokens === null) {
    throw refusal(
      'maxTokens',
      `Anthropic wants max tokens, and nobody knows how many ${model} can give; name some`,
      model,
    );
  }
  const options = optionsOf(request, model);
  const sampling = samplingOf(request, model, family, maxTokens, options.fields['thinking']);
  const conversation = conversationOf(request, thoughtFilter(family, model, sampling.thinking));
  refuseWhatIsLacking(request, model, family, conversation);
  const bound = family.bindsThoughts && conversation.holdsThoughts;
  const stops = stopsOf(request);
  const tier = tierOf(request);
  const cached = isObject(options.fields['cache_control']);
  const body = {
    model,
    max_tokens: maxTokens,
    ...toolFields(request, cached && conversation.system.length === 0),
    system: conversation.system.length === 0 ? null : cached ? lastMarked(conversation.system) : conversation.system,
    messages: conversation.messages,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop_sequences: stops.sent.length === 0 ? null : stops.sent,
    service_tier: tier.sent,
    stream,
    ...options.fields,
    thinking: bound ? boundThinking(sampling.thinking) : sampling.thinking,
    output_config: outputConfig(request.responseFormat, sampling.effort, options.fields['output_config']),
  };
  const knobs = [...sampling.warnings, ...seedWarning(request), ...stops.warnings, ...tier.warnings];
  return {
    body: withoutAbsent(body),
    warnings: [...knobs, ...conversation.warnings, ...options.warnings],
    betas: bound ? [BINDING_BETA] : [],
  };
}

/** A thought that is bound to its model goes back to that one alone, and to none that is told not to think. */
function thoughtFilter({ bindsThoughts }: ModelFamily, model: string, thinking: Json) {
  const type = stringAt(thinking, 'type');
  const isOff = type === 'disabled' || type === 'between_tools';
  return ({ providerData }: ReasoningPart): boolean =>
    !bindsThoughts || (!isOff && stringAt(providerData, 'model')?.startsWith(model) === true);
}

/** Without a word on thinking these models think as they like, which `adaptive` says too. */
function boundThinking(asked: Json): JsonObject {
  return { type: 'adaptive', block_binding: BINDING, ...(isObject(asked) && asked) };
}

function refuseWhatIsLacking(
  { toolChoice, tools, responseFormat }: FittedRequest,
  model: string,
  family: ModelFamily,
  { messages }: Conversation,
): void {
  if (responseFormat.type === 'json') {
    const message = `Anthropic has no JSON mode without a schema; ask ${model} for a json_schema instead`;
    throw refusal('responseFormat', message, model);
  }
  if (isForced(toolChoice) && tools.length > 0 && !family.obeysToolChoice) {
    throw refusal('toolChoice', `${model} cannot be made to call a tool; leave toolChoice to "auto"`, model);
  }
  if (stringAt(messages.at(-1), 'role') === 'assistant' && !family.prefills) {
    const message = `${model} does not go on with an assistant's message; let the last one be the user's`;
    throw refusal('messages', message, model);
  }
}

function refusal(param: string, message: string, model: string): LLMError {
  return llmError('invalid_request', message, { param, provider: 'anthropic', model });
}

function toolFields({ tools, toolChoice, parallelToolCalls }: FittedRequest, cached: boolean): JsonObject {
  // Without tools `auto` and `none` say nothing.
  const isIdle = tools.length === 0 && !isForced(toolChoice);
  const translated = tools.map(toolOf);
  return {
    tools: tools.length === 0 ? null : cached ? lastMarked(translated) : translated,
    tool_choice: isIdle ? null : choiceOf(toolChoice, parallelToolCalls),
  };
}

function toolOf({ name, description, parameters, strict }: Tool): JsonObject {
  return withoutAbsent({
    name,
    description,
    input_schema: { type: 'object', ...parameters },
    strict: strict === true ? true : null,
  });
}

/** Whether calls may come side by side is part of the choice here, and of a choice that allows calls. */
function choiceOf(choice: ToolChoice | null, parallel: boolean | null): Json {
  if (choice === 'none') return { type: 'none' };
  if (choice === null && parallel !== false) return null;
  const single = parallel === false && { disable_parallel_tool_use: true };
  if (choice === null || choice === 'auto') return { type: 'auto', ...single };
  return choice === 'required' ? { type: 'any', ...single } : { type: 'tool', name: choice.name, ...single };
}

/** Options stand over what we make of the request, member by member: an effort of theirs must not lose the schema. */
function outputConfig(format: ResponseFormat, effort: string | null, option: Json | undefined): Json {
  const ours = withoutAbsent({
    effort,
    format: format.type === 'json-schema' ? { type: 'json_schema', schema: format.schema } : null,
  });
  const config = { ...ours, ...(isObject(option) && option) };
  return Object.keys(config).length === 0 ? null : config;
}

/** A second mark, where what all of a tenant's conversations share ends; the one that the option asks for is at the very end. */
function lastMarked(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map((block, index) =>
    index === blocks.length - 1 ? { ...block, cache_control: { type: 'ephemeral' } } : block,
  );
}

function optionsOf({ providerOptions }: FittedRequest, model: string) {
  const fields: Record<string, Json | undefined> = {};
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(providerOptions['anthropic'] ?? {})) {
    if (!OPTION_FIELDS.has(name))
      warnings.push(leftOut(`providerOptions.anthropic.${name}`, 'is not passed on to Anthropic'));
    else if (name === 'cache_control' && isObject(value)) {
      fields[name] = { type: 'ephemeral' };
      // Written for an hour it costs twice the input, for five minutes 1.25 times: a price here knows one of them.
      if (value['ttl'] !== undefined && value['ttl'] !== '5m') {
        warnings.push(
          leftOut('providerOptions.anthropic.cache_control.ttl', 'was left out; what is cached stays for 5 minutes'),
        );
      }
    } else if (name === 'service_tier' && !(typeof value === 'string' && TIERS.has(value)))
      warnings.push(leftOut('providerOptions.anthropic.service_tier', 'is not known to Anthropic and was left out'));
    else fields[name] = value;
  }
  const tools = fields['tools'];
  if (Array.isArray(tools) && tools.some(isBilledApart)) {
    const message =
      'A tool that Anthropic runs itself, or keeps in its cache for an hour, is billed in a way that no budget here would see';
    throw refusal('providerOptions.anthropic.tools', message, model);
  }
  return { fields, warnings };
}

function isBilledApart(tool: Json): boolean {
  const keptFor = stringAt(objectAt(tool, 'cache_control') ?? undefined, 'ttl') ?? '5m';
  return keptFor !== '5m' || !CALLERS_TOOL.test(stringAt(tool, 'type') ?? 'custom');
}

function seedWarning({ seed }: FittedRequest): readonly Warning[] {
  return seed === null ? [] : [leftOut('seed', 'is not known to Anthropic and was left out')];
}

/** One that is all space is a 400. */
function stopsOf({ stop }: FittedRequest) {
  const sent = stop.filter((sequence) => sequence.trim() !== '');
  const warnings = sent.length === stop.length ? [] : [leftOut('stop', 'sequences of nothing but space were left out')];
  return { sent, warnings };
}

const TIERS: ReadonlySet<string> = new Set(['auto', 'standard_only']);

function tierOf({ serviceTier }: FittedRequest) {
  if (serviceTier === null || TIERS.has(serviceTier)) return { sent: serviceTier, warnings: [] };
  return {
    sent: null,
    warnings: [leftOut(`service_tier "${serviceTier}"`, 'is not known to Anthropic and was left out')],
  };
}
