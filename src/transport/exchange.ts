// One exchange with a provider, over whatever it goes: its clocks, its abort, its one end. Every failure passes through `fail`,
// which alone decides what it is called before and after the first content.

import type { Target } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { asLLMError, LLMError, llmError, withDetail } from '../core/errors.ts';
import { type AnswerEvent, isContent } from '../core/events.ts';
import type { AskOptions, AskResult } from '../core/parts.ts';
import type { Emit } from '../core/provider.ts';
import { providerName } from '../core/provider-settings.ts';
import type { Warning } from '../core/response.ts';
import { Deadline } from './deadline.ts';

/** The promise of the one who asked. */
export interface Asker {
  readonly emit: Emit;
  readonly resolve: (result: AskResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface ExchangeHooks {
  /** Ends the work at once: nobody waits for it any more. */
  stop(error: LLMError): void;
  /** Nothing came in time; the usual answer is `fail(error)`. */
  timedOut(error: LLMError): void;
}

export class Exchange {
  readonly provider: string;
  /** As messages have it. */
  readonly name: string;
  /** The vendor's HTTP status, once it is known. */
  status: number | null = null;
  readonly #model: string;
  readonly #options: AskOptions;
  readonly #clock: Clock;
  readonly #asker: Asker;
  readonly #hooks: ExchangeHooks;
  readonly #deadline: Deadline;
  readonly #startedMonotonicMs: number;
  #stage: 'connecting' | 'waiting' | 'hearing' | 'over' = 'connecting';
  #contentBegun = false;
  #isOursToRead = false;
  #answerEnded = false;
  /** What the asker's own `emit` threw: no fault of the provider's. */
  #emitFault: { readonly thrown: unknown } | null = null;

  constructor(target: Target, options: AskOptions, clock: Clock, asker: Asker, hooks: ExchangeHooks) {
    this.provider = target.provider.id;
    this.name = providerName(this.provider);
    this.#model = target.card.model;
    this.#options = options;
    this.#clock = clock;
    this.#asker = asker;
    this.#hooks = hooks;
    this.#deadline = new Deadline(clock, () => this.#hooks.timedOut(this.#timeoutError()));
    this.#startedMonotonicMs = clock.monotonicMs();
  }

  get over(): boolean {
    return this.#stage === 'over';
  }

  /** The answer's own end came: nothing after it counts. */
  get answerEnded(): boolean {
    return this.#answerEnded;
  }

  get sent(): boolean {
    return this.#stage !== 'connecting';
  }

  /** False when it was aborted before it began. */
  begin(): boolean {
    const { signal, connectTimeoutMs, attemptTimeoutMs } = this.#options;
    if (signal.aborted) {
      this.#abort();
      return false;
    }
    signal.addEventListener('abort', this.#abort, { once: true });
    this.#deadline.moveTo(this.#startedMonotonicMs + Math.min(connectTimeoutMs, attemptTimeoutMs));
    return true;
  }

  /** A connection stands and the request goes out: from here on it may be billed. */
  sending(): void {
    this.#stage = 'waiting';
    this.#deadline.moveTo(this.#startedMonotonicMs + this.#options.attemptTimeoutMs);
  }

  /** Data of a stream came. A whole answer has one deadline, which no byte moves. */
  heard(): void {
    if (this.over || !this.#options.stream) return;
    this.#stage = 'hearing';
    if (this.#isOursToRead) return;
    this.#deadline.moveTo(this.#clock.monotonicMs() + this.#options.idleTimeoutMs);
  }

  /** It is we who do not read: then silence is no fault of the provider's. */
  waits(isOurs: boolean): void {
    if (this.over) return;
    this.#isOursToRead = isOurs;
    this.#deadline.moveTo(isOurs ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() + this.#options.idleTimeoutMs);
  }

  readonly emit = (event: AnswerEvent): void => {
    if (this.over || this.#answerEnded) return;
    if (isContent(event)) this.#contentBegun = true;
    try {
      this.#asker.emit(event);
    } catch (thrown) {
      this.#emitFault = { thrown };
      throw thrown;
    }
    if (event.type === 'answer-end') this.#answerEnded = true;
  };

  finish(warnings: readonly Warning[]): void {
    if (this.over) return;
    if (!this.#answerEnded) {
      this.fail(llmError('stream_broken', `${this.name}'s answer ended without its end`));
      return;
    }
    this.#close();
    this.#asker.resolve({ warnings });
  }

  fail(thrown: unknown): void {
    if (this.over) return;
    const error = this.#emitFault === null ? this.#named(thrown) : asLLMError(this.#emitFault.thrown);
    this.#end(withDetail(error, this.#detail()));
  }

  readonly #abort = (): void => {
    const { reason } = this.#options.signal;
    const error =
      reason instanceof LLMError ? reason : llmError('cancelled', 'The request was cancelled', this.#detail());
    // The ledger must know that nothing left this machine; else the reason goes back as it came.
    this.#end(this.sent ? error : withDetail(error, { neverSent: true }));
  };

  #end(error: LLMError): void {
    this.#close();
    this.#asker.reject(error);
    this.#hooks.stop(error);
  }

  #close(): void {
    this.#stage = 'over';
    this.#deadline.clear();
    this.#options.signal.removeEventListener('abort', this.#abort);
  }

  /** After the first content whatever goes wrong is `stream_broken`; before it nothing is, so that it may be tried again. */
  #named(thrown: unknown): LLMError {
    const error = thrown instanceof LLMError ? thrown : badReply(this.name, thrown);
    const { cause, detail, message } = error;
    if (this.#contentBegun && error.code !== 'stream_broken') {
      return llmError('stream_broken', `The answer broke off: ${message}`, { ...detail, cause: error });
    }
    if (!this.#contentBegun && error.code === 'stream_broken') {
      return llmError('provider_unreachable', `${message} (before it said anything)`, { ...detail, cause });
    }
    return error;
  }

  #detail(): { provider: string; model: string; providerStatus?: number } {
    return {
      provider: this.provider,
      model: this.#model,
      ...(this.status !== null && { providerStatus: this.status }),
    };
  }

  #timeoutError(): LLMError {
    const { connectTimeoutMs, attemptTimeoutMs, idleTimeoutMs, stream } = this.#options;
    if (this.#stage === 'connecting') {
      const waitedMs = Math.min(connectTimeoutMs, attemptTimeoutMs);
      return llmError('provider_unreachable', `No connection to ${this.name} within ${seconds(waitedMs)}`, {
        neverSent: true,
      });
    }
    if (this.#stage === 'hearing')
      return llmError('provider_timeout', `${this.name} went silent for ${seconds(idleTimeoutMs)}`);
    const what = stream ? 'begin to answer' : 'answer';
    return llmError('provider_timeout', `${this.name} did not ${what} within ${seconds(attemptTimeoutMs)}`);
  }
}

/** What a codec could make nothing of. JSON.parse quotes the text it fails on, so a SyntaxError is kept from the logs too. */
function badReply(name: string, thrown: unknown): LLMError {
  const cause = thrown instanceof SyntaxError ? undefined : thrown;
  return llmError('provider_bad_reply', `${name} answered with something that is no answer`, { cause });
}

function seconds(durationMs: number): string {
  return `${durationMs / 1000} s`;
}
