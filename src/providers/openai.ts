// OpenAI, by either of its APIs: Chat Completions, and Responses where the provider's `api` says so or the caller came by it. What its
// models refuse stands in openai/rules.ts.

import type { LLMProvider } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import { type Endpoint, isVendorItself, keyProblem, withPath } from './endpoint.ts';
import { fitToModel, rulesOf } from './openai/rules.ts';
import { createOpenAiChat } from './openai-chat/codec.ts';
import type { Adaptation } from './openai-chat/dialect.ts';
import { withEmbeddings } from './openai-embeddings.ts';
import { createOpenAiResponses } from './openai-responses/codec.ts';

export interface OpenAiAccount {
  readonly apiKey: string;
  /** Default: OpenAI's own address. Without a path `/v1` is added, as openai's client does. */
  readonly baseUrl?: string;
  /** Which of the key's organisations and projects is billed; left out: those that the key belongs to. */
  readonly organization?: string;
  readonly project?: string;
  /** Left out: `chat`, but `responses` for callers who came by it. */
  readonly api?: 'chat' | 'responses';
}

const OPENAI_ADDRESS = 'https://api.openai.com';

export function createOpenAi(account: OpenAiAccount): LLMProvider {
  const embedding = { ...endpointOf(account), optionFields: EMBEDDING_OPTIONS, format: 'base64' as const };
  if (account.api === 'responses') return withEmbeddings(openAiResponses(account), embedding);
  const chat = withEmbeddings(openAiChat(account), embedding);
  return account.api === 'chat' ? chat : { ...chat, responses: openAiResponses(account).transport };
}

function openAiResponses(account: OpenAiAccount): LLMProvider {
  return createOpenAiResponses({
    ...endpointOf(account),
    optionFields: RESPONSES_OPTIONS,
    metadata: { body: ['service_tier'], usage: [] },
    adapt: (asked, model) => ({
      ...fitToModel(asked, model, 'responses'),
      fields: {},
      encryptedReasoning: rulesOf(model).efforts.length > 0,
    }),
  });
}

function openAiChat(account: OpenAiAccount): LLMProvider {
  return createOpenAiChat({
    ...endpointOf(account),
    optionFields: CHAT_OPTIONS,
    maxTokensField: 'max_completion_tokens',
    // It neither shows its reasoning here nor takes any back.
    reasoningField: null,
    extension: null,
    metadata: { body: ['system_fingerprint', 'service_tier'], usage: [], extension: [] },
    adapt,
  });
}

/**
 * What is wrong with the form of a key; null when nothing is. It never repeats the key. Behind another address than OpenAI's own
 * a key may look as it likes, as long as it fits into a header.
 */
export function openAiKeyProblem(key: string, baseUrl = OPENAI_ADDRESS): string | null {
  const prefix = isVendorItself(baseUrl, 'openai.com') ? 'sk-' : null;
  return keyProblem(key, { prefix, vendor: 'OpenAI', page: 'platform.openai.com/api-keys' });
}

function endpointOf({ apiKey, baseUrl = OPENAI_ADDRESS, organization, project }: OpenAiAccount) {
  return {
    id: 'openai',
    vendor: 'OpenAI',
    billAfterCancel: 'unknown',
    baseUrl: withPath(baseUrl, '/v1'),
    apiKey,
    headers: {
      ...(organization !== undefined && { 'openai-organization': organization }),
      ...(project !== undefined && { 'openai-project': project }),
    },
  } satisfies Omit<Endpoint, 'optionFields'>;
}

function adapt(asked: FittedRequest, model: string): Adaptation {
  const { request, warnings } = fitToModel(asked, model, 'chat');
  return { request, warnings, fields: {}, systemRole: rulesOf(model).efforts.length > 0 ? 'developer' : 'system' };
}

/**
 * What both take, but for what the request itself says (model, messages, stream), what bounds the bill (tokens, n), and what has a price of
 * its own (searches, predictions that do not come true, a cache that is warmed or kept for long).
 */
const OPTION_FIELDS: readonly string[] = [
  'parallel_tool_calls',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
];

const CHAT_OPTIONS: ReadonlySet<string> = new Set([
  ...OPTION_FIELDS,
  'frequency_penalty',
  'logit_bias',
  'presence_penalty',
  'reasoning_effort',
  'response_format',
  'seed',
  'stop',
  'verbosity',
]);

const EMBEDDING_OPTIONS: ReadonlySet<string> = new Set(['user']);

/** None that leads to what the vendor would have to keep (`previous_response_id`, `conversation`), or shortens the prompt unseen. */
const RESPONSES_OPTIONS: ReadonlySet<string> = new Set([...OPTION_FIELDS, 'max_tool_calls', 'reasoning', 'text']);
