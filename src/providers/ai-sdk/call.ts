// A request as the options of a call of the AI SDK. What the specification has no word for is left out with a warning, and so is what
// would be billed beyond what was held.

import { formatSent } from '../../core/emulation.ts';
import type { FittedRequest, ResponseFormat, Tool, ToolChoice } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut, withoutAbsent } from '../options.ts';
import type { FileTarget } from './files.ts';
import type { AiSdkCall, SpecVersion } from './model.ts';
import { optionsFor, thinksBeyond } from './options.ts';
import { promptOf } from './prompt.ts';

export interface CallTarget extends FileTarget {
  /** As the model says of itself. */
  readonly provider: string;
  readonly model: string;
  /** What the operator lets pass, beside what is known to cost nothing more. */
  readonly passesOptions: readonly string[];
}

export function callOf(
  request: FittedRequest,
  { provider, model, passesOptions, ...target }: CallTarget,
  abortSignal: AbortSignal,
): { readonly call: AiSdkCall; readonly warnings: readonly Warning[] } {
  const { version } = target;
  const { temperature, topP, seed, maxTokens, stop, tools, toolChoice, reasoningEffort } = request;
  const format = formatSent(request);
  const warnings: Warning[] = [...wordless(request, version)];
  const isBeyond = version === 'v4' && thinksBeyond(request, provider, model);
  if (isBeyond) warnings.push(leftOut('reasoning_effort', BEYOND));
  const call: AiSdkCall = {
    prompt: promptOf(request, target),
    ...withoutAbsent({ temperature, topP, seed, maxOutputTokens: maxTokens }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...(tools.length > 0 && { tools: tools.map((tool) => toolOf(tool, version)) }),
    ...(toolChoice !== null && { toolChoice: choiceOf(toolChoice) }),
    ...(format.type !== 'text' && { responseFormat: formatOf(format) }),
    ...(reasoningEffort !== null && version === 'v4' && !isBeyond && { reasoning: reasoningEffort }),
    providerOptions: optionsFor(request.providerOptions, passesOptions, warnings),
    abortSignal,
  };
  return { call, warnings };
}

/** The knobs that the specification has no word for; a model may know them among its `providerOptions`. */
function wordless(request: FittedRequest, version: SpecVersion): readonly Warning[] {
  const { parallelToolCalls, serviceTier, reasoningEffort, responseFormat, tools, messages } = request;
  const details = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.flatMap((part) => (part.type === 'image' ? (part.detail ?? []) : [])),
  );
  const isStrict = responseFormat.type === 'json-schema' && responseFormat.strict !== undefined;
  const areStrict = version === 'v2' && tools.some(({ strict }) => strict !== undefined);
  return [
    ...(parallelToolCalls === null ? [] : [leftOut('parallel_tool_calls', NO_WORD)]),
    ...(serviceTier === null ? [] : [leftOut('service_tier', NO_WORD)]),
    ...(reasoningEffort === null || version === 'v4' ? [] : [leftOut('reasoning_effort', NO_WORD)]),
    ...(isStrict ? [leftOut('response_format.strict', NO_WORD)] : []),
    ...(areStrict ? [leftOut('tools.strict', NO_WORD)] : []),
    ...(details.some((detail) => detail !== 'auto') ? [leftOut('image_detail', NO_WORD)] : []),
  ];
}

const BEYOND = 'was left out: by the package of this model, thoughts come on top of the tokens that were held';
const NO_WORD =
  "has no word in this model's version of the AI SDK: say it in providerOptions, if the model knows it there";

function toolOf({ name, description, parameters, strict }: Tool, version: SpecVersion): object {
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict !== undefined && version !== 'v2' && { strict }),
  };
}

function choiceOf(choice: ToolChoice): { readonly type: string; readonly toolName?: string } {
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.name };
}

function formatOf(format: ResponseFormat): { readonly type: 'json' } {
  if (format.type !== 'json-schema') return { type: 'json' };
  const { name, schema, description } = format;
  const asked = { type: 'json' as const, name, schema, ...(description !== undefined && { description }) };
  return asked;
}
