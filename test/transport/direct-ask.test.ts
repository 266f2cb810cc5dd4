// A provider that answers in this process is held to the same clocks and the same words as one over HTTP.

import { describe, expect, it } from 'vitest';
import { type ErrorCode, LLMError, llmError } from '../../src/core/errors.ts';
import type { AnswerEvent } from '../../src/core/events.ts';
import { Flow } from '../../src/core/flow.ts';
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
    message: 'The answer broke off: Groq went silent for 5 s',
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

describe('one whose reader takes no more', () => {
  function pausing(changes: Partial<AskOptions>) {
    let waits = 0;
    let isLetGo = false;
    const asked = asking(async (_request, _model, emit, signal, listener) => {
      for (let word = 0; word < 3; word++) {
        const waiting = listener.wanted();
        if (waiting !== null) waits++;
        await waiting;
        isLetGo = signal.aborted;
        signal.throwIfAborted();
        emit(text(`${word}`));
      }
      emit(END);
    }, changes);
    return { ...asked, waits: () => waits, isLetGo: () => isLetGo };
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('waits however long that is, and goes on when more is wanted', async () => {
    const flow = new Flow();
    flow.isClosed = true;
    const { clock, events, done, waits } = pausing({ flow, idleTimeoutMs: 5_000 });
    clock.advance(100_000);
    await settle();
    expect([events.length, waits()]).toEqual([0, 1]);
    flow.isClosed = false;
    expect(await done).toBeNull();
    expect(events).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('is let go when nobody waits for the answer any more', async () => {
    const flow = new Flow();
    flow.isClosed = true;
    const controller = new AbortController();
    const { events, done, isLetGo } = pausing({ flow, signal: controller.signal });
    await settle();
    controller.abort();
    expect(await done).toMatchObject({ code: 'cancelled' });
    await settle();
    expect([events, isLetGo()]).toEqual([[], true]);
  });

  it('is waited for in streams alone: a whole answer has one deadline, which nothing moves', async () => {
    const flow = new Flow();
    flow.isClosed = true;
    const { done, waits } = pausing({ flow, stream: false });
    expect([await done, waits()]).toEqual([null, 0]);
  });
});

it('what it left out is told with its answer', async () => {
  const warning = { code: 'unsupported_parameter', message: 'seed is not known here', param: 'seed' };
  const { ask } = createAsk({ clock: new SimulatedClock() });
  const answer: Direct['answer'] = async (_request, _model, emit, _signal, listener) => {
    listener.warn(warning);
    emit(END);
  };
  const target = targetOf({ kind: 'direct', answer });
  expect(await ask(target, requestOf('Hi'), optionsOf({}), () => {})).toEqual({ warnings: [warning] });
});
