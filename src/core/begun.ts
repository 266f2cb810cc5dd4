// An answer that has begun: the seam between asking and handing on. Events are pushed as they are decoded, without a promise for
// each; what comes before somebody listens is kept.

import type { Attempt } from './attempts.ts';
import type { Clock } from './clock.ts';
import { type AnswerEvent, Collector, isContent } from './events.ts';
import type { Fitted } from './fitted.ts';
import type { AskResult } from './parts.ts';
import type { AnswerPart } from './request.ts';

export class Begun {
  readonly attempt: Attempt;
  /** The request as this target was asked it. */
  readonly fitted: Fitted;
  readonly collector = new Collector();
  #kept: AnswerEvent[] = [];
  #listener: ((event: AnswerEvent) => void) | null = null;
  #finished: Promise<AskResult> = Promise.resolve({ warnings: [] });
  #written: AskResult['written'];

  constructor(attempt: Attempt, fitted: Fitted) {
    this.attempt = attempt;
    this.fitted = fitted;
  }

  /** What the model wrote, which is what its vendor bills: not always what was handed on. */
  get written(): readonly AnswerPart[] {
    return this.#written ?? this.collector.parts();
  }

  /** Resolves with the first content, or with the end of an answer that has none; rejects when neither comes. */
  begin(clock: Clock, ask: (emit: (event: AnswerEvent) => void) => Promise<AskResult>): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (event: AnswerEvent) => {
        this.collector.add(event);
        if (this.#listener === null) this.#kept.push(event);
        else this.#listener(event);
        if (!isContent(event)) return;
        this.attempt.begunMonotonicMs ??= clock.monotonicMs();
        resolve();
      };
      this.#finished = ask(take).then((result) => {
        this.#written = result.written;
        return result;
      });
      this.#finished.then(() => resolve(), reject);
    });
  }

  /** Hands on what was kept, then what comes, in order; resolves when the answer is whole. */
  listen(listener: (event: AnswerEvent) => void): Promise<AskResult> {
    for (const event of this.#kept) listener(event);
    this.#kept = [];
    this.#listener = listener;
    return this.#finished;
  }
}
