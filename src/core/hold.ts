// The one hold of a request, through its life: admit draws the call under it, hold raises it to tokens and money, a further
// attempt raises it again, settle ends it. Amounts are totals, so a raise is one atomic step and a repetition harmless.

import { openRow } from './attempts.ts';
import type { Target } from './catalog.ts';
import type { Bound } from './charge.ts';
import type { Fitted } from './fitted.ts';
import { nanoUsdCeil, worstCostOf } from './money.ts';
import { noteOf } from './note.ts';
import { leaseMsOf, type Parts } from './parts.ts';
import type { Call, FittedRequest } from './request.ts';
import type { LedgerRow } from './stores.ts';
import type { HoldRefusal } from './window-store.ts';
import { type Amounts, NOTHING, WINDOWS, type Window, type WindowState } from './windows.ts';

export class Hold {
  /** Does any limit count tokens or money? If none does, nothing is counted exactly before the vendor is asked. */
  readonly countsUse: boolean;
  readonly countsMoney: boolean;
  #amounts: Amounts = NOTHING;
  #states: readonly WindowState[] = [];
  #open = false;
  #heldAtMs: number;
  #nextAttemptId: string | null = null;
  readonly #call: Call;
  readonly #limited: readonly Window[];
  readonly #counted: readonly Window[];
  readonly #parts: Parts;
  readonly #leaseMs: number;
  /** By model: a hold belongs to one request, whose prompt changes only where a model is told what was wrong with its answer. */
  readonly #inputBounds = new Map<string, { readonly messages: FittedRequest['messages']; readonly tokens: number }>();

  constructor(call: Call, parts: Parts) {
    this.#call = call;
    this.#limited = parts.policy.windowsOf(call.caller);
    this.#counted = parts.policy.countedOf(call.caller);
    this.#parts = parts;
    this.#leaseMs = leaseMsOf(parts.policy);
    this.#heldAtMs = call.startedAtMs;
    this.countsMoney = this.#limited.some(({ name }) => WINDOWS[name].measure === 'nano_usd');
    this.countsUse = this.countsMoney || this.#limited.some(({ name }) => WINDOWS[name].measure === 'tokens');
  }

  /** Of the windows that have a limit, as the store last told them, refused or granted. */
  get states(): readonly WindowState[] {
    return this.#states;
  }
  /** The moment to which windows, price and reports belong. */
  get heldAtMs(): number {
    return this.#heldAtMs;
  }

  /** Draws the call itself: one request, one in flight. What refuses, or null. */
  admit(): Promise<HoldRefusal | null> {
    return this.#draw({ requests: 1, inFlight: 1, tokens: 0, nanoUsd: 0 });
  }

  /**
   * Makes the hold cover what earlier attempts have used and the worst of one more. What refuses, or null; a
   * refusal leaves the hold as it was.
   */
  async cover(
    fitted: Fitted,
    target: Target,
    spent: { readonly tokens: number; readonly nanoUsd: number },
  ): Promise<HoldRefusal | null> {
    if (!this.countsUse) return null;
    // What is held may not be guessed: a long prompt is counted to its end, in turns with everything else. Each attempt has its own:
    // models are told different texts, and one that is asked again is told what was wrong.
    await this.#parts.tokens.prepare(fitted.request, [target.card], this.#call.signal);
    const bound = this.boundOf(fitted.request, target);
    const worstPicoUsd =
      target.price === null ? null : worstCostOf(bound.inputTokens, bound.outputTokens, target.price);
    const tokens = spent.tokens + bound.inputTokens + bound.outputTokens;
    const nanoUsd = spent.nanoUsd + (worstPicoUsd === null ? 0 : nanoUsdCeil(worstPicoUsd));
    // A further attempt has another row, which the hold has to carry even where it needs no more.
    const carriesRow = this.#nextAttemptId !== null;
    if (carriesRow && tokens <= this.#amounts.tokens && nanoUsd <= this.#amounts.nanoUsd) return null;
    const raised = {
      tokens: Math.max(tokens, this.#amounts.tokens),
      nanoUsd: Math.max(nanoUsd, this.#amounts.nanoUsd),
    };
    return this.#draw({ requests: 1, inFlight: 1, ...raised }, noteOf(this.#row(fitted, target)));
  }

  /** The open row of the attempt that is made next; the hold carries the same, so it is not lost with this process. */
  takeRow(fitted: Fitted, target: Target): LedgerRow {
    const row = this.#row(fitted, target);
    this.#nextAttemptId = null;
    return row;
  }

  #row(fitted: Fitted, target: Target): LedgerRow {
    this.#nextAttemptId ??= this.#parts.chance.id('att');
    const held = this.countsUse ? this.boundOf(fitted.request, target) : null;
    const when = { heldAtMs: this.#heldAtMs, startedAtMs: this.#parts.clock.nowMs() };
    return openRow(this.#nextAttemptId, target, held, this.#call, when, fitted);
  }

  /** The worst that one attempt can use: exact where a window depends on it, else a quick estimate for the record. */
  boundOf(request: FittedRequest, { card }: Target): Bound {
    const name = `${card.provider}/${card.model}`;
    const known = this.#inputBounds.get(name);
    let inputTokens = known?.messages === request.messages ? known.tokens : null;
    if (inputTokens === null) {
      const { tokens } = this.#parts;
      const tokensSent = this.countsUse
        ? tokens.requestUpperBound(request, card)
        : tokens.requestEstimate(request, card);
      // No vendor reads, or bills, more than the model's window.
      inputTokens = Math.min(tokensSent, card.contextWindow);
      this.#inputBounds.set(name, { messages: request.messages, tokens: inputTokens });
    }
    const factor = this.countsUse ? this.#parts.overruns.factorOf(card) : 1;
    const outputTokens = request.maxTokens ?? card.outputLimit;
    return { inputTokens: Math.ceil(inputTokens * factor), outputTokens: Math.ceil(outputTokens * factor) };
  }

  /** Ends it with what was used. Without effect when nothing was ever granted. */
  async settle(used: { readonly tokens: number; readonly nanoUsd: number }): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const { windows, clock } = this.#parts;
    const actual = { requests: 1, inFlight: 0, ...used };
    await windows.settle(this.#call.requestId, actual, clock.nowMs(), this.#counted);
  }

  async #draw(amounts: Amounts, note?: string): Promise<HoldRefusal | null> {
    const { windows, clock } = this.#parts;
    const id = this.#call.requestId;
    const result = await windows.hold(id, this.#counted, amounts, clock.nowMs(), this.#leaseMs, note);
    const limited = result.windows.slice(0, this.#limited.length);
    this.#states = limited;
    if (!result.granted) return { ...result, windows: limited };
    this.#heldAtMs = result.heldAtMs;
    this.#open = true;
    this.#amounts = amounts;
    return null;
  }
}
