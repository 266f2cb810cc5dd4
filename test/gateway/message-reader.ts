// A stream of Anthropic's dialect read as its own clients read it, and more strictly: every event by its name, one block after the
// other, the message put together from its pieces.

import { expect } from 'vitest';
import { z } from 'zod';
import { eventsIn } from './start.ts';

const blockStart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.literal('') }),
  z.strictObject({ type: z.literal('thinking'), thinking: z.literal(''), signature: z.literal('') }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.strictObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.strictObject({}) }),
]);
const delta = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text_delta'), text: z.string() }),
  z.strictObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.strictObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.strictObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);
const TAKES: Readonly<Record<z.infer<typeof delta>['type'], string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'thinking',
  input_json_delta: 'tool_use',
};
const event = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message_start'),
    message: z.looseObject({
      type: z.literal('message'),
      role: z.literal('assistant'),
      content: z.tuple([]),
      stop_reason: z.null(),
      usage: z.strictObject({ input_tokens: z.number(), output_tokens: z.number() }),
    }),
  }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('content_block_start'), index: z.number(), content_block: blockStart }),
  z.strictObject({ type: z.literal('content_block_delta'), index: z.number(), delta }),
  z.strictObject({ type: z.literal('content_block_stop'), index: z.number() }),
  z.strictObject({
    type: z.literal('message_delta'),
    delta: z.strictObject({ stop_reason: z.string(), stop_sequence: z.string().nullable() }),
    usage: z.looseObject({ input_tokens: z.number().nullable(), output_tokens: z.number().nullable() }),
    x_gateway: z.looseObject({}),
  }),
  z.strictObject({ type: z.literal('message_stop') }),
  z.looseObject({ type: z.literal('error'), error: z.looseObject({ type: z.string(), message: z.string() }) }),
]);

export interface ReadBlock {
  readonly type: string;
  readonly id?: string;
  readonly name?: string;
  /** Of a text or a thought. */
  text: string;
  /** Of a thought, or the data of a hidden one. */
  state: string;
  /** Of a call, as it was told. */
  argumentsText: string;
}

export interface ReadMessage {
  readonly start: Readonly<Record<string, unknown>> | null;
  readonly blocks: readonly ReadBlock[];
  readonly end: { readonly delta: object; readonly usage: object; readonly x_gateway: object } | null;
  readonly error: Readonly<Record<string, unknown>> | null;
}

/** Fails where the stream breaks a rule. */
export function readMessage(body: string): ReadMessage {
  const events = eventsIn(body).map(({ event: name, data }) => {
    const read = event.parse(JSON.parse(data));
    expect(read.type).toBe(name);
    return read;
  });
  const pings = events.filter(({ type }) => type === 'ping');
  expect(pings.length).toBeLessThanOrEqual(1);
  const blocks: ReadBlock[] = [];
  let open: ReadBlock | null = null;
  let state: 'before' | 'blocks' | 'ended' | 'over' = 'before';
  let read: ReadMessage = { start: null, blocks, end: null, error: null };
  for (const told of events) {
    expect(state).not.toBe('over');
    if (told.type === 'ping') continue;
    if (told.type === 'error') {
      [read, state] = [{ ...read, error: told }, 'over'];
      continue;
    }
    switch (told.type) {
      case 'message_start':
        expect(state).toBe('before');
        [read, state] = [{ ...read, start: told.message }, 'blocks'];
        break;
      case 'content_block_start': {
        expect([state, open, told.index]).toEqual(['blocks', null, blocks.length]);
        const { content_block: block } = told;
        const named = block.type === 'tool_use' ? { id: block.id, name: block.name } : {};
        const data = block.type === 'redacted_thinking' ? block.data : '';
        open = { type: block.type, ...named, text: '', state: data, argumentsText: '' };
        blocks.push(open);
        break;
      }
      case 'content_block_delta':
        expect([told.index, open?.type]).toEqual([blocks.length - 1, TAKES[told.delta.type]]);
        if (open !== null) fill(open, told.delta);
        break;
      case 'content_block_stop':
        expect([told.index, open === null]).toEqual([blocks.length - 1, false]);
        open = null;
        break;
      case 'message_delta':
        expect([state, open]).toEqual(['blocks', null]);
        [read, state] = [{ ...read, end: told }, 'ended'];
        break;
      case 'message_stop':
        expect(state).toBe('ended');
        state = 'over';
    }
  }
  return read;
}

function fill(block: ReadBlock, piece: z.infer<typeof delta>): void {
  switch (piece.type) {
    case 'text_delta':
      block.text += piece.text;
      break;
    case 'thinking_delta':
      block.text += piece.thinking;
      break;
    case 'signature_delta':
      block.state += piece.signature;
      break;
    case 'input_json_delta':
      block.argumentsText += piece.partial_json;
  }
}

/** A block of a whole answer in the same form; a call's arguments as they would be told. */
export function asRead(block: Readonly<Record<string, unknown>>): ReadBlock {
  const text = (name: string) => (typeof block[name] === 'string' ? block[name] : '');
  const named = block['type'] === 'tool_use' ? { id: text('id'), name: text('name') } : {};
  return {
    type: text('type'),
    ...named,
    text: text('text') + text('thinking'),
    state: text('signature') + text('data'),
    argumentsText: block['input'] === undefined ? '' : JSON.stringify(block['input']),
  };
}
