// The history window and the token counts of the service, for who keeps conversations: what a history would be cut down to before it
// is sent, and how many tokens a text is. It decides as step 3 does, so what it says is what will happen.

import type { ModelCard } from '../core/catalog.ts';
import { type HistoryLimits, trimHistory } from '../core/history.ts';
import type { Message } from '../core/request.ts';
import { createTokenCounter } from './counter.ts';

/** Those of LLM_CONTEXT_MAX_MESSAGES and LLM_CONTEXT_MAX_TOKENS. */
const DEFAULTS: HistoryLimits = { maxMessages: 10, maxTokens: 4_000 };

export interface FittedHistory {
  readonly messages: readonly Message[];
  readonly kept: number;
  readonly dropped: number;
  /** Of what was kept. */
  readonly estimatedTokens: number;
}

export class ContextManager {
  readonly #limits: HistoryLimits;
  readonly #tokens = createTokenCounter();

  constructor(limits: Partial<HistoryLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
  }

  /** The system messages, the pins, the current turn, and as much of the rest as the limits allow. */
  fit(messages: readonly Message[]): FittedHistory {
    const kept = trimHistory(messages, this.#limits, (message) => this.#tokens.messageEstimate(message));
    return {
      messages: kept,
      kept: kept.length,
      dropped: messages.length - kept.length,
      estimatedTokens: this.estimateTokens(kept),
    };
  }

  /** At once, from what the texts are made of; with a model also what its chat format adds. */
  estimateTokens(content: string | readonly Message[], model?: ModelCard): number {
    if (typeof content === 'string') return this.#tokens.estimate(content);
    return this.#tokens.requestEstimate({ systemPrompt: null, messages: content, tools: [] }, model);
  }

  /**
   * By the vocabulary of OpenAI's models and gpt-oss, exactly; for a model of another one, the most that it may be. A long text is
   * counted in turns with everything else that the process does.
   */
  async countTokens(text: string, model?: ModelCard): Promise<number> {
    await this.#tokens.ready('o200k_base');
    return this.#tokens.countWhole(text, model ?? null);
  }
}
