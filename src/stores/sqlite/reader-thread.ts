// The main thread's end of reader.ts: asks, waits with a deadline, and replaces a worker that is stuck or has died. It
// is started by the first question and keeps the process alive only while one is open.

import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import type { Answers, Question } from './questions.ts';
import type { Reply } from './reader.ts';

const READER = import.meta.url.endsWith('.ts') ? './reader.ts' : './reader.js';

interface Waiting {
  readonly question: Question;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly stopTimer: () => void;
}

export class ReaderThread {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;
  #closed = false;

  constructor(path: string, clock: Clock, deadlineMs: number) {
    this.#path = path;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  /** The answer stands under the question's kind. Rejects with `store_unavailable`. */
  async ask(question: Question): Promise<Partial<Answers>> {
    const { answers, error } = await this.#ask(question);
    if (error !== undefined) throw unavailable(error);
    return answers;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectAll('it was closed');
    await this.#worker?.terminate();
  }

  #ask(question: Question): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(unavailable('it is closed'));
      const id = ++this.#lastId;
      const stopTimer = this.#clock.after(this.#deadlineMs, () => this.#giveUp(id));
      this.#waiting.set(id, { question, resolve, reject, stopTimer });
      this.#post(id, question);
    });
  }

  #post(id: number, question: Question): void {
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage({ id, question });
  }

  #start(): Worker {
    // Its own flags, not those of the process: `node --eval` has some that no file can be run with.
    const worker = new Worker(new URL(READER, import.meta.url), { workerData: { path: this.#path }, execArgv: [] });
    worker.on('message', (reply: Reply) => this.#take(reply));
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#rejectAll(error instanceof Error ? error.message : String(error));
    });
    return worker;
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    waiting.stopTimer();
    if (this.#waiting.size === 0) this.#worker?.unref();
    waiting.resolve(reply);
  }

  // A statement cannot be interrupted from outside: the worker is left to end it alone, and the questions that wait behind it
  // are put to a new one.
  #giveUp(id: number): void {
    const late = this.#waiting.get(id);
    if (late === undefined) return;
    this.#waiting.delete(id);
    this.#abandon();
    late.reject(unavailable(`there was no answer in ${this.#deadlineMs / 1_000} s; ask for a shorter time`));
    for (const [other, { question }] of this.#waiting) this.#post(other, question);
  }

  #abandon(): void {
    const worker = this.#worker;
    this.#worker = null;
    worker?.unref();
    worker?.terminate().catch(() => {});
  }

  #rejectAll(reason: string): void {
    for (const { reject, stopTimer } of this.#waiting.values()) {
      stopTimer();
      reject(unavailable(reason));
    }
    this.#waiting.clear();
  }
}

function unavailable(reason: string): Error {
  return llmError('store_unavailable', `The ledger could not be read: ${reason}`);
}
