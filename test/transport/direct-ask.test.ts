// A provider that answers in this process is held to the same clocks and the same words as one over HTTP.

import { expect, it } from 'vitest';
import { type ErrorCode, LLMError, llmError } from '../../src/core/errors.ts';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { AskOptions } from '../../src/core/parts.ts';
import type { Direct } from '../../src/core/provider.ts';
import { createAsk } from '../../src/transport/ask.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { optionsOf, requestOf, targetOf } from './plain-codec.ts';

const END: AnswerEvent = {
  type: 'answer-end',
  finishReason: 'stop',
  finishReasonRaw: null,
  usage: null,
  providerMetadata: {},
};
const text = (said: string): AnswerEvent => ({ type: 'text-delta', text: said });
const never = () => new Promise<void>(() => {});

function asking(answer: Direct['answer'], changes: Partial<AskOptions> = {}) {
  const clock = new SimulatedClock();
  const events: AnswerEvent[] = [];
  const { ask } = createAsk({ clock });
  const done = ask(targetOf({ kind: 'direct', answer }), requestOf('Hi'), optionsOf(changes), (event) =>
    events.push(event),
  ).then(
    () => null,
    (thrown: unknown) => {
      if (thrown instanceof LLMError) return thrown;
      throw thrown;
    },
  );
  return { clock, events, done };
}

it.each([true, false])('its events are the answer (stream: %s)', async (stream) => {
  const { events, done, clock } = asking(
    async (_request, model, emit) => {
      emit(text(model));
      emit(END);
    },
    { stream },
  );
  expect(await done).toBeNull();
  expect(events).toEqual([text('openai/gpt-oss-120b'), END]);
  expect(clock.pending).toBe(0);
});

it.each<[string, boolean, Direct['answer'], ErrorCode, number]>([
  ['throws what is no error of ours', true, () => Promise.reject(new Error('boom')), 'provider_bad_reply', 0],
  [
    'throws at once',
    true,
    () => {
      throw llmError('provider_overloaded', 'Full');
    },
    'provider_overloaded',
    0,
  ],
  ['ends without an end', true, async () => {}, 'provider_unreachable', 0],
  ['ends without an end after some content', true, async (_r, _m, emit) => emit(text('a')), 'stream_broken', 1],
  [
    'fails after some content',
    true,
    async (_r, _m, emit) => {
      emit(text('a'));
      throw llmError('provider_overloaded', 'Full');
    },
    'stream_broken',
    1,
  ],
  [
    'fails in the middle of a whole answer',
    false,
    async (_r, _m, emit) => {
      emit(text('a'));
      throw llmError('provider_overloaded', 'Full');
    },
    'provider_overloaded',
    0,
  ],
])('one that %s (stream: %s)', async (_, stream, answer, code, eventCount) => {
  const { done, events } = asking(answer, { stream });
  expect(await done).toMatchObject({ code, provider: 'groq', model: 'openai/gpt-oss-120b' });
  expect(events).toHaveLength(eventCount);
});

it.each([true, false])('one that never answers is given up and told so (stream: %s)', async (stream) => {
  let reason: unknown = null;
  const { clock, done } = asking(
    (_request, _model, _emit, signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return never();
    },
    { stream },
  );
  clock.advance(30_000);
  expect(await done).toMatchObject({ code: 'provider_timeout' });
  expect(reason).toMatchObject({ code: 'provider_timeout' });
});

it('one that goes silent is broken off between two events', async () => {
  const { clock, done } = asking(
    (_request, _model, emit) => {
      emit(text('a'));
      return never();
    },
    { idleTimeoutMs: 5000 },
  );
  clock.advance(5000);
  expect(await done).toMatchObject({
    code: 'stream_broken',
    message: 'The answer broke off: groq went silent for 5 s',
  });
});

it('an abort ends it at once, whether it listens or not, and nothing comes after', async () => {
  const controller = new AbortController();
  let late: () => void = () => {};
  const { done, events } = asking(
    (_request, _model, emit) => {
      late = () => emit(text('too late'));
      return never();
    },
    { signal: controller.signal },
  );
  controller.abort();
  late();
  expect(await done).toMatchObject({ code: 'cancelled' });
  expect(events).toEqual([]);
});
