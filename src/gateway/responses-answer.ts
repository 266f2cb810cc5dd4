// Answers as clients of OpenAI's Responses API read them, whole and event by event. Each event has a number; a stream ends in
// `response.completed`, `.incomplete` or `.failed`, and in nothing else. What the official client needs was read in its source.

import type { JsonObject, LLMError, LLMResponse, StreamEvent } from '../index.ts';
import { errorBody } from './errors.ts';
import { type OpenPart, PartOrder, type PartWriter } from './part-order.ts';
import {
  callItemOf,
  callStateItemOf,
  itemId,
  outputOf,
  reasoningItemOf,
  summaryPart,
  textItem,
  textPart,
} from './responses-items.ts';
import type { ResponsesAsked } from './responses-request.ts';
import type { ResponseStart, StreamEncoder } from './sse.ts';
import { gatewayOf } from './x-gateway.ts';

type AskedBody = ResponsesAsked['body'];

/** A response always says how it was asked. */
interface Head {
  readonly body: AskedBody;
  readonly nowMs: number;
}

export function responseAnswer(response: LLMResponse, head: Head) {
  const reason = whyIncomplete(response);
  return {
    ...headOf(response.id, response.model, head),
    status: reason === null ? 'completed' : 'incomplete',
    incomplete_details: reason === null ? null : { reason },
    output: outputOf(response.parts, response.id, reason === null),
    usage: usageOf(response),
    x_gateway: gatewayOf(response),
  };
}

function headOf(id: string, model: string, { body, nowMs }: Head) {
  return {
    id,
    object: 'response',
    created_at: Math.floor(nowMs / 1_000),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    model,
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    truncation: 'disabled',
    usage: null,
  };
}

/** Null: the answer is whole. */
function whyIncomplete({ finishReason }: LLMResponse): string | null {
  if (finishReason === 'stop' || finishReason === 'tool_calls') return null;
  return finishReason === 'length' ? 'max_output_tokens' : finishReason;
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
    input_tokens: inputTokens,
    ...(Object.keys(cached).length > 0 && { input_tokens_details: cached }),
    output_tokens: outputTokens,
    ...(reasoningTokens !== null && { output_tokens_details: { reasoning_tokens: reasoningTokens } }),
    total_tokens: tokensUsed,
  };
}

export interface ResponseStreamOptions extends Head {
  readonly generationId: string;
}

export function responseStream(options: ResponseStreamOptions): StreamEncoder {
  return new ResponseStream(options);
}

class ResponseStream implements StreamEncoder {
  readonly #options: ResponseStreamOptions;
  readonly #frames = new Frames();
  #writer: ItemWriter | null = null;
  #parts: PartOrder | null = null;
  #begun: object;

  constructor(options: ResponseStreamOptions) {
    this.#options = options;
    // What fails before anybody has begun to answer has no other id.
    this.#begun = headOf(options.generationId, options.body.model ?? '', options);
  }

  event(event: StreamEvent): string {
    return event.type === 'response-start' ? this.#start(event) : (this.#parts?.event(event) ?? '');
  }

  end(response: LLMResponse): string {
    const answer = responseAnswer(response, this.#options);
    if (this.#writer !== null) this.#writer.status = answer.status === 'completed' ? 'completed' : 'incomplete';
    const rest = this.#parts?.rest() ?? '';
    const told = { response: answer, x_gateway: answer.x_gateway };
    return `${rest}${this.#frames.frame(`response.${answer.status}`, told)}`;
  }

  /** Clients that know `response.failed` read it, and the others throw for the `error` that stands beside. */
  error(error: LLMError, requestId: string): string {
    const { generationId } = this.#options;
    const { code, message } = error;
    const response = { ...this.#begun, status: 'failed', error: { code, message } };
    const beside = errorBody(error, { requestId, dialect: 'responses', generationId });
    return this.#frames.frame('response.failed', { response, ...beside });
  }

  #start({ id, model }: ResponseStart): string {
    this.#writer = new ItemWriter(id, this.#frames);
    this.#parts = new PartOrder(this.#writer);
    this.#begun = headOf(id, model, this.#options);
    return this.#frames.frame('response.created', { response: this.#begun });
  }
}

class Frames {
  #sequence = 0;

  /** JSON text has no line end in it. */
  frame(type: string, more: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence++, ...more })}\n\n`;
  }
}

/** Thoughts are told as summaries: the official clients show nothing else of them, OpenAI having shown nothing else. */
const WORDS = {
  text: { delta: 'response.output_text', part: 'response.content_part', index: 'content_index' },
  reasoning: {
    delta: 'response.reasoning_summary_text',
    part: 'response.reasoning_summary_part',
    index: 'summary_index',
  },
  'tool-call': { delta: 'response.function_call_arguments', part: null, index: null },
} as const;

class ItemWriter implements PartWriter {
  readonly #responseId: string;
  readonly #frames: Frames;
  #index = -1;
  #text = '';
  #hasContent = false;
  /** Of what ends now: the last item of an answer that was cut is not whole. */
  status: 'completed' | 'incomplete' = 'completed';

  constructor(responseId: string, frames: Frames) {
    this.#responseId = responseId;
    this.#frames = frames;
  }

  begin(part: OpenPart): string {
    this.#index += 1;
    this.#text = '';
    this.#hasContent = false;
    const item = this.#item(part, '', 'in_progress');
    return this.#tell('response.output_item.added', { item });
  }

  piece(part: OpenPart, text: string): string {
    const { delta: word, part: partWord } = WORDS[part.type];
    const isFirst = !this.#hasContent && partWord !== null;
    const begun = isFirst ? this.#tell(`${partWord}.added`, this.#content(part, '')) : '';
    this.#hasContent = true;
    this.#text += text;
    const delta = { ...this.#place(part), delta: text, ...(part.type === 'text' && { logprobs: [] }) };
    return `${begun}${this.#tell(`${word}.delta`, delta)}`;
  }

  end(part: OpenPart, state: JsonObject | undefined): string {
    const text = this.#text;
    const place = this.#place(part);
    const item = this.#item(part, text, this.status, state);
    const whole = part.type === 'tool-call' ? { arguments: text, name: part.name } : { text };
    const isTold = this.#hasContent || part.type === 'tool-call';
    const done = { ...place, ...whole, ...(part.type === 'text' && { logprobs: [] }) };
    const { delta: word, part: partWord } = WORDS[part.type];
    const told = isTold ? this.#tell(`${word}.done`, done) : '';
    const hasPart = this.#hasContent && partWord !== null;
    const ended = hasPart ? this.#tell(`${partWord}.done`, this.#content(part, text)) : '';
    const over = this.#tell('response.output_item.done', { item });
    const behind = part.type === 'tool-call' && state !== undefined ? this.#callState(part, state) : '';
    return `${told}${ended}${over}${behind}`;
  }

  #callState({ toolCallId }: OpenPart, state: JsonObject): string {
    this.#index += 1;
    const id = itemId('reasoning', this.#responseId, this.#index);
    const begun = this.#tell('response.output_item.added', { item: reasoningItemOf(id, '', 'in_progress') });
    const item = callStateItemOf(id, toolCallId, this.status, state);
    return `${begun}${this.#tell('response.output_item.done', { item })}`;
  }

  #item(part: OpenPart, text: string, status: 'in_progress' | 'completed' | 'incomplete', state?: JsonObject) {
    const id = itemId(part.type, this.#responseId, this.#index);
    if (part.type === 'text') return textItem(id, text, status);
    if (part.type === 'reasoning') return reasoningItemOf(id, text, status, state);
    return callItemOf(id, part, text, status, state);
  }

  #place({ type }: OpenPart): object {
    const item_id = itemId(type, this.#responseId, this.#index);
    const { index } = WORDS[type];
    return index === null ? { item_id } : { item_id, [index]: 0 };
  }

  #content(part: OpenPart, text: string): object {
    const content = part.type === 'text' ? textPart(text) : summaryPart(text);
    return { ...this.#place(part), part: content };
  }

  #tell(type: string, more: object): string {
    return this.#frames.frame(type, { output_index: this.#index, ...more });
  }
}
