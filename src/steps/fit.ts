// Step 3. Makes the request fit: older history is trimmed to the window, max tokens clamped to what policy and model allow,
// targets that cannot take the request left out. What is changed is reported, never silent.

import { type ModelCard, type ModelFeature, nameInWords, type PassedOver, type Target } from '../core/catalog.ts';
import { dialectLackOf, mayLackWords } from '../core/dialect-lack.ts';
import { whyOtherKind, whyTooMany } from '../core/embedding-targets.ts';
import { asToldTo, type Emulation, emulationOf } from '../core/emulation.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { Fitted } from '../core/fitted.ts';
import { trimHistory } from '../core/history.ts';
import { mediaFeatures } from '../core/media.ts';
import type { Parts } from '../core/parts.ts';
import type { Call, FittedRequest, LLMRequest, Message } from '../core/request.ts';
import { WINDOWS } from '../core/windows.ts';

/** In the spoken dialects, under a token or money window, an absent max_tokens becomes at most this. */
const FILLED_MAX_TOKENS = 16_384;
/** An answer shorter than this is of no use: then the request doesn't fit. */
const USEFUL_ANSWER_TOKENS = 256;

/** What step 2 found. */
type Routed = Pick<Fitted, 'targets' | 'passedOver'>;

export function fit(request: LLMRequest, routed: Routed, call: Call, parts: Parts): Fitted {
  // Texts to embed are no history, of which the older may be trimmed.
  const native = call.defaults === 'native' && request.embedding === undefined;
  const messages = withoutPins(native ? trimmed(request.messages, parts) : request.messages);
  const unfitted = withDefaults(request, messages, native, parts);
  const asked = request.maxTokens ?? (native ? parts.policy.maxTokens : null);
  const emulation = emulationOf(unfitted, parts.tokens);
  const needed = featuresNeeded(request, messages);
  const able = ableTargets(withAudioPrices(routed, needed), unfitted, emulation, needed, asked, parts);
  const [first] = able.targets;
  const inputTokens = parts.tokens.requestEstimate(unfitted, first.card);
  const told = asToldTo(unfitted, emulation, first.card);
  const toldTokens = told === unfitted ? inputTokens : parts.tokens.requestEstimate(told, first.card);

  const maxTokens = maxTokensFor(request, first, toldTokens, native, call, parts);
  const sent = maxTokens.sent;
  return {
    request: { ...unfitted, maxTokens: sent },
    requestedModel: request.model ?? null,
    ...able,
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
    defaulted: native && request.temperature === undefined ? ['temperature'] : [],
    shareable: true,
    emulation,
  };
}

function trimmed(messages: readonly Message[], { policy, tokens }: Parts): readonly Message[] {
  const limits = { maxMessages: policy.contextMaxMessages, maxTokens: policy.contextMaxTokens };
  return trimHistory(messages, limits, (message) => tokens.messageEstimate(message));
}

/** A pin has done its work once the history is trimmed: two requests that send the same are then the same. */
function withoutPins(messages: readonly Message[]): readonly Message[] {
  if (messages.every(({ pinned }) => pinned === undefined)) return messages;
  return messages.map(({ pinned: _pinned, ...message }) => message);
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
    embedding: request.embedding ?? null,
    providerOptions: request.providerOptions ?? {},
  };
}

function featuresNeeded(request: LLMRequest, messages: readonly Message[]): readonly Needed[] {
  const needed: Needed[] = [];
  if ((request.tools ?? []).length > 0) needed.push({ feature: 'tools', param: 'tools' });
  if (request.responseFormat?.type === 'json') needed.push({ feature: 'json_mode', param: 'response_format' });
  return [...needed, ...[...mediaFeatures(messages)].map((feature) => ({ feature, param: 'messages' }))];
}

/** What the price does not say is unpriced rather than wrong: under a budget such a target is then not asked. */
function withAudioPrices(routed: Routed, needed: readonly Needed[]): Routed {
  if (needed.every(({ feature }) => feature !== 'audio')) return routed;
  const priced = (target: Target): Target => (target.price?.audioApart === true ? { ...target, price: null } : target);
  const [first, ...rest] = routed.targets;
  return { ...routed, targets: [priced(first), ...rest.map(priced)] };
}

interface Needed {
  readonly feature: ModelFeature;
  readonly param: string;
}

interface TooSmall {
  readonly target: Target;
  /** Of the prompt, as far as anybody can say. */
  readonly tokens: number;
}

/** Those that can take the request, in order, and why the others cannot. */
function ableTargets(
  { targets, passedOver }: Routed,
  request: FittedRequest,
  emulation: Emulation | null,
  needed: readonly Needed[],
  maxTokens: number | null,
  parts: Parts,
): Routed {
  const able: Target[] = [];
  const unable: PassedOver[] = [];
  let lacking: LLMError | null = null;
  let largest: TooSmall | null = null;
  const isTriedOut = targets.length > 1 && mayLackWords(request);
  for (const target of targets) {
    const told = asToldTo(request, emulation, target.card);
    const lack =
      otherKind(target, request) ??
      lackOf(target, needed) ??
      (isTriedOut ? dialectLackOf(target, told, parts.policy.fetchesMedia) : null);
    lacking ??= lack;
    if (lack !== null) {
      unable.push({ target, code: lack.code, reason: lack.message });
      continue;
    }
    const tokens = overflowOf(target, told, parts);
    if (tokens === null) {
      able.push(request.embedding === null ? target : withWindowForEach(target, request));
      continue;
    }
    unable.push({ target, code: 'context_length_exceeded', reason: whyTooSmall(target, tokens) });
    if (largest === null || target.card.contextWindow > largest.target.card.contextWindow) largest = { target, tokens };
  }
  const [first, ...rest] = able;
  if (first !== undefined) return { targets: [first, ...rest], passedOver: [...passedOver, ...unable] };
  if (largest !== null) throw tooLong(largest, request, maxTokens, parts);
  throw lacking ?? llmError('internal', 'A request without targets reached the fit');
}

/** A feature that the model lacks is refused, never dropped. */
function lackOf({ card }: Target, needed: readonly Needed[]): LLMError | null {
  const lacking = needed.find(({ feature }) => !card.features.has(feature));
  if (lacking === undefined) return null;
  const message = `${nameInWords(card)} does not take ${lacking.feature.replace('_', ' ')}; leave it out or choose a model that does (GET /v1/models)`;
  return llmError('invalid_request', message, { param: lacking.param, model: card.model });
}

/** An answer of the kind that is asked, and a request for it of the size that the vendor takes. */
function otherKind({ card, provider }: Target, request: FittedRequest): LLMError | null {
  const why = whyOtherKind(card, request) ?? whyTooMany(card, provider, request);
  return why && llmError('invalid_request', why.message, { param: why.param, model: card.model });
}

/** From here on it is the window of the whole request. */
function withWindowForEach(target: Target, { messages }: FittedRequest): Target {
  const { card } = target;
  return { ...target, card: { ...card, contextWindow: card.contextWindow * messages.length } };
}

/** The tokens of a prompt that leaves no room for a useful answer, or of a text to embed; null when it fits. */
function overflowOf({ card }: Target, request: FittedRequest, parts: Parts): number | null {
  if (request.embedding === null) return overflow(card, request, card.contextWindow - USEFUL_ANSWER_TOKENS, parts);
  for (const message of request.messages) {
    const tokens = overflow(card, { ...request, messages: [message] }, card.contextWindow, parts);
    if (tokens !== null) return tokens;
  }
  return null;
}

function overflow(card: ModelCard, request: FittedRequest, roomTokens: number, { tokens }: Parts): number | null {
  const estimated = tokens.requestEstimate(request, card);
  if (estimated * 2 < roomTokens) return null;
  // Near the edge the estimate with its usual error decides, unless the bound, exact for short texts, shows that it fits. A prompt
  // that slips through is refused by the vendor, with the same code.
  const likely = tokens.likely(estimated, card);
  if (likely <= roomTokens) return null;
  const needed = likely > 2 * roomTokens ? likely : Math.min(likely, tokens.requestUpperBound(request, card));
  return needed <= roomTokens ? null : needed;
}

function whyTooSmall({ card }: Target, tokens: number): string {
  return `the prompt of about ${tokens} tokens does not fit the model, which takes ${card.contextWindow} with the answer`;
}

function tooLong(
  { target, tokens }: TooSmall,
  request: FittedRequest,
  maxTokens: number | null,
  parts: Parts,
): LLMError {
  const { model, contextWindow } = target.card;
  const name = nameInWords(target.card);
  if (request.embedding !== null) {
    const text = `A text is about ${tokens} tokens, and ${name} embeds ${contextWindow} at a time. Split it`;
    return llmError('context_length_exceeded', text, { param: 'input', model });
  }
  const withoutTools = parts.tokens.requestEstimate({ ...request, tools: [] }, target.card);
  const ofTools = Math.max(0, parts.tokens.requestEstimate(request, target.card) - withoutTools);
  const tools = request.tools.length === 0 ? '' : `, about ${ofTools} of them the tools`;
  const answer = maxTokens === null ? '' : ` (${maxTokens} were asked for)`;
  const message =
    `The prompt is about ${tokens} tokens${tools}. ${name} takes ${contextWindow} in all, of which an answer needs at least ` +
    `${USEFUL_ANSWER_TOKENS}${answer}. Shorten it by ${tokens + USEFUL_ANSWER_TOKENS - contextWindow}, or choose a model with a larger window`;
  return llmError('context_length_exceeded', message, { param: 'messages', model });
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
  if (request.embedding !== undefined) return { sent: 0, reason: null };
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
