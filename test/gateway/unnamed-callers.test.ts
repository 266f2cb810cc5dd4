// Callers who name no user are one user, whatever they ask by: what docs/clients.md warns of, and how it is lifted there.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asks, CHAT, COMPLETION, MODEL, startGateway } from './start.ts';

it.each([
  ['GROQ_RATE_LIMIT_RPM', '', { GROQ_RATE_LIMIT_RPM: '2' }],
  ['a window of the user anonymous', 'users: { anonymous: { requests_per_minute: 2 } }', {}],
])(
  'callers without a name share one window in all dialects, which %s sets and the refusal names',
  async (_what, yaml, env) => {
    const cwd = mkdtempSync(join(tmpdir(), 'codementor-llm-unnamed-'));
    writeFileSync(join(cwd, 'codementor-llm.yaml'), yaml);
    const running = await startGateway({ cwd, env });
    const turn = { model: MODEL, max_tokens: 9, ...asks('one') };
    const statuses = [(await running.post(COMPLETION, asks('two'))).status, (await running.post(CHAT, turn)).status];
    const refused = await running.post('/v1/messages', turn);
    const told = await refused.text();
    const named = await running.post(CHAT, { ...turn, user: 'ann' });
    await running.close();
    rmSync(cwd, { recursive: true });
    expect([...statuses, refused.status, named.status]).toEqual([200, 200, 429, 200]);
    expect(told).toContain('The limit of 2 requests_per_minute of this user is reached');
  },
);
