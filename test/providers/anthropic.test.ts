// Anthropic by its written fixtures: a clone without recorded traffic tests it whole.

import { describe, expect, it } from 'vitest';
import { createAnthropic } from '../../src/providers/anthropic.ts';
import { readFixtures, testProvider } from '../contract/provider.ts';

testProvider('anthropic', {
  create: (apiKey) => createAnthropic({ apiKey, outputLimitOf: () => 64_000 }),
  model: 'claude-sonnet-4-6',
  fixtures: readFixtures(new URL('../fixtures/anthropic/', import.meta.url)),
});
describe('x', () => it('y', () => expect(1).toBe(1)));
