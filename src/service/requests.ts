// The requests that a service has under way: each is begun here, found here by its generation, and waited for at the end of the
// service. None outlives its deadline, and no more than a bounded number are under way at once.

import { checkCaller, checkRequest } from '../core/check.ts';
import { Departure } from '../core/departure.ts';
import { llmError } from '../core/errors.ts';
import { Flow } from '../core/flow.ts';
import type { LogKeeper, Parts } from '../core/parts.ts';
import type { Call, LLMRequest } from '../core/request.ts';
import { Generation } from '../generations/generation.ts';
import { Generations, type Owner } from '../generations/registry.ts';
import { live } from '../lifecycle.ts';
import { callerOf } from './caller.ts';
import type { CompletionOptions } from './face.ts';
import { OnceByKey } from './once.ts';

/** More than this under way in one process is refused at once: a queue would only make everybody late. */
const MOST_IN_FLIGHT = 1_000;
/** How long the end of the service lets answers end by themselves. */
const DRAIN_MS = 30_000;

export type StartOptions = CompletionOptions & { readonly stream?: boolean };

export interface RequestsOptions {
  /** As they are when a request begins. */
  readonly parts: () => Parts;
  /** More rows wait to be written than may. */
  readonly isOverflowing: () => boolean;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #generations: Generations;
  readonly #running = new Map<Generation, { readonly life: Promise<void>; readonly abort: AbortController }>();
  readonly once: OnceByKey;
  #isClosing = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { clock } = options.parts();
    this.#generations = new Generations(clock);
    this.once = new OnceByKey(clock);
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** `turn`: the request is one of a conversation. */
  start(request: LLMRequest, options: StartOptions, turn: LogKeeper | null = null): Generation {
    const { idempotencyKey: key } = options;
    if (key === undefined || turn !== null) return this.#begin(request, options, turn);
    const owner = callerOf(request, options);
    const isStream = options.stream ?? true;
    const asked = { request, isStream, defaults: options.defaults ?? 'native' };
    const once = this.once.under(owner, key, asked);
    const known = once.find(isStream);
    // A turn of a conversation is another request, so what is found has begun.
    if (known !== null && !(known instanceof Promise)) return known.generation;
    const generation = this.#begin(request, { ...options, graceMs: null }, null);
    once.keep({ generation, conversationId: null });
    return generation;
  }

  #begin(request: LLMRequest, options: StartOptions, turn: LogKeeper | null): Generation {
    const parts = this.#options.parts();
    const { clock, policy, report } = parts;
    this.refuseWhenFull();
    const checked = checkRequest(request);
    if (options.caller !== undefined) checkCaller(options.caller);
    const abort = new AbortController();
    const call = callOf(request, options, abort.signal, new Departure((reason) => abort.abort(reason)), turn, parts);
    const { requestId, generationId, departure } = call;
    const { graceMs = 0 } = options;
    const generation = new Generation({
      id: generationId,
      requestId,
      clock,
      abandon(reason) {
        turn?.left();
        departure.leave(reason);
      },
      stop: (reason) => departure.stop(reason),
      graceMs,
      flow: call.flow,
      onReaderFault: (error) => report('error', 'reader_failed', { request_id: requestId, error }),
    });
    turn?.endsBy(() => generation.giveUp());
    const seconds = policy.totalTimeoutMs / 1_000;
    const late = () =>
      abort.abort(llmError('provider_timeout', `The answer was not whole within ${seconds} s, all attempts together`));
    // It keeps the process alive as long as the request is: while a retry waits, nothing else would.
    const cancelDeadline = clock.after(policy.totalTimeoutMs, late, true);
    parts.retryBudget.request();
    const life = live(checked, call, parts, turn?.over(generation) ?? generation)
      .then(() => turn?.ended)
      .finally(() => {
        cancelDeadline();
        // What is kept of it is its answer, and not who was asked for it.
        call.flow.onChange(() => {});
        this.#running.delete(generation);
        this.#generations.end(generation, graceMs !== 0);
      });
    this.#running.set(generation, { life, abort });
    this.#generations.add(generation, call.caller);
    return generation;
  }

  find(id: string, { tenant, userId }: Partial<Owner>): Generation | null {
    const isOwner = (of: Owner) => (tenant ?? of.tenant) === of.tenant && (userId ?? of.userId) === of.userId;
    return this.#generations.find(id, isOwner);
  }

  /** Takes no more; resolves when all have ended, by themselves or by force. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { clock } = this.#options.parts();
    const ended = () => Promise.allSettled([...this.#running.values()].map(({ life }) => life));
    await Promise.race([ended(), new Promise<void>((resolve) => clock.after(DRAIN_MS, resolve))]);
    for (const { abort } of this.#running.values())
      abort.abort(llmError('cancelled', 'The service shut down before the answer was whole'));
    await ended();
  }

  /** Throws while no request is taken. */
  refuseWhenFull(): void {
    if (this.#isClosing)
      throw llmError('overloaded', 'The service is shutting down; ask another instance', { retryAfterMs: 1_000 });
    // Not even an answer that costs nothing: its row would only fill the memory.
    if (this.#options.isOverflowing())
      throw llmError('ledger_unavailable', 'Too many rows wait to be written; ask again later', {
        retryAfterMs: 5_000,
      });
    if (this.#running.size < MOST_IN_FLIGHT) return;
    throw llmError('overloaded', `${MOST_IN_FLIGHT} answers are under way in this process; ask again in a second`, {
      retryAfterMs: 1_000,
    });
  }
}

function callOf(
  request: LLMRequest,
  options: StartOptions,
  signal: AbortSignal,
  departure: Departure,
  turn: LogKeeper | null,
  { clock, chance, policy }: Parts,
): Call {
  return {
    requestId: turn?.requestId ?? chance.id('req'),
    generationId: chance.id('gen'),
    caller: callerOf(request, options),
    stream: options.stream ?? true,
    defaults: options.defaults ?? 'native',
    cache: turn === null ? {} : { scope: 'user' },
    startedAtMs: clock.nowMs(),
    deadlineMonotonicMs: clock.monotonicMs() + policy.totalTimeoutMs,
    prompt: null,
    signal,
    departure,
    flow: new Flow(),
  };
}
