// `models --check` as an operator runs it, against a vendor that lists four models and keeps what it was asked.

import { describe, expect, it } from 'vitest';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

const CANARY = vendorEnv('')['GROQ_API_KEY'] ?? '';

describe('models --check', () => {
  it('tells what the vendor lists and the catalogue has beyond it; all in use is there, so it succeeds', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder(vendorEnv(vendor.url));
    const { code, stdout, stderr } = await folder.run(['models', '--check']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      [
        '✓ groq: lists 4 models',
        '  ! 3 of the catalogue are not listed: llama-3.3-70b-versatile, llama-3.1-8b-instant, minimaxai/minimax-m2.7\n',
      ].join('\n'),
    );
  });

  it('folds a catalogue of which next to nothing is listed into one line, and has all of it as JSON', async () => {
    await using vendor = await withVendor(startGroqMock);
    // The mock lists Groq's models: of OpenAI's catalogue nothing.
    const env = {
      OPENAI_API_KEY: 'sk-canary',
      OPENAI_BASE_URL: `${vendor.url}/openai/v1`,
      LLM_FALLBACK_PROVIDER: 'none',
    };
    await using folder = new Folder({ ...vendorEnv(vendor.url), ...env });
    const { stdout } = await folder.run(['models', '--check']);
    const [, ...openai] = stdout.slice(stdout.indexOf('openai: lists')).trim().split('\n');
    expect(openai).toEqual([
      expect.stringMatching(/^ {2}! \d\d of the catalogue are not listed: (\S+, ){8}… \(all of them: --json\)$/),
      expect.stringMatching(/^ {2}- \d more than are known here: /),
    ]);
    const report = JSON.parse((await folder.run(['models', '--check', '--json'])).stdout);
    expect(report.providers[1].findings.length).toBe(Number(/\d\d/.exec(openai[0] ?? '')));
  });

  it('fails for a model in use that the vendor does not list, also as JSON, and shows no key', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder({ ...vendorEnv(vendor.url), GROQ_MODEL: 'llama-3.1-8b-instant' });
    const shown = await folder.run(['models', '--check']);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain(
      '✗ groq: lists 4 models\n  ✗ llama-3.1-8b-instant is not on the list of the vendor (named as the default model)\n',
    );
    expect(shown.stderr).toMatch(/^error: Not everything that is in use is there/);
    const asJson = await folder.run(['models', '--check', '--json']);
    expect(asJson.code).toBe(1);
    const { ok, providers } = JSON.parse(asJson.stdout);
    expect({ ok, providers }).toMatchObject({
      ok: false,
      providers: [
        { provider: 'groq', listed: 4, findings: [{ kind: 'missing', level: 'error' }, {}, {}], unknown: [] },
      ],
    });
    for (const { stdout, stderr } of [shown, asJson]) expect(stdout + stderr).not.toContain(CANARY);
  });

  it('runs beside a server that holds the data folder', async () => {
    await using vendor = await withVendor(startGroqMock);
    await using folder = new Folder(vendorEnv(vendor.url));
    await folder.serve();
    expect(await folder.run(['models', '--check'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('tells which vendor cannot be asked, and that nothing is where answers are made offline', async () => {
    await using folder = new Folder();
    const dead = await folder.run(['models', '--check'], { env: vendorEnv('http://127.0.0.1:9') });
    expect(dead.code).toBe(1);
    expect(dead.stdout).toMatch(
      /^✗ groq: http:\/\/127\.0\.0\.1:9\/openai\/v1\/models could not be reached \([A-Za-z_]+\)\n$/,
    );
    const offline = await folder.run(['models', '--check']);
    expect(offline).toMatchObject({ code: 0, stdout: '- offline: nothing to ask, since it answers in this process\n' });
  });

  it('names a retired model with its replacement before anybody is asked', async () => {
    await using folder = new Folder({ ...vendorEnv('http://127.0.0.1:9'), GROQ_MODEL: 'mixtral-8x7b-32768' });
    for (const command of [['models', '--check'], ['doctor'], ['serve']]) {
      const { code, stderr } = await folder.run(command);
      expect(code).toBe(1);
      expect(stderr).toContain('Groq shut "mixtral-8x7b-32768" down on 2025-03-20. Use "openai/gpt-oss-120b"');
    }
  });
});
