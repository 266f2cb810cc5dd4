// I12 by the clock on the wall: probes of one tenant, each after another tenant has asked either the same or something else, by the toss
// of a coin. Welch's t of their times tells whether a prober could learn which. The coin's seed is printed.

import { expect, it } from 'vitest';
import { createLLMService } from '../../src/index.ts';
import { drawnSeed, seededRandom } from '../faults/seeded-random.ts';

const PROBES = 10_000;
/** Beyond this by chance once in 16,000 runs. */
const T_MOST = 4;

it('I12: ten thousand probes do not tell whether another tenant has asked the same', async () => {
  const seed = drawnSeed();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const service = await createLLMService({
    env: {
      LLM_PRIMARY_PROVIDER: 'offline',
      LOG_LEVEL: 'silent',
      GROQ_RATE_LIMIT_RPM: '1000000',
      GROQ_RATE_LIMIT_RPD: '1000000',
    },
    dataDir: 'memory',
  });
  try {
    const ask = (tenant: string, text: string) =>
      service.generateCompletion(
        { messages: [{ role: 'user', content: text }] },
        { caller: { tenant, userId: 'ann' } },
      );
    const timesMs: Record<'same' | 'other', number[]> = { same: [], other: [] };
    for (let probe = -500; probe < PROBES; probe++) {
      const kind = random() < 0.5 ? 'same' : 'other';
      await ask('other', kind === 'same' ? `probe ${probe}` : `apart ${probe}`);
      const startedAtMs = performance.now();
      const { cached } = await ask('acme', `probe ${probe}`);
      // The first ones warm the machine up.
      if (probe >= 0) timesMs[kind].push(performance.now() - startedAtMs);
      expect(cached).toBe(false);
    }
    const t = welch(timesMs.same, timesMs.other);
    console.log(`t ${t.toFixed(2)} of ${timesMs.same.length} and ${timesMs.other.length} probes`);
    expect(Math.abs(t)).toBeLessThan(T_MOST);
  } finally {
    await service.close();
  }
});

function welch(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [momentsOf(one), momentsOf(other)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / one.length + b.variance / other.length);
}

/** Without the slowest hundredth: a pause of the machine is no news of a cache. */
function momentsOf(values: readonly number[]) {
  const kept = [...values].sort((a, b) => a - b).slice(0, Math.floor(values.length * 0.99));
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
  return { mean, variance };
}
