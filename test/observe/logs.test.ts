// Logs: one event is one JSON line, and no secret is ever in it, however it travels (I25, S36, P14).

import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogs, redactFields } from '../../src/observe/logs.ts';

const secret = fc.stringMatching(/^gsk_[A-Za-z0-9+/"\\]{12,52}$/);
/** Ways in which a secret gets into something: alone or in a sentence, and encoded. */
const carrier = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => `Bearer ${text}`,
  (text) => encodeURIComponent(`?key=${text}&a=1`),
  (text) => JSON.stringify({ authorization: `Bearer ${text}` }),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`x:${text}`).toString('base64'),
  (text) => Buffer.from(`Bearer ${text}, and more`).toString('base64url'),
);
const nesting = fc.constantFrom<(value: unknown) => Record<string, unknown>>(
  (value) => ({ field: value }),
  (value) => ({ [String(value)]: 1 }),
  (value) => ({ a: { b: [1, { c: value }] } }),
  (value) => ({ error: new Error(String(value), { cause: new Error(`inside: ${String(value)}`) }) }),
  (value) => ({ a: { b: { c: { d: { e: { f: value } } } } } }),
);

describe('a log line', () => {
  it('holds no secret, whatever carries it and however deep (I25)', () => {
    fc.assert(
      fc.property(secret, carrier, nesting, (key, carry, nest) => {
        const line = JSON.stringify(redactFields(nest(carry(key)), [key]));
        for (const form of [key, Buffer.from(key).toString('base64').slice(0, -4), encodeURIComponent(key)])
          expect(line).not.toContain(form);
        expect(line).not.toContain(carry(key));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves everything else as it is', () => {
    const fields = { model: 'openai/gpt-oss-120b', tokens_used: 15, cost_usd: '0.00002', cached: false, code: null };
    expect(redactFields(fields, ['gsk_0123456789abcdef'])).toEqual(fields);
  });

  it('holds no secret that came to be known later either (I25)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'codementor-logs-'));
    const path = join(folder, 'log');
    const logs = createLogs({ level: 'info', descriptor: openSync(path, 'w'), secrets: ['first_canary'] });
    logs.hide?.(['later_canary']);
    logs.report('info', 'request', { before: 'first_canary', after: 'later_canary', other: 'shown' });
    await logs.flush();
    const written = readFileSync(path, 'utf8');
    expect(written).toContain('shown');
    expect(written).not.toContain('canary');
    rmSync(folder, { recursive: true });
  });

  it('is one line of JSON for any bytes (S36)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'codementor-logs-'));
    const path = join(folder, 'log');
    const logs = createLogs({ level: 'info', descriptor: openSync(path, 'w'), secrets: [] });
    const users = ['\u001b[31mred', 'a\n{"level":"info","event":"forged"}', 'tab\tcr\r', '\u2028\u202e'];
    for (const user of users) logs.report('info', 'request', { user_id: user });
    await logs.flush();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).user_id)).toEqual(users);
    expect(readFileSync(path, 'utf8')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    rmSync(folder, { recursive: true });
  });
});
