// The one hold of a request, through its life: admit draws the call under it, hold raises it to tokens and money, a further
// attempt raises it again, settle ends it. Amounts are totals, so a raise is one atomic step and a repetition harmless.

import type { Bound } from './attempts.ts';
import type { Target } from './catalog.ts';
import { type LLMError, llmError } from './errors.ts';
import { formatUsd, fromNanoUsd, nanoUsdCeil, worstCostOf } from './money.ts';
import type { Parts } from './parts.ts';
import type { Call, FittedRequest } from './request.ts';
import { type Amounts, calendarPeriod, WINDOWS, type Window, type WindowState } from './windows.ts';

/** How much longer a hold lives than its request may: room for a settle that comes late. */
const LEASE_MARGIN_MS = 60_000;
const NOTHING: Amounts = { requests: 0, tokens: 0, nanoUsd: 0, inFlight: 0 };

export class Hold {
  /** Does any window count tokens or money? If none does, nothing is counted exactly before the vendor is asked. */
  readonly countsUse: boolean;
  readonly countsMoney: boolean;
  #amounts: Amounts = NOTHING;
  #states: readonly WindowState[] = [];
  #open = false;
  #heldAtMs: number;
  readonly #id: string;
  readonly #windows: readonly Window[];
  readonly #parts: Parts;
  readonly #leaseMs: number;
  /** By model: a hold belongs to one request, whose prompt doesn't change once it is fitted. */
  readonly #inputBounds = new Map<string, number>();

  constructor(call: Call, parts: Parts) {
    this.#id = call.requestId;
    this.#windows = parts.policy.windowsOf(call.caller);
    this.#parts = parts;
    this.#leaseMs = parts.policy.totalTimeoutMs + LEASE_MARGIN_MS;
    this.#heldAtMs = call.startedAtMs;
    this.countsMoney = this.#windows.some(({ name }) => WINDOWS[name].measure === 'nano_usd');
    this.countsUse = this.countsMoney || this.#windows.some(({ name }) => WINDOWS[name].measure === 'tokens');
  }

  /** As the store last told them, refused or granted. */
  get states(): readonly WindowState[] {
    return this.#states;
  }
  /** The moment to which windows, price and reports belong. */
  get heldAtMs(): number {
    return this.#heldAtMs;
  }

  /** Draws the call itself: one request, one in flight. The window that refuses, or null. */
  admit(): Promise<WindowState | null> {
    return this.#draw({ requests: 1, inFlight: 1, tokens: 0, nanoUsd: 0 });
  }

  /**
   * Makes the hold cover what earlier attempts have used and the worst of one more. The window that refuses, or null; a
   * refusal leaves the hold as it was.
   */
  async cover(
    request: FittedRequest,
    target: Target,
    spent: { readonly tokens: number; readonly nanoUsd: number },
  ): Promise<WindowState | null> {
    if (!this.countsUse) return null;
    const bound = this.boundOf(request, target);
    const worstPicoUsd =
      target.price === null ? null : worstCostOf(bound.inputTokens, bound.outputTokens, target.price);
    const tokens = spent.tokens + bound.inputTokens + bound.outputTokens;
    const nanoUsd = spent.nanoUsd + (worstPicoUsd === null ? 0 : nanoUsdCeil(worstPicoUsd));
    if (tokens <= this.#amounts.tokens && nanoUsd <= this.#amounts.nanoUsd) return null;
    const raised = {
      tokens: Math.max(tokens, this.#amounts.tokens),
      nanoUsd: Math.max(nanoUsd, this.#amounts.nanoUsd),
    };
    return this.#draw({ requests: 1, inFlight: 1, ...raised });
  }

  /** The worst that one attempt can use: exact where a window depends on it, else a quick estimate for the record. */
  boundOf(request: FittedRequest, { card }: Target): Bound {
    let inputTokens = this.#inputBounds.get(card.model);
    if (inputTokens === undefined) {
      const { tokens } = this.#parts;
      const tokensSent = this.countsUse ? tokens.requestUpperBound(request, card) : tokens.requestEstimate(request);
      // No vendor reads, or bills, more than the model's window.
      inputTokens = Math.min(tokensSent, card.contextWindow);
      this.#inputBounds.set(card.model, inputTokens);
    }
    const factor = this.countsUse ? this.#parts.overruns.factorOf(card.model) : 1;
    const outputTokens = request.maxTokens ?? card.outputLimit;
    return { inputTokens: Math.ceil(inputTokens * factor), outputTokens: Math.ceil(outputTokens * factor) };
  }

  /** Ends it with what was used. Without effect when nothing was ever granted. */
  async settle(used: { readonly tokens: number; readonly nanoUsd: number }): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#parts.windows.settle(this.#id, { requests: 1, inFlight: 0, ...used }, this.#parts.clock.nowMs());
  }

  async #draw(amounts: Amounts): Promise<WindowState | null> {
    const nowMs = this.#parts.clock.nowMs();
    const result = await this.#parts.windows.hold(this.#id, this.#windows, amounts, nowMs, this.#leaseMs);
    this.#states = result.windows;
    if (!result.granted) return result.refused;
    if (!this.#open) this.#heldAtMs = nowMs;
    this.#open = true;
    this.#amounts = amounts;
    return null;
  }
}

/** What a window that refused says to the caller: which it is, how much is left, when it resets. */
export function refusalOf(state: WindowState, nowMs: number): LLMError {
  const { window, resetsAtMs } = state;
  const waitMs = resetsAtMs === null ? null : Math.max(1, resetsAtMs - nowMs);
  const retry = waitMs === null ? {} : { retryAfterMs: waitMs };
  const limit = `${window.limit} ${window.name} of this ${window.scope}`;
  switch (WINDOWS[window.name].measure) {
    case 'in_flight':
      // It frees up when an answer ends, which has no clock: a second is as good a guess as any.
      return llmError('rate_limited', `${limit} are already under way; wait for one to end`, { retryAfterMs: 1_000 });
    case 'requests':
      return llmError('rate_limited', `The limit of ${limit} is reached; ${waitAdvice(waitMs)}`, retry);
    case 'tokens':
      return llmError(
        'rate_limited',
        `The limit of ${limit} does not cover this request, ${state.remaining} are left; ask for fewer max_tokens or ${waitAdvice(waitMs)}`,
        retry,
      );
    case 'nano_usd':
      return llmError('budget_exceeded', budgetMessage(state, nowMs), retry);
  }
}

function waitAdvice(waitMs: number | null): string {
  return waitMs === null
    ? 'split it: it is larger than the whole limit'
    : `ask again in ${Math.ceil(waitMs / 1_000)} s`;
}

function budgetMessage({ window, used, remaining, resetsAtMs }: WindowState, nowMs: number): string {
  const usd = (nanoUsd: number) => `$${formatUsd(fromNanoUsd(nanoUsd))}`;
  const { period } = WINDOWS[window.name];
  const endsAtMs = period.type === 'calendar' ? calendarPeriod(period.unit, window.timezone, nowMs).endMs : nowMs;
  const advice = resetsAtMs === null ? 'It is larger than the whole budget: ask for less' : 'Ask for less, or wait';
  return (
    `The budget of this ${window.scope} does not cover this request: ${window.name} is ${usd(window.limit)}, ` +
    `used or held ${usd(used)}, left ${usd(remaining)}; it starts anew at ${new Date(endsAtMs).toISOString()}. ${advice}`
  );
}
