// A service whose only model writes what a test tells it to, and what comes of it at the other end: the whole way of a request, with its
// judge, its repairs and its stand-in. Whether a fault got through is for the planter to say, who knows what it planted and no check.

import type { JsonObject, LLMService, Verification } from '../../../src/index.ts';
import { createLLMService, LLMError } from '../../../src/index.ts';
import { SkippingClock } from '../../skipping-clock.ts';
import { type Fault, type ScriptedModel, scriptedModel } from '../../vendor/scripted-model.ts';

export interface Ask {
  readonly prompt: string;
  /** Named as on the wire. */
  readonly variables: JsonObject;
}

export interface Planted extends Ask {
  readonly spoil: Fault;
  /** Whether what was delivered still has it. */
  isIn(data: JsonObject): boolean;
  /** Whether the verification tells of it, where it need not hold; left out: nothing would. */
  isTold?(verification: Verification): boolean;
}

/** `left out`: something was delivered, and the fault is not in it. */
export type End = 'refused' | 'left out' | 'told' | 'delivered';

export interface Delivery {
  /** Null: nothing was, and the caller was told so. */
  readonly data: JsonObject | null;
  readonly verification: Verification | null;
  /** How many answers were asked for. */
  readonly answers: number;
  /** Of each answer that was refused: rules and places. */
  readonly refusals: readonly string[];
  /** The first answer, as it was written. */
  readonly written: string;
  /** All that the caller was given, of an answer or of its failure. */
  readonly seen: string;
}

/** The marks in prompts are made with it: the same cases have the same marks, and the same figures come of them. */
const MARKS = 'figures of safety';
/** What a process may spend on asking again is counted over 10 s: each request here is to find all of it. */
const APART_MS = 11_000;
const CLEAN: Fault = (written) => written;

export class Pipeline implements AsyncDisposable {
  readonly service: LLMService;
  readonly #model: ScriptedModel;
  readonly #does: { fault: Fault };
  readonly #clock: SkippingClock;
  #asked = 0;

  private constructor(service: LLMService, model: ScriptedModel, does: { fault: Fault }, clock: SkippingClock) {
    this.service = service;
    this.#model = model;
    this.#does = does;
    this.#clock = clock;
  }

  static async open(): Promise<Pipeline> {
    const does = { fault: CLEAN };
    const fault: Fault = (written, asked) => does.fault(written, asked);
    const model = scriptedModel({ faults: { planted: { rate: 1, fault } }, random: () => 0 });
    const clock = new SkippingClock();
    const service = await createLLMService({
      env: {},
      dataDir: 'memory',
      providers: [model.provider],
      logs: { report: () => {}, flush: () => Promise.resolve() },
      promptSecret: MARKS,
      clock,
    });
    return new Pipeline(service, model, does, clock);
  }

  /** One request; the model does with each of its answers what `fault` says. */
  async ask({ prompt, variables }: Ask, fault: Fault = CLEAN): Promise<Delivery> {
    this.#clock.skip(APART_MS);
    this.#does.fault = fault;
    this.#asked += 1;
    const before = this.#model.answers;
    const refusals: string[] = [];
    let first: string | null = null;
    const options = {
      cache: 'off',
      names: 'wire',
      // The limits of one user are no part of this.
      userId: `student-${this.#asked}`,
      observe: (text: string, verdict: { readonly isAccepted: boolean; readonly place?: string }) => {
        first ??= text;
        if (!verdict.isAccepted) refusals.push(verdict.place ?? '');
      },
    } as const;
    const told = await this.service.prompts.run(prompt, variables, options).then(
      ({ content, verification }) => ({ data: objectIn(content), verification, seen: content }),
      (error: unknown) => {
        if (!(error instanceof LLMError) || error.code !== 'provider_rejected_answer') throw error;
        return { data: null, verification: null, seen: JSON.stringify([error.message, error.detail]) };
      },
    );
    return { ...told, answers: this.#model.answers - before, refusals, written: first ?? '' };
  }

  /** The fault stands in the first answer alone, and the model mends it when it is told. */
  once(planted: Planted): Promise<Delivery> {
    return this.ask(planted, (written, asked) => (asked.repairs === 0 ? planted.spoil(written, asked) : written));
  }

  /** The model cannot be told. */
  always(planted: Planted): Promise<Delivery> {
    return this.ask(planted, planted.spoil);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
  }
}

/** What became of a fault in the first answer. */
export function endOf(planted: Planted, { data, verification, refusals }: Delivery): End {
  if (data !== null && planted.isIn(data)) {
    return verification !== null && planted.isTold?.(verification) === true ? 'told' : 'delivered';
  }
  return refusals.length > 0 ? 'refused' : 'left out';
}

function objectIn(json: string): JsonObject {
  return JSON.parse(json);
}
