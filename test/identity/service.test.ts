// Keys on the library's face, across restarts; and S16: there is no secret that nobody has set.

import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { ConfigError, createLLMService, type LLMService, loadConfig } from '../../src/index.ts';
import { openIdentity } from '../../src/service/identity.ts';
import { openSqliteKeys } from '../../src/stores/sqlite/keys.ts';

const logs = { report() {}, flush: () => Promise.resolve() };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-llm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function during<T>(env: Record<string, string>, work: (service: LLMService) => Promise<T>): Promise<T> {
  const service = await createLLMService({ env, cwd: folder, logs });
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

describe('a key of the library', () => {
  it('outlives the process, and with it that a key is wanted', async () => {
    const { key, id } = await during({}, (service) => service.keys.create({ tenant: 'acme', userId: 'alice' }));
    await during({}, async (service) => {
      expect(await service.identity.required()).toBe(true);
      expect(await service.identity.authenticate(key)).toMatchObject({ userId: 'alice', keyId: id });
      expect((await service.keys.list()).keys).toMatchObject([{ id, tenant: 'acme' }]);
      await service.keys.revoke(id);
    });
    await during({}, async (service) => {
      await expect(service.identity.authenticate(key)).rejects.toMatchObject({ code: 'key_revoked' });
      expect(await service.identity.required()).toBe(true);
    });
  });

  it('is void under another pepper', async () => {
    const { key } = await during({}, (service) => service.keys.create({ tenant: 'acme', userId: 'alice' }));
    await during({ LLM_KEY_PEPPER: 'x'.repeat(32) }, async (service) => {
      await expect(service.identity.authenticate(key)).rejects.toMatchObject({ code: 'unauthenticated' });
    });
  });

  it('asks as whom it stands for', async () => {
    await during({}, async (service) => {
      const { key, id } = await service.keys.create({ tenant: 'acme', userId: 'alice' });
      const { tenant, userId, keyId } = await service.identity.authenticate(key);
      const caller = { tenant, userId: userId ?? '', keyId };
      await service.generateCompletion({ messages: [{ role: 'user', content: 'Hi' }] }, { caller });
      expect((await service.ledger.rows({})).rows).toMatchObject([{ tenant: 'acme', userId: 'alice', keyId: id }]);
    });
  });
});

describe('S16: without a secret that is wanted', () => {
  it('instances that share their keys do not start: the pepper must be set', () => {
    const config = loadConfig({ env: {}, cwd: folder });
    const open = () =>
      openIdentity({
        config,
        keys: openSqliteKeys(':memory:'),
        tiers: () => [],
        whyNoModel: () => null,
        pepperFile: join(folder, 'pepper'),
        isShared: true,
        notices: null,
        clock: systemClock,
        chance: systemChance,
        report() {},
      });
    expect(open).toThrow(ConfigError);
    expect(open).toThrow(/LLM_KEY_PEPPER/);
    expect(globSync('*', { cwd: folder })).toEqual([]);
  });

  it.each(['LLM_ADMIN_KEY', 'LLM_KEY_PEPPER'])('%s of less than 32 characters is refused, and not shown', (name) => {
    const load = () => loadConfig({ env: { [name]: 'short-canary' }, cwd: folder });
    expect(load).toThrow(new RegExp(`${name}.*at least 32 characters`));
    expect(load).not.toThrow(/canary/);
  });

  it('none stands in the source', () => {
    const root = fileURLToPath(new URL('../../src/', import.meta.url));
    const secret = /\b(?:cmk_[\w-]{20,}|gsk_\w{20,}|sk-[\w-]{20,}|changeme|test-token|s3cret)/i;
    const found = globSync('**/*.{ts,sql,json}', { cwd: root }).filter((file) =>
      secret.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });
});
