// Reads answers of the Responses dialect. What an item says at its end counts for what was not told piece by piece, so a whole
// answer is a stream in which every item has only its end, and both take the same way. There is no marker after the last event:
// `response.completed`, `.incomplete` or `.failed` is the end, and bytes that stop before it are no answer.

import { type LLMError, llmError } from '../../core/errors.ts';
import type { ContentEvent } from '../../core/events.ts';
import { arrayAt, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { Emit, Frame, StreamDecoder } from '../../core/provider.ts';
import type { FinishReason, Usage } from '../../core/response.ts';
import { errorInStream, errorInSuccess } from '../errors.ts';
import { CALLS_MOST, CallIds, eventIn, pick, textAt, tokensAt } from '../reading.ts';
import type { ResponsesDialect } from './dialect.ts';
import { piecesOf, responsesUsage } from './reading.ts';

const INCOMPLETE: ReadonlyMap<string, FinishReason> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content_filter'],
]);

interface Item {
  /** Of a tool call; null: it is none, or has not begun. */
  toolCallId: string | null;
  callIsOpen: boolean;
  /** How much of each of its pieces was told bit by bit, in characters. */
  readonly told: Map<string, number>;
  /** The piece that was told last. */
  piece: string | null;
}

export class ResponsesDecoder implements StreamDecoder {
  readonly #dialect: ResponsesDialect;
  readonly #items = new Map<string, Item>();
  readonly #callIds = new CallIds();
  readonly #metadata: Record<string, string | number> = {};
  #usage: Usage | null = null;
  #started = false;
  #called = false;
  #refused = false;
  #ended = false;
  /** The item whose reasoning is open. */
  #reasoning: Item | null = null;

  constructor(dialect: ResponsesDialect) {
    this.#dialect = dialect;
  }

  frame({ data }: Frame, emit: Emit): void {
    // OpenRouter ends its streams with [DONE] all the same.
    if (this.#ended || data === '' || data.startsWith('[DONE]')) return;
    this.#event(eventIn(data, this.#dialect.vendor), emit);
  }

  end(): void {
    if (this.#ended) return;
    throw llmError('stream_broken', `${this.#dialect.vendor}'s stream stopped before its answer was whole`);
  }

  /** A whole answer, from its first event to its last. */
  whole(body: JsonObject, emit: Emit): void {
    const error = errorInSuccess(this.#dialect.vendor, body);
    if (error !== null) throw error;
    if (arrayAt(body, 'output') === null) throw this.#badReply('sent an answer without content');
    this.#end(body, emit);
  }

  /** Events are told apart by what they say, since OpenRouter leaves out their names. Those that are not known say nothing to us. */
  #event(event: JsonObject, emit: Emit): void {
    switch (stringAt(event, 'type')) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(objectAt(event, 'response'), emit);
        break;
      case 'response.output_item.added':
        this.#itemBegins(this.#itemOf(event), event['item'] ?? null, emit);
        break;
      case 'response.output_text.delta':
        this.#text(event, 'output_text', emit);
        break;
      case 'response.refusal.delta':
        this.#text(event, 'refusal', emit);
        break;
      case 'response.reasoning_text.delta':
        this.#thought(event, 'reasoning_text', numberAt(event, 'content_index'), emit);
        break;
      case 'response.reasoning_summary_text.delta':
        this.#thought(event, 'summary_text', numberAt(event, 'summary_index'), emit);
        break;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.#argumentsOf(this.#itemOf(event), stringAt(event, 'delta') ?? '', emit);
        break;
      case 'response.output_item.done':
        this.#itemEnds(this.#itemOf(event), event['item'] ?? null, emit);
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#end(objectAt(event, 'response') ?? {}, emit);
        break;
      case 'error':
        throw this.#errorOf(objectAt(event, 'error') ?? event);
      case null: {
        const error = errorInSuccess(this.#dialect.vendor, event);
        if (error !== null) throw error;
      }
    }
  }

  #start(response: JsonObject | null, emit: Emit): void {
    if (this.#started) return;
    this.#started = true;
    emit({ type: 'answer-start', id: textAt(response, 'id'), model: textAt(response, 'model') });
  }

  /** By its place, which is told with every event; some servers give an item another id with each. */
  #itemOf(event: JsonObject): Item {
    return this.#itemAt(String(numberAt(event, 'output_index') ?? stringAt(event, 'item_id')));
  }

  #itemAt(key: string): Item {
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    if (this.#items.size >= CALLS_MOST) throw this.#badReply(`sent more than ${CALLS_MOST} items`);
    const item: Item = { toolCallId: null, callIsOpen: false, told: new Map(), piece: null };
    this.#items.set(key, item);
    return item;
  }

  #itemBegins(item: Item, content: Json, emit: Emit): void {
    const type = stringAt(content, 'type');
    if (type !== 'function_call' && type !== 'custom_tool_call') return;
    if (item.toolCallId !== null) return;
    this.#endReasoning(emit);
    this.#called = true;
    item.toolCallId = this.#callIds.take(textAt(content, 'call_id'));
    item.callIsOpen = true;
    this.#tell({ type: 'tool-call-start', toolCallId: item.toolCallId, name: stringAt(content, 'name') ?? '' }, emit);
  }

  #text(event: JsonObject, kind: 'output_text' | 'refusal', emit: Emit): void {
    const text = stringAt(event, 'delta') ?? '';
    note(this.#itemOf(event), `${kind}:${numberAt(event, 'content_index') ?? 0}`, text);
    this.#say(kind, text, emit);
  }

  /** A refusal is what the model says in the place of an answer: the caller gets it as text and as the reason. */
  #say(kind: string, text: string, emit: Emit): void {
    if (kind === 'refusal') this.#refused = true;
    if (text === '') return;
    this.#endReasoning(emit);
    this.#tell({ type: 'text-delta', text }, emit);
  }

  #thought(event: JsonObject, kind: string, index: number | null, emit: Emit): void {
    this.#think(this.#itemOf(event), `${kind}:${index ?? 0}`, stringAt(event, 'delta') ?? '', emit);
  }

  /** The pieces of one item's reasoning are paragraphs. */
  #think(item: Item, piece: string, text: string, emit: Emit): void {
    if (text === '') return;
    if (this.#reasoning !== item) this.#endReasoning(emit);
    const isNext = item.piece !== null && item.piece !== piece;
    item.piece = piece;
    note(item, piece, text);
    this.#reasoning = item;
    this.#tell({ type: 'reasoning-delta', text: isNext ? `\n\n${text}` : text }, emit);
  }

  #argumentsOf(item: Item, argumentsText: string, emit: Emit): void {
    const { toolCallId } = item;
    if (toolCallId === null || !item.callIsOpen) throw this.#badReply('sent arguments of a tool call that is not open');
    if (argumentsText === '') return;
    note(item, 'arguments', argumentsText);
    this.#endReasoning(emit);
    emit({ type: 'tool-call-delta', toolCallId, argumentsText });
  }

  /** Its last word: what of it was not told bit by bit is told now. */
  #itemEnds(item: Item, content: Json, emit: Emit): void {
    switch (stringAt(content, 'type')) {
      case 'message':
        for (const { kind, name, text } of piecesOf(content, 'content'))
          this.#say(kind, untold(item, name, text), emit);
        break;
      case 'reasoning':
        for (const { name, text } of [...piecesOf(content, 'summary'), ...piecesOf(content, 'content')])
          this.#think(item, name, untold(item, name, text), emit);
        this.#reasoningEnds(item, content, emit);
        break;
      case 'function_call':
      case 'custom_tool_call':
        this.#callEnds(item, content, emit);
        break;
    }
  }

  /** Without text and without state there was nothing to tell of. */
  #reasoningEnds(item: Item, content: Json, emit: Emit): void {
    const hasState = textAt(content, 'encrypted_content') !== null || (arrayAt(content, 'content') ?? []).length > 0;
    if (!hasState) {
      if (this.#reasoning === item) this.#endReasoning(emit);
      return;
    }
    if (this.#reasoning !== item) {
      this.#endReasoning(emit);
      this.#tell({ type: 'reasoning-delta', text: '' }, emit);
    }
    this.#reasoning = null;
    this.#tell({ type: 'reasoning-end', providerData: { [this.#dialect.id]: content } }, emit);
  }

  #callEnds(item: Item, content: Json, emit: Emit): void {
    this.#itemBegins(item, content, emit);
    const { toolCallId } = item;
    if (toolCallId === null || !item.callIsOpen) return;
    const isCustom = stringAt(content, 'type') === 'custom_tool_call';
    const argumentsText = stringAt(content, isCustom ? 'input' : 'arguments') ?? '';
    this.#argumentsOf(item, untold(item, 'arguments', argumentsText), emit);
    // What a custom call was given is no JSON: it can go back only as what it was.
    const state = isCustom ? { providerData: { [this.#dialect.id]: content } } : {};
    this.#endReasoning(emit);
    emit({ type: 'tool-call-end', toolCallId, ...state });
    item.callIsOpen = false;
  }

  #endReasoning(emit: Emit): void {
    if (this.#reasoning !== null) emit({ type: 'reasoning-end' });
    this.#reasoning = null;
  }

  #end(response: JsonObject, emit: Emit): void {
    this.#start(response, emit);
    this.#tellUsage(response, emit);
    const status = stringAt(response, 'status') ?? 'completed';
    if (status === 'failed') throw this.#errorOf(objectAt(response, 'error') ?? {});
    if (status !== 'completed' && status !== 'incomplete') throw this.#badReply('ended an answer that is not whole');
    // Only where no item was told by events: their places in this list need not be those in the stream.
    if (this.#items.size === 0)
      for (const [place, item] of (arrayAt(response, 'output') ?? []).entries())
        this.#itemEnds(this.#itemAt(String(place)), item, emit);
    this.#endReasoning(emit);
    for (const { toolCallId, callIsOpen } of this.#items.values())
      if (toolCallId !== null && callIsOpen) emit({ type: 'tool-call-end', toolCallId });
    this.#ended = true;
    const reason = status === 'completed' ? null : (stringAt(objectAt(response, 'incomplete_details'), 'reason') ?? '');
    emit({
      type: 'answer-end',
      finishReason: this.#finishReason(reason),
      finishReasonRaw: reason === null || reason === '' ? status : reason,
      usage: this.#usage,
      providerMetadata: this.#metadata,
    });
  }
  #finishReason(incomplete: string | null): FinishReason {
    if (this.#refused) return 'content_filter';
    if (incomplete !== null) return INCOMPLETE.get(incomplete) ?? 'other';
    return this.#called ? 'tool_calls' : 'stop';
  }

  #tellUsage(response: JsonObject, emit: Emit): void {
    const { metadata } = this.#dialect;
    pick(response, metadata.body, this.#metadata);
    const usage = objectAt(response, 'usage');
    if (usage === null || tokensAt(usage, 'input_tokens') === null) return;
    pick(usage, metadata.usage, this.#metadata);
    this.#usage = responsesUsage(usage);
    emit({ type: 'usage-told', usage: this.#usage });
  }

  /** Content, of which nothing may come before the beginning of the answer. */
  #tell(event: ContentEvent, emit: Emit): void {
    this.#start(null, emit);
    emit(event);
  }

  /** `type` is that of the event where there is no error of its own in it. */
  #errorOf(error: JsonObject): LLMError {
    return errorInStream(this.#dialect.vendor, stringAt(error, 'type') === 'error' ? { ...error, type: null } : error);
  }

  #badReply(what: string): LLMError {
    return llmError('provider_bad_reply', `${this.#dialect.vendor} ${what}`);
  }
}

function note(item: Item, piece: string, text: string): void {
  item.told.set(piece, (item.told.get(piece) ?? 0) + text.length);
}

/** What is left of a piece once its end has told all of it: usually nothing, everything where nothing came bit by bit. */
function untold(item: Item, piece: string, text: string): string {
  return text.slice(item.told.get(piece) ?? 0);
}
