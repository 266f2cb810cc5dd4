// What every KeyStore keeps: one key for one hash, told back as it was given, and a revocation that nobody takes back.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyQuery, KeyStore, StoredKey } from '../../src/core/identity.ts';
import { NOON_MS } from './windows-at-hand.ts';

const KEY: StoredKey = {
  id: 'key_1',
  tenant: 'acme',
  userId: 'alice',
  role: 'user',
  tier: 'free',
  allowedModels: ['tutor', 'groq/openai/gpt-oss-20b'],
  createdAtMs: NOON_MS,
  expiresAtMs: NOON_MS + 86_400_000,
  revokedAtMs: null,
};

function keyAt(number: number, about: Partial<StoredKey> = {}): StoredKey {
  return { ...KEY, id: `key_${number}`, createdAtMs: NOON_MS + number, ...about };
}

/** As an HMAC-SHA256 is written: 64 hexadecimal characters. */
function hashOf(number: number): string {
  return number.toString(16).padStart(64, '0');
}

export function testKeyStore(name: string, open: () => Promise<KeyStore>): void {
  let store: KeyStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe(`the keys ${name}: keeping`, () => {
    it('knows no key and no tenant at first', async () => {
      expect(await store.byHash(hashOf(1))).toBeNull();
      expect(await store.any()).toBe(false);
      expect(await store.tenants()).toEqual([]);
      expect(await store.list({})).toEqual({ keys: [], nextCursor: null });
    });

    it('gives a key back as it was given: null as null, no list of models apart from an empty one', async () => {
      const keys = [
        KEY,
        keyAt(2, { role: 'server', userId: null, tier: null, allowedModels: null, expiresAtMs: null }),
        keyAt(3, { role: 'admin', userId: null, allowedModels: [], expiresAtMs: 0 }),
        keyAt(4, { tenant: `O'Brien & "sons"; -- %_`, userId: '$1 ? :x', revokedAtMs: NOON_MS + 5 }),
      ];
      for (const [index, key] of keys.entries()) await store.create(key, hashOf(index));
      for (const [index, key] of keys.entries()) expect(await store.byHash(hashOf(index))).toEqual(key);
    });

    it('finds a key by its whole hash alone', async () => {
      await store.create(KEY, hashOf(0xabc));
      for (const near of ['', '%', hashOf(0xabc).toUpperCase(), hashOf(0xabc).slice(1), `${hashOf(0xabc)}0`, KEY.id])
        expect(await store.byHash(near)).toBeNull();
    });

    it('takes an id once and a hash once: the first key of it stands', async () => {
      await store.create(KEY, hashOf(1));
      await expect(store.create(keyAt(2, { role: 'admin' }), hashOf(1))).rejects.toThrow();
      await expect(store.create({ ...KEY, role: 'admin' }, hashOf(2))).rejects.toThrow();
      expect(await store.byHash(hashOf(1))).toEqual(KEY);
      expect(await store.byHash(hashOf(2))).toBeNull();
      expect((await store.list({})).keys).toEqual([KEY]);
    });

    it('takes one of many keys of the same hash at once, and all of many others', async () => {
      const alike = await Promise.allSettled(
        Array.from({ length: 20 }, (_, number) => store.create(keyAt(number), hashOf(1))),
      );
      expect(alike.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await Promise.all(
        Array.from({ length: 20 }, (_, number) => store.create(keyAt(100 + number), hashOf(100 + number))),
      );
      expect((await store.list({})).keys).toHaveLength(21);
    });

    it('still finds what has expired: whoever asks decides by the time', async () => {
      await store.create(keyAt(1, { expiresAtMs: NOON_MS - 1 }), hashOf(1));
      expect((await store.byHash(hashOf(1)))?.expiresAtMs).toBe(NOON_MS - 1);
    });

    it('names each tenant once, and keeps it when its keys are revoked', async () => {
      for (const [number, tenant] of ['zoo', 'acme', 'acme', 'Mid'].entries())
        await store.create(keyAt(number, { tenant }), hashOf(number));
      await store.revoke('key_0', NOON_MS);
      expect([...(await store.tenants())].sort()).toEqual(['Mid', 'acme', 'zoo']);
      expect(await store.any()).toBe(true);
    });

    it('says that it is not there once it is closed, and not that a key is unknown', async () => {
      await store.create(KEY, hashOf(1));
      await store.close();
      await expect(store.byHash(hashOf(1))).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(store.any()).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(store.create(keyAt(2), hashOf(2))).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(store.revoke('key_1', NOON_MS)).rejects.toMatchObject({ code: 'store_unavailable' });
    });
  });

  describe(`the keys ${name}: revoking`, () => {
    it('says when, finds the key all the same, and leaves the others alone', async () => {
      await store.create(keyAt(1), hashOf(1));
      await store.create(keyAt(2), hashOf(2));
      const revoked = keyAt(1, { revokedAtMs: NOON_MS + 9 });
      expect(await store.revoke('key_1', NOON_MS + 9)).toEqual(revoked);
      expect(await store.byHash(hashOf(1))).toEqual(revoked);
      expect(await store.byHash(hashOf(2))).toEqual(keyAt(2));
    });

    it('keeps the first moment', async () => {
      await store.create(KEY, hashOf(1));
      await store.revoke('key_1', NOON_MS + 9);
      expect((await store.revoke('key_1', NOON_MS + 99))?.revokedAtMs).toBe(NOON_MS + 9);
    });

    it('knows nothing of a key that never was', async () => {
      expect(await store.revoke('key_1', NOON_MS)).toBeNull();
      expect(await store.revoke(`' OR 1=1 --`, NOON_MS)).toBeNull();
    });
  });

  describe(`the keys ${name}: lists`, () => {
    const pages = async (query: KeyQuery) => {
      const found: string[][] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await store.list({ ...query, ...(cursor !== undefined && { cursor }) });
        found.push(page.keys.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      return found;
    };

    it('go from the newest to the oldest, of one tenant or of all', async () => {
      for (const number of [3, 1, 2]) await store.create(keyAt(number), hashOf(number));
      await store.create(keyAt(4, { tenant: 'other' }), hashOf(4));
      expect(await pages({})).toEqual([['key_4', 'key_3', 'key_2', 'key_1']]);
      expect(await pages({ tenant: 'acme' })).toEqual([['key_3', 'key_2', 'key_1']]);
      expect(await pages({ tenant: 'nobody' })).toEqual([[]]);
    });

    it('miss no key and repeat none, page by page, also of the same moment', async () => {
      for (let number = 0; number < 7; number++)
        await store.create(keyAt(number, { createdAtMs: NOON_MS + Math.floor(number / 4) }), hashOf(number));
      const all = (await pages({ limit: 3 })).flat();
      expect((await pages({ limit: 3 })).map(({ length }) => length)).toEqual([3, 3, 1]);
      expect([...all].sort()).toEqual(Array.from({ length: 7 }, (_, number) => `key_${number}`));
      expect(all).toEqual((await pages({ limit: 1 })).flat());
    });

    it('are not moved by a key that is made between two pages', async () => {
      for (let number = 0; number < 4; number++) await store.create(keyAt(number), hashOf(number));
      const first = await store.list({ limit: 2 });
      await store.create(keyAt(9), hashOf(9));
      const second = await store.list({ limit: 2, cursor: first.nextCursor ?? '' });
      expect([...first.keys, ...second.keys].map(({ id }) => id)).toEqual(['key_3', 'key_2', 'key_1', 'key_0']);
    });

    it('have 100 keys on a page unless told otherwise, and at least one', async () => {
      for (let number = 0; number < 101; number++) await store.create(keyAt(number), hashOf(number));
      expect((await pages({})).map(({ length }) => length)).toEqual([100, 1]);
      expect((await store.list({ limit: 0 })).keys).toHaveLength(1);
    });

    it.each(['', 'x', '1', `${NOON_MS}.`, `' OR 1=1 --`, '99999999999999999.key_1'])(
      'are empty from a place that no page named: %s',
      async (cursor) => {
        await store.create(KEY, hashOf(1));
        expect(await store.list({ cursor })).toEqual({ keys: [], nextCursor: null });
      },
    );
  });
}
