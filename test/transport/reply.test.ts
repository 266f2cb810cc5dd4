// What counts as a sign of life in a stream: data, whole or growing. Comments, pings and empty events count for nothing.

import { expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/core/events.ts';
import { StreamReader } from '../../src/transport/reply.ts';
import { plainCodec } from './plain-codec.ts';

function reading(): { take: (text: string) => boolean; events: AnswerEvent[] } {
  const events: AnswerEvent[] = [];
  const emit = (event: AnswerEvent) => events.push(event);
  const reader = new StreamReader('groq', plainCodec('').decodeStream(), emit);
  return { take: (text) => reader.take(Buffer.from(text)), events };
}

it.each([
  ['a comment', ': OPENROUTER PROCESSING\n\n'],
  ['a ping', 'event: ping\ndata: {"type": "ping"}\n\n'],
  ['an event without data', 'event: message_start\n\n'],
  ['an event with empty data', 'data:\n\n'],
  ['an empty line', '\n'],
  ['an unknown field', 'retry: 1000\n\n'],
])('%s is none', (_, text) => {
  expect(reading().take(text)).toBe(false);
});

it('a role-only chunk is one, and no content', () => {
  const { take, events } = reading();
  expect(take('data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n')).toBe(true);
  expect(events.map(({ type }) => type)).toEqual(['answer-start']);
});

it('an event that grows is one, a comment inside it is none', () => {
  const { take } = reading();
  expect([...'data: {'].map(take)).toEqual([false, false, false, false, true, true, true]);
  expect(take('"choices":[]}\n')).toBe(true);
  expect(take(': waiting\n')).toBe(false);
  expect(take('\n')).toBe(true);
});
