// Thoughts of a model of the AI SDK. Their blocks may lie side by side there (the paragraphs of one summary, which all end with the
// answer's item), and here is one at a time: blocks that overlap become one, and their state is the last that was told.

import type { JsonObject } from '../../core/json.ts';
import type { Emit } from '../../core/provider.ts';
import { stateData } from './state.ts';

export class ReasoningBlocks {
  readonly #provider: string;
  readonly #emit: Emit;
  readonly #ids = new Set<string>();
  #isOpen = false;
  #hasText = false;
  /** Of a block that has begun behind another one, until its first word. */
  #separator = '';
  #state: JsonObject | null = null;
  /** As it was told with the end of the last one, as text. */
  #lastTold = '';

  constructor(provider: string, emit: Emit) {
    this.#provider = provider;
    this.#emit = emit;
  }

  take(
    type: 'reasoning-start' | 'reasoning-delta' | 'reasoning-end',
    id: string,
    text: string,
    state: JsonObject | null,
  ) {
    if (type === 'reasoning-start') {
      if (this.#hasText) this.#separator = '\n\n';
      this.#ids.add(id);
    }
    // A late end of what was closed before: its state is news, or there is none.
    if (state !== null && (this.#ids.has(id) || JSON.stringify(state) !== this.#lastTold)) this.#state = state;
    if (text !== '') this.#say(text);
    if (type !== 'reasoning-end') return;
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.close();
  }

  /** Something else follows. */
  close(): void {
    const state = this.#state;
    if (!this.#isOpen && state !== null) this.#emit({ type: 'reasoning-delta', text: '' });
    if (this.#isOpen || state !== null)
      this.#emit({ type: 'reasoning-end', ...(state !== null && { providerData: stateData(this.#provider, state) }) });
    if (state !== null) this.#lastTold = JSON.stringify(state);
    this.#state = null;
    this.#ids.clear();
    this.#isOpen = false;
    this.#hasText = false;
    this.#separator = '';
  }

  #say(text: string): void {
    this.#emit({ type: 'reasoning-delta', text: this.#separator + text });
    this.#separator = '';
    this.#isOpen = true;
    this.#hasText = true;
  }
}
