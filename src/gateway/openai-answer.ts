// Answers as OpenAI's clients read them, whole and chunk by chunk, with what Groq's clients look for beside (`x_groq`, `reasoning`).
// What each official client needs of a chunk was read in its source; `choices` on every one, and `[DONE]` letter by letter.

import { type LLMError, type LLMResponse, reasoningDetailsJson, type StreamEvent, toolCallsJson } from '../index.ts';
import { errorBody } from './errors.ts';
import type { StreamEncoder } from './sse.ts';
import { gatewayOf } from './x-gateway.ts';

export function chatAnswer(response: LLMResponse, nowMs: number) {
  const { content, reasoning, finishReason } = response;
  const details = reasoningDetailsJson(response.parts);
  const toolCalls = toolCallsJson(response);
  const usage = usageOf(response);
  return {
    id: response.id,
    object: 'chat.completion',
    created: Math.floor(nowMs / 1_000),
    model: response.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && toolCalls.length > 0 ? null : content,
          refusal: null,
          ...(reasoning !== null && { reasoning, reasoning_content: reasoning }),
          ...(details !== null && { reasoning_details: details }),
          ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
        },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    ...(usage !== null && { usage }),
    x_groq: { id: response.id },
    x_gateway: gatewayOf(response),
  };
}

/** Null when the vendor didn't tell: a client that adds up must not add zeros. */
function usageOf({ usage, tokensUsed }: LLMResponse) {
  if (usage === null || tokensUsed === null) return null;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage;
  const cached = {
    ...(cacheReadTokens !== null && { cached_tokens: cacheReadTokens }),
    ...(cacheWriteTokens !== null && { cache_write_tokens: cacheWriteTokens }),
  };
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: tokensUsed,
    ...(Object.keys(cached).length > 0 && { prompt_tokens_details: cached }),
    ...(reasoningTokens !== null && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

export interface ChatStreamOptions {
  readonly generationId: string;
  readonly includeUsage: boolean;
  readonly nowMs: number;
}

export function chatStream(options: ChatStreamOptions): StreamEncoder {
  return new ChatStream(options);
}

/** The parts of a chunk that never change are made once; a delta costs one JSON.stringify of its text. */
class ChatStream implements StreamEncoder {
  readonly #options: ChatStreamOptions;
  /** Of the latest call that bears the id. */
  readonly #callIndexes = new Map<string, number>();
  #calls = 0;
  /** Of calls whose state went out with their first piece. */
  readonly #toldStates = new Set<number>();
  #head = '';
  readonly #tail: string;

  constructor(options: ChatStreamOptions) {
    this.#options = options;
    // With include_usage OpenAI says `usage: null` on every chunk but the last.
    this.#tail = `,"logprobs":null,"finish_reason":null}]${options.includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  event(event: StreamEvent): string {
    switch (event.type) {
      case 'response-start':
        this.#head = this.#headOf(event.id, event.model);
        return this.#chunk('{"role":"assistant","content":""}');
      case 'text-delta':
        return this.#chunk(`{"content":${JSON.stringify(event.text)}}`);
      case 'reasoning-delta': {
        const text = JSON.stringify(event.text);
        return this.#chunk(`{"reasoning":${text},"reasoning_content":${text}}`);
      }
      case 'tool-call-start':
        return this.#callStart(event);
      case 'tool-call-delta':
        return this.#callChunk(event.toolCallId, { function: { arguments: event.argumentsText } });
      default:
        return '';
    }
  }

  end(response: LLMResponse): string {
    const usage = usageOf(response);
    const state = this.#stateDelta(response);
    const { includeUsage } = this.#options;
    const x_gateway = gatewayOf(response);
    const finish = {
      choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: response.finishReason }],
      ...(includeUsage && { usage: null }),
      x_groq: { id: response.id, ...(usage !== null && { usage }) },
      ...(!includeUsage && { x_gateway }),
    };
    const last = includeUsage ? this.#whole({ choices: [], usage, x_gateway }) : '';
    return `${state}${this.#whole(finish)}${last}data: [DONE]\n\n`;
  }

  /** And the stream closes without `[DONE]`: that would say the answer is whole. */
  error(error: LLMError, requestId: string): string {
    const { generationId } = this.#options;
    return `data: ${JSON.stringify(errorBody(error, { requestId, dialect: 'openai', generationId }))}\n\n`;
  }

  #headOf(id: string, model: string): string {
    const created = Math.floor(this.#options.nowMs / 1_000);
    return `${JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)},`;
  }

  #chunk(delta: string): string {
    return `data: ${this.#head}"choices":[{"index":0,"delta":${delta}${this.#tail}`;
  }

  #whole(more: object): string {
    return `data: ${this.#head}${JSON.stringify(more).slice(1)}\n\n`;
  }

  /** With its state, where that is known: the AI SDK looks for it in the first piece of a call alone. */
  #callStart({ toolCallId: id, name, providerData }: Extract<StreamEvent, { type: 'tool-call-start' }>): string {
    const index = this.#calls++;
    this.#callIndexes.set(id, index);
    if (providerData !== undefined) this.#toldStates.add(index);
    const state = providerData && { extra_content: providerData };
    return this.#callChunk(id, { id, type: 'function', function: { name, arguments: '' }, ...state });
  }

  #callChunk(toolCallId: string, call: object): string {
    const index = this.#callIndexes.get(toolCallId) ?? 0;
    return this.#chunk(JSON.stringify({ tool_calls: [{ index, ...call }] }));
  }

  /** Vendor state is mostly known only at the end of a part, so what is not told yet comes in one chunk before the finish. */
  #stateDelta(response: LLMResponse): string {
    const details = reasoningDetailsJson(response.parts);
    const calls = toolCallsJson(response).flatMap((call, index) =>
      'extra_content' in call && !this.#toldStates.has(index)
        ? [{ index, function: { arguments: '' }, extra_content: call.extra_content }]
        : [],
    );
    if (details === null && calls.length === 0) return '';
    const delta = {
      ...(details !== null && { reasoning_details: details }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    return this.#chunk(JSON.stringify(delta));
  }
}
