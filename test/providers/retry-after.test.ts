// How long to wait: every form that vendors use, every text that they don't.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, objectAt, stringAt } from '../../src/core/json.ts';
import {
  drainedForMs,
  durationMs,
  exhaustedForMs,
  LONGEST_WAIT_MS,
  rateLimits,
  retryAfterMs,
} from '../../src/providers/retry-after.ts';
import { hasSharedData, sharedJson } from '../shared-data.ts';

const DAY_MS = 86_400_000;

describe('a Retry-After', () => {
  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 1.5 ' }, 1_500],
    [{ 'retry-after': '7.66s' }, 7_660],
    [{ 'retry-after': '1.57s' }, 1_570],
    [{ 'retry-after': '6m0s' }, 360_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1_000],
    [{ 'retry-after-ms': '0' }, 0],
    [{ 'retry-after-ms': 'soon', 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '1000000000' }, DAY_MS],
    [{ 'retry-after': '9'.repeat(64) }, DAY_MS],
    [{ 'retry-after': '9'.repeat(65) }, null],
    [{ 'retry-after': '-1' }, null],
    [{ 'retry-after': 'NaN' }, null],
    [{ 'retry-after': 'Infinity' }, null],
    [{ 'retry-after': '1e9' }, null],
    [{ 'retry-after': '0x10' }, null],
    [{ 'retry-after': '2, 2' }, null],
    [{ 'retry-after': '' }, null],
    [{}, null],
  ])('F06: %o is a wait of %s ms', (headers, waitMs) => {
    expect(retryAfterMs(headers)).toBe(waitMs);
  });

  it('F06: that is a date counts from the date of the reply, and without one says nothing', () => {
    const date = 'Tue, 04 Mar 2025 10:40:12 GMT';
    const at = (until: string) => retryAfterMs({ 'retry-after': until, date });
    expect(at('Tue, 04 Mar 2025 10:40:42 GMT')).toBe(30_000);
    expect(at('Tue, 04 Mar 2025 10:40:02 GMT')).toBe(0);
    expect(at('Fri, 31 Dec 9999 23:59:59 GMT')).toBe(DAY_MS);
    expect(at('Tue, 99 Foo 2025 10:40:42 GMT')).toBeNull();
    expect(at('2025-03-04T10:40:42Z')).toBeNull();
    expect(retryAfterMs({ 'retry-after': 'Tue, 04 Mar 2025 10:40:42 GMT' })).toBeNull();
  });

  it('I20: of any text is nothing, or a wait from 0 to 24 hours', () => {
    const isWait = (ms: number | null) => ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_WAIT_MS);
    const like = fc.stringMatching(/^-?[0-9.]{0,30}(ns|us|ms|s|m|h|d|e9)?$/);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      like,
      fc.array(like).map((parts) => parts.join('')),
    );
    const header = fc.option(text, { nil: undefined });
    fc.assert(
      fc.property(header, header, header, (seconds, ms, date) => {
        const headers = { 'retry-after': seconds, 'retry-after-ms': ms, date };
        return isWait(retryAfterMs(headers)) && isWait(durationMs(seconds));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a duration', () => {
  it.each([
    ['2m59.56s', 179_560],
    ['7.66s', 7_660],
    ['26ms', 26],
    ['6m0s', 360_000],
    ['0s', 0],
    ['1h2m3s', 3_723_000],
    ['114h18m0s', DAY_MS],
    ['1d', DAY_MS],
    ['1.984999999s', 1_985],
    ['17.399999999s', 17_400],
    ['500µs', 1],
    ['5', null],
    ['m5s', null],
    ['5s ago', null],
    ['-5s', null],
    ['1..5s', null],
  ])('%s is %s ms', (text, waitMs) => {
    expect(durationMs(text)).toBe(waitMs);
  });
});

describe('what a vendor says of its limits', () => {
  it('is null where it says nothing', () => {
    const nothing = rateLimits({});
    expect(Object.values(nothing)).toEqual([null, null, null, null, null, null]);
    expect(rateLimits({ 'x-ratelimit-limit-requests': '-1', 'x-ratelimit-remaining-tokens': '1.5' })).toEqual(nothing);
  });

  it('is read as Groq writes it', () => {
    const headers = {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '7.66s',
    };
    expect(rateLimits(headers)).toEqual({
      limitRequests: 14_400,
      remainingRequests: 14_370,
      resetRequestsMs: 179_560,
      limitTokens: 18_000,
      remainingTokens: 0,
      resetTokensMs: 7_660,
    });
  });
});

describe.skipIf(!hasSharedData)('recorded headers', () => {
  const recorded = sharedJson('ratelimit-headers.json');
  const sets = Array.isArray(recorded) ? recorded : [];

  it('are there', () => {
    expect(sets.length).toBeGreaterThanOrEqual(80);
  });

  it.each(sets.map((set: Json, index) => [index, stringAt(set, 'provider'), objectAt(set, 'headers') ?? {}] as const))(
    'no. %i (%s) are read as they stand',
    (_index, _provider, written) => {
      const headers = Object.fromEntries(Object.entries(written).map(([name, value]) => [name, String(value)]));
      const number = (name: string) => (headers[name] === undefined ? null : Number(headers[name]));
      const limits = rateLimits(headers);
      expect(limits).toMatchObject({
        limitRequests: number('x-ratelimit-limit-requests'),
        remainingRequests: number('x-ratelimit-remaining-requests'),
        limitTokens: number('x-ratelimit-limit-tokens'),
        remainingTokens: number('x-ratelimit-remaining-tokens'),
      });
      for (const [resetMs, name] of [
        [limits.resetRequestsMs, 'x-ratelimit-reset-requests'],
        [limits.resetTokensMs, 'x-ratelimit-reset-tokens'],
      ] as const) {
        // Azure tells a bare number, without saying of what.
        expect(resetMs !== null).toBe(/[a-z]$/.test(headers[name] ?? ''));
      }
      const waitMs =
        number('retry-after-ms') || (number('retry-after') === null ? null : Number(headers['retry-after']) * 1_000);
      expect(retryAfterMs(headers)).toBe(waitMs);
    },
  );
});

describe('a 429 without retry-after', () => {
  it.each([
    [
      'no window is told to be used up',
      { 'x-ratelimit-remaining-tokens': '7', 'x-ratelimit-reset-tokens': '9s' },
      null,
    ],
    ['the tokens are used up', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s' }, 7_660],
    [
      'both are used up',
      {
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '7.66s',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2m59.56s',
      },
      179_560,
    ],
    ['the reset of the one used up is not told', { 'x-ratelimit-remaining-requests': '0' }, null],
  ])('waits for the window that is used up: %s', (_what, headers, waitMs) => {
    expect(exhaustedForMs(headers)).toBe(waitMs);
  });
});

describe('an answer that was the last one', () => {
  const requests = (remaining: string, limit = '1000') => ({
    'x-ratelimit-limit-requests': limit,
    'x-ratelimit-remaining-requests': remaining,
    'x-ratelimit-reset-requests': '24h0m0s',
  });
  const tokens = (remaining: string) => ({
    'x-ratelimit-limit-tokens': '8000',
    'x-ratelimit-remaining-tokens': remaining,
    'x-ratelimit-reset-tokens': '1m0s',
  });
  it.each([
    ['there are requests and tokens', { ...requests('1'), ...tokens('1') }, null],
    ['no request is left: until the first of a thousand is back, not all of them', requests('0'), 86_400],
    ['no token is left: until all of them are back', { ...requests('7'), ...tokens('0') }, 60_000],
    ['neither is left: the longer of the two', { ...requests('0'), ...tokens('0') }, 86_400],
    ['nobody says how many there are', { ...requests('0', 'many') }, 86_400_000],
    ['nobody says when', { 'x-ratelimit-remaining-requests': '0' }, null],
    ['nobody says anything', {}, null],
  ])('says how long nothing is left: %s', (_what, headers, forMs) => {
    expect(drainedForMs(headers)).toBe(forMs);
  });

  it('gives a wait for any text, null or from 0 to 24 h', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (limit, reset) => {
        const forMs = drainedForMs({
          'x-ratelimit-limit-requests': limit,
          'x-ratelimit-remaining-requests': '0',
          'x-ratelimit-reset-requests': reset,
        });
        expect(forMs === null || (forMs >= 0 && forMs <= LONGEST_WAIT_MS)).toBe(true);
      }),
    );
  });
});
