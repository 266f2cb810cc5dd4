// S36: whatever a tenant, a user, a key or a tag is called, an event is one line of JSON that says what was reported and nothing
// else, and no byte of it moves a terminal's cursor, hides a line or turns it about.

import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLLMService, createLogs, type LLMService, type Logs } from '../../src/index.ts';
import { startGateway } from '../gateway/start.ts';

/** Controls (C0, DEL, C1), line ends of Unicode, and marks that turn text about. */
const MISLEADING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const FORGED = [
  'acme\n{"level":"error","event":"forged"}',
  'acme\r\n{"level":"error","event":"forged"}',
  '"},"event":"forged","x":{"',
  '\u001b]0;owned\u0007\u001b[2J\u001b[31mred',
  '\u009b2J',
  'acme\u2028{"event":"forged"}\u2029\u0085',
  '\u202egnp.exe',
  'a\u0000b',
  'half \ud800 of one',
  '%s %j %o %c',
];

let folder: string;
let path: string;
let logs: Logs;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-injection-'));
  path = join(folder, 'log');
  logs = createLogs({ level: 'debug', descriptor: openSync(path, 'a'), secrets: [] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const text = fc.oneof(
  fc.constantFrom(...FORGED),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[\u0000-\u00a0\u2028-\u202e"\\]{0,20}$/),
);

/** Half a character cannot be written in UTF-8: it is told escaped, or as the mark for one. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toWellFormed(), wellFormed(each)]));
}

describe('S36: a line of the log', () => {
  it('is one for each event, and says what was reported, whatever ids and tags are called', async () => {
    const told: { tenant: string; user_id: string; key_id: string; tags: Record<string, string> }[] = [];
    fc.assert(
      fc.property(text, text, text, text, (tenant, user_id, key_id, tag) => {
        const fields = { tenant, user_id, key_id, tags: { [`t${tag}`]: tag } };
        told.push(fields);
        logs.report('info', 'groq_request_success', fields);
      }),
      { numRuns: 1_000 },
    );
    await logs.flush();
    const written = readFileSync(path, 'utf8');
    expect(written).not.toMatch(MISLEADING);
    const lines = written.trimEnd().split('\n');
    expect(lines).toHaveLength(told.length);
    for (const [index, line] of lines.entries()) {
      const { event, tenant, user_id, key_id, tags } = JSON.parse(line);
      expect(event).toBe('groq_request_success');
      expect(wellFormed({ tenant, user_id, key_id, tags })).toEqual(wellFormed(told[index]));
    }
  });
});

describe('S36: a name with anything but printable ASCII in it', () => {
  let service: LLMService;
  const events: { event: string; text: string }[] = [];
  beforeAll(async () => {
    service = await createLLMService({
      env: {},
      cwd: folder,
      dataDir: 'memory',
      logs: {
        report: (_level, event, fields) => void events.push({ event, text: JSON.stringify(fields) }),
        flush: () => Promise.resolve(),
      },
    });
  });
  afterAll(() => service.close());
  const isPlain = (name: string) => /^[\x20-\x7e]{1,256}$/.test(name);

  it.each(FORGED.filter((name) => !isPlain(name)))(
    'is neither a tenant nor a user (%j), and reaches no row',
    async (name) => {
      const request = { messages: [{ role: 'user' as const, content: 'hi' }] };
      for (const caller of [
        { tenant: name, userId: 'ann' },
        { tenant: 'acme', userId: name },
      ])
        await expect(service.generateCompletion(request, { caller })).rejects.toMatchObject({
          code: 'invalid_request',
        });
      expect((await service.ledger.rows({})).rows).toEqual([]);
      expect(events).toEqual([]);
    },
  );

  it('is refused in a path and a query of the gateway, and told to the log by none of its bytes', async () => {
    const running = await startGateway();
    try {
      for (const name of FORGED.filter((each) => !isPlain(each)).map((each) =>
        encodeURIComponent(each.toWellFormed()),
      )) {
        for (const of of [
          `/api/v1/admin/tenants/${name}/usage`,
          `/api/v1/llm/usage/${name}`,
          `/api/v1/admin/ledger?key_id=${name}`,
          `/api/v1/admin/ledger?tenant=${name}`,
        ])
          expect([of, (await running.get(of)).status]).toEqual([of, 400]);
      }
      expect(running.lines).toEqual([]);
    } finally {
      await running.close();
    }
  });
});
