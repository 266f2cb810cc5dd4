// Texts that are made to be dear to count: taken or refused like any other, under a window that counts tokens, so that they are
// counted to their end. How long a piece of the work may be is shown in test/tokens/counter.test.ts, without a clock.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { asks, CHAT, COMPLETION, MODEL, type RunningGateway, startGateway } from './start.ts';

const folder = mkdtempSync(join(tmpdir(), 'codementor-llm-'));
let running: RunningGateway;
beforeAll(async () => {
  const limits = 'default_tier: free\ntiers: { free: { tokens_per_day: 100000000, usd_per_day: 1000 } }\n';
  writeFileSync(join(folder, 'codementor-llm.yaml'), limits);
  running = await startGateway({ cwd: folder });
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true, force: true });
});

/** In stretches that end where merges of a run of equals end too: in one go some of these take minutes. */
function tokensOf(text: string): number {
  let tokens = 0;
  for (let start = 0; start < text.length; start += 960) tokens += countTokens(text.slice(start, start + 960));
  return tokens;
}

async function isTaken(unit: string, times = 200_000): Promise<void> {
  const text = unit.repeat(times);
  const reply = await running.post(COMPLETION, asks(text, { cache: 'off', max_tokens: 300 }));
  expect(reply.status).toBe(200);
  const row = (await running.rows()).at(-1);
  expect(row?.heldTokens).toBeGreaterThanOrEqual(300 + tokensOf(text));
  expect(row?.heldTokens).toBeLessThan(300 + 1.2 * tokensOf(text) + 200);
}

describe('a flood of one kind of character', () => {
  it('B30, S34: one word of 200,000 letters is counted and answered', () => isTaken('a'));

  it.each([' ', '\n', '_', '^', '-'])('B31, S34: 200,000 times %j are counted and answered', (unit) => isTaken(unit));

  it('B31, S34: 200,000 characters without width are taken for more than the model holds, and nobody is asked', async () => {
    const asked = running.vendor.requests.length;
    const reply = await running.post(COMPLETION, asks('\u200b'.repeat(200_000)));
    expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([400, 'context_length_exceeded']);
    expect(running.vendor.requests.length).toBe(asked);
    await isTaken('\u200b', 100_000);
  });

  it('B35: a prompt above the window is refused with its size and the window, and nobody is asked, in every dialect', async () => {
    const asked = running.vendor.requests.length;
    for (const [path, more] of [
      [COMPLETION, {}],
      [CHAT, { model: MODEL }],
    ] as const) {
      const reply = await running.post(path, asks('word '.repeat(200_000), more));
      expect(reply.status).toBe(400);
      const { error } = errorShape.parse(await reply.json());
      expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'messages' });
      expect(error.message).toMatch(/^The prompt is about 2\d{5} tokens\. .+ takes 131072 in all/);
    }
    expect(running.vendor.requests.length).toBe(asked);
  });
});
