// The breaker in front of a store that may be away.

import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/stores/breaker.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const OUTAGE = new Error('no answer');
const ANSWER = new Error('a refusal');
const REFUSAL = new Error('the breaker is open');

function setUp() {
  const clock = new SimulatedClock();
  const breaker = new Breaker({ clock, isOutage: (error) => error === OUTAGE, refusal: () => REFUSAL });
  let asked = 0;
  const ask = (outcome: Error | null) =>
    breaker
      .run(async () => {
        asked++;
        if (outcome !== null) throw outcome;
      })
      .then(
        () => null,
        (error: unknown) => error,
      );
  return { clock, breaker, ask, asked: () => asked };
}

describe('the breaker of a store', () => {
  it('opens after three outages in a row, and then asks nobody', async () => {
    const { breaker, ask, asked } = setUp();
    for (let times = 0; times < 3; times++) expect(await ask(OUTAGE)).toBe(OUTAGE);
    expect(breaker.isOpen).toBe(true);
    expect(await ask(null)).toBe(REFUSAL);
    expect(asked()).toBe(3);
  });

  it('counts no answer as an outage, be it a refusal', async () => {
    const { breaker, ask } = setUp();
    for (const outcome of [OUTAGE, OUTAGE, ANSWER, OUTAGE, OUTAGE, null, OUTAGE, OUTAGE]) await ask(outcome);
    expect(breaker.isOpen).toBe(false);
  });

  it('lets one probe through after five seconds, and closes when it succeeds', async () => {
    const { clock, breaker, ask, asked } = setUp();
    breaker.trip();
    clock.advance(4_999);
    expect(await ask(null)).toBe(REFUSAL);
    clock.advance(1);
    const results = await Promise.all([ask(null), ask(null), ask(null)]);
    expect(results).toEqual([null, REFUSAL, REFUSAL]);
    expect([breaker.isOpen, asked()]).toEqual([false, 1]);
  });

  it('stays open for five more seconds when the probe fails', async () => {
    const { clock, breaker, ask } = setUp();
    breaker.trip();
    clock.advance(5_000);
    expect(await ask(OUTAGE)).toBe(OUTAGE);
    clock.advance(4_999);
    expect(await ask(null)).toBe(REFUSAL);
    clock.advance(1);
    expect(await ask(ANSWER)).toBe(ANSWER);
    expect(breaker.isOpen).toBe(false);
  });

  it('F33: is not closed by the late answer to a call from before the opening', async () => {
    const { breaker } = setUp();
    let answer = () => {};
    const late = breaker.run(() => new Promise<void>((resolve) => (answer = resolve)));
    breaker.trip();
    answer();
    await late;
    expect(breaker.isOpen).toBe(true);
  });
});
