// API keys as text and on disk: what they look like, what of them is stored, and what a key may be at all.

import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { NewKey } from '../../src/identity/key-ring.ts';
import { isKey, makeKey, storedHashOf } from '../../src/identity/keys.ts';
import { pepperIn, randomPepper } from '../../src/identity/pepper.ts';
import { instance, PEPPER } from './stored-keys.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

describe('a key', () => {
  it('begins with cmk_, has 256 random bits and a checksum, and is never the same', () => {
    const keys = Array.from({ length: 1_000 }, makeKey);
    for (const key of keys) expect(key).toMatch(/^cmk_[A-Za-z0-9_-]{49}$/);
    expect(keys.every(isKey)).toBe(true);
    expect(new Set(keys.map((key) => key.slice(4, 24))).size).toBe(1_000);
  });

  it('I28: is none any more when any of its characters is another', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ é=.';
    fc.assert(
      fc.property(fc.nat(52), fc.constantFrom(...alphabet), (at, character) => {
        const key = makeKey();
        fc.pre(key[at] !== character);
        expect(isKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    '',
    'cmk_',
    `cmk_${'a'.repeat(49)}`,
    `${makeKey()}A`,
    makeKey().slice(1),
    ` ${makeKey()}`,
    makeKey().toUpperCase(),
  ])('is not %s', (text) => expect(isKey(text)).toBe(false));

  it('is stored as its HMAC with the pepper, and as nothing else', async () => {
    const { make, way } = instance();
    const { key, id } = await make();
    const hash = createHmac('sha256', PEPPER).update(key).digest('hex');
    expect(storedHashOf(key, PEPPER)).toBe(hash);
    expect(await way.keys.byHash(hash)).toMatchObject({ id });
    const told = JSON.stringify([await way.keys.list({}), await way.keys.byHash(hash)]);
    for (const secret of [key, key.slice(4, 30), hash, hash.slice(0, 16)]) expect(told).not.toContain(secret);
  });

  it('stored with another pepper is not known', async () => {
    const { make, way } = instance();
    const { key } = await make();
    expect(await instance({ keys: way.keys, pepper: 'another-pepper-of-more-than-32-chars' }).codeFor(key)).toBe(
      'unauthenticated',
    );
    expect(await instance({ keys: way.keys }).codeFor(key)).toBe('welcome');
  });
});

describe('what a key may be', () => {
  const wrong: [string, Partial<NewKey>, string][] = [
    ['no tenant', { tenant: '' }, 'tenant'],
    ['a tenant with a line end', { tenant: 'a\nb' }, 'tenant'],
    ['a user key of nobody', { userId: null }, 'userId'],
    ['a user called like a key', { userId: 'key:admin' }, 'userId'],
    ['a server key of a user', { role: 'server' }, 'userId'],
    ['a tier that is none', { tier: 'fre' }, 'tier'],
    ['no model at all', { allowedModels: [] }, 'allowedModels'],
    ['a model without a name', { allowedModels: ['tutor', ''] }, 'allowedModels'],
    ['a model that nothing leads to', { allowedModels: ['tutor', 'tutr'] }, 'allowedModels[1]'],
    ['an end in the past', { expiresAtMs: 1 }, 'expiresAtMs'],
    ['an end that is no time', { expiresAtMs: Number.NaN }, 'expiresAtMs'],
    ['an end after all dates', { expiresAtMs: 9e15 }, 'expiresAtMs'],
  ];
  it.each(wrong)('is not %s', async (_what, about, param) => {
    const { make, ring } = instance();
    await expect(make(about)).rejects.toMatchObject({ code: 'invalid_request', param });
    expect((await ring.list()).keys).toEqual([]);
  });

  it('names the tier that was meant, and says why no model is', async () => {
    await expect(instance().make({ tier: 'fre' })).rejects.toThrow(/free/);
    const unknown = instance().make({ allowedModels: ['tutr'] });
    await expect(unknown).rejects.toThrow('allowedModels[0]: There is no "tutr"');
  });

  it('is a user’s, a server’s or an admin’s, with all that was said of it', async () => {
    const { make, authenticator } = instance();
    const user = await make({ tier: 'free', allowedModels: ['tutor'] });
    const server = await make({ role: 'server', userId: null });
    expect(await authenticator.authenticate(user.key)).toEqual({
      role: 'user',
      tenant: 'acme',
      userId: 'alice',
      tier: 'free',
      allowedModels: ['tutor'],
      keyId: user.id,
    });
    expect(await authenticator.authenticate(server.key)).toMatchObject({ role: 'server', userId: null, tier: null });
    expect([user.first, server.first]).toEqual([true, false]);
  });
});

describe('the pepper of the embedded mode', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pepper-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner alone to read', () => {
    const path = join(folder, 'pepper');
    const pepper = pepperIn(path);
    expect(pepper).toMatch(/^[\w-]{43}$/);
    expect(pepperIn(path)).toBe(pepper);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').trim()).toBe(pepper);
  });

  it.each(['', 'short', `${'x'.repeat(40)}\n${'y'.repeat(40)}`])(
    'S16: is no default where the file holds %j',
    (text) => {
      const path = join(folder, `pepper-${text.length}`);
      writeFileSync(path, text);
      expect(() => pepperIn(path)).toThrow(/does not hold the pepper/);
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it('says where it cannot be made', () => {
    expect(() => pepperIn(join(folder, 'no-such-folder', 'pepper'))).toThrow(/no-such-folder.*cannot be used/);
  });

  it('is another for each data folder in memory', () => {
    expect(randomPepper()).not.toBe(randomPepper());
  });
});
