// Breakers, whatever happens: they open by the rule and by nothing else, let one probe through at a time, and always close again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, type LLMError, llmError } from '../../src/core/errors.ts';
import type { Visit } from '../../src/core/health.ts';
import { createVendorAccounts } from '../../src/health/vendor-accounts.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, breaks, fails, hangs, type Started, type Turn, target, World } from '../world.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

const COUNTED = ['provider_unreachable', 'provider_timeout', 'provider_overloaded', 'provider_bad_reply'] as const;
const AT_ONCE = ['provider_auth', 'provider_quota'] as const;
const JUDGED = ['provider_rejected', 'model_not_found', 'context_length_exceeded', 'request_too_large'] as const;
const NO_WORD = ['provider_rate_limited', 'cancelled', 'internal', 'stream_broken'] as const;
const code = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<ErrorCode>(...COUNTED) },
  { weight: 8, arbitrary: fc.constantFrom<ErrorCode | null>(null, ...JUDGED) },
  { weight: 2, arbitrary: fc.constantFrom<ErrorCode>(...NO_WORD) },
  { weight: 1, arbitrary: fc.constantFrom<ErrorCode>(...AT_ONCE) },
);

const ACCOUNT = { scope: 'account', name: 'in_flight', limit: 2, timezone: 'UTC' } as const;
const rules = fc.record({
  failures: fc.integer({ min: 1, max: 4 }),
  windowMs: fc.integer({ min: 1, max: 20 }),
  openMs: fc.integer({ min: 1, max: 20 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('enter' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('end' as const), which: fc.nat(9), code }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15 }) }) },
);

/** The rule as it is written in docs/failover.md, reckoned anew each time from all that has happened. */
class WrittenRule {
  #outcomes: { atMs: number; isFailure: boolean }[] = [];
  openUntilMs: number | null = null;
  probe: Visit | null = null;

  mayEnter(nowMs: number): boolean {
    return this.openUntilMs === null || (nowMs >= this.openUntilMs && this.probe === null);
  }

  end(visit: Visit, code: ErrorCode | null, nowMs: number, of: { failures: number; windowMs: number; openMs: number }) {
    const isProbe = visit === this.probe;
    if (isProbe) this.probe = null;
    const isAtOnce = AT_ONCE.some((each) => each === code);
    const isFailure = isAtOnce || COUNTED.some((each) => each === code);
    if (NO_WORD.some((each) => each === code)) return;
    if (this.openUntilMs !== null) {
      if (!isProbe) return;
      this.openUntilMs = isFailure ? nowMs + of.openMs : null;
      return;
    }
    this.#outcomes.push({ atMs: nowMs, isFailure });
    const last = this.#outcomes.slice(-2 * of.failures);
    const failures = last.filter(({ atMs, isFailure: hasFailed }) => hasFailed && atMs > nowMs - of.windowMs).length;
    if (!isAtOnce && (!isFailure || failures < of.failures)) return;
    this.openUntilMs = nowMs + of.openMs;
    this.#outcomes = [];
  }
}

describe('a breaker', () => {
  it('I22: opens by the rule and by nothing else, lets one probe through at a time, and closes after one that is answered', () => {
    fc.assert(
      fc.property(rules, fc.array(step, { maxLength: 80 }), (of, steps) => {
        const clock = new SimulatedClock();
        const health = createVendorAccounts(clock, () => {});
        const rule = new WrittenRule();
        const under: Visit[] = [];
        const end = (visit: Visit, how: ErrorCode | null) => {
          if (how === null) visit.answered();
          else visit.failed(llmError(how, 'failed'));
          rule.end(visit, how, clock.monotonicMs(), of);
        };
        for (const each of steps) {
          if (each.type === 'wait') clock.advance(each.ms);
          else if (each.type === 'end') {
            const [visit] = under.splice(each.which % Math.max(1, under.length), 1);
            if (visit !== undefined) end(visit, each.code);
          } else {
            const nowMs = clock.monotonicMs();
            const mayEnter = rule.mayEnter(nowMs);
            const visit = health.enter(target(), of, false);
            expect(visit.granted).toBe(mayEnter);
            if (visit.granted) under.push(visit);
            else expect(visit.retryAfterMs).toBe(rule.probe === null ? (rule.openUntilMs ?? 0) - nowMs : 1_000);
            if (visit.granted && rule.openUntilMs !== null) rule.probe = visit;
          }
          expect(health.closed(target(), false) === null).toBe(rule.mayEnter(clock.monotonicMs()));
        }
        for (const visit of under) end(visit, 'cancelled');
        clock.advance(of.openMs);
        const probe = health.enter(target(), of, false);
        if (probe.granted) probe.answered();
        expect([probe.granted, health.closed(target(), false)]).toEqual([true, null]);
      }),
      { numRuns: RUNS },
    );
  });

  it('I22: has at most one request under way while it is open, in whole lives that end in any way, and always recovers', async () => {
    const turn = fc.constantFrom<Turn>(
      answers('done'),
      ...COUNTED.map((each) => fails(each)),
      ...AT_ONCE.map((each) => fails(each)),
      fails('provider_rejected'),
      fails('provider_rate_limited'),
      fails('provider_rate_limited', { retryAfterMs: 3_000 }),
      breaks('half an ans'),
      hangs('begun'),
      hangs(),
      hangs(),
    );
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('ask' as const), count: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('leave' as const), which: fc.nat(20) }) },
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 8_000 }) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(turn, { minLength: 400, maxLength: 400 }),
        fc.array(event, { minLength: 1, maxLength: 25 }),
        async (turns, events) => {
          const targets = [
            target({ model: 'first' }),
            target({ model: 'second', provider: { ...target().provider, id: 'another' } }),
          ];
          const world = new World({
            turns,
            targets,
            limits: { in_flight: 200 },
            policy: {
              breaker: { failures: 2, windowMs: 30_000, openMs: 5_000 },
              // So that some are let in and not asked after all.
              accountWindowsOf: ({ id }) => [{ ...ACCOUNT, scopeKey: `account:${id}` }],
            },
          });
          const isOpen = (model: string) =>
            world.lines.findLast(
              ({ event: name, fields }) => name.startsWith('provider_breaker') && fields['model'] === model,
            )?.event === 'provider_breaker_open';
          const { ask, health } = world.parts;
          const under: { readonly model: string; readonly isProbe: boolean }[] = [];
          const enter: typeof health.enter = (of, ...how) => {
            const { model } = of.card;
            // Read before: a visit is a probe when it is let in while the breaker is open.
            const visitor = { model, isProbe: isOpen(model) };
            const visit = health.enter(of, ...how);
            if (!visit.granted) return visit;
            expect(under.some((other) => visitor.isProbe && other.isProbe && other.model === model)).toBe(false);
            under.push(visitor);
            const leave = () => {
              if (under.includes(visitor)) under.splice(under.indexOf(visitor), 1);
            };
            const { answered, failed, left } = visit;
            const ends = {
              answered: () => [leave(), answered()],
              failed: (error: LLMError) => [leave(), failed(error)],
              left: () => [leave(), left()],
            };
            return { ...visit, ...ends };
          };
          Object.assign(world.parts, { health: { enter, closed: health.closed.bind(health) } });
          const started: Started[] = [];
          for (const each of events) {
            if (each.type === 'ask')
              for (let asked = 0; asked < each.count; asked++) started.push(world.start({ cache: 'off' }));
            else if (each.type === 'leave') started[each.which]?.leave();
            await world.clock.advanceAsync(each.type === 'wait' ? each.ms : 0);
          }
          for (const { leave } of started) leave();
          await world.clock.advanceAsync(200_000);
          await Promise.all(started.map(({ life }) => life));
          for (const { generation } of started)
            if (generation.ended)
              await generation.whole().catch((error: unknown) => expect(error).not.toMatchObject({ code: 'internal' }));
          expect(under).toEqual([]);
          expect(world.rows.size).toBe(world.asked.length);
          expect(world.rowList().filter((row) => row.state === 'open')).toEqual([]);
          Object.assign(world.parts, {
            ask: async (...[, request, options, emit]: Parameters<typeof ask>) => {
              await answers('well')(emit, options, request);
              return { warnings: [] };
            },
          });
          const response = await world.complete({ cache: 'off' });
          expect([response.model, response.attempts.length, isOpen('first')]).toEqual(['first', 1, false]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
