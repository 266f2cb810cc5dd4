// Reads answers of the Messages API: blocks, one after the other, each begun, filled and ended. A whole answer is its blocks begun with
// all that is in them, so both take the same way. Called for every event of every stream: it allocates the event and little else.

import { type LLMError, llmError } from '../../core/errors.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { Emit, Frame, ReplyHeaders, StreamDecoder } from '../../core/provider.ts';
import type { FinishReason, Usage } from '../../core/response.ts';
import { tokensAt } from '../reading.ts';
import { errorInSuccess, requestIdOf } from './errors.ts';

/** `pause_turn` has no name here: the answer goes on when it is sent back, so it is neither whole nor cut by its length. */
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** What a tool that the vendor runs was asked and said on the way: the answer is the text around it. */
const VENDORS_OWN = /^(server|mcp)_tool_use$|_tool_result$/;

type OpenBlock =
  | { readonly kind: 'text' | 'own'; readonly index: number }
  | {
      readonly kind: 'thought';
      readonly index: number;
      signature: string;
      isTold: boolean;
      readonly redacted: string | null;
    }
  | {
      readonly kind: 'call';
      readonly index: number;
      readonly toolCallId: string;
      /** In a stream an empty object, which the pieces replace; it is what counts where no piece comes. */
      readonly input: JsonObject;
      hasPieces: boolean;
    };

export class MessagesDecoder implements StreamDecoder {
  readonly #callIds = new Set<string>();
  readonly #metadata: Record<string, string | number> = {};
  #counts: JsonObject = {};
  #usage: Usage | null = null;
  #model: string | null = null;
  #stopReason: string | null = null;
  #block: OpenBlock | null = null;
  #started = false;
  #ended = false;

  frame({ event, data }: Frame, emit: Emit): void {
    if (this.#ended || data === '') return;
    const body = parsed(data);
    const error = errorInSuccess(body);
    if (error !== null) throw error;
    const index = numberAt(body, 'index') ?? 0;
    switch (stringAt(body, 'type') ?? event) {
      case 'message_start':
        this.#start(objectAt(body, 'message') ?? {}, emit);
        break;
      case 'content_block_start':
        this.#begin(index, objectAt(body, 'content_block') ?? {}, emit);
        break;
      case 'content_block_delta':
        this.#fill(index, objectAt(body, 'delta') ?? {}, emit);
        break;
      case 'content_block_stop':
        this.#endBlock(emit);
        break;
      case 'message_delta':
        this.#note(objectAt(body, 'usage'), emit);
        this.#stop(objectAt(body, 'delta') ?? {});
        break;
      case 'message_stop':
        this.#finish(emit);
        break;
      // Named so, and without an `error` in it.
      case 'error':
        throw badReply('sent an error that says nothing');
      // `ping`, and whatever Anthropic adds: its page on versions asks for it to be passed over.
    }
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    if (this.#stopReason === null) {
      throw llmError('stream_broken', "Anthropic's stream stopped before its answer was whole");
    }
    // Its stop reason came and HTTP ended as it should: whole, but worth a note, since its end has a marker.
    this.#metadata['missing_terminal'] = 1;
    this.#finish(emit);
  }

  /** A whole answer, from its first event to its last. */
  whole(body: Json, headers: ReplyHeaders, emit: Emit): void {
    const error = errorInSuccess(body);
    if (error !== null) throw error;
    const content = arrayAt(body, 'content');
    if (!isObject(body) || content === null) throw badReply('answered with JSON that is no answer');
    const requestId = requestIdOf(headers['request-id']);
    if (requestId !== null) this.#metadata['request_id'] = requestId;
    this.#start(body, emit);
    for (const [index, block] of content.entries()) {
      this.#begin(index, isObject(block) ? block : {}, emit);
      this.#endBlock(emit);
    }
    this.#note(objectAt(body, 'usage'), emit);
    this.#stop(body);
    this.#finish(emit);
  }

  #start(message: JsonObject, emit: Emit): void {
    if (this.#started) throw badReply('began its answer twice');
    this.#started = true;
    this.#model = stringAt(message, 'model');
    emit({ type: 'answer-start', id: stringAt(message, 'id'), model: this.#model });
    const usage = objectAt(message, 'usage');
    const tier = stringAt(usage ?? undefined, 'service_tier');
    if (tier !== null) this.#metadata['service_tier'] = tier;
    // The output is counted to its first tokens here. To tell that would charge an answer that breaks for next to nothing.
    this.#counts = { ...usage, output_tokens: undefined };
  }

  #begin(index: number, block: JsonObject, emit: Emit): void {
    if (!this.#started) throw badReply('sent content before its answer began');
    this.#endBlock(emit);
    const type = stringAt(block, 'type') ?? '';
    switch (type) {
      case 'text':
        this.#block = { kind: 'text', index };
        this.#text(stringAt(block, 'text'), emit);
        return;
      case 'thinking':
        this.#block = {
          kind: 'thought',
          index,
          signature: stringAt(block, 'signature') ?? '',
          isTold: false,
          redacted: null,
        };
        this.#thought(this.#block, stringAt(block, 'thinking'), emit);
        return;
      case 'redacted_thinking':
        this.#block = { kind: 'thought', index, signature: '', isTold: false, redacted: stringAt(block, 'data') };
        return;
      case 'tool_use':
        this.#call(index, block, emit);
        return;
    }
    if (!VENDORS_OWN.test(type)) throw badReply('sent content of a kind that is not known here');
    this.#block = { kind: 'own', index };
  }

  #call(index: number, block: JsonObject, emit: Emit): void {
    const toolCallId = stringAt(block, 'id') ?? '';
    if (toolCallId === '' || this.#callIds.has(toolCallId)) throw badReply('called a tool without an id of its own');
    this.#callIds.add(toolCallId);
    this.#block = { kind: 'call', index, toolCallId, input: objectAt(block, 'input') ?? {}, hasPieces: false };
    emit({ type: 'tool-call-start', toolCallId, name: stringAt(block, 'name') ?? '' });
  }

  #fill(index: number, delta: JsonObject, emit: Emit): void {
    const block = this.#block;
    if (block === null || block.index !== index) throw badReply('sent a piece of what it had not begun');
    const type = stringAt(delta, 'type');
    if (type === 'text_delta' && block.kind === 'text') this.#text(stringAt(delta, 'text'), emit);
    else if (type === 'thinking_delta' && block.kind === 'thought') {
      this.#thought(block, stringAt(delta, 'thinking'), emit);
    } else if (type === 'signature_delta' && block.kind === 'thought') {
      block.signature += stringAt(delta, 'signature') ?? '';
    } else if (type === 'input_json_delta' && block.kind === 'call') {
      const argumentsText = stringAt(delta, 'partial_json') ?? '';
      if (argumentsText === '') return;
      block.hasPieces = true;
      emit({ type: 'tool-call-delta', toolCallId: block.toolCallId, argumentsText });
    }
  }

  #text(text: string | null, emit: Emit): void {
    if (text !== null && text !== '') emit({ type: 'text-delta', text });
  }

  #thought(block: OpenBlock & { kind: 'thought' }, text: string | null, emit: Emit): void {
    if (text === null || text === '') return;
    block.isTold = true;
    emit({ type: 'reasoning-delta', text });
  }

  #endBlock(emit: Emit): void {
    const block = this.#block;
    this.#block = null;
    if (block?.kind === 'thought') {
      const providerData = this.#stateOf(block);
      // A thought that is kept from us is one all the same: its state must go back.
      if (!block.isTold && providerData !== null) emit({ type: 'reasoning-delta', text: '' });
      if (block.isTold || providerData !== null) emit({ type: 'reasoning-end', ...(providerData && { providerData }) });
    } else if (block?.kind === 'call') {
      const { toolCallId, input, hasPieces } = block;
      if (!hasPieces) emit({ type: 'tool-call-delta', toolCallId, argumentsText: JSON.stringify(input) });
      emit({ type: 'tool-call-end', toolCallId });
    }
  }

  /** The newest models take a thought back only if they had it: whose it is stands beside it. */
  #stateOf({ signature, redacted }: OpenBlock & { kind: 'thought' }): JsonObject | null {
    const model = this.#model !== null && { model: this.#model };
    if (redacted !== null) return { type: 'redacted_thinking', data: redacted, ...model };
    return signature === '' ? null : { type: 'thinking', signature, ...model };
  }

  /** The figures add up as the answer grows; a figure that is told again stands over the one before. */
  #note(usage: JsonObject | null, emit: Emit): void {
    if (usage === null) return;
    const told = Object.entries(usage).filter(([, figure]) => figure !== null);
    this.#counts = { ...this.#counts, ...Object.fromEntries(told) };
    this.#usage = usageOf(this.#counts);
    emit({ type: 'usage-told', usage: this.#usage });
  }

  #stop(delta: JsonObject): void {
    this.#stopReason = stringAt(delta, 'stop_reason') ?? this.#stopReason;
    const sequence = stringAt(delta, 'stop_sequence');
    if (sequence !== null) this.#metadata['stop_sequence'] = sequence;
    const category = stringAt(objectAt(delta, 'stop_details') ?? undefined, 'category');
    if (category !== null) this.#metadata['refusal_category'] = category;
  }

  #finish(emit: Emit): void {
    if (!this.#started) throw badReply('ended an answer that it had not begun');
    this.#endBlock(emit);
    this.#ended = true;
    const raw = this.#stopReason;
    if (raw === null) this.#metadata['missing_finish_reason'] = 1;
    emit({
      type: 'answer-end',
      finishReason: FINISH_REASONS.get(raw ?? '') ?? 'other',
      finishReasonRaw: raw,
      usage: this.#usage,
      providerMetadata: this.#metadata,
    });
  }
}

function parsed(data: string): JsonObject {
  let body: Json;
  try {
    body = JSON.parse(data);
  } catch {
    throw badReply('sent an event that is no JSON');
  }
  if (isObject(body)) return body;
  throw badReply('sent an event that is no object');
}

/** Theirs is the part of the prompt that the cache had nothing to do with; ours is the whole prompt. */
function usageOf(counts: JsonObject): Usage {
  const uncached = tokensAt(counts, 'input_tokens');
  const cacheReadTokens = tokensAt(counts, 'cache_read_input_tokens');
  const cacheWriteTokens = tokensAt(counts, 'cache_creation_input_tokens');
  const cached = [cacheReadTokens, cacheWriteTokens].filter((tokens) => tokens !== null);
  return {
    inputTokens: uncached === null ? null : cached.reduce((sum, tokens) => sum + tokens, uncached),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: tokensAt(counts, 'output_tokens'),
    reasoningTokens: tokensAt(objectAt(counts, 'output_tokens_details'), 'thinking_tokens'),
  };
}

function badReply(what: string): LLMError {
  return llmError('provider_bad_reply', `Anthropic ${what}`);
}
