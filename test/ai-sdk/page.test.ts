// The programs of docs/ai-sdk.md, run as they stand there: offline, and against a vendor of this machine.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = [...readFileSync(`${root}/docs/ai-sdk.md`, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, code = '']) => code,
);
const bare = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_API_KEY$|^(LLM|GROQ)_|^LOG_LEVEL$/.test(name)),
);

async function run(program: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const words = ['--input-type=module-typescript', '--eval', program];
  return (
    await promisify(execFile)(process.execPath, words, { cwd: root, env: { ...bare, LOG_LEVEL: 'silent', ...env } })
  ).stdout;
}

it('docs/ai-sdk.md has two programs, and the first is answered offline', async () => {
  expect(programs).toHaveLength(2);
  expect(await run(programs[0] ?? '')).toMatch(/What is a closure\? \d+ 0\.00\n$/);
});

it('docs/ai-sdk.md has a second program, which a server of this machine answers for money', async () => {
  const vendor = await startGroqMock({ path: '/v1' });
  vendor.next({ says: { text: 'A function.', usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } } });
  const said = await run(programs[1] ?? '', { LOCAL_URL: `${vendor.url}/v1` });
  await vendor.close();
  expect(said).toBe('A function. local-chat 0.000003\n');
});
