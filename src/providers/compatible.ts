// A provider that is described, not written: any server that speaks one of OpenAI's dialects, with a preset of what is known of it
// or with what its operator says.

import { llmError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { LLMProvider } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import { type Knob, withoutKnobs } from './compatible-knobs.ts';
import { type Lack, lackOf } from './compatible-lacks.ts';
import { PRESETS, type Preset, type PresetName, UNKNOWN } from './compatible-presets.ts';
import { createOpenAiChat } from './openai-chat.ts';
import type { Adaptation } from './openai-chat-dialect.ts';
import { type Endpoint, withPath } from './openai-endpoint.ts';
import { leftOut } from './openai-options.ts';
import { effortNear, fitToModel, isOpenAiName } from './openai-rules.ts';

export interface CompatibleProvider {
  /** Its name in routes, rows and headers. */
  readonly id: string;
  readonly preset?: PresetName;
  /** Where the preset has none it must be given. Without a path the usual one is added. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Default: `chat`. */
  readonly api?: 'chat' | 'responses';
  /** What stands in sentences. Default: the preset's. */
  readonly vendor?: string;
  /** What it lacks, in the place of what the preset says. */
  readonly lacks?: readonly Lack[];
  /** Knobs to leave out for every model, beside those of the preset. */
  readonly leavesOut?: readonly Knob[];
  readonly maxTokensField?: Preset['maxTokensField'];
  readonly reasoningField?: string | null;
  /** Azure's dated API (`2024-10-21`), which names the deployment in the address. */
  readonly apiVersion?: string;
  /** Sent with every request (`HTTP-Referer`, …). */
  readonly headers?: Readonly<Record<string, string>>;
  /** The operator's own, set in every body: how OpenRouter routes, what a server keeps. Stand over everything but the bound of the bill. */
  readonly fields?: JsonObject;
  readonly billAfterCancel?: LLMProvider['billAfterCancel'];
}

/** What a description lacks before it can be asked; null: nothing. */
export function compatibleProblem({ id, preset, baseUrl, apiKey }: CompatibleProvider): string | null {
  const known = presetOf(preset);
  if (!/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(id)) return 'its id must be of a-z, 0-9, "_", "." and "-"';
  if (known.baseUrl === null && baseUrl === undefined) {
    return preset === undefined ? 'it needs a base URL or a preset' : `the preset "${preset}" needs a base URL`;
  }
  if (baseUrl !== undefined && URL.parse(baseUrl) === null) return 'its base URL is no URL';
  if (known.needsKey && apiKey === undefined) return `${known.vendor} answers nobody without a key`;
  return null;
}

export function createCompatible(described: CompatibleProvider): LLMProvider {
  const problem = compatibleProblem(described);
  if (problem !== null) throw llmError('invalid_request', `The provider "${described.id}" cannot be asked: ${problem}`);
  const preset = withWord(described);
  return createOpenAiChat({
    ...preset,
    ...endpointOf(described, preset),
    asksStreamUsage: preset.asksStreamUsage !== false && !preset.lacks.includes('stream_usage'),
    extension: null,
    metadata: { body: preset.bodyMetadata ?? [], usage: preset.usageMetadata ?? [], extension: [] },
    adapt: (request, model) => adapt(request, model, preset, described),
  });
}

function presetOf(name: PresetName | undefined): Preset {
  return name === undefined ? UNKNOWN : PRESETS[name];
}

/** The preset, with the operator's word over it. */
function withWord({ preset, vendor, lacks, leavesOut, maxTokensField, reasoningField }: CompatibleProvider): Preset {
  const known = presetOf(preset);
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
  const { id, apiKey, apiVersion, headers, billAfterCancel } = described;
  const address = described.baseUrl ?? preset.baseUrl ?? '';
  return {
    id,
    vendor: preset.vendor,
    billAfterCancel: billAfterCancel ?? 'unknown',
    apiKey: apiKey ?? null,
    ...(preset.keyHeader !== undefined && { keyHeader: preset.keyHeader }),
    ...(headers !== undefined && { headers }),
    ...(apiVersion === undefined
      ? { baseUrl: withPath(address, preset.usualPath) }
      : {
          baseUrl: `${withPath(address, '/openai')}/deployments/{model}`,
          query: `api-version=${encodeURIComponent(apiVersion)}`,
        }),
    optionFields: new Set([...OPTION_FIELDS, ...preset.options]),
  };
}

function adapt(asked: FittedRequest, model: string, preset: Preset, { id, fields }: CompatibleProvider): Adaptation {
  const lack = lackOf(asked, { id, vendor: preset.vendor, lacks: preset.lacks }, model);
  if (lack !== null) throw lack;
  const ruled =
    preset.openAiModels === true && isOpenAiName(model)
      ? fitToModel(asked, model, 'chat')
      : { request: asked, warnings: [] };
  const { request, warnings } = withoutKnobs(ruled.request, preset.leavesOut, model, preset.vendor);
  const effort = effortFields(request, preset);
  return {
    request,
    fields: { ...effort.fields, ...withoutBounds(fields ?? {}) },
    warnings: [...ruled.warnings, ...warnings, ...effort.warnings],
  };
}

function effortFields(
  { reasoningEffort: asked }: FittedRequest,
  { efforts, noReasoning, effortInReasoning, vendor }: Preset,
): { readonly fields: JsonObject; readonly warnings: readonly Warning[] } {
  if (asked === null) return { fields: {}, warnings: [] };
  if (asked === 'none' && noReasoning !== undefined)
    return { fields: { reasoning_effort: undefined, ...noReasoning }, warnings: [] };
  const effort = efforts === undefined ? asked : effortNear(asked, efforts);
  const warnings =
    effort === asked
      ? []
      : [leftOut(`reasoning_effort "${asked}"`, `is not known to ${vendor}; "${effort}" was sent instead`)];
  if (effortInReasoning === true) return { fields: { reasoning_effort: undefined, reasoning: { effort } }, warnings };
  return { fields: { reasoning_effort: effort }, warnings };
}

/** What the request itself says, and what bounds the bill: not even the operator's fields may stand over these. */
const BOUNDS: ReadonlySet<string> = new Set([
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'messages',
  'input',
  'model',
  'n',
  'stream',
]);

function withoutBounds(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !BOUNDS.has(name)));
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
