// The law of answers: what was collected and is replayed is the same answer again, and says of a tool call's state as early as it can.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerEvent, collect, isContent, replay } from '../../src/core/events.ts';
import type { Judged } from '../../src/core/judge.ts';
import type { StreamEvent } from '../../src/index.ts';
import { anyParts, eventsOf } from '../gateway/answers.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 300);

const isTold = (event: StreamEvent): event is Extract<StreamEvent, AnswerEvent> =>
  event.type !== 'response-start' &&
  event.type !== 'data-draft' &&
  event.type !== 'response-end' &&
  event.type !== 'error';

const JUDGED: Judged = {
  data: { say: 'hello' },
  verification: { status: 'verified', checks: [], dropped: [], repairs: 1, fallback: null },
};
const anyAnswer = fc.tuple(anyParts, fc.boolean(), fc.boolean()).map(([parts, endsLate, isJudged]) => {
  const judged = isJudged ? { judged: JUDGED } : {};
  const answer = collect([
    { type: 'answer-start', id: 'r1', model: 'm' },
    ...eventsOf(parts, endsLate).filter(isTold),
    {
      type: 'answer-end',
      finishReason: 'stop',
      finishReasonRaw: 'STOP',
      usage: null,
      providerMetadata: { n: 1 },
      ...judged,
    },
  ]);
  if (answer === null) throw new Error('It ended, and is no answer');
  return answer;
});

describe('an answer that is replayed', () => {
  it('is the same answer when it is collected again', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        expect(collect(replay(answer))).toEqual(answer);
      }),
      { numRuns: RUNS },
    );
  });

  it('tells the state of a call as it begins, and again at its end', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const events = [...replay(answer)].filter(isContent);
        const statesAt = (type: 'tool-call-start' | 'tool-call-end') =>
          events.flatMap((event) => (event.type === type ? [event.providerData] : []));
        const states = answer.parts.flatMap((part) => (part.type === 'tool-call' ? [part.providerData] : []));
        expect(statesAt('tool-call-start')).toEqual(states);
        expect(statesAt('tool-call-end')).toEqual(states);
      }),
      { numRuns: RUNS },
    );
  });
});
