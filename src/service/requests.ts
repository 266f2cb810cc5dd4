// The requests that a service has under way: each is begun here, found here by its generation, and waited for at the end of the
// service. None outlives its deadline, and no more than a bounded number are under way at once.

import type { CacheWish } from '../core/cache-key.ts';
import { checkCaller, checkRequest } from '../core/check.ts';
import { Departure } from '../core/departure.ts';
import { llmError } from '../core/errors.ts';
import type { StreamEvent } from '../core/events.ts';
import { Flow } from '../core/flow.ts';
import type { Judge } from '../core/judge.ts';
import type { LogKeeper, Parts } from '../core/parts.ts';
import type { Peers } from '../core/peers.ts';
import type { Call, LLMRequest, PromptVersion } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import { Generation } from '../generations/generation.ts';
import { KeptAnswers } from '../generations/kept-answers.ts';
import { Generations, type Owner } from '../generations/registry.ts';
import { isOf, type SharedGenerations } from '../generations/shared-generations.ts';
import { live } from '../lifecycle.ts';
import { callerOf } from './caller.ts';
import type { CompletionOptions } from './face.ts';
import { KeyClaims } from './key-claims.ts';
import { KEY_KEPT_MS, OnceByKey } from './once.ts';

/** More than this under way in one process is refused at once: a queue would only make everybody late. */
const MOST_IN_FLIGHT = 1_000;
/** How long the end of the service lets answers end by themselves. */
const DRAIN_MS = 30_000;

/** As long as a train may be in a tunnel. */
const KEPT_MS = 300_000;

export type StartOptions = CompletionOptions & { readonly stream?: boolean };

/** How this process has it done, beyond what its caller says. */
export interface BeginOptions {
  /** The request is a turn of a conversation. */
  readonly turn?: LogKeeper & { readonly conversationId: string };
  /** It bears a key, under which its answer is found by this id. */
  readonly generationId?: string;
  /** A template has made the request. */
  readonly prompt?: MadeByPrompt;
}

/** What a template says of its request beside what is asked: nothing that a caller could say by himself. */
export interface MadeByPrompt {
  readonly version: PromptVersion;
  readonly judge: Judge;
  readonly cache: CacheWish;
  /** Whether to show what the model has written before it is judged. */
  readonly drafts: boolean;
  /** What the caller should know of its variables. */
  readonly warnings?: readonly Warning[];
}

export interface RequestsOptions {
  /** As they are when a request begins. */
  readonly parts: () => Parts;
  /** More rows wait to be written than may. */
  readonly isOverflowing: () => boolean;
  /** Null: there is no other process. */
  readonly shared: { readonly peers: Peers; readonly generations: SharedGenerations } | null;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #generations: Generations;
  readonly #running = new Map<Generation, { readonly life: Promise<void>; readonly abort: AbortController }>();
  readonly once: OnceByKey;
  readonly #claims: KeyClaims | null;
  #isClosing = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { clock, chance } = options.parts();
    const kept = new KeptAnswers();
    this.#generations = new Generations(clock, KEPT_MS, kept);
    const { shared } = options;
    this.#claims = shared === null ? null : new KeyClaims({ ...shared, keptMs: KEY_KEPT_MS, clock });
    this.once = new OnceByKey({ clock, chance, kept, claims: this.#claims });
    shared?.generations.onStop((id, owner) => this.#here(id, owner)?.stop() ?? null);
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** Rejects with what is wrong with the request itself. */
  async start(request: LLMRequest, options: StartOptions, how: Pick<BeginOptions, 'prompt'> = {}): Promise<Generation> {
    const { idempotencyKey: key, stream: isStream = true, defaults = 'native' } = options;
    if (key === undefined) return this.begin(request, options, how);
    const begun = await this.once.run({
      owner: callerOf(request, options),
      key,
      asked: { request, isStream, defaults, ...askedBy(how) },
      isStream,
      begin: async (generationId) => {
        const generation = this.begin(request, options, { ...how, generationId });
        return { generation, conversationId: null, isHere: true };
      },
    });
    return begun.generation;
  }

  /** Throws what is wrong with the request itself. */
  begin(request: LLMRequest, options: StartOptions, how: BeginOptions = {}): Generation {
    const parts = this.#options.parts();
    const { clock, policy } = parts;
    this.refuseWhenFull();
    const checked = checkRequest(request);
    if (options.caller !== undefined) checkCaller(options.caller);
    const abort = new AbortController();
    const call = callOf(request, options, how, abort.signal, new Departure((reason) => abort.abort(reason)), parts);
    // Whoever bears a key is expected back.
    const { graceMs: told = 0 } = options;
    const graceMs = how.generationId === undefined ? told : null;
    const generation = this.#generationOf(call, graceMs, how);
    const { turn } = how;
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

  /** Its log; one whose readers may come back is written for the other processes too. */
  #generationOf(call: Call, graceMs: number | null, { turn, generationId }: BeginOptions): Generation {
    const { clock, report } = this.#options.parts();
    const { requestId, departure } = call;
    let record: ((event: StreamEvent) => void) | undefined;
    const generation = new Generation({
      id: call.generationId,
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
      onEvent: (event) => record?.(event),
    });
    if (graceMs !== 0)
      record = this.#options.shared?.generations.record(generation, {
        owner: call.caller,
        conversationId: turn?.conversationId ?? null,
        keptMs: generationId === undefined ? KEPT_MS : KEY_KEPT_MS,
      });
    return generation;
  }

  /** Null: there is none, or it is another's. Rejects when it is not here and nobody can say whether it is elsewhere. */
  async find(id: string, owner: Partial<Owner>): Promise<Generation | null> {
    const here = this.#here(id, owner);
    if (here !== null) return here;
    return (await this.#options.shared?.generations.find(id, owner))?.generation ?? null;
  }

  /** False: it had ended; null: there is none, or it is another's. */
  async stop(id: string, owner: Partial<Owner>): Promise<boolean | null> {
    return this.#here(id, owner)?.stop() ?? (await this.#options.shared?.generations.stop(id, owner)) ?? null;
  }

  #here(id: string, owner: Partial<Owner>): Generation | null {
    return this.#generations.find(id, (of) => isOf(of, owner));
  }

  /** Takes no more; resolves when all have ended, by themselves or by force. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { parts, shared } = this.#options;
    const { clock } = parts();
    const ended = () => Promise.allSettled([...this.#running.values()].map(({ life }) => life));
    // What is read here of another process's answer is under way as well.
    const read = Promise.all([ended(), shared?.generations.ended()]);
    await Promise.race([read, new Promise<void>((resolve) => clock.after(DRAIN_MS, resolve))]);
    for (const { abort } of this.#running.values())
      abort.abort(llmError('cancelled', 'The service shut down before the answer was whole'));
    await ended();
    this.#claims?.close();
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

/** The same words asked by another template, or judged by other rules, are another request. */
function askedBy({ prompt }: Pick<BeginOptions, 'prompt'>): object {
  return prompt === undefined ? {} : { prompt: prompt.version, judge: prompt.judge.key };
}

function callOf(
  request: LLMRequest,
  options: StartOptions,
  { turn, generationId, prompt }: BeginOptions,
  signal: AbortSignal,
  departure: Departure,
  { clock, chance, policy }: Parts,
): Call {
  return {
    requestId: turn?.requestId ?? chance.id('req'),
    generationId: generationId ?? chance.id('gen'),
    caller: callerOf(request, options),
    stream: options.stream ?? true,
    defaults: options.defaults ?? 'native',
    spokenApi: options.spokenApi ?? null,
    cache: { ...prompt?.cache, ...(turn !== undefined && { scope: 'user' }) },
    startedAtMs: clock.nowMs(),
    deadlineMonotonicMs: clock.monotonicMs() + policy.totalTimeoutMs,
    prompt: prompt?.version ?? null,
    judge: prompt?.judge ?? null,
    drafts: prompt?.drafts ?? false,
    warnings: prompt?.warnings ?? [],
    signal,
    departure,
    flow: new Flow(),
  };
}
