// S31: the list of regular expressions that cannot be made slow says what recheck says of each of them today.

import { describe, expect, it } from 'vitest';
import { patternsOfSource, readSafeList, verdictOn } from './source-regexps.ts';

describe('the regular expressions on the list', () => {
  const safe = new Set(readSafeList().safe);
  for (const [name, { source, flags }] of patternsOfSource()) {
    if (!safe.has(name)) continue;
    it(`S31: cannot be made slow: ${name}`, () => expect(verdictOn(source, flags, 600_000)).toBe('safe'));
  }
});
