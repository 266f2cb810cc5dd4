// The parts of a stream of the AI SDK, as our events. Blocks that lie side by side there follow one another here; what a model sends
// that has no place here (files, sources, tools that the provider ran itself) is left out with a warning, once for each kind.

import { llmError } from '../../core/errors.ts';
import { arrayAt, isObject, type JsonObject, parsedJson, stringAt } from '../../core/json.ts';
import { ANSWER_BYTES_MOST, type Emit } from '../../core/provider.ts';
import type { Usage } from '../../core/response.ts';
import { CALLS_MOST } from '../reading.ts';
import { toldFailure } from './failures.ts';
import { type Finish, finishOf, toldBeside, usageOf } from './finish.ts';
import type { SpecVersion } from './model.ts';
import { partSize } from './part-size.ts';
import { ReasoningBlocks } from './reasoning-blocks.ts';
import { stateData } from './state.ts';
import { type Warn, warnOfOptions } from './warnings.ts';

interface OpenCall {
  readonly name: string;
  /** Its pieces are text, and only the call itself has them as JSON. */
  readonly isHeldBack: boolean;
  told: string;
}

/** As much as one event of a stream over HTTP. */
const PART_MOST = 1_048_576;

const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['file', 'a file'],
  ['reasoning-file', 'a file'],
  ['source', 'sources'],
  ['custom', 'a part of its own kind'],
  ['tool-result', 'a tool that it ran itself, with its result'],
  ['tool-approval-request', 'a tool that it wants leave to run itself'],
]);
const ITS_OWN_TOOL = 'tool-result';

export class PartDecoder {
  readonly #provider: string;
  readonly #version: SpecVersion;
  readonly #emit: Emit;
  readonly #warn: Warn;
  readonly #reasoning: ReasoningBlocks;
  readonly #calls = new Map<string, OpenCall>();
  readonly #callIds = new Set<string>();
  readonly #texts = new Map<string, JsonObject>();
  readonly #leftOut = new Set<string>();
  #started = false;
  #size = 0;
  #ended = false;

  constructor(provider: string, version: SpecVersion, emit: Emit, warn: Warn) {
    this.#provider = provider;
    this.#version = version;
    this.#emit = emit;
    this.#warn = warn;
    this.#reasoning = new ReasoningBlocks(provider, emit);
  }

  /** Nothing after this counts. */
  get ended(): boolean {
    return this.#ended;
  }

  part(part: unknown): void {
    if (!isObject(part)) throw this.#badReply('a part that is no object');
    const type = stringAt(part, 'type') ?? '';
    // What has no place here is not kept, so that a picture may be as large as it is.
    if (LEFT_OUT.has(type)) this.#leaveOut(type);
    else if (type === 'error') throw toldFailure(this.#provider, part['error']);
    else this.#read(type, part);
  }

  /** The parts have ended. */
  end(): void {
    if (!this.#ended) throw llmError('stream_broken', `The stream of ${this.#provider} ended without its end`);
  }

  #read(type: string, part: JsonObject): void {
    this.#count(part);
    const id = stringAt(part, 'id') ?? '';
    switch (type) {
      case 'stream-start':
        warnOfOptions(this.#provider, arrayAt(part, 'warnings') ?? [], this.#warn);
        break;
      case 'response-metadata':
        this.#start(stringAt(part, 'id'), stringAt(part, 'modelId'));
        break;
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        this.#text(type, id, part);
        break;
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        this.#start();
        this.#reasoning.take(type, id, this.#textAt(part, 'delta'), this.#stateIn(part));
        break;
      case 'tool-input-start':
      case 'tool-call':
        if (part['providerExecuted'] === true) this.#leaveOut(ITS_OWN_TOOL);
        else if (type === 'tool-call') this.#call(part);
        else this.#begin(id, stringAt(part, 'toolName') ?? '', stringAt(part, 'inputEncoding') === 'text');
        break;
      case 'tool-input-delta':
        this.#callDelta(id, this.#textAt(part, 'delta'));
        break;
      case 'finish':
        this.#finish(part);
    }
  }

  #start(id: string | null = null, model: string | null = null): void {
    if (this.#started) return;
    this.#started = true;
    this.#emit({ type: 'answer-start', id, model });
  }

  /** All of it, since ids and states are kept as texts are. */
  #count(part: JsonObject): void {
    const size = partSize(part, PART_MOST);
    if (size > PART_MOST) throw this.#badReply('a part of more than 1 MiB');
    this.#size += size;
    if (this.#size > ANSWER_BYTES_MOST) throw this.#badReply('more than 8 MiB');
  }

  /** What is no text is not taken for none: the answer would be cut where nobody sees it. */
  #textAt(part: JsonObject, name: 'delta' | 'input'): string {
    const text = part[name] ?? '';
    if (typeof text !== 'string') throw this.#badReply('a piece of its answer that is no text');
    return text;
  }

  /** A copy: what is no JSON could be written down by nobody after us. */
  #stateIn(part: JsonObject): JsonObject | null {
    const metadata = part['providerMetadata'];
    if (!isObject(metadata)) return null;
    try {
      return JSON.parse(JSON.stringify(metadata));
    } catch {
      throw this.#badReply('a state that is no JSON');
    }
  }

  #text(type: string, id: string, part: JsonObject): void {
    const metadata = this.#stateIn(part);
    // As the AI SDK has it, the last word counts.
    if (metadata !== null) this.#texts.set(id, metadata);
    if (type === 'text-delta') {
      const text = this.#textAt(part, 'delta');
      if (text === '') return;
      this.#start();
      this.#reasoning.close();
      this.#emit({ type: 'text-delta', text });
      return;
    }
    const state = this.#texts.get(id);
    if (type !== 'text-end' || state === undefined) return;
    this.#texts.delete(id);
    this.#start();
    this.#reasoning.close();
    this.#emit({ type: 'reasoning-delta', text: '' });
    this.#emit({ type: 'reasoning-end', providerData: stateData(this.#provider, state, 'text') });
  }

  #begin(toolCallId: string, name: string, isHeldBack: boolean): OpenCall {
    if (toolCallId === '' || name === '' || this.#callIds.has(toolCallId) || this.#callIds.size >= CALLS_MOST)
      throw this.#badReply('a tool call without an id or a name, one for the second time, or too many');
    this.#callIds.add(toolCallId);
    const call = { name, isHeldBack, told: '' };
    this.#calls.set(toolCallId, call);
    this.#start();
    this.#reasoning.close();
    this.#emit({ type: 'tool-call-start', toolCallId, name });
    return call;
  }

  #callDelta(toolCallId: string, argumentsText: string): void {
    const call = this.#calls.get(toolCallId);
    if (call === undefined || call.isHeldBack || argumentsText === '') return;
    call.told += argumentsText;
    this.#emit({ type: 'tool-call-delta', toolCallId, argumentsText });
  }

  /** What the pieces were pieces of. Packages fill in what the vendor left out (`{}`), and some send no pieces at all. */
  #call(part: JsonObject): void {
    const toolCallId = stringAt(part, 'toolCallId') ?? '';
    const input = this.#textAt(part, 'input');
    const call = this.#calls.get(toolCallId) ?? this.#begin(toolCallId, stringAt(part, 'toolName') ?? '', false);
    if (call.told === '' && input !== '') {
      this.#emit({ type: 'tool-call-delta', toolCallId, argumentsText: input });
    } else if (call.told !== input && !isSameJson(call.told, input)) {
      throw this.#badReply('a tool call that is not what its pieces were');
    }
    this.#calls.delete(toolCallId);
    const metadata = this.#stateIn(part);
    const state = metadata === null ? {} : { providerData: stateData(this.#provider, metadata) };
    this.#emit({ type: 'tool-call-end', toolCallId, ...state });
  }

  #finish(part: JsonObject): void {
    const usage = usageOf(part['usage'], this.#version);
    const finish = finishOf(part, this.#version);
    this.#start();
    this.#reasoning.close();
    if (finish.type !== 'whole' || this.#calls.size > 0) throw this.#unfinished(finish, usage);
    this.#ended = true;
    this.#emit({
      type: 'answer-end',
      finishReason: finish.reason,
      finishReasonRaw: finish.raw,
      usage,
      providerMetadata: toldBeside(part),
    });
  }

  /** What was used is told all the same: it is charged by it. */
  #unfinished(finish: Finish, usage: Usage | null) {
    if (usage !== null) this.#emit({ type: 'usage-told', usage });
    if (finish.type === 'failed') return this.#badReply('an error where the answer should have ended');
    if (finish.type === 'whole') return this.#badReply('the end of its answer within a tool call');
    return llmError('stream_broken', `The stream of ${this.#provider} ended without a reason to end`);
  }

  #leaveOut(type: string): void {
    const what = LEFT_OUT.get(type) ?? type;
    if (this.#leftOut.has(what)) return;
    this.#leftOut.add(what);
    this.#warn({
      code: 'content_left_out',
      message: `The answer of ${this.#provider} had ${what}, which has no place here`,
    });
  }

  #badReply(what: string) {
    return llmError('provider_bad_reply', `The model of ${this.#provider} sent ${what}`);
  }
}

function isSameJson(told: string, input: string): boolean {
  const data = parsedJson(told);
  return data !== null && JSON.stringify(data) === JSON.stringify(parsedJson(input));
}
