// Answers as Anthropic's clients read them, whole and event by event. A stream begins a block and ends it before the next one; its
// usage at the start is our estimate, since no vendor of ours tells before the end what is billed.

import type { AnswerPart, JsonObject, LLMError, LLMResponse, StreamEvent } from '../index.ts';
import { CALL_STATE, inputOf } from './anthropic-blocks.ts';
import { errorBody } from './errors.ts';
import { type OpenPart, PartOrder, type PartWriter } from './part-order.ts';
import { sealed } from './sealed-state.ts';
import type { ResponseStart, StreamEncoder } from './sse.ts';
import { gatewayOf } from './x-gateway.ts';

export function messageAnswer(response: LLMResponse) {
  return {
    id: response.id,
    type: 'message',
    role: 'assistant',
    model: response.model,
    content: response.parts.flatMap(blocksOf),
    ...endOf(response),
    usage: usageOf(response),
    x_gateway: gatewayOf(response),
  };
}

function blocksOf(part: AnswerPart): readonly object[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'reasoning':
      return [thoughtOf(part.text, part.providerData)];
    case 'tool-call': {
      const { toolCallId: id, name, argumentsText, providerData } = part;
      const call = { type: 'tool_use', id, name, input: inputOf(argumentsText) };
      return providerData === undefined ? [call] : [call, callState(providerData)];
    }
  }
}

function thoughtOf(thinking: string, state: JsonObject | undefined): object {
  const data = hiddenIn(thinking, state);
  if (data !== null) return { type: 'redacted_thinking', data };
  return { type: 'thinking', thinking, signature: signatureOf(state) };
}

/** Anthropic's own state goes out as its own API gives it; that of others is sealed into the same place. */
function signatureOf(state: JsonObject | undefined): string {
  if (state === undefined) return '';
  const { type, signature } = state;
  return type === 'thinking' && typeof signature === 'string' ? signature : sealed(state);
}

/** Null: it is a thought with a signature. */
function hiddenIn(thinking: string, state: JsonObject | undefined): string | null {
  if (state === undefined || thinking !== '') return null;
  const { type, data } = state;
  if (type === 'thinking') return null;
  return type === 'redacted_thinking' && typeof data === 'string' ? data : sealed(state);
}

function callState(state: JsonObject): object {
  return { type: 'redacted_thinking', data: sealed({ [CALL_STATE]: state }) };
}

const STOP_REASONS: Readonly<Record<LLMResponse['finishReason'], string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  stopped: 'stopped',
  other: 'other',
};
/** Anthropic's words that say more than ours do. */
const OWN_REASONS: ReadonlySet<string | null> = new Set([
  ...['stop_sequence', 'pause_turn', 'refusal', 'model_context_window_exceeded'],
]);

function endOf({ finishReason, finishReasonRaw, providerMetadata }: LLMResponse) {
  const { stop_sequence: sequence } = providerMetadata;
  return {
    stop_reason: OWN_REASONS.has(finishReasonRaw) ? finishReasonRaw : STOP_REASONS[finishReason],
    stop_sequence: typeof sequence === 'string' ? sequence : null,
  };
}

/** Theirs is the part of the prompt that the cache had nothing to do with. What was not told is null. */
function usageOf({ usage }: LLMResponse) {
  if (usage === null) return { input_tokens: null, output_tokens: null };
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage;
  const cached = [cacheReadTokens, cacheWriteTokens].filter((tokens) => tokens !== null);
  return {
    input_tokens: inputTokens === null ? null : cached.reduce((rest, tokens) => rest - tokens, inputTokens),
    output_tokens: outputTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
    ...(reasoningTokens !== null && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}

export interface MessageStreamOptions {
  readonly generationId: string;
  /** Estimated when the answer begins; null: it cannot be. */
  readonly inputTokens: () => number | null;
}

export function messageStream(options: MessageStreamOptions): StreamEncoder {
  return new MessageStream(options);
}

class MessageStream implements StreamEncoder {
  readonly #options: MessageStreamOptions;
  readonly #parts = new PartOrder(new BlockWriter());

  constructor(options: MessageStreamOptions) {
    this.#options = options;
  }

  event(event: StreamEvent): string {
    return event.type === 'response-start' ? this.#start(event) : this.#parts.event(event);
  }

  end(response: LLMResponse): string {
    const told = { delta: endOf(response), usage: usageOf(response), x_gateway: gatewayOf(response) };
    return `${this.#parts.rest()}${frame('message_delta', told)}${frame('message_stop')}`;
  }

  /** And the stream closes without `message_stop`: that would say the answer is whole. */
  error(error: LLMError, requestId: string): string {
    const { generationId } = this.#options;
    return frame('error', errorBody(error, { requestId, dialect: 'anthropic', generationId }));
  }

  #start({ id, model }: ResponseStart): string {
    // The first of the answer is there.
    const usage = { input_tokens: this.#options.inputTokens(), output_tokens: 1 };
    const ends = { stop_reason: null, stop_sequence: null };
    const message = { id, type: 'message', role: 'assistant', model, content: [], ...ends, usage };
    return `${frame('message_start', { message })}${frame('ping')}`;
  }
}

/** A delta costs one JSON.stringify of its text. */
class BlockWriter implements PartWriter {
  #index = -1;
  #hasText = false;

  begin({ type, toolCallId: id, name }: OpenPart): string {
    this.#hasText = false;
    if (type === 'text') return this.#begin({ type, text: '' });
    // A thought that is hidden is known as such at its end.
    return type === 'reasoning' ? '' : this.#begin({ type: 'tool_use', id, name, input: {} });
  }

  piece({ type }: OpenPart, text: string): string {
    const json = JSON.stringify(text);
    if (type === 'text') return this.#delta(`{"type":"text_delta","text":${json}}`);
    if (type === 'tool-call') return this.#delta(`{"type":"input_json_delta","partial_json":${json}}`);
    const begun = this.#hasText ? '' : this.#begin({ type: 'thinking', thinking: '', signature: '' });
    this.#hasText = true;
    return `${begun}${this.#delta(`{"type":"thinking_delta","thinking":${json}}`)}`;
  }

  end({ type }: OpenPart, state: JsonObject | undefined): string {
    if (type !== 'reasoning') {
      const stop = this.#stop();
      return state === undefined ? stop : `${stop}${this.#whole(callState(state))}`;
    }
    if (!this.#hasText && hiddenIn('', state) !== null) return this.#whole(thoughtOf('', state));
    const begun = this.#hasText ? '' : this.#begin({ type: 'thinking', thinking: '', signature: '' });
    const signature = signatureOf(state);
    // Clients read a signature from its delta alone.
    const delta = `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`;
    return `${begun}${signature === '' ? '' : this.#delta(delta)}${this.#stop()}`;
  }

  #begin(content_block: object): string {
    this.#index += 1;
    return frame('content_block_start', { index: this.#index, content_block });
  }

  #delta(delta: string): string {
    const type = 'content_block_delta';
    return `event: ${type}\ndata: {"type":"${type}","index":${this.#index},"delta":${delta}}\n\n`;
  }

  #stop(): string {
    return frame('content_block_stop', { index: this.#index });
  }

  #whole(block: object): string {
    return `${this.#begin(block)}${this.#stop()}`;
  }
}

/** JSON text has no line end in it. */
function frame(type: string, more: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}
