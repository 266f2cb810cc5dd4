// A vendor that says what it is told, when it is told; and what its readers have of it.

import type { AnswerEvent, StreamEvent } from '../src/core/events.ts';
import type { Usage } from '../src/core/response.ts';
import { type Started, type Turn, usage } from './world.ts';

export function scripted() {
  let emit: (event: AnswerEvent) => void = () => {};
  const ended = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const turn: Turn = async (...[told, { signal }]) => {
    emit = told;
    asked.resolve();
    signal.addEventListener('abort', () => ended.reject(signal.reason));
    await ended.promise;
  };
  return {
    turn,
    asked: asked.promise,
    tell: (event: AnswerEvent) => emit(event),
    say: (text: string) => emit({ type: 'text-delta', text }),
    end(told: Usage = usage(10, 5)) {
      try {
        emit({ type: 'answer-end', finishReason: 'stop', finishReasonRaw: 'stop', usage: told, providerMetadata: {} });
        ended.resolve();
      } catch (refused) {
        // Whoever asked does not take this answer: that ends the asking, as it does in a codec.
        ended.reject(refused);
      }
    },
    fail: (error: Error) => ended.reject(error),
  };
}

export const content = (events: readonly StreamEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
export const last = ({ events }: Started) => events.at(-1);
