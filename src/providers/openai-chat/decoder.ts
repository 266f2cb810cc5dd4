// Reads answers of the Chat Completions dialect. A whole answer is a stream of one chunk whose delta is the whole message, so both
// take the same way and cannot differ. Called for every chunk of every stream: it allocates the event and little else.

import { type LLMError, llmError } from '../../core/errors.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { Emit, Frame, StreamDecoder } from '../../core/provider.ts';
import type { FinishReason, Usage } from '../../core/response.ts';
import { errorInSuccess } from '../errors.ts';
import { CALLS_MOST, CallIds, eventIn, isSameUsage, pick, textAt } from '../reading.ts';
import { ReasoningState } from '../reasoning-state.ts';
import type { ChatDialect } from './dialect.ts';
import { chatUsage, usageIn } from './usage.ts';

const FINISH_REASONS: ReadonlyMap<string, FinishReason | 'failed'> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['content_filter', 'content_filter'],
  ['error', 'failed'],
]);

interface Call {
  readonly index: number | null;
  /** Null as long as the vendor gave none. */
  vendorId: string | null;
  /** The vendor's, where it gave one that no other call of the answer has. */
  readonly toolCallId: string;
}

export class ChatDecoder implements StreamDecoder {
  readonly #dialect: ChatDialect;
  /** All stay open until the end: a vendor may go on with any of them. */
  readonly #calls: Call[] = [];
  readonly #callIds = new CallIds();
  readonly #reasoningState = new ReasoningState();
  readonly #metadata: Record<string, string | number> = {};
  #usage: Usage | null = null;
  #usageTold: Usage | null = null;
  #finishReason: string | null = null;
  #started = false;
  #choiceSeen = false;
  #refused = false;
  #ended = false;
  #reasoning = false;

  constructor(dialect: ChatDialect) {
    this.#dialect = dialect;
  }

  frame({ event, data }: Frame, emit: Emit): void {
    if (this.#ended || data === '') return;
    if (data.startsWith('[DONE]')) {
      this.#finish(emit);
      return;
    }
    const chunk = eventIn(data, this.#dialect.vendor);
    this.#take(chunk, 'delta', emit);
    // Groq names its errors so, and puts an `error` into each; one without is an error all the same.
    if (event === 'error') throw this.#badReply('sent an error that says nothing');
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    if (this.#finishReason === null) {
      throw llmError('stream_broken', `${this.#dialect.vendor}'s stream stopped before its answer was whole`);
    }
    // Its own finish reason came and HTTP ended as it should: whole, but worth a note, since this vendor marks its ends.
    this.#metadata['missing_terminal'] = 1;
    this.#finish(emit);
  }

  /** A whole answer, from its first event to its last. */
  whole(body: JsonObject, emit: Emit): void {
    this.#take(body, 'message', emit);
    this.#finish(emit);
  }

  #take(chunk: JsonObject, contentKey: 'delta' | 'message', emit: Emit): void {
    const { extension: extensionKey, vendor } = this.#dialect;
    const extension = extensionKey === null ? null : objectAt(chunk, extensionKey);
    const error = errorInSuccess(vendor, chunk) ?? (extension && errorInSuccess(vendor, extension));
    if (error !== null) throw error;
    const choice = firstChoice(chunk);
    if (!this.#started) this.#start(chunk, choice !== null, emit);
    this.#note(chunk, extension);
    if (this.#started) this.#tellUsage(emit);
    if (choice === null) return;
    this.#choiceSeen = true;
    const content = objectAt(choice, contentKey);
    if (content !== null) this.#content(content, contentKey === 'message', emit);
    const finishReason = stringAt(choice, 'finish_reason');
    if (finishReason === null) return;
    if (this.#meaningOf(finishReason) === 'failed') throw this.#badReply('gave up in the middle of its answer');
    this.#finishReason = finishReason;
  }

  /** Azure's first chunk tells only what its filter thinks of the prompt, with an empty id. */
  #start(chunk: JsonObject, hasChoice: boolean, emit: Emit): void {
    const id = textAt(chunk, 'id');
    if (id === null && !hasChoice) return;
    this.#started = true;
    emit({ type: 'answer-start', id, model: textAt(chunk, 'model') });
    pick(chunk, this.#dialect.metadata.body, this.#metadata);
  }

  /** Figures come on the finish chunk, on one of their own, or on both: the last ones count. */
  #note(chunk: JsonObject, extension: JsonObject | null): void {
    if (extension === null && !isObject(chunk['usage'])) return;
    const { metadata } = this.#dialect;
    const usage = usageIn(chunk, extension);
    if (usage !== null) {
      this.#usage = chatUsage(usage, this.#dialect);
      pick(usage, metadata.usage, this.#metadata);
      pick(chunk, metadata.body, this.#metadata);
    }
    if (extension !== null) pick(extension, metadata.extension, this.#metadata, `${this.#dialect.extension}_`);
  }

  /** Some vendors repeat their figures on every chunk: only a change is told. */
  #tellUsage(emit: Emit): void {
    const usage = this.#usage;
    if (usage === null || usage === this.#usageTold || isSameUsage(usage, this.#usageTold)) return;
    this.#usageTold = usage;
    emit({ type: 'usage-told', usage });
  }

  #content(content: JsonObject, isWhole: boolean, emit: Emit): void {
    const reasoning = textAt(content, 'reasoning') ?? textAt(content, 'reasoning_content');
    if (reasoning !== null) this.#thought(reasoning, emit);
    const { reasoningStateField } = this.#dialect;
    if (reasoningStateField !== undefined) this.#reasoningState.add(arrayAt(content, reasoningStateField) ?? []);
    const text = content['content'];
    if (typeof text === 'string') this.#text(text, emit);
    else if (Array.isArray(text) && this.#dialect.contentLists === true) this.#list(text, emit);
    else if (text !== null && text !== undefined) throw this.#badReply('sent content that is no text');
    // OpenAI: what the model says in the place of an answer that it will not give. The caller gets it as text and as the reason.
    const refusal = textAt(content, 'refusal');
    if (refusal !== null) {
      this.#refused = true;
      this.#text(refusal, emit);
    }
    const calls = arrayAt(content, 'tool_calls');
    calls?.forEach((call, position) => {
      this.#toolCall(call, isWhole ? position : numberAt(call, 'index'), emit);
    });
  }

  /** Mistral's: `{type: "text", text}` and `{type: "thinking", thinking: [{type: "text", text}]}`; references carry no text. */
  #list(parts: readonly Json[], emit: Emit): void {
    for (const part of parts) {
      const type = stringAt(part, 'type');
      if (type === 'text') this.#text(stringAt(part, 'text') ?? '', emit);
      else if (type === 'thinking')
        for (const piece of arrayAt(part, 'thinking') ?? []) this.#thought(stringAt(piece, 'text') ?? '', emit);
      else if (type !== 'reference') throw this.#badReply('sent content that is neither text nor thinking');
    }
  }

  #thought(text: string, emit: Emit): void {
    if (text === '') return;
    this.#reasoning = true;
    emit({ type: 'reasoning-delta', text });
  }

  #text(text: string, emit: Emit): void {
    if (text === '') return;
    this.#endReasoning(emit);
    emit({ type: 'text-delta', text });
  }

  #toolCall(delta: Json, index: number | null, emit: Emit): void {
    this.#endReasoning(emit);
    const called = objectAt(delta, 'function') ?? {};
    const vendorId = textAt(delta, 'id');
    const name = textAt(called, 'name');
    let call = this.#callOf(index, vendorId, name);
    if (call === null) {
      if (this.#calls.length >= CALLS_MOST) throw this.#badReply(`called more than ${CALLS_MOST} tools`);
      call = { index, vendorId, toolCallId: this.#callIds.take(vendorId) };
      this.#calls.push(call);
      emit({ type: 'tool-call-start', toolCallId: call.toolCallId, name: name ?? '' });
    }
    call.vendorId ??= vendorId;
    const argumentsText = argumentsOf(called);
    if (argumentsText !== '') emit({ type: 'tool-call-delta', toolCallId: call.toolCallId, argumentsText });
  }

  /**
   * The call that a delta goes on with; null: it begins another. Usually the index says so. Servers are known that number every
   * call 0 (a new id is then a new call), and that send whole calls without index or id (a name then begins one).
   */
  #callOf(index: number | null, vendorId: string | null, name: string | null): Call | null {
    if (index === null && vendorId === null && name !== null) return null;
    const call = this.#calls.findLast(
      (known) =>
        (index === null || known.index === index) &&
        (vendorId === null || known.vendorId === null || known.vendorId === vendorId),
    );
    return call ?? null;
  }

  #endReasoning(emit: Emit): void {
    if (this.#reasoning) emit({ type: 'reasoning-end' });
    this.#reasoning = false;
  }

  /** Once, at the end: it is the state of all that was thought, and goes back beside all that was said. */
  #tellState(emit: Emit): void {
    const state = this.#reasoningState.whole();
    const { id, reasoningStateField } = this.#dialect;
    if (state === null || reasoningStateField === undefined) return;
    if (!this.#reasoning) emit({ type: 'reasoning-delta', text: '' });
    emit({ type: 'reasoning-end', providerData: { [id]: { [reasoningStateField]: state } } });
    this.#reasoning = false;
  }

  #finish(emit: Emit): void {
    if (!this.#choiceSeen) throw this.#badReply('sent an answer without content');
    this.#tellState(emit);
    this.#endReasoning(emit);
    for (const { toolCallId } of this.#calls) emit({ type: 'tool-call-end', toolCallId });
    this.#ended = true;
    const raw = this.#finishReason;
    if (raw === null) this.#metadata['missing_finish_reason'] = 1;
    emit({
      type: 'answer-end',
      finishReason: this.#refused ? 'content_filter' : this.#endOf(raw),
      finishReasonRaw: raw,
      usage: this.#usage,
      providerMetadata: this.#metadata,
    });
  }

  #meaningOf(finishReason: string): FinishReason | 'failed' | undefined {
    return this.#dialect.finishReasons?.[finishReason] ?? FINISH_REASONS.get(finishReason);
  }

  #endOf(finishReason: string | null): FinishReason {
    const meaning = finishReason === null ? undefined : this.#meaningOf(finishReason);
    return meaning === undefined || meaning === 'failed' ? 'other' : meaning;
  }

  #badReply(what: string): LLMError {
    return llmError('provider_bad_reply', `${this.#dialect.vendor} ${what}`);
  }
}

/** We ask for one answer; of several only the first is read. */
function firstChoice(chunk: JsonObject): Json | null {
  const choices = arrayAt(chunk, 'choices');
  return choices?.find((choice) => (numberAt(choice, 'index') ?? 0) === 0) ?? null;
}

function argumentsOf(called: JsonObject): string {
  const written = called['arguments'];
  if (typeof written === 'string') return written;
  return isObject(written) ? JSON.stringify(written) : '';
}
