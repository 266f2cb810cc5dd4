// Anthropic's Messages API.

import { arrayAt, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import { dataEvent, halvesOf, piecesOf, type Said, type Seen, USAGE, WAIT_SECONDS, type Wire } from '../speech.ts';

const failure = (status: number, type: string, message: string) => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: 'req_1' },
});

export const messagesWire: Wire = {
  whole: (said, model) => ({ ...headOf(model), content: blocksOf(said), ...endOf(said), usage: USED }),
  events,
  failures: {
    'rate limited': {
      ...failure(429, 'rate_limit_error', 'Too many requests'),
      headers: { 'retry-after': String(WAIT_SECONDS) },
    },
    'wrong key': failure(401, 'authentication_error', 'invalid x-api-key'),
    broken: failure(500, 'api_error', 'Internal server error'),
    overloaded: failure(529, 'overloaded_error', 'Overloaded'),
  },
  seen,
};

/** The cached part of the prompt stands beside the rest of it here. */
const USED = {
  input_tokens: USAGE.input - USAGE.cached,
  cache_read_input_tokens: USAGE.cached,
  cache_creation_input_tokens: 0,
  output_tokens: USAGE.output,
  output_tokens_details: { thinking_tokens: USAGE.reasoning },
};

function headOf(model: string): JsonObject {
  return { id: 'msg_1', type: 'message', role: 'assistant', model };
}

function endOf({ calls, isCut }: Said) {
  const reason = isCut === true ? 'max_tokens' : calls === undefined ? 'end_turn' : 'tool_use';
  return { stop_reason: reason, stop_sequence: null };
}

function blocksOf({ reasoning, state, text, calls }: Said): readonly JsonObject[] {
  return [
    ...(reasoning === undefined ? [] : [{ type: 'thinking', thinking: reasoning, signature: state ?? '' }]),
    ...(reasoning === undefined && state !== undefined ? [{ type: 'redacted_thinking', data: state }] : []),
    ...(text === undefined ? [] : [{ type: 'text', text }]),
    ...(calls ?? []).map((call) => ({ type: 'tool_use', ...call })),
  ];
}

function events(said: Said, model: string): readonly string[] {
  const event = (type: string, more: JsonObject = {}) => dataEvent({ type, ...more }, type);
  const message = { ...headOf(model), content: [], stop_reason: null, stop_sequence: null };
  return [
    event('message_start', { message: { ...message, usage: { ...USED, output_tokens: 1 } } }),
    ...blocksOf(said).flatMap((block, index) => [
      event('content_block_start', { index, content_block: begunBlock(block) }),
      ...deltasOf(block).map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', { delta: endOf(said), usage: USED }),
    event('message_stop'),
  ];
}

function begunBlock(block: JsonObject): JsonObject {
  if (block['type'] === 'text') return { ...block, text: '' };
  if (block['type'] === 'thinking') return { ...block, thinking: '', signature: '' };
  return block['type'] === 'tool_use' ? { ...block, input: {} } : block;
}

function deltasOf(block: JsonObject): readonly JsonObject[] {
  switch (block['type']) {
    case 'text':
      return piecesOf(stringAt(block, 'text') ?? '').map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [
        ...piecesOf(stringAt(block, 'thinking') ?? '').map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] },
      ];
    case 'tool_use':
      return halvesOf(JSON.stringify(block['input'])).map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }));
    default:
      return [];
  }
}

function seen(body: JsonObject): Seen {
  const blocks = (arrayAt(body, 'messages') ?? []).flatMap((message) => arrayAt(message, 'content') ?? []);
  const of = (type: string) => blocks.filter((block) => stringAt(block, 'type') === type);
  const format = objectAt(objectAt(body, 'output_config'), 'format');
  return {
    calls: of('tool_use').map((block) => ({
      id: stringAt(block, 'id') ?? '',
      name: stringAt(block, 'name') ?? '',
      input: objectAt(block, 'input') ?? {},
    })),
    results: of('tool_result').map((block) => ({
      id: stringAt(block, 'tool_use_id') ?? '',
      text: stringAt(block, 'content') ?? '',
    })),
    states: [...of('thinking'), ...of('redacted_thinking')].flatMap(
      (block) => stringAt(block, 'signature') ?? stringAt(block, 'data') ?? [],
    ),
    images: of('image').flatMap((block) => stringAt(objectAt(block, 'source') ?? undefined, 'data') ?? []),
    maxTokens: numberAt(body, 'max_tokens'),
    tools: (arrayAt(body, 'tools') ?? []).map((tool) => stringAt(tool, 'name') ?? ''),
    format: objectAt(format, 'schema'),
  };
}
