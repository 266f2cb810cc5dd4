// Where stories of clients are told: one gateway before every family of vendors for a file of tests, and what one client has of it.

import { afterAll, beforeAll } from 'vitest';
import type { Client, ClientKind, Question, Way } from './client.ts';
import { FAMILIES, type Families, type FamilyName, type KeyHolder, LACKING_MODEL, startFamilies } from './families.ts';
import type { Turn, Vendor } from './vendor.ts';

/** Starts with a file of tests and ends with it. */
export class Backdrop {
  #families: Families | null = null;
  #serial = 0;

  constructor() {
    beforeAll(async () => {
      this.#families = await startFamilies();
    });
    afterAll(() => this.families.close());
  }

  get families(): Families {
    if (this.#families === null) throw new Error('Nothing has begun yet');
    return this.#families;
  }

  /** What nobody has asked before, so that no answer is one that is kept. */
  question(): string {
    return `Question ${++this.#serial}`;
  }
}

/** What one kind of client has of it. */
export class Stage<M> {
  readonly #kind: ClientKind<M>;
  readonly #backdrop: Backdrop;

  constructor(kind: ClientKind<M>, backdrop: Backdrop) {
    this.#kind = kind;
    this.#backdrop = backdrop;
  }

  get families(): Families {
    return this.#backdrop.families;
  }

  client(key: KeyHolder = 'alice', retries = 0): Client<M> {
    const { running, keys } = this.families;
    return this.#kind.connect({ url: running.url, key: keys[key], retries });
  }

  vendor(family: FamilyName): Vendor {
    return this.families.vendors[family];
  }

  question(): string {
    return this.#backdrop.question();
  }

  ask(family: FamilyName | null, more: Partial<Question<M>> = {}): Question<M> {
    const model = family === null ? LACKING_MODEL : FAMILIES[family].model;
    return { model, messages: [this.client().user(this.question())], ...more };
  }

  /** Asks, and is answered so. */
  async heard(family: FamilyName, way: Way, turn: Turn, more: Partial<Question<M>> = {}) {
    this.vendor(family).next(turn);
    const question = this.ask(family, more);
    const heard = await this.client()[way](question);
    return { question, heard, seen: this.seen(family) };
  }

  seen(family: FamilyName) {
    const last = this.vendor(family).requests.at(-1);
    if (last === undefined) throw new Error('The vendor was asked nothing');
    return last.seen;
  }
}
