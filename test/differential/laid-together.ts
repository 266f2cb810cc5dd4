// The events of a stream laid one on the other, as each vendor's own documentation says they are: what comes of it has the shape of a
// whole answer, so both are compared in the same way. Made without our decoders.

import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  numberAt,
  objectAt,
  parsedJson,
  stringAt,
} from '../../src/core/json.ts';
import type { Dialect } from './official-sdks.ts';

type Growing = Record<string, Json | undefined>;

/** Members of a delta that are pieces of a text. */
const PIECES: ReadonlySet<string> = new Set([
  'content',
  'reasoning',
  'reasoning_content',
  'refusal',
  'arguments',
  'name',
]);

const LAYERS: Readonly<Record<Dialect, (events: readonly Json[]) => JsonObject>> = {
  chat: chatOf,
  messages: messageOf,
  responses: responseOf,
  gemini: geminiOf,
};

export function laidTogether(dialect: Dialect, events: readonly Json[]): JsonObject {
  return LAYERS[dialect](events);
}

function chatOf(chunks: readonly Json[]): JsonObject {
  const whole: Growing = {};
  const choice: Growing = {};
  const message: Growing = {};
  const calls: Growing[] = [];
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue;
    const { choices: _choices, ...rest } = chunk;
    lay(whole, rest);
    for (const told of arrayAt(chunk, 'choices') ?? []) {
      if (!isObject(told) || (numberAt(told, 'index') ?? 0) !== 0) continue;
      const { delta, ...more } = told;
      lay(choice, more);
      if (!isObject(delta)) continue;
      const { tool_calls, ...parts } = delta;
      lay(message, parts);
      if (Array.isArray(tool_calls))
        for (const [position, call] of tool_calls.entries()) layCall(calls, call, position);
    }
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  return { ...whole, choices: Object.keys(choice).length === 0 ? [] : [{ ...choice, message }] };
}

/** By its index; where there is none, or all are numbered 0, a new id begins a new call. */
function layCall(calls: Growing[], call: Json, position: number): void {
  if (!isObject(call)) return;
  const index = numberAt(call, 'index');
  const id = stringAt(call, 'id') ?? '';
  const known = calls.findLast(
    (each) =>
      (index === null || each['index'] === index) && (id === '' || each['id'] === id || each['id'] === undefined),
  );
  const target = known ?? {};
  if (known === undefined) calls.push(target);
  lay(target, { index: index ?? position, ...call });
}

/** Text grows, lists are put together, of anything else the last word counts; null and '' say nothing of what is known. */
function lay(target: Growing, told: JsonObject): void {
  for (const [name, value] of Object.entries(told)) {
    const before = target[name];
    if (value === null || value === undefined) target[name] ??= value;
    else if (PIECES.has(name) && typeof before === 'string' && typeof value === 'string') target[name] = before + value;
    else if (Array.isArray(before) && Array.isArray(value)) target[name] = [...before, ...value];
    else if (isObject(before) && isObject(value)) {
      const grown: Growing = { ...before };
      lay(grown, value);
      target[name] = grown;
    } else if (value !== '' || before === undefined) target[name] = value;
  }
}

function messageOf(events: readonly Json[]): JsonObject {
  const message: Growing = {};
  const blocks: Growing[] = [];
  for (const event of events) {
    switch (stringAt(event, 'type')) {
      case 'message_start':
        Object.assign(message, objectAt(event, 'message'));
        break;
      case 'content_block_start':
        blocks[numberAt(event, 'index') ?? blocks.length] = { ...objectAt(event, 'content_block') };
        break;
      case 'content_block_delta': {
        const block = blocks[numberAt(event, 'index') ?? 0];
        if (block !== undefined) layBlock(block, objectAt(event, 'delta') ?? {});
        break;
      }
      case 'message_delta': {
        const told = Object.entries(objectAt(event, 'usage') ?? {}).filter(([, count]) => count !== null);
        message['usage'] = { ...objectAt({ ...message }, 'usage'), ...Object.fromEntries(told) };
        const { type: _type, usage: _usage, delta, ...beside } = isObject(event) ? event : {};
        Object.assign(message, delta, beside);
      }
    }
  }
  return { ...message, content: blocks.map(withInput) };
}

function layBlock(block: Growing, { type: _type, ...delta }: JsonObject): void {
  for (const [name, piece] of Object.entries(delta)) {
    if (name === 'citation') block['citations'] = [...(arrayAt({ ...block }, 'citations') ?? []), piece ?? null];
    else block[name] = `${block[name] ?? ''}${piece}`;
  }
}

function withInput({ partial_json: pieces, ...block }: Growing): JsonObject {
  return typeof pieces === 'string' && pieces !== '' ? { ...block, input: parsedJson(pieces) } : block;
}

/** The last event repeats all; what came bit by bit stands beside it, for users who read only that. */
function responseOf(events: readonly Json[]): JsonObject {
  const last = events.findLast((event) => objectAt(event, 'response') !== null);
  const bits = (type: string) =>
    events.map((event) => (stringAt(event, 'type') === type ? (stringAt(event, 'delta') ?? '') : '')).join('');
  return {
    ...objectAt(last, 'response'),
    bit_by_bit: {
      text: bits('response.output_text.delta'),
      arguments: bits('response.function_call_arguments.delta'),
    },
  };
}

function geminiOf(chunks: readonly Json[]): JsonObject {
  const candidate: Growing = {};
  const parts: Json[] = [];
  const whole: Growing = {};
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue;
    Object.assign(whole, chunk);
    const [first] = arrayAt(chunk, 'candidates') ?? [];
    if (isObject(first)) Object.assign(candidate, first);
    parts.push(...(arrayAt(objectAt(first, 'content'), 'parts') ?? []));
  }
  return { ...whole, candidates: [{ ...candidate, content: { parts } }] };
}
