// OpenAI's Responses API.

import { arrayAt, isObject, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import { dataEvent, halvesOf, piecesOf, type Said, type Seen, USAGE, type Wire } from '../speech.ts';
import { chatWire } from './chat.ts';

export const responsesWire: Wire = {
  whole: (said, model) => ended(said, model),
  events,
  // OpenAI tells what went wrong in the same words by both of its APIs.
  failures: chatWire({ reasoningField: null, hasDetails: false, hasExtension: false }).failures,
  seen,
};

const usage = {
  input_tokens: USAGE.input,
  input_tokens_details: { cached_tokens: USAGE.cached },
  output_tokens: USAGE.output,
  output_tokens_details: { reasoning_tokens: USAGE.reasoning },
  total_tokens: USAGE.input + USAGE.output,
};

function itemsOf({ reasoning, state, text, calls }: Said): readonly JsonObject[] {
  const summary = reasoning === undefined ? [] : [{ type: 'summary_text', text: reasoning }];
  return [
    ...(reasoning === undefined && state === undefined
      ? []
      : [{ id: 'rs_1', type: 'reasoning', summary, ...(state !== undefined && { encrypted_content: state }) }]),
    ...(text === undefined
      ? []
      : [
          {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text, annotations: [] }],
          },
        ]),
    ...(calls ?? []).map(({ id, name, input }) => ({
      id: `fc_${id}`,
      type: 'function_call',
      status: 'completed',
      call_id: id,
      name,
      arguments: JSON.stringify(input),
    })),
  ];
}

function headOf(model: string): JsonObject {
  return { id: 'resp_1', object: 'response', created_at: 1_790_000_000, model, status: 'in_progress', output: [] };
}

function ended(said: Said, model: string): JsonObject {
  const isCut = said.isCut === true;
  return {
    ...headOf(model),
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: itemsOf(said),
    usage,
  };
}

function events(said: Said, model: string): readonly string[] {
  const event = (type: string, more: JsonObject) => dataEvent({ type, ...more }, type);
  const response = ended(said, model);
  return [
    event('response.created', { response: headOf(model) }),
    ...itemsOf(said).flatMap((item, output_index) => [
      event('response.output_item.added', { output_index, item: begunItem(item) }),
      ...deltasOf(item, said).map(([type, delta]) =>
        event(type, { output_index, item_id: item['id'], content_index: 0, summary_index: 0, delta }),
      ),
      event('response.output_item.done', { output_index, item }),
    ]),
    event(`response.${stringAt(response, 'status')}`, { response }),
  ];
}

function begunItem(item: JsonObject): JsonObject {
  if (item['type'] === 'function_call') return { ...item, arguments: '' };
  return item['type'] === 'message' ? { ...item, content: [] } : { ...item, summary: [] };
}

function deltasOf(item: JsonObject, { text, reasoning }: Said): readonly (readonly [string, string])[] {
  switch (item['type']) {
    case 'message':
      return piecesOf(text).map((piece) => ['response.output_text.delta', piece]);
    case 'reasoning':
      return piecesOf(reasoning).map((piece) => ['response.reasoning_summary_text.delta', piece]);
    default:
      return halvesOf(stringAt(item, 'arguments') ?? '').map((piece) => [
        'response.function_call_arguments.delta',
        piece,
      ]);
  }
}

function seen(body: JsonObject): Seen {
  const items = arrayAt(body, 'input') ?? [];
  const format = objectAt(objectAt(body, 'text'), 'format');
  return {
    calls: items
      .filter((item) => stringAt(item, 'type') === 'function_call')
      .map((item) => {
        const input: unknown = JSON.parse(stringAt(item, 'arguments') ?? '{}');
        return {
          id: stringAt(item, 'call_id') ?? '',
          name: stringAt(item, 'name') ?? '',
          input: isObject(input) ? input : {},
        };
      }),
    results: items
      .filter((item) => stringAt(item, 'type') === 'function_call_output')
      .map((item) => ({ id: stringAt(item, 'call_id') ?? '', text: stringAt(item, 'output') ?? '' })),
    states: items.flatMap((item) => stringAt(item, 'encrypted_content') ?? []),
    images: items
      .flatMap((item) => arrayAt(item, 'content') ?? [])
      .flatMap((part) => stringAt(part, 'image_url')?.split('base64,')[1] ?? []),
    maxTokens: numberAt(body, 'max_output_tokens'),
    tools: (arrayAt(body, 'tools') ?? []).map((tool) => stringAt(tool, 'name') ?? ''),
    format: format === null ? null : (objectAt(format, 'schema') ?? 'any'),
  };
}
