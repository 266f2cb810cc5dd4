// A provider that is described, not written: any server that speaks one of OpenAI's dialects, with a preset of what is known of it
// or with what its operator says.

import { llmError } from '../core/errors.ts';
import { type JsonObject, objectAt } from '../core/json.ts';
import type { LLMProvider } from '../core/provider.ts';
import type { ServerMedia } from '../core/provider-settings.ts';
import type { FittedRequest } from '../core/request.ts';
import { type Knob, withoutKnobs } from './compatible/knobs.ts';
import { type Lack, lackOf } from './compatible/lacks.ts';
import { PRESETS, type Preset, type PresetName, UNKNOWN } from './compatible/presets.ts';
import { type Endpoint, keyProblem, withPath } from './endpoint.ts';
import { effortNear, fitToModel, isOpenAiName, rulesOf } from './openai/rules.ts';
import { createOpenAiChat } from './openai-chat/codec.ts';
import type { Adaptation } from './openai-chat/dialect.ts';
import { withEmbeddings } from './openai-embeddings.ts';
import { createOpenAiResponses } from './openai-responses/codec.ts';
import type { ResponsesAdaptation } from './openai-responses/dialect.ts';
import { leftOut } from './options.ts';

export interface CompatibleProvider {
  /** Its name in routes, rows and headers. */
  readonly id: string;
  readonly preset?: PresetName | undefined;
  /** Where the preset has none it must be given. Without a path the usual one is added. */
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Left out: `chat`, but `responses` for callers who came by it, where the preset says that the vendor has it. */
  readonly api?: 'chat' | 'responses' | undefined;
  /** What stands in sentences. Default: the preset's, without one the id. */
  readonly vendor?: string | undefined;
  /** What it lacks, in the place of what the preset says. */
  readonly lacks?: readonly Lack[] | undefined;
  /** What it takes beside text and pictures. Default: nothing. */
  readonly takes?: readonly ServerMedia[] | undefined;
  /** Knobs to leave out for every model, beside those of the preset. */
  readonly leavesOut?: readonly Knob[] | undefined;
  readonly maxTokensField?: Preset['maxTokensField'] | undefined;
  readonly reasoningField?: string | null | undefined;
  /** Azure's dated API (`2024-10-21`), which names the deployment in the address. */
  readonly apiVersion?: string | undefined;
  /** Sent with every request (`HTTP-Referer`, …). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The operator's own, in every body: how OpenRouter routes, what a server keeps. What the request itself says stands over them. */
  readonly fields?: JsonObject | undefined;
  readonly billAfterCancel?: LLMProvider['billAfterCancel'] | undefined;
}

/** What a description lacks before it can be asked; null: nothing. */
export function compatibleProblem({ id, preset, baseUrl, apiKey }: CompatibleProvider): string | null {
  const known = presetOf({ id, preset });
  if (!/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(id)) return 'its id must be of a-z, 0-9, "_", "." and "-"';
  if (known.baseUrl === null && baseUrl === undefined) {
    return preset === undefined ? 'it needs a base URL or a preset' : `the preset "${preset}" needs a base URL`;
  }
  if (baseUrl !== undefined && URL.parse(baseUrl) === null) return 'its base URL is no URL';
  if (apiKey === undefined) return known.needsKey ? `${known.vendor} answers nobody without a key` : null;
  const wrongKey = keyProblem(apiKey, { prefix: null, vendor: known.vendor, page: 'the page of its vendor' });
  return wrongKey === null ? null : `of its key: ${wrongKey}`;
}

export function createCompatible(described: CompatibleProvider): LLMProvider {
  const problem = compatibleProblem(described);
  if (problem !== null) throw llmError('invalid_request', `The provider "${described.id}" cannot be asked: ${problem}`);
  const preset = withWord(described);
  return withEmbeddings(createDialect(described, preset), {
    // Azure names a deployment in the address of embeddings by either API.
    ...endpointOf({ ...described, api: 'chat' }, preset),
    optionFields: EMBEDDING_OPTIONS,
    format: preset.openAiModels === true ? 'base64' : 'float',
  });
}

function createDialect(described: CompatibleProvider, preset: Preset): LLMProvider {
  const endpoint = endpointOf(described, preset);
  const metadata = { body: preset.bodyMetadata ?? [], usage: preset.usageMetadata ?? [] };
  if (described.api === 'responses')
    return createOpenAiResponses({
      ...endpoint,
      metadata,
      adapt: (request, model) => adaptResponses(request, model, preset, described),
    });
  const chat = createOpenAiChat({
    ...preset,
    ...endpoint,
    asksStreamUsage: preset.asksStreamUsage !== false && !preset.lacks.includes('stream_usage'),
    imageUrls: !preset.lacks.includes('image_urls'),
    extension: null,
    metadata: { ...metadata, extension: [] },
    adapt: (request, model) => adaptChat(request, model, preset, described),
  });
  // Azure's dated API puts the deployment into the address, where Responses has none.
  const hasBoth = preset.hasResponses === true && described.api === undefined && described.apiVersion === undefined;
  return hasBoth ? { ...chat, responses: createCompatible({ ...described, api: 'responses' }).transport } : chat;
}

function presetOf({ id, preset }: Pick<CompatibleProvider, 'id' | 'preset'>): Preset {
  return preset === undefined ? { ...UNKNOWN, vendor: id } : PRESETS[preset];
}

/** The preset, with the operator's word over it. */
function withWord(described: CompatibleProvider): Preset {
  const { vendor, lacks, leavesOut, maxTokensField, reasoningField } = described;
  const known = presetOf(described);
  return {
    ...known,
    ...(vendor !== undefined && { vendor }),
    ...(lacks !== undefined && { lacks }),
    ...(maxTokensField !== undefined && { maxTokensField }),
    ...(reasoningField !== undefined && { reasoningField }),
    leavesOut: { ...known.leavesOut, ...Object.fromEntries((leavesOut ?? []).map((knob) => [knob, true])) },
  };
}

function endpointOf(described: CompatibleProvider, preset: Preset): Endpoint {
  const { id, api, apiKey, apiVersion, headers, billAfterCancel } = described;
  const address = described.baseUrl ?? preset.baseUrl ?? '';
  return {
    id,
    vendor: preset.vendor,
    billAfterCancel: billAfterCancel ?? 'unknown',
    apiKey: apiKey ?? null,
    ...(preset.keyHeader !== undefined && { keyHeader: preset.keyHeader }),
    ...(preset.modelList !== undefined && { modelList: preset.modelList }),
    ...(headers !== undefined && { headers }),
    fields: withoutBounds(described.fields ?? {}),
    ...(apiVersion === undefined
      ? { baseUrl: withPath(address, preset.usualPath) }
      : {
          baseUrl: withPath(address, '/openai') + (api === 'responses' ? '' : '/deployments/{model}'),
          query: `api-version=${encodeURIComponent(apiVersion)}`,
        }),
    optionFields: new Set([...OPTION_FIELDS, ...preset.options, ...(api === 'responses' ? RESPONSES_FIELDS : [])]),
  };
}

function adaptChat(asked: FittedRequest, model: string, preset: Preset, described: CompatibleProvider): Adaptation {
  const { request, warnings } = fitted(asked, model, preset, described, 'chat');
  return { request, warnings, fields: effortFields(request, preset, described.fields) };
}

function adaptResponses(
  asked: FittedRequest,
  model: string,
  preset: Preset,
  described: CompatibleProvider,
): ResponsesAdaptation {
  const { request, warnings } = fitted(asked, model, preset, described, 'responses');
  const reasons = preset.openAiModels === true && isOpenAiName(model) && rulesOf(model).efforts.length > 0;
  return {
    request,
    warnings,
    fields: {},
    encryptedReasoning: preset.encryptedReasoning === true || reasons,
  };
}

/** What it lacks is refused, what it or the model does not know is left out. */
function fitted(
  asked: FittedRequest,
  model: string,
  { vendor, lacks, leavesOut, openAiModels, efforts }: Preset,
  { id, takes = [] }: CompatibleProvider,
  api: 'chat' | 'responses',
) {
  const lack = lackOf(asked, { id, vendor, lacks, takes }, model);
  if (lack !== null) throw lack;
  const ruled =
    openAiModels === true && isOpenAiName(model) ? fitToModel(asked, model, api) : { request: asked, warnings: [] };
  const { request, warnings } = withoutKnobs(ruled.request, leavesOut, model, vendor);
  const { reasoningEffort } = request;
  const effort =
    reasoningEffort === null || efforts === undefined ? reasoningEffort : effortNear(reasoningEffort, efforts);
  const changed =
    effort === reasoningEffort
      ? []
      : [leftOut(`reasoning_effort "${reasoningEffort}"`, `is not known to ${vendor}; "${effort}" was sent instead`)];
  return {
    request: { ...request, reasoningEffort: effort },
    warnings: [...ruled.warnings, ...warnings, ...changed],
  };
}

function effortFields(
  { reasoningEffort }: FittedRequest,
  { noReasoning, effortInReasoning }: Preset,
  operators: JsonObject = {},
): JsonObject {
  if (reasoningEffort === null) return {};
  if (reasoningEffort === 'none' && noReasoning !== undefined) return { reasoning_effort: undefined, ...noReasoning };
  if (effortInReasoning !== true) return {};
  return { reasoning_effort: undefined, reasoning: { ...objectAt(operators, 'reasoning'), effort: reasoningEffort } };
}

const OF_REQUEST = 'every request says it itself';
const OF_BILL = 'it bounds the bill, for which money is held by what the request says';

/** What no field of the operator's may be, and why. */
export const BOUNDS: Readonly<Record<string, string>> = {
  max_completion_tokens: OF_BILL,
  max_output_tokens: OF_BILL,
  max_tokens: OF_BILL,
  n: OF_BILL,
  messages: OF_REQUEST,
  input: OF_REQUEST,
  model: OF_REQUEST,
  stream: OF_REQUEST,
};

function withoutBounds(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(BOUNDS, name)));
}

/** What nearly every server takes, but for what the request itself says and what bounds the bill. */
const OPTION_FIELDS: readonly string[] = [
  'frequency_penalty',
  'logit_bias',
  'parallel_tool_calls',
  'presence_penalty',
  'reasoning_effort',
  'response_format',
  'seed',
  'stop',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
  'user',
];

/** What servers take beside: for what the vectors are meant, and what is done with a text that is too long. */
const EMBEDDING_OPTIONS: ReadonlySet<string> = new Set(['input_type', 'task', 'truncate', 'user']);

const RESPONSES_FIELDS: readonly string[] = ['reasoning', 'text'];
