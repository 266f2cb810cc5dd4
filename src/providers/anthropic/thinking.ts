// Reasoning effort, temperature and top_p in the words of each family of models. They hang together: while a model thinks it takes no
// temperature, and it thinks neither where it is made to call a tool nor in the middle of tool calls that it did not think about.

import { type Json, type JsonObject, stringAt } from '../../core/json.ts';
import type { FittedRequest, ReasoningEffort } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut } from '../options.ts';
import type { ModelFamily } from './families.ts';
import { isForced, isThought } from './messages.ts';

export interface Sampling {
  readonly thinking: Json;
  readonly effort: string | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly warnings: readonly Warning[];
}

/** The smallest that Anthropic takes; it must also be smaller than max_tokens. */
const LEAST_BUDGET_TOKENS = 1_024;
/** Of max_tokens, which hold the thoughts and the answer. Those of OpenRouter, whose callers have the same words. */
const BUDGET_SHARES: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
};

/** `given`: what the request's options say of thinking, which stands over what is made of its effort. */
export function samplingOf(
  request: FittedRequest,
  model: string,
  family: ModelFamily,
  maxTokens: number,
  given: Json | undefined,
): Sampling {
  const warnings: Warning[] = [];
  const reasoning =
    family.thinking === 'budget'
      ? { thinking: budgetFor(request, model, maxTokens, warnings), effort: null }
      : effortFor(request, model, family, warnings);
  const thinking = given ?? reasoning.thinking;
  const type = stringAt(thinking, 'type');
  const thinks = type === 'enabled' || type === 'adaptive';
  return { ...reasoning, thinking, ...randomnessOf(request, model, family.samples, thinks, warnings), warnings };
}

function budgetFor(request: FittedRequest, model: string, maxTokens: number, warnings: Warning[]): JsonObject | null {
  const asked = request.reasoningEffort;
  if (asked === null) return null;
  if (asked === 'none') return { type: 'disabled' };
  const why = whyNoBudget(request, maxTokens);
  if (why !== null) {
    warnings.push(leftOut(`reasoning_effort "${asked}"`, `was left out: ${model} does not think ${why}`));
    return null;
  }
  const shareTokens = Math.floor(BUDGET_SHARES[asked] * maxTokens);
  return { type: 'enabled', budget_tokens: Math.max(LEAST_BUDGET_TOKENS, shareTokens) };
}

function whyNoBudget({ toolChoice, messages }: FittedRequest, maxTokens: number): string | null {
  if (maxTokens <= LEAST_BUDGET_TOKENS) return `unless max_tokens are more than ${LEAST_BUDGET_TOKENS}`;
  if (isForced(toolChoice)) return 'when it is made to call a tool';
  const last = messages.findLast(({ role }) => role !== 'tool');
  const isAnswered = messages.at(-1)?.role !== 'tool' || last?.role !== 'assistant';
  const first = last === undefined || typeof last.content === 'string' ? undefined : last.content[0];
  return isAnswered || (first !== undefined && isThought(first))
    ? null
    : 'after tool calls that another model made, or that it made without thinking';
}

/** What is less than a model can do becomes the least it can do: that is nearest to what was wished. */
function effortFor(
  { reasoningEffort: asked, toolChoice }: FittedRequest,
  model: string,
  { off }: ModelFamily,
  warnings: Warning[],
): Pick<Sampling, 'thinking' | 'effort'> {
  if (asked === null) return { thinking: null, effort: null };
  if (asked === 'none' && off !== null) return { thinking: { type: off }, effort: null };
  const effort = asked === 'none' || asked === 'minimal' ? 'low' : asked;
  if (effort !== asked) {
    warnings.push(leftOut(`reasoning_effort "${asked}"`, `is not known to ${model}; "low" was sent instead`));
  }
  // Without a word on it, the models since 4.7 hide what they think.
  return { thinking: isForced(toolChoice) ? null : { type: 'adaptive', display: 'summarized' }, effort };
}

/** From 0 to 1, and one of the two alone. */
function randomnessOf(
  { temperature, topP }: FittedRequest,
  model: string,
  samples: boolean,
  thinks: boolean,
  warnings: Warning[],
): Pick<Sampling, 'temperature' | 'topP'> {
  const refusal = samples ? (thinks ? 'takes none while it thinks' : null) : 'takes none';
  if (refusal !== null) {
    for (const [knob, value] of [
      ['temperature', temperature],
      ['top_p', topP],
    ]) {
      if (value !== null) warnings.push(leftOut(`${knob}`, `was left out: ${model} ${refusal}`));
    }
    return { temperature: null, topP: null };
  }
  if (temperature === null) return { temperature, topP };
  if (temperature > 1) warnings.push(leftOut(`temperature ${temperature}`, `is more than ${model} takes; 1 was sent`));
  if (topP !== null)
    warnings.push(leftOut('top_p', `was left out: ${model} takes no more than one of temperature and top_p`));
  return { temperature: Math.min(1, temperature), topP: null };
}
