// What clients of Chat Completions have in common, whoever published them: the words of a request, and a stream put together by hand,
// as their users do it. Whatever comes beside what is known of a message or a call is kept, and sent back with it.

import { z } from 'zod';
import { type Heard, inputOf, type Question } from './client.ts';
import type { Call } from './speech.ts';

export function chatBody<M>({ model, messages, tools, schema, maxTokens, temperature }: Question<M>) {
  return {
    model,
    messages: [...messages],
    ...(tools && {
      tools: tools.map(({ name, parameters }) => ({
        type: 'function' as const,
        function: { name, parameters: { ...parameters } },
      })),
    }),
    ...(schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'answer', schema: { ...schema }, strict: true },
      },
    }),
    ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
}

export function chatUser(text: string, image?: string) {
  if (image === undefined) return { role: 'user' as const, content: text };
  const picture = { type: 'image_url' as const, image_url: { url: image } };
  return { role: 'user' as const, content: [{ type: 'text' as const, text }, picture] };
}

export function chatResults(calls: readonly Call[], texts: readonly string[]) {
  return calls.map(({ id }, index) => ({ role: 'tool' as const, tool_call_id: id, content: texts[index] ?? '' }));
}

export function chatFinish(reason: string | null): Heard<unknown>['finish'] {
  return reason === 'stop' || reason === 'length' || reason === 'tool_calls' ? reason : null;
}

export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
}

export function chatUsage(usage: ChatUsage | null | undefined) {
  return {
    input: usage?.prompt_tokens,
    output: usage?.completion_tokens,
    cached: usage?.prompt_tokens_details?.cached_tokens,
    reasoning: usage?.completion_tokens_details?.reasoning_tokens,
  };
}

export interface ChatCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; arguments: string };
}

export function chatCall({ id, function: { name, arguments: text } }: Omit<ChatCall, 'type'>): Call {
  return { id, name, input: inputOf(text) };
}

interface Delta {
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly type?: string;
    readonly function?: { readonly name?: string; readonly arguments?: string };
  }[];
}

/** What the packages' types do not know of. Groq's clients read `reasoning`, others `reasoning_content`. */
export const beside = z.looseObject({
  reasoning: z.string().optional(),
  reasoning_content: z.string().optional(),
  reasoning_details: z.array(z.looseObject({})).optional(),
});

export class ChatPieces {
  readonly #field: 'reasoning' | 'reasoning_content';
  readonly #calls: ChatCall[] = [];
  readonly #details: object[] = [];
  #text = '';
  #reasoning = '';
  #finish: string | null = null;

  constructor(field: 'reasoning' | 'reasoning_content') {
    this.#field = field;
  }

  /** Whether a piece of a text was in it. */
  add({ delta, finish_reason: finish }: { readonly delta: Delta; readonly finish_reason: string | null }): boolean {
    this.#finish = finish ?? this.#finish;
    this.#text += delta.content ?? '';
    const more = beside.parse(delta);
    this.#reasoning += more[this.#field] ?? '';
    this.#details.push(...(more.reasoning_details ?? []));
    for (const { index, id = '', function: called, type: _, ...rest } of delta.tool_calls ?? []) {
      const call = this.#calls[index] ?? {
        id,
        type: 'function',
        function: { name: called?.name ?? '', arguments: '' },
      };
      call.function.arguments += called?.arguments ?? '';
      this.#calls[index] = Object.assign(call, rest);
    }
    return delta.content !== undefined && delta.content !== null && delta.content !== '';
  }

  heard() {
    const said = {
      role: 'assistant' as const,
      content: this.#text === '' ? null : this.#text,
      ...(this.#reasoning !== '' && { [this.#field]: this.#reasoning }),
      ...(this.#details.length > 0 && { reasoning_details: this.#details }),
      ...(this.#calls.length > 0 && { tool_calls: this.#calls }),
    };
    const calls = this.#calls.map(chatCall);
    return { text: this.#text, reasoning: this.#reasoning, calls, finish: chatFinish(this.#finish), said: [said] };
  }
}
