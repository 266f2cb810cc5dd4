// The events of an answer as the parts of a stream of the AI SDK, where every text and every thought is a block with an id.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { StreamEvent } from '../index.ts';
import { finishReasonOf, inputOf, metadataOf, NOTHING_USED, stateOf, usageOf } from './answer.ts';

interface Block {
  readonly type: 'text' | 'reasoning';
  readonly id: string;
}

export class EventParts {
  #block: Block | null = null;
  #blocks = 0;
  readonly #calls = new Map<string, { readonly toolName: string; argumentsText: string }>();

  of(event: StreamEvent): readonly LanguageModelV4StreamPart[] {
    switch (event.type) {
      case 'response-start':
        return [{ type: 'response-metadata', id: event.id, modelId: event.model }];
      case 'text-delta':
        return this.#say('text', event.text);
      case 'reasoning-delta':
        return this.#say('reasoning', event.text);
      case 'reasoning-end':
        return this.#block?.type === 'reasoning' ? this.#close(stateOf(event.providerData)) : [];
      case 'tool-call-start':
        this.#calls.set(event.toolCallId, { toolName: event.name, argumentsText: '' });
        return [...this.#close(), { type: 'tool-input-start', id: event.toolCallId, toolName: event.name }];
      case 'tool-call-delta': {
        const call = this.#calls.get(event.toolCallId);
        if (call === undefined || event.argumentsText === '') return [];
        call.argumentsText += event.argumentsText;
        return [{ type: 'tool-input-delta', id: event.toolCallId, delta: event.argumentsText }];
      }
      case 'tool-call-end':
        return this.#call(event);
      case 'response-end':
        return [
          ...this.#close(),
          {
            type: 'finish',
            finishReason: finishReasonOf(event.response),
            usage: usageOf(event.response.usage),
            providerMetadata: metadataOf(event.response),
          },
        ];
      case 'data-draft':
      case 'embedding':
        return [];
      case 'error':
        // It is thrown to whoever reads the stream, and told there.
        return [];
    }
  }

  /** An answer that broke: what was said stays said. */
  failed(error: unknown): readonly LanguageModelV4StreamPart[] {
    const finishReason = { unified: 'error', raw: undefined } as const;
    return [...this.#close(), { type: 'error', error }, { type: 'finish', finishReason, usage: NOTHING_USED }];
  }

  #call({
    toolCallId,
    providerData,
  }: Extract<StreamEvent, { type: 'tool-call-end' }>): readonly LanguageModelV4StreamPart[] {
    const call = this.#calls.get(toolCallId);
    if (call === undefined) return [];
    this.#calls.delete(toolCallId);
    const { toolName, argumentsText } = call;
    return [
      { type: 'tool-input-end', id: toolCallId },
      { type: 'tool-call', toolCallId, toolName, input: inputOf(argumentsText), ...stateOf(providerData) },
    ];
  }

  #say(type: Block['type'], delta: string): readonly LanguageModelV4StreamPart[] {
    if (this.#block?.type === type) return [{ type: `${type}-delta`, id: this.#block.id, delta }];
    const closing = this.#close();
    this.#block = { type, id: `${type}-${this.#blocks++}` };
    const { id } = this.#block;
    return [...closing, { type: `${type}-start`, id }, { type: `${type}-delta`, id, delta }];
  }

  #close(state: ReturnType<typeof stateOf> = {}): readonly LanguageModelV4StreamPart[] {
    const block = this.#block;
    this.#block = null;
    return block === null ? [] : [{ type: `${block.type}-end`, id: block.id, ...state }];
  }
}
