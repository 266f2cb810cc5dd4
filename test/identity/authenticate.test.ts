// What is known of a key and for how long: one look-up however many ask, a minute at most, and an outage is never a refusal.

import { describe, expect, it } from 'vitest';
import type { RevocationNotices } from '../../src/core/identity.ts';
import { makeKey } from '../../src/identity/keys.ts';
import { openSqliteKeys } from '../../src/stores/sqlite/keys.ts';
import { instance, wayTo } from './stored-keys.ts';

const ADMIN = 'an-admin-key-of-more-than-32-characters';
const SECOND_MS = 1_000;

/** A turn of the event loop: what waits on promises alone has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a known key', () => {
  it('F32, P19: 500 requests at once make one look-up, and none is refused', async () => {
    const { make, codeFor, way } = instance();
    const { key } = await make();
    const codes = await Promise.all(Array.from({ length: 500 }, () => codeFor(key)));
    expect(new Set(codes)).toEqual(new Set(['welcome']));
    expect(way.lookUps).toBe(1);
  });

  it('is not looked up again for 30 s, then once behind the callers’ backs, and never believed for more than 60 s', async () => {
    const { make, codeFor, way, clock } = instance();
    const { key } = await make();
    await codeFor(key);
    clock.advance(30 * SECOND_MS - 1);
    expect([await codeFor(key), way.lookUps]).toEqual(['welcome', 1]);
    clock.advance(1);
    // The store answers late: nobody waits for it.
    let answer = () => {};
    way.until = new Promise((resolve) => {
      answer = resolve;
    });
    expect(await Promise.all([codeFor(key), codeFor(key), codeFor(key)])).toEqual(['welcome', 'welcome', 'welcome']);
    expect(way.lookUps).toBe(2);
    answer();
    way.until = null;
    await settled();
    clock.advance(30 * SECOND_MS - 1);
    expect([await codeFor(key), way.lookUps]).toEqual(['welcome', 2]);
    clock.advance(30 * SECOND_MS + 1);
    await codeFor(key);
    expect(way.lookUps).toBe(3);
  });

  it('S13, B09: is told apart from one that shares its first 20, 100 or 500 characters', async () => {
    const { codeFor, make } = instance({ adminKey: `${'a'.repeat(500)}-admin` });
    const { key } = await make();
    expect(await codeFor(`${'a'.repeat(500)}-admin`)).toBe('welcome');
    expect(await codeFor(key)).toBe('welcome');
    for (const shared of [20, 100, 500]) {
      expect(await codeFor(`${'a'.repeat(500)}-admin`.slice(0, shared))).toBe('unauthenticated');
      expect(await codeFor(`${'a'.repeat(shared)}-other`)).toBe('unauthenticated');
    }
    for (const shared of [20, 52]) expect(await codeFor(key.slice(0, shared))).toBe('unauthenticated');
    expect(await codeFor(`${key}0`)).toBe('unauthenticated');
  });

  it('ends at the moment that was set, also while it is remembered', async () => {
    const { make, codeFor, clock } = instance();
    const { key } = await make({ expiresAtMs: clock.nowMs() + 10 * SECOND_MS });
    expect(await codeFor(key)).toBe('welcome');
    clock.advance(10 * SECOND_MS - 1);
    expect(await codeFor(key)).toBe('welcome');
    clock.advance(1);
    expect(await codeFor(key)).toBe('key_revoked');
    clock.advance(100 * SECOND_MS);
    expect(await codeFor(key)).toBe('key_revoked');
  });
});

describe('a revocation', () => {
  it('F54: takes effect at once in the process that was told', async () => {
    const { make, codeFor, ring } = instance();
    const [one, other] = [await make(), await make({ userId: 'bob' })];
    expect([await codeFor(one.key), await codeFor(other.key)]).toEqual(['welcome', 'welcome']);
    await ring.revoke(one.id);
    expect([await codeFor(one.key), await codeFor(other.key)]).toEqual(['key_revoked', 'welcome']);
  });

  it('F54: takes effect within 60 s where nobody was told', async () => {
    const { make, codeFor, way, clock } = instance();
    const { key, id } = await make();
    await codeFor(key);
    await way.keys.revoke(id, clock.nowMs());
    clock.advance(60 * SECOND_MS - 1);
    // From 30 s on it is looked up behind the caller's back, so the first one may still pass, and the next may not.
    expect(await codeFor(key)).toBe('welcome');
    await settled();
    expect(await codeFor(key)).toBe('key_revoked');
  });

  it('F54: takes effect at the stated minute even if nobody asked in between', async () => {
    const { make, codeFor, way, clock } = instance();
    const { key, id } = await make();
    await codeFor(key);
    await way.keys.revoke(id, clock.nowMs());
    clock.advance(60 * SECOND_MS);
    expect(await codeFor(key)).toBe('key_revoked');
  });

  it('S15: is told to other instances, who obey at once', async () => {
    const heard: ((keyId: string) => void)[] = [];
    const notices: RevocationNotices = {
      publish: async (keyId) => {
        for (const hear of heard) hear(keyId);
      },
      subscribe: (hear) => {
        heard.push(hear);
        return () => {};
      },
    };
    const store = openSqliteKeys(':memory:');
    const [here, there] = [instance({ store, notices }), instance({ store })];
    notices.subscribe((keyId) => there.authenticator.forget(keyId));
    const { key, id } = await here.make();
    expect(await there.codeFor(key)).toBe('welcome');
    await here.ring.revoke(id);
    expect(await there.codeFor(key)).toBe('key_revoked');
  });

  it('holds even when the notice does not get through', async () => {
    const notices: RevocationNotices = {
      publish: () => Promise.reject(new Error('away')),
      subscribe: () => () => {},
    };
    const { make, codeFor, ring, lines } = instance({ notices });
    const { key, id } = await make();
    expect(await ring.revoke(id)).toMatchObject({ id });
    expect(await codeFor(key)).toBe('key_revoked');
    expect(lines.map(({ event }) => event)).toContain('revocation_not_told');
  });

  it('is not undone by a look-up that was under way', async () => {
    const { make, codeFor, ring, way } = instance();
    const { key, id } = await make();
    let answer = () => {};
    way.until = new Promise((resolve) => {
      answer = resolve;
    });
    const before = codeFor(key);
    await settled();
    await ring.revoke(id);
    // Who comes now does not wait for the answer to a question of before.
    way.until = null;
    expect(await codeFor(key)).toBe('key_revoked');
    answer();
    await before;
    expect(await codeFor(key)).toBe('key_revoked');
  });

  it('of a key that never was is not_found', async () => {
    await expect(instance().ring.revoke('key_9')).rejects.toMatchObject({ code: 'not_found', param: 'id' });
  });
});

describe('a store that is away', () => {
  it('S39, B05: is 503 for a key that is not known, never 401 and never a welcome', async () => {
    const { make, codeFor, way } = instance();
    const { key } = await make();
    way.isCut = true;
    expect(await codeFor(key)).toBe('auth_unavailable');
    expect(await codeFor(makeKey())).toBe('auth_unavailable');
    way.isCut = false;
    expect(await codeFor(key)).toBe('welcome');
  });

  it('S39: is not noticed for 60 s by who was verified, and is 503 from then on', async () => {
    const { make, codeFor, way, clock, lines } = instance();
    const { key } = await make();
    await codeFor(key);
    way.isCut = true;
    clock.advance(60 * SECOND_MS - 1);
    expect(await codeFor(key)).toBe('welcome');
    await settled();
    expect(lines.map(({ event }) => event)).toContain('key_not_reverified');
    clock.advance(1);
    expect(await codeFor(key)).toBe('auth_unavailable');
    way.isCut = false;
    expect(await codeFor(key)).toBe('welcome');
  });

  it('does not stop the admin key of the environment', async () => {
    const { codeFor, way, authenticator } = instance({ adminKey: ADMIN });
    way.isCut = true;
    expect(await codeFor(ADMIN)).toBe('welcome');
    expect(way.lookUps).toBe(0);
    expect(await authenticator.authenticate(ADMIN)).toMatchObject({ role: 'admin', tenant: 'default', keyId: 'admin' });
    expect(await authenticator.required()).toBe(true);
  });

  it('is asked once by all who come at the same moment whether a key is wanted', async () => {
    const store = openSqliteKeys(':memory:');
    let asked = 0;
    const any = async () => {
      asked++;
      return store.any();
    };
    const { authenticator } = instance({ keys: { ...wayTo(store).keys, any } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => authenticator.required()));
    expect([new Set(answers), asked]).toEqual([new Set([false]), 1]);
  });

  it('opens nothing: whether a key is wanted is then not known', async () => {
    const { authenticator, way, make, clock } = instance();
    expect(await authenticator.required()).toBe(false);
    clock.advance(SECOND_MS);
    way.isCut = true;
    await expect(authenticator.required()).rejects.toMatchObject({ code: 'auth_unavailable', status: 503 });
    way.isCut = false;
    await make();
    way.isCut = true;
    expect(await authenticator.required()).toBe(true);
  });
});

describe('a token that is none', () => {
  it('B03: is refused without a look-up when it is mistyped', async () => {
    const { codeFor, make, way } = instance();
    const { key } = await make();
    const mistyped = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
    for (const token of [mistyped, 'cmk_', 'x'.repeat(53), `cmk_${'x'.repeat(49)}`, 'a.b.c', null, ''])
      expect(await codeFor(token)).toBe('unauthenticated');
    expect(way.lookUps).toBe(0);
  });

  it('is looked up once in 10 s', async () => {
    const { codeFor, way, clock } = instance();
    const key = makeKey();
    for (let times = 0; times < 5; times++) expect(await codeFor(key)).toBe('unauthenticated');
    expect(way.lookUps).toBe(1);
    clock.advance(10 * SECOND_MS);
    await codeFor(key);
    expect(way.lookUps).toBe(2);
  });

  it('drives nobody out who is known, in whatever numbers it comes', async () => {
    const { codeFor, make, way } = instance();
    const { key } = await make();
    await codeFor(key);
    for (let number = 0; number < 12_000; number++) await codeFor(makeKey());
    const lookUps = way.lookUps;
    expect(await codeFor(key)).toBe('welcome');
    expect(way.lookUps).toBe(lookUps);
  });
});

describe('the limit of failed sign-ins', () => {
  const fail = async (of: ReturnType<typeof instance>, peer: string, times: number) => {
    for (let time = 0; time < times; time++) await of.codeFor(makeKey(), peer);
  };

  it('is 60 a minute from one address; the next is refused without a look-up', async () => {
    const here = instance();
    await fail(here, '192.0.2.1', 60);
    const lookUps = here.way.lookUps;
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('rate_limited');
    expect(here.way.lookUps).toBe(lookUps);
    expect(await here.codeFor(makeKey(), '192.0.2.2')).toBe('unauthenticated');
    expect(here.lines.filter(({ event }) => event === 'sign_ins_limited')).toEqual([
      { event: 'sign_ins_limited', fields: { network: '192.0.2.1' } },
    ]);
  });

  it('holds in any minute: each failure counts for 60 s', async () => {
    const here = instance();
    await fail(here, '192.0.2.1', 1);
    here.clock.advance(59 * SECOND_MS);
    await fail(here, '192.0.2.1', 59);
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('rate_limited');
    here.clock.advance(SECOND_MS);
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('unauthenticated');
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('rate_limited');
    here.clock.advance(60 * SECOND_MS);
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('unauthenticated');
  });

  it('says when to come again', async () => {
    const here = instance();
    await fail(here, '192.0.2.1', 60);
    here.clock.advance(20 * SECOND_MS);
    const refused = here.authenticator.authenticate(makeKey(), { peer: '192.0.2.1', forwardedFor: null });
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 40 * SECOND_MS });
  });

  it('stops nobody who is known, and counts no outage and no request without a key', async () => {
    const here = instance({ adminKey: ADMIN });
    const { key } = await here.make();
    await here.codeFor(key, '192.0.2.1');
    here.way.isCut = true;
    await fail(here, '192.0.2.1', 100);
    for (let time = 0; time < 100; time++) await here.codeFor(null, '192.0.2.1');
    here.way.isCut = false;
    await fail(here, '192.0.2.1', 59);
    expect(await here.codeFor(makeKey(), '192.0.2.1')).toBe('unauthenticated');
    expect(await here.codeFor(key, '192.0.2.1')).toBe('welcome');
    // The admin key is somebody's word: it can be guessed at, so the limit is for it too.
    expect(await here.codeFor(ADMIN, '192.0.2.1')).toBe('rate_limited');
    expect(await here.codeFor(ADMIN, '192.0.2.9')).toBe('welcome');
  });

  it('also counts refusals that are remembered and tokens that are too long', async () => {
    const here = instance();
    const key = makeKey();
    for (let time = 0; time < 30; time++) await here.codeFor(key, '192.0.2.1');
    for (let time = 0; time < 30; time++) await here.codeFor('x'.repeat(10_000), '192.0.2.1');
    expect(await here.codeFor(key, '192.0.2.1')).toBe('rate_limited');
  });
});

describe('the open mode', () => {
  it('ends with the first key, in the process that made it at once and in others within a second', async () => {
    const store = openSqliteKeys(':memory:');
    const [here, there] = [instance({ store }), instance({ keys: wayTo(store).keys })];
    expect([await here.authenticator.required(), await there.authenticator.required()]).toEqual([false, false]);
    const { id } = await here.make();
    expect(await here.authenticator.required()).toBe(true);
    there.clock.advance(SECOND_MS);
    expect(await there.authenticator.required()).toBe(true);
    await here.ring.revoke(id);
    expect(await instance({ keys: wayTo(store).keys }).authenticator.required()).toBe(true);
  });
});
