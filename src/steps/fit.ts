// Step 3. Makes the request fit: older history is trimmed to the window, max tokens clamped to what policy and model allow,
// targets that cannot take the request left out. What is changed is reported, never silent.

import type { ModelFeature, Target } from '../core/catalog.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import type { Parts } from '../core/parts.ts';
import { type Call, type FittedRequest, type LLMRequest, type Message, toolCallsOf } from '../core/request.ts';
import { WINDOWS } from '../core/windows.ts';

/** In the spoken dialects, under a token or money window, an absent max_tokens becomes at most this. */
const FILLED_MAX_TOKENS = 16_384;
/** An answer shorter than this is of no use: then the request doesn't fit. */
const USEFUL_ANSWER_TOKENS = 256;
/** How far the quick estimate is usually off. A prompt that slips through is refused by the vendor, with the same code. */
const ESTIMATE_MARGIN = 1.1;

export function fit(request: LLMRequest, targets: readonly [Target, ...Target[]], call: Call, parts: Parts): Fitted {
  const native = call.defaults === 'native';
  const messages = native ? trimHistory(request.messages, parts) : request.messages;
  const needed = featuresNeeded(request, messages);
  const unfitted = withDefaults(request, messages, native, parts);
  const inputTokens = parts.tokens.requestEstimate(unfitted);

  const able: Target[] = [];
  let refusal: LLMError | null = null;
  for (const target of targets) {
    const problem = problemOf(target, unfitted, needed, inputTokens, parts);
    if (problem === null) able.push(target);
    else refusal ??= problem;
  }
  const [first, ...rest] = able;
  if (first === undefined) throw refusal ?? llmError('internal', 'A request without targets reached the fit');

  const maxTokens = maxTokensFor(request, first, inputTokens, native, call, parts);
  const sent = maxTokens.sent;
  return {
    request: { ...unfitted, maxTokens: sent },
    requestedModel: request.model ?? null,
    targets: [first, ...rest],
    context: {
      kept: messages.length,
      dropped: request.messages.length - messages.length,
      estimatedTokens: inputTokens,
      window: first.card.contextWindow - (sent ?? 0),
    },
    maxTokens:
      sent === null || maxTokens.reason === null
        ? null
        : { asked: request.maxTokens ?? null, sent, reason: maxTokens.reason },
    cache: request.cache ?? 'use',
    tags: request.tags ?? {},
    shareable: true,
  };
}

/**
 * The current turn (the last user message and all after it), every system message, and of what is older as much as fits, newest
 * first and without gaps. A tool call and its results are one unit: they stay or go together.
 */
function trimHistory(messages: readonly Message[], parts: Pick<Parts, 'policy' | 'tokens'>): readonly Message[] {
  const { contextMaxMessages, contextMaxTokens } = parts.policy;
  const turnStart = messages.findLastIndex((message) => message.role === 'user');
  if (turnStart <= 0) return messages;
  let room = contextMaxMessages - (messages.length - turnStart);
  let tokensLeft = contextMaxTokens;
  let keptFrom = turnStart;
  for (const unit of unitsNewestFirst(messages, turnStart)) {
    const counted = messages.slice(unit.start, unit.end).filter((message) => message.role !== 'system');
    const tokens = counted.reduce((sum, message) => sum + parts.tokens.messageEstimate(message), 0);
    if (counted.length > room || tokens > tokensLeft) break;
    room -= counted.length;
    tokensLeft -= tokens;
    keptFrom = unit.start;
  }
  if (keptFrom === 0) return messages;
  return messages.filter((message, index) => index >= keptFrom || message.role === 'system');
}

/** Runs of messages that stay together, as index ranges, from the newest before `end` to the oldest. */
function* unitsNewestFirst(messages: readonly Message[], end: number): Generator<{ start: number; end: number }> {
  let unitEnd = end;
  while (unitEnd > 0) {
    let start = unitEnd - 1;
    while (start > 0 && messages[start]?.role === 'tool') start--;
    const head = messages[start];
    // Results whose call isn't there are no unit: each stands alone.
    const isUnit = head !== undefined && toolCallsOf(head).length > 0;
    if (!isUnit) start = unitEnd - 1;
    yield { start, end: unitEnd };
    unitEnd = start;
  }
}

function withDefaults(request: LLMRequest, messages: readonly Message[], native: boolean, parts: Parts): FittedRequest {
  return {
    systemPrompt: request.systemPrompt ?? null,
    messages,
    temperature: request.temperature ?? (native ? parts.policy.temperature : null),
    maxTokens: null,
    topP: request.topP ?? null,
    seed: request.seed ?? null,
    stop: request.stop ?? [],
    tools: request.tools ?? [],
    toolChoice: request.toolChoice ?? null,
    parallelToolCalls: request.parallelToolCalls ?? null,
    responseFormat: request.responseFormat ?? { type: 'text' },
    reasoningEffort: request.reasoningEffort ?? null,
    serviceTier: request.serviceTier ?? null,
    providerOptions: request.providerOptions ?? {},
  };
}

function featuresNeeded(request: LLMRequest, messages: readonly Message[]): { feature: ModelFeature; param: string }[] {
  const needed: { feature: ModelFeature; param: string }[] = [];
  if ((request.tools ?? []).length > 0) needed.push({ feature: 'tools', param: 'tools' });
  if (request.responseFormat?.type === 'json') needed.push({ feature: 'json_mode', param: 'response_format' });
  if (request.responseFormat?.type === 'json-schema') needed.push({ feature: 'json_schema', param: 'response_format' });
  const hasImages = messages.some(
    ({ role, content }) =>
      role === 'user' && typeof content !== 'string' && content.some((part) => part.type === 'image'),
  );
  if (hasImages) needed.push({ feature: 'images', param: 'messages' });
  return needed;
}

/** Why this target cannot take the request; null when it can. A feature that it lacks is refused, never dropped. */
function problemOf(
  { card }: Target,
  request: FittedRequest,
  needed: readonly { feature: ModelFeature; param: string }[],
  inputTokens: number,
  parts: Parts,
): LLMError | null {
  const lacking = needed.find(({ feature }) => !card.features.has(feature));
  if (lacking !== undefined) {
    const message = `${card.model} does not take ${lacking.feature.replace('_', ' ')}; leave it out or choose a model that does (GET /v1/models)`;
    return llmError('invalid_request', message, { param: lacking.param, model: card.model });
  }
  const roomTokens = card.contextWindow - USEFUL_ANSWER_TOKENS;
  // Near the edge the estimate with its usual error decides, unless the bound, exact for short texts, shows that it fits.
  const nearEdge = inputTokens * 2 >= roomTokens;
  const tokens = nearEdge
    ? Math.min(Math.ceil(inputTokens * ESTIMATE_MARGIN), parts.tokens.requestUpperBound(request, card))
    : inputTokens;
  if (tokens <= roomTokens) return null;
  const message = `The prompt is about ${tokens} tokens; ${card.model} takes ${card.contextWindow} with the answer. Shorten it, or choose a model with a larger window`;
  return llmError('context_length_exceeded', message, { param: 'messages', model: card.model });
}

/** What is sent as max tokens, and why it is not what was asked; `reason: null` when it is. */
function maxTokensFor(
  request: LLMRequest,
  { card }: Target,
  inputTokens: number,
  native: boolean,
  call: Call,
  parts: Parts,
): { sent: number | null; reason: string | null } {
  const ceiling = parts.policy.maxTokensOf(call.caller);
  let sent = request.maxTokens ?? null;
  let reason: string | null = null;
  if (sent === null && native) sent = parts.policy.maxTokens;
  if (sent === null) {
    const counted = parts.policy
      .windowsOf(call.caller)
      .some(({ name }) => ['tokens', 'nano_usd'].includes(WINDOWS[name].measure));
    if (!counted && ceiling === null) return { sent: null, reason: null };
    sent = Math.min(FILLED_MAX_TOKENS, card.outputLimit);
    reason = 'filled in, because a limit of tokens or money applies';
  }
  const bounds: [number, string][] = [
    [ceiling ?? Number.POSITIVE_INFINITY, 'the tier allows no more'],
    [card.outputLimit, 'the model gives no more'],
    [Math.max(1, card.contextWindow - inputTokens), 'the prompt leaves no more of the window'],
  ];
  for (const [most, why] of bounds) if (sent > most) [sent, reason] = [most, why];
  return { sent, reason };
}
