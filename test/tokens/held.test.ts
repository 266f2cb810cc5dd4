// What a window that counts tokens is charged for a prompt too long to be counted in one go: its count, not a guess.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, expect, it } from 'vitest';
import { createLLMService, type LLMRequest } from '../../src/index.ts';
import { asks, COMPLETION, startGateway } from '../gateway/start.ts';

const made: string[] = [];
afterAll(() => {
  for (const each of made) rmSync(each, { recursive: true, force: true });
});

/** Where a window counts tokens. */
function folder(): string {
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-llm-'));
  made.push(cwd);
  const limits = 'default_tier: free\ntiers: { free: { tokens_per_day: 10000000 } }\n';
  writeFileSync(join(cwd, 'codementor-llm.yaml'), limits);
  return cwd;
}

async function held(request: LLMRequest): Promise<number> {
  const cwd = folder();
  const service = await createLLMService({ cwd, env: { LOG_LEVEL: 'silent' }, dataDir: 'memory' });
  try {
    await service.generateCompletion({ maxTokens: 100, model: 'openai/gpt-oss-120b', ...request });
    const { rows } = await service.ledger.rows({});
    return rows[0]?.heldTokens ?? Number.NaN;
  } finally {
    await service.close();
  }
}

const line = (count: number) => `for (let item${count} of list) total += price[${count * 7}]; // Zażółć ${count}`;

it('a prompt of 150,000 characters is held to a hundredth of its tokens', async () => {
  const content = Array.from({ length: 2_500 }, (_, index) => line(index)).join('\n');
  expect(content.length).toBeGreaterThan(150_000);
  const tokens = countTokens(content);
  const amount = (await held({ messages: [{ role: 'user', content }] })) - 100;
  expect(amount).toBeGreaterThanOrEqual(tokens);
  expect(amount).toBeLessThan(1.01 * tokens + 200);
});

it('dense text that is hidden where a guess would not look is held too', async () => {
  // A guess reads 16 stretches of 512 characters, evenly spread; between any two of them stands gibberish, four tokens a word.
  const length = 160_000;
  const distance = (length - 512) / 15;
  const prose = 'The quick brown fox jumps over the lazy dog. '.repeat(4_000);
  const gibberish = 'qzxvk wpqjz xkvqz jwzqp '.repeat(8_000);
  const content = Array.from({ length: 160 }, (_, block) => {
    const start = block * 1_000;
    const after = start % distance;
    const source = after > 1_000 && after < distance - 1_500 ? gibberish : prose;
    return source.slice(start, start + 1_000);
  }).join('');
  const amount = (await held({ messages: [{ role: 'user', content }] })) - 100;
  expect(amount).toBeGreaterThanOrEqual(countTokens(content));
});

it('what a vendor bills for a prompt above its bound is held for the next one like it', async () => {
  const running = await startGateway({ cwd: folder() });
  try {
    const usage = { prompt_tokens: 1_000, completion_tokens: 3, total_tokens: 1_003 };
    running.vendor.next({ says: { text: 'Hello', usage } });
    // An answer long enough that the whole is not above what was held: the prompt alone is.
    const body = (text: string) => asks(text, { max_tokens: 4_000 });
    for (const text of ['greet me', 'greet us']) await running.post(COMPLETION, body(text));
    const [first, second] = (await running.rows()).map(({ heldTokens }) => heldTokens ?? Number.NaN);
    expect(first).toBeLessThan(4_000 + 200);
    expect(second).toBeGreaterThanOrEqual(4_000 + 1_000);
    expect((await running.rows()).map(({ overHold }) => overHold)).toEqual([false, false]);
  } finally {
    await running.close();
  }
});
