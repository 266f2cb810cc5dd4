// What an answer says, in words that all dialects have in common, read from the object that a client hands its user. Made without our
// decoders; the words are mapped as each vendor documents them.

import {
  arrayAt,
  canonicalJson,
  type Json,
  type JsonObject,
  numberAt,
  objectAt,
  parsedJson,
  stringAt,
} from '../../src/core/json.ts';
import type { Dialect } from './official-sdks.ts';

export interface Said {
  readonly text: string;
  readonly reasoning: string;
  /** Arguments as data, since two of the dialects have no other. */
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly callIds: readonly string[];
  readonly finish: string;
  /** Null: not told. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
}

const READERS: Readonly<Record<Dialect, (body: JsonObject) => Said>> = {
  chat: saidInChat,
  messages: saidInMessage,
  responses: saidInResponse,
  gemini: saidByGemini,
};

export function saidIn(dialect: Dialect, body: JsonObject): Said {
  return READERS[dialect](body);
}

function textIn(parent: Json | undefined, key: string): string {
  return stringAt(parent, key) ?? '';
}

function joined(parts: readonly Json[], key: string, isWanted: (part: Json) => boolean = () => true): string {
  return parts.map((part) => (isWanted(part) ? textIn(part, key) : '')).join('');
}

function callOf(name: string, written: string) {
  const data = parsedJson(written === '' ? '{}' : written);
  return { name, arguments: data === null ? written : canonicalJson(data) };
}

const CHAT_ENDS: ReadonlyMap<string, string> = new Map([
  ...['stop', 'length', 'tool_calls', 'content_filter'].map((word) => [word, word] as const),
  // Together's, and Mistral's.
  ['eos', 'stop'],
  ['model_length', 'length'],
]);

function saidInChat(body: JsonObject): Said {
  const [choice] = arrayAt(body, 'choices') ?? [];
  const message = objectAt(choice, 'message') ?? {};
  const list = arrayAt(message, 'content') ?? [];
  const thoughts = list.flatMap((part) => arrayAt(part, 'thinking') ?? []);
  const calls = arrayAt(message, 'tool_calls') ?? [];
  const usage = objectAt(body, 'usage') ?? objectAt(objectAt(body, 'x_groq') ?? undefined, 'usage') ?? {};
  const prompt = objectAt(usage, 'prompt_tokens_details') ?? undefined;
  const refusal = textIn(message, 'refusal');
  return {
    text: textIn(message, 'content') + joined(list, 'text') + refusal,
    reasoning: (stringAt(message, 'reasoning') ?? textIn(message, 'reasoning_content')) + joined(thoughts, 'text'),
    calls: calls.map((call) => {
      const called = objectAt(call, 'function') ?? undefined;
      return callOf(textIn(called, 'name'), textIn(called, 'arguments'));
    }),
    callIds: calls.map((call) => textIn(call, 'id')),
    finish: refusal !== '' ? 'content_filter' : (CHAT_ENDS.get(textIn(choice, 'finish_reason')) ?? 'other'),
    inputTokens: numberAt(usage, 'prompt_tokens'),
    outputTokens: numberAt(usage, 'completion_tokens'),
    // Together has it in the usage itself.
    cacheReadTokens: numberAt(prompt, 'cached_tokens') ?? numberAt(usage, 'cached_tokens'),
    cacheWriteTokens: numberAt(prompt, 'cache_write_tokens'),
    reasoningTokens: numberAt(objectAt(usage, 'completion_tokens_details') ?? undefined, 'reasoning_tokens'),
  };
}

const MESSAGE_ENDS: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

function saidInMessage(body: JsonObject): Said {
  const blocks = arrayAt(body, 'content') ?? [];
  const calls = blocks.filter((block) => stringAt(block, 'type') === 'tool_use');
  const usage = objectAt(body, 'usage') ?? {};
  const [read, written] = [numberAt(usage, 'cache_read_input_tokens'), numberAt(usage, 'cache_creation_input_tokens')];
  const uncached = numberAt(usage, 'input_tokens');
  return {
    text: joined(blocks, 'text', (block) => stringAt(block, 'type') === 'text'),
    reasoning: joined(blocks, 'thinking'),
    calls: calls.map((call) => callOf(textIn(call, 'name'), JSON.stringify(objectAt(call, 'input')))),
    callIds: calls.map((call) => textIn(call, 'id')),
    finish: MESSAGE_ENDS.get(textIn(body, 'stop_reason')) ?? 'other',
    inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
    outputTokens: numberAt(usage, 'output_tokens'),
    cacheReadTokens: read,
    cacheWriteTokens: written,
    reasoningTokens: numberAt(objectAt(usage, 'output_tokens_details') ?? undefined, 'thinking_tokens'),
  };
}

function saidInResponse(body: JsonObject): Said {
  const items = arrayAt(body, 'output') ?? [];
  const texts = items.flatMap((item) => (stringAt(item, 'type') === 'message' ? (arrayAt(item, 'content') ?? []) : []));
  const thoughts = items.filter((item) => stringAt(item, 'type') === 'reasoning');
  const calls = items.filter((item) => /^(function|custom_tool)_call$/.test(textIn(item, 'type')));
  const usage = objectAt(body, 'usage') ?? {};
  const input = objectAt(usage, 'input_tokens_details') ?? undefined;
  const refusal = joined(texts, 'refusal');
  const why = stringAt(objectAt(body, 'incomplete_details') ?? undefined, 'reason');
  const ends = why === 'max_output_tokens' ? 'length' : (why ?? (calls.length > 0 ? 'tool_calls' : 'stop'));
  return {
    text: joined(texts, 'text') + refusal,
    reasoning: thoughts
      .map((item) =>
        [...(arrayAt(item, 'summary') ?? []), ...(arrayAt(item, 'content') ?? [])]
          .map((piece) => textIn(piece, 'text'))
          .join('\n\n'),
      )
      .join(''),
    calls: calls.map((call) => callOf(textIn(call, 'name'), stringAt(call, 'arguments') ?? textIn(call, 'input'))),
    callIds: calls.map((call) => textIn(call, 'call_id')),
    finish: refusal !== '' ? 'content_filter' : ends,
    inputTokens: numberAt(usage, 'input_tokens'),
    outputTokens: numberAt(usage, 'output_tokens'),
    cacheReadTokens: numberAt(input, 'cached_tokens'),
    cacheWriteTokens: numberAt(input, 'cache_write_tokens'),
    reasoningTokens: numberAt(objectAt(usage, 'output_tokens_details') ?? undefined, 'reasoning_tokens'),
  };
}

const GEMINI_ENDS: ReadonlyMap<string, string> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map(
    (word) => [word, 'content_filter'] as const,
  ),
]);

function saidByGemini(body: JsonObject): Said {
  const [candidate] = arrayAt(body, 'candidates') ?? [];
  const parts = arrayAt(objectAt(candidate, 'content'), 'parts') ?? [];
  const isThought = (part: Json) => objectAt({ part }, 'part')?.['thought'] === true;
  const calls = parts.flatMap((part) => objectAt(part, 'functionCall') ?? []);
  const usage = objectAt(body, 'usageMetadata') ?? {};
  const sum = (...names: readonly string[]) => {
    const counts = names.flatMap((name) => numberAt(usage, name) ?? []);
    return counts.length === 0 ? null : counts.reduce((total, count) => total + count, 0);
  };
  const isBlocked = stringAt(objectAt(body, 'promptFeedback') ?? undefined, 'blockReason') !== null;
  const end = GEMINI_ENDS.get(textIn(candidate, 'finishReason')) ?? 'other';
  return {
    text: joined(parts, 'text', (part) => !isThought(part)),
    reasoning: joined(parts, 'text', isThought),
    calls: calls.map((call) => callOf(textIn(call, 'name'), JSON.stringify(objectAt(call, 'args') ?? {}))),
    callIds: calls.map((call) => textIn(call, 'id')),
    finish: isBlocked ? 'content_filter' : end === 'stop' && calls.length > 0 ? 'tool_calls' : end,
    inputTokens: sum('promptTokenCount', 'toolUsePromptTokenCount'),
    // A count of 0 is left out on this wire, so a total of the prompt alone says that nothing was written.
    outputTokens: sum('candidatesTokenCount', 'thoughtsTokenCount') ?? (isAllPrompt(usage) ? 0 : null),
    cacheReadTokens: numberAt(usage, 'cachedContentTokenCount'),
    cacheWriteTokens: null,
    reasoningTokens: numberAt(usage, 'thoughtsTokenCount'),
  };
}

function isAllPrompt(usage: JsonObject): boolean {
  const total = numberAt(usage, 'totalTokenCount');
  return total !== null && total === numberAt(usage, 'promptTokenCount');
}
