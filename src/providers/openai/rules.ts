// What OpenAI's models take and refuse, by their names. A parameter that a model does not know is a 400, so it is left out with a
// warning here. Read from openai 7.57, @ai-sdk/openai 4.0.118, pi-ai 1.5.2, LiteLLM's list and recorded traffic, November 2026; where they disagree
// (sampling at GPT-6), the knob is left out, which never fails.

import type { FittedRequest, ReasoningEffort } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut } from '../options.ts';

export interface ModelRules {
  /** Those that it takes, from the least; empty: it does not reason. */
  readonly efforts: readonly ReasoningEffort[];
  /** Whether it takes temperature and top_p. */
  readonly sampling: 'always' | 'at-effort-none' | 'never';
  readonly stop: boolean;
  readonly parallelToolCalls: boolean;
  /** False: on Chat Completions it takes tools only at effort none, also where no effort is named. */
  readonly toolsWhileReasoning: boolean;
  readonly flex: boolean;
}

const PLAIN: ModelRules = {
  efforts: [],
  sampling: 'always',
  stop: true,
  parallelToolCalls: true,
  toolsWhileReasoning: true,
  flex: false,
};

const O_SERIES: ModelRules = {
  efforts: ['low', 'medium', 'high'],
  sampling: 'never',
  stop: false,
  parallelToolCalls: false,
  toolsWhileReasoning: true,
  flex: true,
};

/** These two refuse to stop reasoning, where their siblings do not. */
const ALWAYS_REASONING = /^gpt-6(-astra|\.1-sol)\b/;

/** False for a name that its owner gave (a deployment), which says nothing. */
export function isOpenAiName(model: string): boolean {
  return /^(ft:)?(gpt-\d|o\d|chat-latest)/.test(model);
}

export function rulesOf(model: string): ModelRules {
  const name = model.replace(/^ft:/, '');
  // `gpt-5-chat-latest`, `chat-latest`: what ChatGPT runs, which does not reason here.
  if (/\bchat\b/.test(name)) return PLAIN;
  if (/^o\d/.test(name)) return O_SERIES;
  const version = /^gpt-(\d+)(?:\.(\d+))?/.exec(name);
  const major = Number(version?.[1] ?? 0);
  return major < 5 ? PLAIN : gptRules(name, major, Number(version?.[2] ?? 0));
}

function gptRules(name: string, major: number, minor: number): ModelRules {
  return {
    efforts: gptEfforts(name, major, minor),
    sampling: major === 5 && minor > 0 ? 'at-effort-none' : 'never',
    // GPT-5 to 5.4 were seen to refuse it, 5.5 to take it.
    stop: major > 5 || minor >= 5,
    parallelToolCalls: true,
    toolsWhileReasoning: major > 5 || minor < 6,
    flex: true,
  };
}

function gptEfforts(name: string, major: number, minor: number): readonly ReasoningEffort[] {
  if (name.includes('-pro')) return ['medium', 'high'];
  if (ALWAYS_REASONING.test(name) || name.includes('-codex')) return ['low', 'medium', 'high'];
  return major === 5 && minor === 0 ? ['minimal', 'low', 'medium', 'high'] : ['none', 'low', 'medium', 'high'];
}

interface Fit {
  readonly request: FittedRequest;
  readonly warnings: readonly Warning[];
}

/** The request with the knobs that the model takes, and a warning for each of the others. */
export function fitToModel(asked: FittedRequest, model: string, api: 'chat' | 'responses'): Fit {
  const rules = rulesOf(model);
  const warnings: Warning[] = [];
  const refuse = (knob: string) => warnings.push(leftOut(knob, `is not known to ${model} and was left out`));

  const reasoningEffort = effortFor(asked, rules, model, api, warnings);
  const samples = rules.sampling === 'always' || (rules.sampling === 'at-effort-none' && reasoningEffort === 'none');
  if (!samples && asked.temperature !== null) refuse('temperature');
  if (!samples && asked.topP !== null) refuse('top_p');
  if (!rules.stop && asked.stop.length > 0) refuse('stop');
  const takesParallel = rules.parallelToolCalls || asked.parallelToolCalls === null || asked.tools.length === 0;
  if (!takesParallel) refuse('parallel_tool_calls');
  const takesTier = rules.flex || asked.serviceTier !== 'flex';
  if (!takesTier) refuse('service_tier "flex"');
  const request = {
    ...asked,
    reasoningEffort,
    serviceTier: takesTier ? asked.serviceTier : null,
    temperature: samples ? asked.temperature : null,
    topP: samples ? asked.topP : null,
    stop: rules.stop ? asked.stop : [],
    parallelToolCalls: takesParallel ? asked.parallelToolCalls : null,
  };
  return { request, warnings };
}

const FROM_LEAST: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high'];

function effortFor(
  { reasoningEffort: asked, tools }: FittedRequest,
  { efforts, toolsWhileReasoning }: ModelRules,
  model: string,
  api: 'chat' | 'responses',
  warnings: Warning[],
): ReasoningEffort | null {
  if (tools.length > 0 && !toolsWhileReasoning && api === 'chat') {
    if (asked !== 'none') {
      const why = `was sent, since ${model} takes tools on Chat Completions only without reasoning; the API "responses" takes both`;
      warnings.push(leftOut('reasoning_effort "none"', why));
    }
    return 'none';
  }
  if (asked === null || efforts.includes(asked)) return asked;
  const sent = effortNear(asked, efforts);
  const instead = sent === null ? 'and was left out' : `; "${sent}" was sent instead`;
  warnings.push(
    leftOut(`reasoning_effort "${asked}"`, `is not known to ${model}${sent === null ? ' ' : ''}${instead}`),
  );
  return sent;
}

/** An effort that is lacking becomes the next above it, which is nearest to what was wished; null: there is none. */
export function effortNear(asked: ReasoningEffort, efforts: readonly ReasoningEffort[]): ReasoningEffort | null {
  return efforts.find((effort) => FROM_LEAST.indexOf(effort) >= FROM_LEAST.indexOf(asked)) ?? null;
}
