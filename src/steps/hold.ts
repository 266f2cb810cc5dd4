// Step 5. Holds the worst that the answer can use, tokens and money, on every scope at once, before anybody is asked. What
// doesn't fit is clamped where that leaves a useful answer, and refused where it doesn't.

import { mayAsk, modelListsOf } from '../core/allowed-models.ts';
import type { ModelCard, PassedOver, Target } from '../core/catalog.ts';
import { whyOtherKind } from '../core/embedding-targets.ts';
import { llmError } from '../core/errors.ts';
import { type Fitted, fittedTo } from '../core/fitted.ts';
import type { Hold } from '../core/hold.ts';
import { mediaFeatures } from '../core/media.ts';
import { fromNanoUsd, nanoUsdCeil, worstCostOf, worstOutputOf } from '../core/money.ts';
import type { Parts } from '../core/parts.ts';
import { refusalOf } from '../core/refusal.ts';
import type { Call } from '../core/request.ts';
import { calendarPeriod, moneyLeftNanoUsd, WINDOWS, type WindowState } from '../core/windows.ts';

/** An answer is never clamped for money below this, or below what was asked if that is less. */
const LEAST_CLAMPED_TOKENS = 256;
/** Those nearest to what was asked; a list of all would help nobody. */
const CHEAPER_MODELS_TOLD = 3;
const NOTHING_SPENT = { tokens: 0, nanoUsd: 0 };

/** The request as it will be sent: unpriced targets left out under a budget, max tokens clamped to what is affordable. */
export async function hold(fitted: Fitted, held: Hold, call: Call, parts: Parts): Promise<Fitted> {
  const able = held.countsMoney ? pricedOnly(fitted) : fitted;
  // For one that is not to be asked now nothing needs to be held: a budget that it alone would pass refuses nobody.
  const target = able.targets.find((each) => parts.health.closed(each, false) === null) ?? able.targets[0];
  const priced = fittedTo(able, target);
  const refusal = await held.cover(priced, target, NOTHING_SPENT);
  if (refusal === null) return able;
  const { refused } = refusal;
  const clamped = clampForMoney(priced, target, refused, held, moneyLeftNanoUsd(held.states) ?? 0);
  const refusedAgain = clamped === null ? refusal : await held.cover(clamped, target, NOTHING_SPENT);
  if (clamped !== null && refusedAgain === null) return clamped;
  const nowMs = parts.clock.nowMs();
  if (!isMoney(refused)) throw refusalOf(refusal, nowMs);
  const tooDear = {
    cheaperModels: cheaperModels(able, target, held, call, parts),
    promptNanoUsd: promptNanoUsd(priced, target, held),
  };
  throw refusalOf({ ...refusal, refused: withWait(refused, priced, target, held, nowMs) }, nowMs, tooDear);
}

function promptNanoUsd({ request }: Fitted, target: Target, held: Hold): number | null {
  if (target.price === null) return null;
  return nanoUsdCeil(worstCostOf(held.boundOf(request, target).inputTokens, 0, target.price));
}

/** What is larger than the whole budget as it stands may be worth waiting for: a budget that is fresh affords it with fewer tokens. */
function withWait(refused: WindowState, fitted: Fitted, target: Target, held: Hold, nowMs: number): WindowState {
  const { window, resetsAtMs } = refused;
  const { period } = WINDOWS[window.name];
  if (resetsAtMs !== null || period.type !== 'calendar') return refused;
  const isWorthIt = clampForMoney(fitted, target, refused, held, window.limit) !== null;
  return isWorthIt ? { ...refused, resetsAtMs: calendarPeriod(period.unit, window.timezone, nowMs).endMs } : refused;
}

function pricedOnly(fitted: Fitted): Fitted {
  const [first, ...rest] = fitted.targets.filter((target) => target.price !== null);
  if (first === undefined) {
    const { model } = fitted.targets[0].card;
    const message = `${model} has no price, and a budget applies. Add one under \`prices\` in codementor-llm.yaml (0 is a price)`;
    throw llmError('model_unpriced', message, { model, param: 'model' });
  }
  const reason = 'it has no price, and a budget applies';
  const passedOver = fitted.targets
    .filter((target) => target.price === null)
    .map((target): PassedOver => ({ target, code: 'model_unpriced', reason }));
  return { ...fitted, targets: [first, ...rest], passedOver: [...fitted.passedOver, ...passedOver] };
}

/** The same request with fewer max tokens, so that it fits what is left; null when that is of no use. */
function clampForMoney(
  fitted: Fitted,
  target: Target,
  refused: WindowState,
  held: Hold,
  leftNanoUsd: number,
): Fitted | null {
  const { request } = fitted;
  if (!isMoney(refused) || target.price === null) return null;
  // Half an answer in a schema, or half a tool call, is worth nothing.
  if (request.tools.length > 0 || request.responseFormat.type === 'json-schema') return null;
  const asked = request.maxTokens ?? target.card.outputLimit;
  const { inputTokens, outputTokens } = held.boundOf(request, target);
  const left = fromNanoUsd(leftNanoUsd) - worstCostOf(inputTokens, 0, target.price);
  const perToken = worstOutputOf(inputTokens, target.price);
  if (left <= 0n || perToken === 0n) return null;
  // What is held for one token of the answer may be more than one, where the vendor has billed more than was held before.
  const affordable = Math.floor((Number(left / perToken) * asked) / outputTokens);
  if (affordable < Math.min(asked, LEAST_CLAMPED_TOKENS) || affordable >= asked) return null;
  const maxTokens = { asked: fitted.maxTokens?.asked ?? asked, sent: affordable, reason: 'the budget leaves no more' };
  return { ...fitted, request: { ...request, maxTokens: affordable }, maxTokens, shareable: false };
}

/** Other models that can take this request as it stands, and whose worst cost the rest of the budget covers. */
function cheaperModels(fitted: Fitted, target: Target, held: Hold, call: Call, parts: Parts): readonly string[] {
  const left = fromNanoUsd(moneyLeftNanoUsd(held.states) ?? 0);
  const lists = modelListsOf(call.caller, parts.policy);
  const nowMs = parts.clock.nowMs();
  const fitting = parts.catalog.models(nowMs).flatMap((card) => {
    const price = parts.catalog.priceOf(card.provider, card.model, nowMs);
    const name = `${card.provider}/${card.model}`;
    const isSame = card.model === target.card.model && card.provider === target.card.provider;
    const isUnsaid = price?.audioApart === true && mediaFeatures(fitted.request.messages).has('audio');
    if (isSame || price === null || isUnsaid || !mayAsk(card, name, lists) || !canTake(card, fitted)) return [];
    const other = { ...target, card, price };
    const { inputTokens, outputTokens } = held.boundOf(fittedTo(fitted, other).request, other);
    const costPicoUsd = worstCostOf(inputTokens, outputTokens, price);
    return costPicoUsd <= left ? [{ name, costPicoUsd }] : [];
  });
  fitting.sort((a, b) => Number(b.costPicoUsd - a.costPicoUsd));
  return fitting.slice(0, CHEAPER_MODELS_TOLD).map(({ name }) => name);
}

/** What this request needs that a model may lack. */
function canTake(card: ModelCard, { request, context }: Fitted): boolean {
  const { features, contextWindow } = card;
  const { tools, responseFormat, messages } = request;
  if (whyOtherKind(card, request) !== null) return false;
  if (request.embedding !== null) return true;
  if ([...mediaFeatures(messages)].some((feature) => !features.has(feature))) return false;
  if (tools.length > 0 && !features.has('tools')) return false;
  if (responseFormat.type === 'json' && !features.has('json_mode')) return false;
  return context.estimatedTokens + LEAST_CLAMPED_TOKENS <= contextWindow;
}

function isMoney({ window }: WindowState): boolean {
  return WINDOWS[window.name].measure === 'nano_usd';
}
