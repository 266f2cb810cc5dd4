// Chat Completions: Groq's, OpenAI's own, and a server's that is compatible with it. They differ in where reasoning stands.

import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import {
  type Call,
  dataEvent,
  halvesOf,
  piecesOf,
  type Said,
  type Seen,
  USAGE,
  WAIT_SECONDS,
  type Wire,
} from '../speech.ts';

export interface ChatForm {
  /** Null: it tells its reasoning in figures only. */
  readonly reasoningField: 'reasoning' | 'reasoning_content' | null;
  /** Gives a state of its reasoning, in a list beside it. */
  readonly hasDetails: boolean;
  /** Groq's, with the usage in it too. */
  readonly hasExtension: boolean;
}

export function chatWire(form: ChatForm): Wire {
  return {
    whole: (said, model) => whole(said, model, form),
    events: (said, model) => events(said, model, form),
    failures: {
      'rate limited': {
        status: 429,
        headers: { 'retry-after': String(WAIT_SECONDS) },
        body: { error: { message: 'Rate limit reached', type: 'rate_limit_error', code: 'rate_limit_exceeded' } },
      },
      'wrong key': {
        status: 401,
        body: { error: { message: 'Invalid API Key', type: 'invalid_request_error', code: 'invalid_api_key' } },
      },
      broken: { status: 500, body: { error: { message: 'It broke', type: 'server_error', code: null } } },
      overloaded: { status: 503, body: { error: { message: 'Too busy', type: 'service_unavailable', code: null } } },
    },
    seen,
  };
}

const usage = {
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  prompt_tokens_details: { cached_tokens: USAGE.cached },
  completion_tokens_details: { reasoning_tokens: USAGE.reasoning },
};

function finishOf({ calls, isCut }: Said): string {
  if (isCut === true) return 'length';
  return calls === undefined ? 'stop' : 'tool_calls';
}

function detailsOf({ reasoning, state }: Said): readonly JsonObject[] {
  return state === undefined ? [] : [{ type: 'reasoning.text', index: 0, text: reasoning ?? '', signature: state }];
}

function callOf({ id, name, input }: Call, index: number) {
  return { index, id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function whole(said: Said, model: string, { reasoningField, hasDetails, hasExtension }: ChatForm): JsonObject {
  const message = {
    role: 'assistant',
    content: said.text ?? null,
    ...(reasoningField !== null && said.reasoning !== undefined && { [reasoningField]: said.reasoning }),
    ...(hasDetails && { reasoning_details: detailsOf(said) }),
    ...(said.calls && { tool_calls: said.calls.map(callOf) }),
  };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: finishOf(said) }],
    usage,
    ...(hasExtension && { x_groq: { id: 'req_1' } }),
  };
}

function events(said: Said, model: string, { reasoningField, hasDetails, hasExtension }: ChatForm): readonly string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model };
  const chunk = (delta: JsonObject, finish: string | null = null, more: JsonObject = {}) =>
    dataEvent({ ...head, choices: [{ index: 0, delta, finish_reason: finish }], ...more });
  const thoughts = reasoningField === null ? [] : piecesOf(said.reasoning);
  return [
    chunk({ role: 'assistant', content: '' }),
    ...thoughts.map((piece) => chunk({ [reasoningField ?? 'reasoning']: piece })),
    ...(hasDetails && said.state !== undefined ? [chunk({ reasoning_details: detailsOf(said) })] : []),
    ...piecesOf(said.text).map((content) => chunk({ content })),
    ...(said.calls ?? []).flatMap((call, index) => {
      const { function: called, ...rest } = callOf(call, index);
      const pieces = halvesOf(called.arguments).map((text) =>
        chunk({ tool_calls: [{ index, function: { arguments: text } }] }),
      );
      return [chunk({ tool_calls: [{ ...rest, function: { name: call.name, arguments: '' } }] }), ...pieces];
    }),
    chunk({}, finishOf(said), hasExtension ? { x_groq: { id: 'req_1', usage } } : {}),
    dataEvent({ ...head, choices: [], usage }),
    'data: [DONE]\n\n',
  ];
}

function seen(body: JsonObject): Seen {
  const messages = arrayAt(body, 'messages') ?? [];
  const format = objectAt(body, 'response_format');
  return {
    calls: messages.flatMap((message) => (arrayAt(message, 'tool_calls') ?? []).map(callSeen)),
    results: messages
      .filter((message) => stringAt(message, 'role') === 'tool')
      .map((message) => ({ id: stringAt(message, 'tool_call_id') ?? '', text: stringAt(message, 'content') ?? '' })),
    states: messages.flatMap((message) =>
      (arrayAt(message, 'reasoning_details') ?? []).map((detail) => stringAt(detail, 'signature') ?? ''),
    ),
    images: messages
      .flatMap((message) => arrayAt(message, 'content') ?? [])
      .flatMap((part) => stringAt(objectAt(part, 'image_url') ?? undefined, 'url')?.split('base64,')[1] ?? []),
    maxTokens: numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_tokens'),
    tools: (arrayAt(body, 'tools') ?? []).map(
      (tool) => stringAt(objectAt(tool, 'function') ?? undefined, 'name') ?? '',
    ),
    format: format === null ? null : (objectAt(objectAt(format, 'json_schema'), 'schema') ?? 'any'),
  };
}

function callSeen(call: Json): Call {
  const called = objectAt(call, 'function');
  const input: unknown = JSON.parse(stringAt(called ?? undefined, 'arguments') ?? '{}');
  return {
    id: stringAt(call, 'id') ?? '',
    name: stringAt(called ?? undefined, 'name') ?? '',
    input: isObject(input) ? input : {},
  };
}
