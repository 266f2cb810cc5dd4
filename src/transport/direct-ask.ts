// Asks a provider that answers in this process. The same clocks hold as over HTTP, with events in the place of bytes.

import type { Target } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { LLMError } from '../core/errors.ts';
import type { AnswerEvent } from '../core/events.ts';
import type { AskOptions } from '../core/parts.ts';
import type { Direct } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import { type Asker, Exchange, type ExchangeHooks } from './exchange.ts';

export class DirectAsk implements ExchangeHooks {
  readonly #options: AskOptions;
  readonly #exchange: Exchange;
  readonly #stop = new AbortController();

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
      await direct.answer(request, model, emit, this.#stop.signal);
      held.forEach(this.#exchange.emit);
      this.#exchange.finish([]);
    } catch (thrown) {
      this.#exchange.fail(thrown);
    }
  }

  stop(error: LLMError): void {
    this.#stop.abort(error);
  }

  timedOut(error: LLMError): void {
    this.#exchange.fail(error);
  }
}
