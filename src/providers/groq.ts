// Groq: the Chat Completions dialect with what is theirs. Read from console.groq.com/docs and recorded traffic, September 2025 to
// November 2026; where the docs and the recordings are silent, the careful choice is taken and said.

import { llmError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { LLMProvider } from '../core/provider.ts';
import type { FittedRequest, ReasoningEffort } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import { isVendorItself, keyProblem, withPath } from './endpoint.ts';
import { createOpenAiChat } from './openai-chat/codec.ts';
import type { Adaptation } from './openai-chat/dialect.ts';
import { leftOut } from './options.ts';

export interface GroqAccount {
  readonly apiKey: string;
  /** Default: Groq's own address. Without a path `/openai/v1` is added, as groq-sdk does. */
  readonly baseUrl?: string;
}

const GROQ_ADDRESS = 'https://api.groq.com';
const GROQ_DOMAIN = 'groq.com';

export function createGroq({ apiKey, baseUrl = GROQ_ADDRESS }: GroqAccount): LLMProvider {
  return createOpenAiChat({
    id: 'groq',
    // Groq stands on OpenRouter's list of vendors that go on with an answer, and bill it, when the request is cancelled (read 2026-11).
    // What stands behind another address is not known to.
    billAfterCancel: isVendorItself(baseUrl, GROQ_DOMAIN) ? 'goes-on' : 'unknown',
    vendor: 'Groq',
    baseUrl: withPath(baseUrl, '/openai/v1'),
    apiKey,
    maxTokensField: 'max_completion_tokens',
    reasoningField: 'reasoning',
    optionFields: OPTION_FIELDS,
    // `auto` is the best that the account has, which may be the dearest.
    tiers: new Set(['on_demand', 'flex']),
    extension: 'x_groq',
    metadata: {
      body: ['system_fingerprint', 'service_tier'],
      usage: ['queue_time', 'prompt_time', 'completion_time', 'total_time'],
      extension: ['id', 'seed'],
    },
    adapt,
  });
}

/**
 * What is wrong with the form of a key; null when nothing is. It never repeats the key. Behind another address than Groq's own
 * (a proxy, a test) a key may look as it likes, as long as it fits into a header.
 */
export function groqKeyProblem(key: string, baseUrl = GROQ_ADDRESS): string | null {
  const prefix = isVendorItself(baseUrl, GROQ_DOMAIN) ? 'gsk_' : null;
  return keyProblem(key, { prefix, vendor: 'Groq', page: 'console.groq.com/keys' });
}

/** All that Groq takes, but for what the request itself says (model, messages, stream) and what bounds the bill (tokens, n). */
const OPTION_FIELDS: ReadonlySet<string> = new Set([
  'citation_options',
  'disable_tool_validation',
  'documents',
  'include_reasoning',
  'parallel_tool_calls',
  'reasoning_effort',
  'reasoning_format',
  'response_format',
  'seed',
  'service_tier',
  'stop',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
  'user',
]);

interface ReasoningFamily {
  readonly prefix: string;
  readonly efforts: readonly ReasoningEffort[];
  /** True: it writes its reasoning into the content (`<think>…`) unless it is asked for another format. */
  readonly thinksInContent: boolean;
}

/** Any effort for another model is a 400. */
const REASONING_FAMILIES: readonly ReasoningFamily[] = [
  { prefix: 'openai/gpt-oss-', efforts: ['low', 'medium', 'high'], thinksInContent: false },
  { prefix: 'qwen/', efforts: ['none', 'low', 'medium', 'high'], thinksInContent: true },
];

function adapt(request: FittedRequest, model: string): Adaptation {
  const warnings: Warning[] = [];
  const family = REASONING_FAMILIES.find(({ prefix }) => model.startsWith(prefix));
  const effort = effortFor(request.reasoningEffort, family, model, warnings);
  return {
    fields: { reasoning_effort: effort, reasoning_format: formatFor(request, family), ...schemaFields(request, model) },
    warnings,
  };
}

/** What is less than a model can do becomes the least it can do: that is nearest to what was wished. */
function effortFor(
  asked: ReasoningEffort | null,
  family: ReasoningFamily | undefined,
  model: string,
  warnings: Warning[],
): ReasoningEffort | undefined {
  if (asked === null) return undefined;
  if (family === undefined) {
    warnings.push(leftOut('reasoning_effort', `is not known to ${model} and was left out`));
    return undefined;
  }
  if (family.efforts.includes(asked)) return asked;
  warnings.push(leftOut(`reasoning_effort "${asked}"`, `is not known to ${model}; "low" was sent instead`));
  return 'low';
}

/** `parsed` keeps reasoning out of the content. With tools or JSON it is so anyway, and naming a format is a 400 by the docs. */
function formatFor({ tools, responseFormat, providerOptions }: FittedRequest, family: ReasoningFamily | undefined) {
  const { include_reasoning: included, tools: rawTools, response_format: rawFormat } = providerOptions['groq'] ?? {};
  const taken = tools.length > 0 || responseFormat.type !== 'text' || rawTools !== undefined || rawFormat !== undefined;
  // Beside include_reasoning it is a 400 too.
  return family?.thinksInContent === true && !taken && included === undefined ? 'parsed' : undefined;
}

/**
 * By the docs a JSON schema goes neither with tools nor with a stream, and no recording shows otherwise. Tools are a feature: the
 * caller must choose. A stream is a way to deliver: Groq is asked for the whole answer, which the transport hands on in one piece
 * with the warning `not_streamed`; its check of the JSON then also comes as a 400 and not in the middle of a stream.
 */
function schemaFields({ responseFormat, tools }: FittedRequest, model: string): JsonObject {
  if (responseFormat.type !== 'json-schema') return {};
  if (tools.length > 0) {
    const message =
      'Groq takes no tools together with a JSON schema; ask with tools first, for the schema without them';
    throw llmError('invalid_request', message, { param: 'responseFormat', provider: 'groq', model });
  }
  return { stream: false, stream_options: undefined };
}
