// What is known of our accounts at the vendors: when a breaker opens and closes, what closes an account, which keys are dead.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/catalog.ts';
import { ERRORS, type ErrorCode, llmError } from '../../src/core/errors.ts';
import type { BreakerRules, Visit } from '../../src/core/health.ts';
import { createVendorAccounts } from '../../src/health/vendor-accounts.ts';
import { keyPool } from '../../src/providers/key-pool.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { target } from '../world.ts';

const RULES: BreakerRules = { failures: 3, windowMs: 30_000, openMs: 10_000 };

function accounts() {
  const clock = new SimulatedClock();
  const lines: { event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const health = createVendorAccounts(clock, (level, event, fields) => {
    if (level !== 'debug') lines.push({ event, fields });
  });
  const enter = (of: Target = target()): Visit => {
    const visit = health.enter(of, RULES, false);
    if (!visit.granted) throw new Error(visit.reason);
    return visit;
  };
  const fail = (code: ErrorCode, of = target(), detail = {}) => enter(of).failed(llmError(code, 'failed', detail));
  const open = () => {
    for (let failures = 0; failures < RULES.failures; failures++) fail('provider_overloaded');
    clock.advance(RULES.openMs);
  };
  return { clock, lines, health, enter, fail, open, closed: (of = target()) => health.closed(of, false) };
}

describe('a breaker', () => {
  it.each(['provider_unreachable', 'provider_timeout', 'provider_overloaded', 'provider_bad_reply'] as const)(
    'I22: opens after so many attempts that ended with %s, and says what, and until when',
    (code) => {
      const { fail, closed, lines } = accounts();
      fail(code);
      fail(code);
      expect([closed(), lines]).toEqual([null, []]);
      fail(code);
      expect(closed()).toEqual({
        granted: false,
        code,
        reason: `its breaker is open until 2026-01-01T00:00:10.000Z, after ${code}`,
        retryAfterMs: 10_000,
      });
      const of = { provider: 'vendor', account: 'vendor', model: 'large' };
      expect(lines).toEqual([{ event: 'provider_breaker_open', fields: { ...of, code, open_ms: 10_000 } }]);
    },
  );

  it.each(['provider_auth', 'provider_quota'] as const)('opens at once after %s', (code) => {
    const { fail, closed } = accounts();
    fail(code);
    expect(closed()).toMatchObject({ code, retryAfterMs: 10_000 });
  });

  it.each([
    'provider_rate_limited',
    'provider_rejected',
    'provider_rejected_answer',
    'model_not_found',
    'context_length_exceeded',
    'stream_broken',
    'cancelled',
    'internal',
  ] as const)('does not count %s', (code) => {
    const { fail, closed } = accounts();
    for (let times = 0; times < 10; times++) fail(code);
    expect(closed()).toBeNull();
  });

  it('is of one model on one account', () => {
    const { fail, closed } = accounts();
    const another = { ...target().provider, account: 'vendor#2' };
    fail('provider_quota');
    expect(closed(target({ model: 'small' }))).toBeNull();
    expect(closed(target({ provider: another }))).toBeNull();
  });

  it('counts what lies within its window alone', () => {
    const { fail, closed, clock } = accounts();
    fail('provider_timeout');
    fail('provider_timeout');
    clock.advance(RULES.windowMs);
    fail('provider_timeout');
    expect(closed()).toBeNull();
    clock.advance(RULES.windowMs - 1);
    fail('provider_timeout');
    fail('provider_timeout');
    expect(closed()).not.toBeNull();
  });

  it('counts failures with successes between them, but not the few among many of a vendor that is well', () => {
    const { fail, closed, enter } = accounts();
    for (let times = 0; times < 100; times++) {
      fail('provider_overloaded');
      for (let successes = 0; successes < 9; successes++) enter().answered();
    }
    expect(closed()).toBeNull();
    fail('provider_overloaded');
    // Of the last six there are two now.
    for (let successes = 0; successes < 4; successes++) enter().answered();
    fail('provider_overloaded');
    expect(closed()).toBeNull();
    enter().answered();
    fail('provider_overloaded');
    expect(closed()).toBeNull();
    fail('provider_overloaded');
    expect(closed()).not.toBeNull();
  });

  it('lets one probe through when its time is over, and nobody beside it', () => {
    const { open, enter, closed, health } = accounts();
    open();
    enter();
    expect(closed()).toEqual({
      granted: false,
      code: 'provider_overloaded',
      reason: 'its breaker is open while it is tried with one request, after provider_overloaded',
      retryAfterMs: 1_000,
    });
    expect(health.enter(target(), RULES, true).granted).toBe(false);
  });

  it('closes when its probe is answered, and tells it once', () => {
    const { open, enter, closed, lines } = accounts();
    open();
    enter().answered();
    expect(closed()).toBeNull();
    expect(lines.map(({ event }) => event)).toEqual(['provider_breaker_open', 'provider_breaker_closed']);
  });

  it('closes when its probe is judged by the vendor, be it refused', () => {
    const { open, fail, closed } = accounts();
    open();
    fail('provider_rejected');
    expect(closed()).toBeNull();
  });

  it('stays open for as long again when its probe fails, and tells nothing new', () => {
    const { open, fail, closed, clock, lines } = accounts();
    open();
    fail('provider_timeout');
    expect(closed()).toMatchObject({ code: 'provider_timeout', retryAfterMs: 10_000 });
    clock.advance(9_999);
    expect(closed()).not.toBeNull();
    clock.advance(1);
    expect(closed()).toBeNull();
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['is not sent after all', (visit: Visit) => visit.left()],
    ['is cancelled', (visit: Visit) => visit.failed(llmError('cancelled', 'gone'))],
    ['is told to come later', (visit: Visit) => visit.failed(llmError('provider_rate_limited', 'later'))],
  ])('gives the next one the probe when one %s', (_how, end) => {
    const { open, enter, closed } = accounts();
    open();
    end(enter());
    expect(closed()).toBeNull();
    enter().answered();
    expect(closed()).toBeNull();
  });

  it('learns nothing from what was asked before it opened', () => {
    const { open, enter, closed, fail, clock } = accounts();
    const [early, earlier] = [enter(), enter()];
    open();
    early.answered();
    const probe = enter();
    earlier.failed(llmError('provider_timeout', 'late'));
    expect(closed()?.reason).toContain('while it is tried');
    probe.answered();
    expect(closed()).toBeNull();
    fail('provider_quota');
    clock.advance(10_000);
    expect(closed()).toBeNull();
  });

  it('takes the first word of a visit alone', () => {
    const { enter, closed } = accounts();
    for (let times = 0; times < 10; times++) {
      const visit = enter();
      visit.answered();
      visit.failed(llmError('provider_quota', 'no word any more'));
      visit.left();
    }
    expect(closed()).toBeNull();
  });

  it('is kept for a bounded number of models, the open ones longest', () => {
    const { fail, closed } = accounts();
    fail('provider_quota');
    for (let model = 0; model < 2_000; model++) fail('model_not_found', target({ model: `model-${model}` }));
    expect(closed()).not.toBeNull();
  });
});

describe('docs/failover.md', () => {
  const page = readFileSync(new URL('../../docs/failover.md', import.meta.url), 'utf8');
  const told = new Map([...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, does]) => [code, does]));
  /** By what a closed breaker makes of it, and of a trial. */
  const does = (code: ErrorCode) => {
    const { fail, closed, clock, open } = accounts();
    fail(code);
    if (closed() !== null) return 'opens the breaker at once';
    fail(code);
    fail(code);
    if (closed() !== null) return 'counts';
    clock.advance(RULES.windowMs);
    open();
    fail(code);
    fail('provider_timeout');
    return closed() === null ? 'was judged' : 'counts for nothing';
  };

  it('has every code of a vendor, and says of each what it does', () => {
    const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => /^provider_|^stream_broken$/.test(code));
    expect([...told.keys()]).toEqual(expect.arrayContaining(codes));
    for (const [code, words] of told) {
      const known = Object.keys(ERRORS).find((each): each is ErrorCode => each === code);
      if (known === undefined) throw new Error(`There is no code ${code}`);
      expect([code, words?.split(/[:;]/)[0]]).toEqual([code, does(known)]);
    }
  });
});

describe('an account', () => {
  it('takes nothing until the time that its vendor names with a 429, by whatever model, and is well again then', () => {
    const { fail, closed, clock } = accounts();
    fail('provider_rate_limited', target(), { retryAfterMs: 60_000 });
    for (const model of ['large', 'small'])
      expect(closed(target({ model }))).toEqual({
        granted: false,
        code: 'provider_rate_limited',
        reason: 'the account takes nothing until 2026-01-01T00:01:00.000Z, as its vendor told',
        retryAfterMs: 60_000,
      });
    clock.advance(60_000);
    expect(closed()).toBeNull();
  });

  it('lets the request pass that has waited for it, also when the time was put off meanwhile', () => {
    const { fail, enter, health } = accounts();
    const other = enter();
    fail('provider_rate_limited', target(), { retryAfterMs: 2_000 });
    other.failed(llmError('provider_rate_limited', 'later', { retryAfterMs: 5_000 }));
    expect(health.closed(target(), false)?.retryAfterMs).toBe(5_000);
    expect(health.enter(target(), RULES, true).granted).toBe(true);
  });

  it('is never opened earlier by another 429', () => {
    const { fail, enter, closed } = accounts();
    const other = enter();
    fail('provider_rate_limited', target(), { retryAfterMs: 5_000 });
    other.failed(llmError('provider_rate_limited', 'later', { retryAfterMs: 1_000 }));
    expect(closed()?.retryAfterMs).toBe(5_000);
  });

  it('is skipped for the model of which its vendor told that nothing is left, until some is', () => {
    const { enter, closed, clock } = accounts();
    const visit = enter();
    visit.drained(86_400);
    visit.answered();
    expect(closed()).toMatchObject({
      code: 'provider_rate_limited',
      reason: 'nothing is left for this model until 2026-01-01T00:01:26.400Z, as its vendor told',
      retryAfterMs: 86_400,
    });
    expect(closed(target({ model: 'small' }))).toBeNull();
    clock.advance(86_400);
    expect(closed()).toBeNull();
  });
});

describe('several keys at one vendor', () => {
  const pool = keyPool([target().provider, target().provider]).pool ?? [];
  const of = (account: string): Target => {
    const provider = pool.find((each) => each.account === account);
    if (provider === undefined) throw new Error(`There is no ${account}`);
    return target({ provider });
  };

  it('are told apart: one that is refused is dead for all models until the configuration is read again, and that is told once', () => {
    const { fail, closed, clock, health, enter, lines } = accounts();
    const late = enter(of('vendor#1'));
    fail('provider_auth', of('vendor#1'), { providerStatus: 401 });
    late.failed(llmError('provider_auth', 'refused'));
    clock.advance(3_600_000);
    expect(closed({ ...of('vendor#1'), card: { ...target().card, model: 'small' } })).toEqual({
      granted: false,
      code: 'provider_auth',
      reason: 'its key was refused by the vendor',
      retryAfterMs: null,
    });
    expect(closed(of('vendor#2'))).toBeNull();
    expect(lines).toEqual([
      { event: 'provider_key_dead', fields: { provider: 'vendor', account: 'vendor#1', model: 'large' } },
    ]);
    health.reloaded();
    expect(closed(of('vendor#1'))).toBeNull();
  });

  it('are not dead by what was asked with those of before the configuration was read again', () => {
    const { enter, closed, health } = accounts();
    const before = enter(of('vendor#1'));
    health.reloaded();
    before.failed(llmError('provider_auth', 'refused'));
    expect(closed({ ...of('vendor#1'), card: { ...target().card, model: 'small' } })).toBeNull();
  });

  it('are never all dead: the last one is tried again, as an only one would be', () => {
    const { fail, closed, clock } = accounts();
    fail('provider_auth', of('vendor#1'));
    fail('provider_auth', of('vendor#2'));
    expect(closed(of('vendor#2'))).toMatchObject({ code: 'provider_auth', retryAfterMs: 10_000 });
    clock.advance(10_000);
    expect(closed(of('vendor#2'))).toBeNull();
  });

  it('are not dead for a model that they may not ask (403)', () => {
    const { fail, closed } = accounts();
    fail('provider_auth', of('vendor#1'), { providerStatus: 403 });
    expect(closed(of('vendor#1'))).toMatchObject({ retryAfterMs: 10_000 });
    expect(closed({ ...of('vendor#1'), card: { ...target().card, model: 'small' } })).toBeNull();
  });
});
