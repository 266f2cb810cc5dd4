// What Anthropic's headers say is left of our account, read from what was recorded and from what was not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, objectAt, stringAt } from '../../src/core/json.ts';
import { drainedForMs, exhaustedForMs } from '../../src/providers/anthropic/limits.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { LONGEST_WAIT_MS } from '../../src/providers/retry-after.ts';
import { codecOf } from '../contract/provider.ts';
import { hasSharedData, sharedJson } from '../shared-data.ts';

const codec = codecOf(createAnthropic({ apiKey: 'sk-ant-canary', outputLimitOf: () => null }));
const date = 'Wed, 19 Aug 2026 15:00:05 GMT';
const left = (window: string, remaining: string, reset: string, limit = '50') => ({
  [`anthropic-ratelimit-${window}-limit`]: limit,
  [`anthropic-ratelimit-${window}-remaining`]: remaining,
  [`anthropic-ratelimit-${window}-reset`]: reset,
});

describe('an answer of Anthropic’s that was the last one', () => {
  it.each([
    ['something is left of each', { ...left('requests', '1', '2026-08-19T15:00:15Z') }, null],
    ['no request is left: until the first of fifty is back', left('requests', '0', '2026-08-19T15:01:05Z'), 1_200],
    ['no input token is left: until all of them are back', left('input-tokens', '0', '2026-08-19T15:00:15Z'), 10_000],
    [
      'neither is left: the longer of the two',
      { ...left('requests', '0', '2026-08-19T15:01:05Z'), ...left('output-tokens', '0', '2026-08-19T15:00:06Z') },
      1_200,
    ],
    ['it is back by now', left('tokens', '0', '2026-08-19T14:59:00Z'), 0],
    ['nobody says how many there are', left('requests', '0', '2026-08-19T15:00:15Z', 'many'), 10_000],
    ['nobody says when', { 'anthropic-ratelimit-tokens-remaining': '0' }, null],
    ['the moment is none', left('tokens', '0', '10s'), null],
    ['nobody says anything', {}, null],
  ])('says how long nothing is left: %s', (_what, headers, forMs) => {
    expect(codec.drainedForMs?.({ date, ...headers })).toBe(forMs);
  });

  it('says nothing where the reply has no date: a codec has no clock', () => {
    expect(drainedForMs(left('tokens', '0', '2026-08-19T15:00:15Z'))).toBeNull();
  });

  it('is waited for to the end of the window after a 429 without retry-after', () => {
    expect(exhaustedForMs({ date, ...left('requests', '0', '2026-08-19T15:01:05Z') })).toBe(60_000);
  });

  it('I20: gives a wait for any text, null or from 0 to 24 h', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (limit, reset, on) => {
        const forMs = drainedForMs({ date: on, ...left('requests', '0', reset, limit) });
        expect(forMs === null || (forMs >= 0 && forMs <= LONGEST_WAIT_MS)).toBe(true);
      }),
    );
  });
});

describe.skipIf(!hasSharedData)('recorded headers of Anthropic’s', () => {
  const recorded = sharedJson('ratelimit-headers.json');
  const sets = (Array.isArray(recorded) ? recorded : []).filter(
    (set: Json) => stringAt(set, 'provider') === 'anthropic',
  );
  const dated = sets.filter((set: Json) => stringAt(set, 'date') !== null);

  it('close nothing as they stand, and would for their own time if they were the last of a window', () => {
    expect(dated.length).toBeGreaterThanOrEqual(7);
    for (const set of dated) {
      const headers: Record<string, string> = { date: stringAt(set, 'date') ?? '' };
      for (const [name, value] of Object.entries(objectAt(set, 'headers') ?? {})) headers[name] = String(value);
      expect(drainedForMs(headers)).toBeNull();
      const reset = headers['anthropic-ratelimit-tokens-reset'];
      const untilMs = reset === undefined ? null : Math.max(0, Date.parse(reset) - Date.parse(headers['date'] ?? ''));
      expect(drainedForMs({ ...headers, 'anthropic-ratelimit-tokens-remaining': '0' })).toBe(untilMs);
    }
  });
});
