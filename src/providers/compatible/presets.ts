// What is known of vendors and servers that speak OpenAI's dialects. Facts, not code: read from their docs, their own clients and
// recorded traffic up to November 2026. Where nobody says whether a knob is taken it is not in the list of those left out, unless
// the vendor is known to refuse what it does not know.

import type { JsonObject } from '../../core/json.ts';
import type { ReasoningEffort } from '../../core/request.ts';
import type { AnswerFacts, RequestFacts } from '../openai-chat/dialect.ts';
import type { Knob } from './knobs.ts';
import type { Lack } from './lacks.ts';

export interface Preset extends RequestFacts, Omit<AnswerFacts, 'extension' | 'metadata'> {
  /** In sentences. */
  readonly vendor: string;
  /** Null: everybody has an address of their own. */
  readonly baseUrl: string | null;
  /** Added to a base URL without a path. */
  readonly usualPath: string;
  readonly needsKey: boolean;
  /** As of an `Endpoint`. */
  readonly modelList?: 'partial' | 'none';
  readonly keyHeader?: string;
  readonly lacks: readonly Lack[];
  /** Knobs that are left out with a warning: for every model, or for those whose names match. */
  readonly leavesOut: Readonly<Partial<Record<Knob, true | RegExp>>>;
  /** Those that it takes; left out: all. */
  readonly efforts?: readonly ReasoningEffort[];
  /** What says "do not reason" in the place of the effort `none`. */
  readonly noReasoning?: JsonObject;
  /** True: the effort is sent as `reasoning: {effort}`. */
  readonly effortInReasoning?: boolean;
  /** True: its models are OpenAI's, and take and refuse what those do as far as their names say which they are. */
  readonly openAiModels?: boolean;
  /** True: it has Responses beside Chat Completions, as recorded, and tells more by it. */
  readonly hasResponses?: boolean;
  /** Whether Responses give back a state of the reasoning that is sent with the next request. */
  readonly encryptedReasoning?: boolean;
  /** What providerOptions may set beyond the fields of the dialect. None that reaches for the bill (paid searches, other models). */
  readonly options: readonly string[];
  /** What goes into providerMetadata. */
  readonly bodyMetadata?: readonly string[];
  readonly usageMetadata?: readonly string[];
}

/** A server of which nothing is known but its dialect. */
export const UNKNOWN: Omit<Preset, 'vendor'> = {
  baseUrl: null,
  usualPath: '/v1',
  needsKey: false,
  modelList: 'partial',
  maxTokensField: 'max_tokens',
  reasoningField: null,
  lacks: [],
  leavesOut: {},
  options: [],
};

export const PRESETS = {
  openrouter: {
    vendor: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    usualPath: '/api/v1',
    needsKey: true,
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    reasoningStateField: 'reasoning_details',
    fileUrls: true,
    lacks: [],
    leavesOut: { service_tier: true },
    effortInReasoning: true,
    encryptedReasoning: true,
    options: ['min_p', 'reasoning', 'repetition_penalty', 'top_a', 'top_k'],
    bodyMetadata: ['provider', 'system_fingerprint'],
    usageMetadata: ['cost'],
  },
  together: {
    vendor: 'Together',
    baseUrl: 'https://api.together.ai/v1',
    usualPath: '/v1',
    needsKey: true,
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    lacks: [],
    leavesOut: { service_tier: true },
    finishReasons: { eos: 'stop' },
    cachedTokensInUsage: true,
    options: ['min_p', 'repetition_penalty', 'top_k'],
  },
  fireworks: {
    vendor: 'Fireworks',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    usualPath: '/inference/v1',
    needsKey: true,
    // What a customer has deployed himself is not among them.
    modelList: 'partial',
    maxTokensField: 'max_tokens',
    // Some of its models want it back, and none is known to refuse it.
    reasoningField: 'reasoning_content',
    lacks: [],
    leavesOut: { service_tier: true },
    options: ['min_p', 'repetition_penalty', 'top_k'],
  },
  deepseek: {
    vendor: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    usualPath: '',
    needsKey: true,
    maxTokensField: 'max_tokens',
    // Since V4 every message with tool calls must bring its reasoning back, be it empty: without the field it is a 400. In other
    // messages it is ignored.
    reasoningField: 'reasoning_content',
    reasoningBesideCalls: true,
    lacks: [],
    leavesOut: { service_tier: true },
    noReasoning: { thinking: { type: 'disabled' } },
    // An answer that was given up for want of machines.
    finishReasons: { insufficient_system_resource: 'failed' },
    options: ['thinking'],
    bodyMetadata: ['system_fingerprint'],
  },
  mistral: {
    vendor: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    usualPath: '/v1',
    needsKey: true,
    maxTokensField: 'max_tokens',
    reasoningField: null,
    seedField: 'random_seed',
    requiredWord: 'any',
    // It tells its usage unasked, and a field that it does not know is a 422.
    asksStreamUsage: false,
    lacks: [],
    leavesOut: { service_tier: true, reasoning_effort: true },
    contentLists: true,
    finishReasons: { model_length: 'length' },
    options: ['prompt_mode', 'random_seed', 'safe_prompt'],
  },
  xai: {
    vendor: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    usualPath: '/v1',
    needsKey: true,
    maxTokensField: 'max_completion_tokens',
    reasoningField: null,
    lacks: [],
    leavesOut: { service_tier: true, stop: /^grok-(?!.*non-reasoning)(3-mini|[4-9])/ },
    // In the recorded sums reasoning stands beside the completion, and is billed.
    reasoningApart: true,
    hasResponses: true,
    encryptedReasoning: true,
    options: [],
    bodyMetadata: ['system_fingerprint'],
    usageMetadata: ['cost_in_usd_ticks'],
  },
  cerebras: {
    vendor: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    usualPath: '/v1',
    needsKey: true,
    maxTokensField: 'max_completion_tokens',
    reasoningField: 'reasoning',
    lacks: [],
    leavesOut: { service_tier: true },
    noReasoning: { disable_reasoning: true },
    options: ['clear_thinking', 'disable_reasoning', 'reasoning_format'],
    bodyMetadata: ['system_fingerprint'],
  },
  azure: {
    vendor: 'Azure OpenAI',
    baseUrl: null,
    usualPath: '/openai/v1',
    needsKey: true,
    // It lists the models that could be deployed; asked is the deployment, by the name that its owner gave it.
    modelList: 'none',
    keyHeader: 'api-key',
    maxTokensField: 'max_completion_tokens',
    reasoningField: null,
    lacks: [],
    leavesOut: {},
    hasResponses: true,
    openAiModels: true,
    options: ['safety_identifier', 'verbosity'],
    bodyMetadata: ['system_fingerprint', 'service_tier'],
  },
  ollama: {
    vendor: 'Ollama',
    baseUrl: 'http://localhost:11434/v1',
    usualPath: '/v1',
    needsKey: false,
    // The other name is taken without a word, and without effect.
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    lacks: ['image_urls', 'tool_choice'],
    leavesOut: { service_tier: true, parallel_tool_calls: true },
    efforts: ['none', 'low', 'medium', 'high'],
    options: [],
  },
  vllm: {
    vendor: 'vLLM',
    baseUrl: 'http://localhost:8000/v1',
    usualPath: '/v1',
    needsKey: false,
    maxTokensField: 'max_tokens',
    reasoningField: null,
    lacks: [],
    leavesOut: { service_tier: true, parallel_tool_calls: true, image_detail: true },
    options: ['chat_template_kwargs', 'min_p', 'repetition_penalty', 'structured_outputs', 'top_k'],
  },
  lmstudio: {
    vendor: 'LM Studio',
    baseUrl: 'http://localhost:1234/v1',
    usualPath: '/v1',
    needsKey: false,
    maxTokensField: 'max_tokens',
    reasoningField: null,
    lacks: [],
    leavesOut: { service_tier: true, parallel_tool_calls: true, reasoning_effort: true },
    options: ['repeat_penalty', 'top_k'],
  },
  llamacpp: {
    vendor: 'llama.cpp',
    baseUrl: 'http://127.0.0.1:8080/v1',
    usualPath: '/v1',
    needsKey: false,
    // It answers with the one that it has loaded, whatever name is asked.
    modelList: 'partial',
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning_content',
    lacks: [],
    leavesOut: { service_tier: true },
    options: ['cache_prompt', 'grammar', 'min_p', 'repeat_penalty', 'top_k'],
    bodyMetadata: ['system_fingerprint'],
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;
