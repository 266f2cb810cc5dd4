// A request in Gemini's words: the body of `generateContent`, which is that of `streamGenerateContent` too. Everything is built anew from
// our own words, and nothing is passed on that would reach for the bound of the bill.

import { llmError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { mediaOf } from '../../core/media.ts';
import type { FittedRequest, ResponseFormat, Tool } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut, withoutAbsent } from '../options.ts';
import { contentsOf } from './contents.ts';
import { responseSchema } from './schema.ts';
import { isThirdOrLater, thinkingOf } from './thinking.ts';

export interface GeminiBody {
  readonly body: JsonObject;
  readonly warnings: readonly Warning[];
}

export function geminiBody(request: FittedRequest, model: string): GeminiBody {
  const { tools, stop } = request;
  const { thinkingConfig, warnings } = thinkingOf(request.reasoningEffort, model);
  const tier = tierOf(request.serviceTier);
  const options = optionsOf(request);
  refuseJsonBesideTools(request, model);
  const generationConfig = withoutAbsent({
    temperature: request.temperature,
    maxOutputTokens: request.maxTokens,
    topP: request.topP,
    seed: request.seed,
    stopSequences: stop.length === 0 ? null : stop,
    ...formatOf(request.responseFormat),
    thinkingConfig,
    ...options.config,
  });
  const body = {
    ...contentsOf(request, model),
    tools: tools.length === 0 ? null : [{ functionDeclarations: tools.map(declarationOf) }],
    toolConfig: toolConfigOf(request),
    generationConfig: Object.keys(generationConfig).length === 0 ? null : generationConfig,
    serviceTier: tier.serviceTier,
    ...options.fields,
  };
  return {
    body: withoutAbsent(body),
    warnings: [...warnings, ...tier.warnings, ...lackingIn(request), ...options.warnings],
  };
}

/** Knobs of other vendors. */
function lackingIn({ messages, tools, parallelToolCalls }: FittedRequest): readonly Warning[] {
  const warnings: Warning[] = [];
  if (tools.length > 0 && parallelToolCalls === false) {
    warnings.push(leftOut('parallel_tool_calls', 'is not known to Gemini, which may call several tools at once'));
  }
  const isDetailed = messages
    .flatMap(mediaOf)
    .some((part) => part.type === 'image' && part.detail !== undefined && part.detail !== 'auto');
  if (isDetailed) {
    const instead = 'providerOptions.gemini.generationConfig.mediaResolution sets that of all pictures together';
    warnings.push(leftOut('The detail of a picture', `is not known to Gemini; ${instead}`));
  }
  return warnings;
}

function declarationOf({ name, description = '', parameters }: Tool): JsonObject {
  return withoutAbsent({ name, description, parametersJsonSchema: parameters });
}

/** Without tools `auto` and `none` say nothing; so does `auto` with them, unless a tool is strict. */
function toolConfigOf({ tools, toolChoice }: FittedRequest): JsonObject | null {
  const calling = (mode: string, more: JsonObject = {}) => ({ functionCallingConfig: { mode, ...more } });
  if (toolChoice === 'required') return calling('ANY');
  if (toolChoice === 'none') return tools.length === 0 ? null : calling('NONE');
  if (toolChoice !== null && toolChoice !== 'auto') return calling('ANY', { allowedFunctionNames: [toolChoice.name] });
  return tools.some(({ strict }) => strict === true) ? calling('VALIDATED') : null;
}

function formatOf(format: ResponseFormat): JsonObject {
  if (format.type === 'text') return {};
  const responseMimeType = 'application/json';
  if (format.type === 'json') return { responseMimeType };
  const { schema, description } = format;
  return {
    responseMimeType,
    responseJsonSchema: responseSchema({ ...(description !== undefined && { description }), ...schema }),
  };
}

/**
 * Before generation 3 JSON and tools exclude each other; since then they go together as long as the model is free not to call
 * (recorded with gemini-3-flash-preview and gemini-3-pro-preview).
 */
function refuseJsonBesideTools({ tools, toolChoice, responseFormat }: FittedRequest, model: string): void {
  if (tools.length === 0 || responseFormat.type === 'text') return;
  const isFree = toolChoice === null || toolChoice === 'auto' || toolChoice === 'none';
  if (isThirdOrLater(model) && isFree) return;
  const message = isFree
    ? `${model} takes no tools together with JSON; ask with tools first, for JSON without them, or a Gemini of generation 3 or later`
    : 'Gemini takes no tool that must be called together with JSON; leave tool_choice at "auto", or ask for JSON without tools';
  throw llmError('invalid_request', message, { param: 'responseFormat', provider: 'gemini', model });
}

const TIERS: ReadonlyMap<string, string> = new Map([
  ['standard', 'standard'],
  ['default', 'standard'],
  ['flex', 'flex'],
]);

/** `priority` is billed up to twice the price by which money was held: no caller's wish may break a budget. */
function tierOf(asked: string | null): { readonly serviceTier: string | null; readonly warnings: readonly Warning[] } {
  // The vendor's choice is what it does unasked.
  if (asked === null || asked === 'auto') return { serviceTier: null, warnings: [] };
  const serviceTier = TIERS.get(asked) ?? null;
  const why = asked === 'priority' ? 'costs more than is held for it' : 'is not known to Gemini';
  const warnings = serviceTier === null ? [leftOut('service_tier', `${why} and was left out`)] : [];
  return { serviceTier, warnings };
}

/**
 * What providerOptions may set. Anything else is left out with a warning: it would reach for the bound of the bill (cached content is
 * prompt that nobody counted), or bring parts that we could not hand on (pictures, speech, code that was run).
 */
const OPTION_FIELDS: ReadonlySet<string> = new Set(['safetySettings']);
const MAY_NOT_STORE: ReadonlySet<string> = new Set([...OPTION_FIELDS, 'store']);
const CONFIG_FIELDS: ReadonlySet<string> = new Set([
  'frequencyPenalty',
  'mediaResolution',
  'presencePenalty',
  'responseJsonSchema',
  'responseMimeType',
  'seed',
  'stopSequences',
  'temperature',
  'thinkingConfig',
  'topK',
  'topP',
]);

function optionsOf({ providerOptions }: FittedRequest) {
  const { generationConfig = {}, ...others } = providerOptions['gemini'] ?? {};
  const warnings: Warning[] = [];
  const allowed = (given: JsonObject, names: ReadonlySet<string>, path: string): JsonObject => {
    const fields: Record<string, Json | undefined> = {};
    for (const [name, value] of Object.entries(given)) {
      if (names.has(name)) fields[name] = value;
      else warnings.push(leftOut(`providerOptions.gemini.${path}${name}`, 'is not passed on to Gemini'));
    }
    return fields;
  };
  const fields = allowed(others, others['store'] === false ? MAY_NOT_STORE : OPTION_FIELDS, '');
  const config = allowed(isObject(generationConfig) ? generationConfig : {}, CONFIG_FIELDS, 'generationConfig.');
  return { fields, config, warnings };
}
