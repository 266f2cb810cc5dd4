// Asks a provider that answers in this process. The same clocks hold as over HTTP, with events in the place of bytes.

import type { Target } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { LLMError } from '../core/errors.ts';
import type { AnswerEvent } from '../core/events.ts';
import type { AskOptions } from '../core/parts.ts';
import type { Direct, Listener } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import { type Asker, Exchange, type ExchangeHooks } from './exchange.ts';

export class DirectAsk implements ExchangeHooks, Listener {
  readonly #options: AskOptions;
  readonly #exchange: Exchange;
  readonly #stop = new AbortController();
  readonly #warnings: Warning[] = [];
  /** Lets one who waits until more is wanted go on. */
  #goOn: () => void = () => {};

  constructor(target: Target, options: AskOptions, clock: Clock, asker: Asker) {
    this.#options = options;
    this.#exchange = new Exchange(target, options, clock, asker, this);
  }

  async run(direct: Direct, request: FittedRequest, model: string): Promise<void> {
    if (!this.#exchange.begin()) return;
    this.#exchange.sending();
    // A whole answer that fails half-way was handed to nobody.
    const held: AnswerEvent[] = [];
    const emit = (event: AnswerEvent) => {
      this.#exchange.heard();
      if (this.#options.stream) this.#exchange.emit(event);
      else held.push(event);
    };
    try {
      await direct.answer(request, model, emit, this.#stop.signal, this);
      held.forEach(this.#exchange.emit);
      this.#exchange.finish(this.#warnings);
    } catch (thrown) {
      this.#exchange.fail(thrown);
    }
  }

  warn(warning: Warning): void {
    this.#warnings.push(warning);
  }

  wanted(): Promise<void> | null {
    const { flow, stream } = this.#options;
    if (!stream || flow === undefined || !flow.isClosed || this.#exchange.over) return null;
    this.#exchange.waits(true);
    return new Promise((resolve) => {
      this.#goOn = resolve;
      flow.onChange(() => {
        if (flow.isClosed) return;
        this.#exchange.waits(false);
        resolve();
      });
    });
  }

  stop(error: LLMError): void {
    this.#stop.abort(error);
    this.#goOn();
  }

  timedOut(error: LLMError): void {
    this.#exchange.fail(error);
  }
}
