// Reads Gemini's answers. A chunk of a stream and a whole answer are the same object, so both take the same way and cannot differ. There
// is no marker at the end of a stream: it is whole when a finish reason came, or a word that the prompt was blocked, and the bytes ended.

import { type LLMError, llmError } from '../../core/errors.ts';
import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  numberAt,
  objectAt,
  parsedJson,
  stringAt,
} from '../../core/json.ts';
import type { Emit, Frame, StreamDecoder } from '../../core/provider.ts';
import type { FinishReason, Usage } from '../../core/response.ts';
import { isSameUsage, pick, textAt, tokensAt } from '../reading.ts';
import { signatureData } from './contents.ts';
import { geminiErrorIn } from './errors.ts';

/** STOP ends an answer that calls tools too. What stands in no line is `other`. */
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // Generation 4: more could be had by asking again with a token, each time billed anew; the bound of a request is one request's.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
]);

/** The model wrote what Google's own parser refused, and the answer is withheld. */
const REJECTED: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
]);

/** What a part may hold beside its one content; alone it is no content. */
const BESIDE_CONTENT: ReadonlySet<string> = new Set(['thought', 'thoughtSignature', 'partMetadata']);

export class GeminiDecoder implements StreamDecoder {
  readonly #metadata: Record<string, string | number> = {};
  readonly #callIds = new Set<string>();
  #id: string | null = null;
  #started = false;
  #usage: Usage | null = null;
  #usageTold: Usage | null = null;
  #finishReason: string | null = null;
  /** Why the prompt was refused: there is no candidate then, and what came all the same is not shown. */
  #blockReason: string | null = null;
  /** Some part came, if only one without text: the model has said what it had to say. */
  #partSeen = false;
  #reasoning = false;
  #ended = false;

  frame({ data }: Frame, emit: Emit): void {
    if (this.#ended || data === '') return;
    const chunk = parsedJson(data);
    const error = geminiErrorIn(chunk);
    if (error !== null) throw error;
    if (!isObject(chunk)) throw badReply('sent an event that is no JSON object');
    this.#take(chunk, emit);
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    if (this.#finishReason === null && this.#blockReason === null) {
      throw llmError('stream_broken', "Gemini's stream stopped before its answer was whole");
    }
    this.#finish(emit);
  }

  /** A whole answer, from its first event to its last. */
  whole(body: JsonObject, emit: Emit): void {
    const error = geminiErrorIn(body);
    if (error !== null) throw error;
    this.#take(body, emit);
    this.#finish(emit);
  }

  #take(chunk: JsonObject, emit: Emit): void {
    this.#start(chunk, emit);
    this.#note(chunk);
    const candidate = this.#blockedBy(chunk) ? null : firstCandidate(chunk);
    for (const part of arrayAt(objectAt(candidate, 'content'), 'parts') ?? []) this.#part(part, emit);
    this.#finishReason = textAt(candidate, 'finishReason') ?? this.#finishReason;
    const raw = this.#blockReason ?? this.#finishReason;
    if (raw === null) return;
    this.#tellUsage(emit);
    if (!REJECTED.has(raw)) return;
    const message = `The model wrote what Gemini could not read (${raw}), and the answer was withheld`;
    throw llmError('provider_rejected_answer', message, { providerCode: raw });
  }

  #blockedBy(chunk: JsonObject): boolean {
    const blockReason = textAt(objectAt(chunk, 'promptFeedback'), 'blockReason');
    if (blockReason !== null && !blockReason.endsWith('_UNSPECIFIED')) this.#blockReason ??= blockReason;
    return this.#blockReason !== null;
  }

  #start(chunk: JsonObject, emit: Emit): void {
    if (this.#started) return;
    this.#started = true;
    this.#id = textAt(chunk, 'responseId');
    emit({ type: 'answer-start', id: this.#id, model: textAt(chunk, 'modelVersion') });
  }

  /** The last figures count; some chunks have none. */
  #note(chunk: JsonObject): void {
    const told = objectAt(chunk, 'usageMetadata');
    if (told === null) return;
    pick(told, ['serviceTier', 'trafficType'], this.#metadata);
    this.#usage = usageOf(told) ?? this.#usage;
  }

  /**
   * Each chunk has the figures so far, in which thoughts may be missing that are billed. An answer that breaks off must not be charged by
   * those: they are told from the finish reason on.
   */
  #tellUsage(emit: Emit): void {
    const usage = this.#usage;
    if (usage === null || isSameUsage(usage, this.#usageTold)) return;
    this.#usageTold = usage;
    emit({ type: 'usage-told', usage });
  }

  #part(part: Json, emit: Emit): void {
    this.#partSeen = true;
    const call = objectAt(part, 'functionCall');
    const text = stringAt(part, 'text');
    const signature = textAt(part, 'thoughtSignature');
    if (call !== null) this.#functionCall(call, signature, emit);
    else if (!isObject(part) || (text === null && !Object.keys(part).every((key) => BESIDE_CONTENT.has(key)))) {
      // A picture, speech, code that was run: without it the answer would be a short one.
      throw badReply('sent a part of an answer that is no text and no tool call');
    } else if (part['thought'] === true) this.#thought(text ?? '', signature, emit);
    else this.#text(text ?? '', signature, emit);
  }

  #thought(text: string, signature: string | null, emit: Emit): void {
    if (text === '' && signature === null) return;
    this.#reasoning = true;
    emit({ type: 'reasoning-delta', text });
    if (signature !== null) this.#endReasoning(emit, signature);
  }

  /**
   * Text has no place for a signature, so it follows in a part of its own, of reasoning without text. A stream sends it alone too, on a
   * last part without text.
   */
  #text(text: string, signature: string | null, emit: Emit): void {
    if (text !== '') {
      this.#endReasoning(emit);
      emit({ type: 'text-delta', text });
    }
    if (signature === null) return;
    this.#endReasoning(emit);
    this.#thought('', signature, emit);
  }

  /** Calls come whole; in pieces only where that is asked for, which we never do. */
  #functionCall(call: JsonObject, signature: string | null, emit: Emit): void {
    const name = textAt(call, 'name');
    if (name === null || call['willContinue'] === true || call['partialArgs'] !== undefined) {
      throw badReply('sent a tool call in pieces, or without a name');
    }
    this.#endReasoning(emit);
    const toolCallId = this.#newCallId(textAt(call, 'id'));
    const state = signature === null ? {} : { providerData: signatureData(signature) };
    emit({ type: 'tool-call-start', toolCallId, name, ...state });
    emit({ type: 'tool-call-delta', toolCallId, argumentsText: argumentsTextOf(call) });
    emit({ type: 'tool-call-end', toolCallId, ...state });
  }

  /** Older models give none. One of ours holds the answer's id, so that no two calls of a conversation have the same. */
  #newCallId(vendorId: string | null): string {
    const position = this.#callIds.size;
    let id = vendorId ?? `call_${this.#id === null ? '' : `${this.#id}_`}${position}`;
    while (this.#callIds.has(id)) id += `_${position}`;
    this.#callIds.add(id);
    return id;
  }

  #endReasoning(emit: Emit, signature: string | null = null): void {
    if (!this.#reasoning) return;
    this.#reasoning = false;
    emit({ type: 'reasoning-end', ...(signature !== null && { providerData: signatureData(signature) }) });
  }

  #finish(emit: Emit): void {
    const raw = this.#blockReason ?? this.#finishReason;
    const finishReason = this.#blockReason === null ? this.#meantBy(raw) : 'content_filter';
    // Cut and filtered answers may be empty. An empty one that claims to be whole is none.
    if (!this.#partSeen && finishReason !== 'length' && finishReason !== 'content_filter') {
      throw badReply('sent an answer without content');
    }
    this.#endReasoning(emit);
    this.#ended = true;
    if (raw === null) this.#metadata['missing_finish_reason'] = 1;
    const usage = this.#usage;
    emit({ type: 'answer-end', finishReason, finishReasonRaw: raw, usage, providerMetadata: this.#metadata });
  }

  #meantBy(raw: string | null): FinishReason {
    const meant = FINISH_REASONS.get(raw ?? '') ?? 'other';
    return meant === 'stop' && this.#callIds.size > 0 ? 'tool_calls' : meant;
  }
}

/** We ask for one answer; of several only the first is read. An index of 0 is left out by some of Google's servers. */
function firstCandidate(chunk: JsonObject): Json | null {
  const candidates = arrayAt(chunk, 'candidates');
  return candidates?.find((candidate) => (numberAt(candidate, 'index') ?? 0) === 0) ?? null;
}

/** JSON deep enough can be parsed but not written again. */
function argumentsTextOf(call: JsonObject): string {
  try {
    return JSON.stringify(call['args'] ?? {});
  } catch {
    throw badReply('sent the arguments of a tool call nested too deeply');
  }
}

/**
 * Thoughts are not among the candidates' tokens, and are billed as output; prompts of the server's own tools are not among the prompt's.
 * A count of 0 is left out on this wire: what is left out is 0 where the total says so, and not told where it doesn't.
 */
function usageOf(told: JsonObject): Usage | null {
  const promptTokens = tokensAt(told, 'promptTokenCount');
  const inputTokens = promptTokens === null ? null : sumOf(promptTokens, tokensAt(told, 'toolUsePromptTokenCount'));
  const reasoningTokens = tokensAt(told, 'thoughtsTokenCount');
  const total = tokensAt(told, 'totalTokenCount');
  const rest = total === null || inputTokens === null || total < inputTokens ? null : total - inputTokens;
  const outputTokens = sumOf(tokensAt(told, 'candidatesTokenCount'), reasoningTokens) ?? rest;
  if (inputTokens === null && outputTokens === null) return null;
  const cacheReadTokens = tokensAt(told, 'cachedContentTokenCount');
  return { inputTokens, cacheReadTokens, cacheWriteTokens: null, outputTokens, reasoningTokens };
}

function sumOf(count: number | null, more: number | null): number | null {
  return count === null ? more : count + (more ?? 0);
}

function badReply(what: string): LLMError {
  return llmError('provider_bad_reply', `Gemini ${what}`);
}
