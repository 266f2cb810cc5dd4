// Tokens of a real sign-in on this machine: what is in order passes, everything else is 401, and only the configured address is
// ever asked for keys.

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { EncryptJWT, exportSPKI, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JwtRules } from '../../src/identity/json-web-tokens.ts';
import { fetchDocument } from '../../src/transport/fetch-document.ts';
import { until } from '../gateway/start.ts';
import { AUDIENCE, ISSUER, type SignIn, startSignIn, type TokenOptions, tokenOf } from './jwks-server.ts';
import { instance } from './stored-keys.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 300);
const HOUR_SECONDS = 3_600;
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

let signIn: SignIn;
beforeEach(async () => {
  signIn = await startSignIn();
});
afterEach(() => signIn.close());

function trusting(rules: Partial<JwtRules> = {}) {
  const jwt: JwtRules = {
    jwksUrl: `${signIn.url}/jwks`,
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['RS256', 'ES256'],
    tenantClaim: 'tenant',
    userClaim: 'sub',
    tierClaim: 'plan',
    ...rules,
  };
  const here = instance({ jwt, fetchDocument });
  const nowSeconds = here.clock.nowMs() / 1_000;
  const token = (options?: TokenOptions) => tokenOf(signIn, here.clock.nowMs(), options);
  return { ...here, nowSeconds, token };
}

describe('a token of the sign-in', () => {
  it('is its user: tenant, user and tier from the claims that are configured, and no more than a user', async () => {
    const { authenticator, token } = trusting();
    const claims = { plan: 'free', role: 'admin', scope: 'admin', allowed_models: ['x'] };
    expect(await authenticator.authenticate(await token({ claims }))).toEqual({
      role: 'user',
      tenant: 'acme',
      userId: 'alice',
      tier: 'free',
      allowedModels: null,
      keyId: 'jwt:alice',
    });
    expect(await authenticator.required()).toBe(true);
  });

  it('is taken by each configured algorithm, and the keys are fetched once', async () => {
    const { codeFor, token } = trusting();
    const es256 = { header: { alg: 'ES256', kid: 'ec-1' }, key: signIn.pairs.ec.privateKey };
    expect(await Promise.all([codeFor(await token()), codeFor(await token(es256))])).toEqual(['welcome', 'welcome']);
    expect(signIn.asked).toEqual(['/jwks']);
  });

  it('takes the user from another claim and the default tenant, where the configuration says so', async () => {
    const { authenticator, token } = trusting({ userClaim: 'https://example.org/user', tenantClaim: null });
    const claims = { 'https://example.org/user': 'learner-7', tenant: 'evil' };
    const identity = await authenticator.authenticate(await token({ claims }));
    expect(identity).toMatchObject({ tenant: 'default', userId: 'learner-7', tier: null, keyId: 'jwt:alice' });
  });

  it('B09: two that share their first 200 characters are two identities', async () => {
    const { authenticator, token } = trusting();
    const [one, two] = await Promise.all(
      ['alice', 'bob'].map((sub) => token({ claims: { pad: 'x'.repeat(300), zz: sub, sub } })),
    );
    // The claims come in the order in which they were written: those that differ stand last.
    const late = await Promise.all(
      ['alice', 'bob'].map((sub) => token({ claims: { pad: 'x'.repeat(300), sub: undefined, uid: sub } })),
    );
    expect(late[0]?.slice(0, 200)).toBe(late[1]?.slice(0, 200));
    expect((await authenticator.authenticate(one ?? '')).userId).toBe('alice');
    expect((await authenticator.authenticate(two ?? '')).userId).toBe('bob');
    const byUid = trusting({ userClaim: 'uid' }).authenticator;
    const users = [];
    for (const each of [...late, ...late]) users.push((await byUid.authenticate(each)).userId);
    expect(users).toEqual(['alice', 'bob', 'alice', 'bob']);
  });

  it('passes until its exp and not a millisecond longer, also while it is remembered', async () => {
    const { codeFor, token, clock, nowSeconds } = trusting();
    const short = await token({ claims: { exp: nowSeconds + 20 } });
    expect(await codeFor(short)).toBe('welcome');
    clock.advance(19_999);
    expect(await codeFor(short)).toBe('welcome');
    clock.advance(1);
    expect(await codeFor(short)).toBe('unauthenticated');
  });

  it('may be some seconds ahead of this machine’s clock', async () => {
    const { codeFor, token, nowSeconds } = trusting();
    expect(await codeFor(await token({ claims: { nbf: nowSeconds + 60, iat: nowSeconds + 60 } }))).toBe('welcome');
  });
});

describe('B06, B07, B08, B10, S14: a token that is refused', () => {
  const unsigned =
    (header: object, claims: object = {}) =>
    async () => {
      const { nowSeconds } = trusting();
      const payload = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'alice',
        tenant: 'acme',
        exp: nowSeconds + HOUR_SECONDS,
        ...claims,
      };
      return `${base64url(header)}.${base64url(payload)}.`;
    };
  /** Signed with the public key as if it were a secret: what a verifier takes that asks the token for its algorithm. */
  const confused =
    (lead: string, alg = 'HS256') =>
    async () => {
      const secret = lead + (await exportSPKI(signIn.pairs.rsa.publicKey));
      const head = (await unsigned({ alg, kid: 'rsa-1', typ: 'JWT' })()).slice(0, -1);
      return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
    };
  const signed = (options: TokenOptions) => () => trusting().token(options);
  const late = (claims: (nowSeconds: number) => Record<string, unknown>) => () => {
    const { token, nowSeconds } = trusting();
    return token({ claims: claims(nowSeconds) });
  };

  const tokens: [string, () => Promise<string>][] = [
    ['alg none', unsigned({ alg: 'none' })],
    ['alg None', unsigned({ alg: 'None' })],
    ['no alg', unsigned({ kid: 'rsa-1' })],
    ['alg none with a signature', async () => `${await unsigned({ alg: 'none' })()}c2ln`],
    ['HS256 by the public key', confused('')],
    ['HS256 by the public key after a blank', confused(' ')],
    ['HS256 by the public key after a line end', confused('\n')],
    ['hs256', confused('', 'hs256')],
    [
      'an algorithm that is not configured',
      async () => {
        const { privateKey } = await generateKeyPair('PS256');
        return trusting().token({ header: { alg: 'PS256' }, key: privateKey });
      },
    ],
    [
      'ES256 with the id of the RSA key',
      () => trusting().token({ header: { alg: 'ES256' }, key: signIn.pairs.ec.privateKey }),
    ],
    ['an unknown kid', signed({ header: { kid: 'rsa-9' } })],
    ['a kid that is a path', signed({ header: { kid: '../../../../dev/null' } })],
    ['a kid that is SQL', signed({ header: { kid: "rsa-1' UNION SELECT 'x" } })],
    ['crit with an unknown name', signed({ header: { crit: ['x-unknown'], 'x-unknown': 1 } })],
    ['expired', late((now) => ({ exp: now - 1 }))],
    ['expired this second', late((now) => ({ exp: now }))],
    ['no exp', signed({ claims: { exp: undefined } })],
    ['exp as a text', signed({ claims: { exp: '9999999999' } })],
    ['nbf in the future', late((now) => ({ nbf: now + 61 }))],
    ['iat in the future', late((now) => ({ iat: now + 61 }))],
    ['another audience', signed({ claims: { aud: 'somebody-else' } })],
    ['no audience', signed({ claims: { aud: undefined } })],
    ['another issuer', signed({ claims: { iss: `${ISSUER}x` } })],
    ['an issuer of another case', signed({ claims: { iss: ISSUER.toUpperCase() } })],
    ['no issuer', signed({ claims: { iss: undefined } })],
    ['no user', signed({ claims: { sub: undefined } })],
    ['a user that is no text', signed({ claims: { sub: { toString: 'alice' } } })],
    ['a user with a NUL', signed({ claims: { sub: 'alice\u0000' } })],
    ['the user of a key', signed({ claims: { sub: 'key:admin' } })],
    ['no tenant', signed({ claims: { tenant: undefined } })],
    ['a tenant that is a list', signed({ claims: { tenant: ['acme', 'other'] } })],
    ['a tier that is no name', signed({ claims: { plan: 7 } })],
    [
      'a signature of somebody else',
      async () => {
        const { privateKey } = await generateKeyPair('RS256');
        return trusting().token({ key: privateKey });
      },
    ],
    [
      'JWE',
      () =>
        new EncryptJWT({ sub: 'alice', tenant: 'acme' })
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
          .setIssuer(ISSUER)
          .setAudience(AUDIENCE)
          .setExpirationTime('1h')
          .encrypt(new Uint8Array(32)),
    ],
    ['JSON instead of the compact form', async () => JSON.stringify({ payload: 'e30', signatures: [] })],
    ['1 MiB', () => trusting().token({ claims: { pad: 'x'.repeat(1_048_576) } })],
    ['a NUL in it', async () => `${await trusting().token()}\u0000`],
    ['a blank before it', async () => ` ${await trusting().token()}`],
  ];
  it.each(tokens)('%s', async (_what, make) => {
    const { codeFor, token } = trusting();
    // The keys are at hand, so nothing that the token says could have led to this fetch.
    expect(await codeFor(await token())).toBe('welcome');
    const asked = signIn.asked.length;
    expect(await codeFor(await make())).toBe('unauthenticated');
    expect(signIn.asked.length).toBe(asked);
  });

  it('B07: names a place to fetch a key from, or brings one: nobody goes there', async () => {
    const stranger = await startSignIn({ isStranger: true });
    const { codeFor, token } = trusting();
    await codeFor(await token());
    const own = { ...stranger.published[0], kid: 'rsa-9' };
    for (const header of [
      { jku: `${stranger.url}/jwks`, kid: 'rsa-9' },
      { x5u: `${stranger.url}/cert`, kid: 'rsa-9' },
      { jwk: own, kid: 'rsa-9' },
      { jku: `${stranger.url}/jwks` },
      { jwk: own },
    ]) {
      const forged = await token({ header, key: stranger.pairs.rsa.privateKey });
      expect([header, await codeFor(forged)]).toEqual([header, 'unauthenticated']);
    }
    expect(stranger.asked).toEqual([]);
    expect(signIn.asked).toEqual(['/jwks']);
    await stranger.close();
  });

  it('I28: any token of which one character is another', async () => {
    const { codeFor, token } = trusting();
    const good = await token();
    expect(await codeFor(good)).toBe('welcome');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_. ';
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...alphabet), async (at, character) => {
        fc.pre(good[at] !== character);
        const mutated = good.slice(0, at) + character + good.slice(at + 1);
        // The last character of a signature has bits that stand for nothing: the same signature, spelt in another way.
        fc.pre(!isTheSame(good, mutated));
        expect(await codeFor(mutated)).toBe('unauthenticated');
      }),
      { numRuns: RUNS },
    );
  });

  it('names no key where several could have signed it', async () => {
    await signIn.rotate('rsa-2');
    const { codeFor, token } = trusting();
    expect(await codeFor(await token({ header: { kid: undefined } }))).toBe('unauthenticated');
    expect(await codeFor(await token())).toBe('welcome');
  });

  it('I28: any token whose algorithm is not among the configured ones, by whichever key', async () => {
    const { codeFor, token } = trusting({ algorithms: ['ES256'] });
    expect(await codeFor(await token())).toBe('unauthenticated');
  });
});

function isTheSame(one: string, two: string): boolean {
  const bytes = (token: string) => token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return one.split('.').length === two.split('.').length && bytes(one).join('.') === bytes(two).join('.');
}

describe('the published keys', () => {
  it('S39: that cannot be had are 503, never 401', async () => {
    const { codeFor, token, clock } = trusting();
    const good = await token();
    const ways: NonNullable<SignIn['answer']>[] = [
      () => ({ status: 500 }),
      () => ({ status: 404, body: '{"keys":[]}' }),
      () => ({ status: 200, body: '<html>' }),
      () => ({ status: 200, body: '{"keys":null}' }),
      () => ({ status: 200, body: Buffer.alloc(2_097_152, 32) }),
      (path) => (path === '/jwks' ? { status: 302, headers: { location: '/elsewhere' } } : { status: 200 }),
    ];
    for (const way of ways) {
      signIn.answer = way;
      expect(await codeFor(good)).toBe('auth_unavailable');
      // What is no token of the sign-in is refused all the same, without asking for keys.
      expect(await codeFor(`${base64url({ alg: 'none' })}.e30.c2ln`)).toBe('unauthenticated');
      clock.advance(1_000);
    }
    expect(signIn.asked).not.toContain('/elsewhere');
    signIn.answer = null;
    expect(await codeFor(good)).toBe('welcome');
  });

  it('are not asked for again and again while they cannot be had', async () => {
    const { codeFor, token, clock } = trusting();
    signIn.answer = () => ({ status: 500 });
    for (let number = 0; number < 20; number++) await codeFor(await token({ claims: { jti: String(number) } }));
    expect(signIn.asked).toHaveLength(1);
    clock.advance(1_000);
    await codeFor(await token());
    expect(signIn.asked).toHaveLength(2);
  });

  it('are waited for 3 s when nothing answers', async () => {
    const { codeFor, token } = trusting();
    signIn.isFrozen = true;
    expect(await codeFor(await token())).toBe('auth_unavailable');
  }, 10_000);

  it('go on being used while their publisher is away, for an hour', async () => {
    const { codeFor, token, clock } = trusting();
    expect(await codeFor(await token())).toBe('welcome');
    signIn.answer = () => ({ status: 500 });
    clock.advance(59 * 60_000);
    expect(await codeFor(await token())).toBe('welcome');
    clock.advance(60_000);
    expect(await codeFor(await token())).toBe('auth_unavailable');
    signIn.answer = null;
    clock.advance(1_000);
    expect(await codeFor(await token())).toBe('welcome');
  });

  it('are looked at again after ten minutes: a key that was withdrawn is refused from the next token on', async () => {
    const { codeFor, token, clock } = trusting();
    expect(await codeFor(await token())).toBe('welcome');
    signIn.published = [];
    clock.advance(600_000);
    await codeFor(await token({ claims: { jti: 'last' } }));
    await until(() => signIn.asked.length === 2, 'the second look');
    let tokens = 0;
    const next = async () => codeFor(await token({ claims: { jti: String(tokens++) } }));
    await until(async () => (await next()) === 'unauthenticated', 'the refusal');
    expect(signIn.asked).toHaveLength(2);
  });

  it('are looked at again for a token that names one that is not known, once in 30 s', async () => {
    const { codeFor, token } = trusting();
    expect(await codeFor(await token())).toBe('welcome');
    const { privateKey } = await signIn.rotate('rsa-2');
    const rotated = (jti: string) => token({ header: { kid: 'rsa-2' }, key: privateKey, claims: { jti } });
    expect(await codeFor(await rotated('early'))).toBe('unauthenticated');
    expect(signIn.asked).toHaveLength(1);
    // The cool-down is the library's own, by the date of the process.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
    try {
      expect(await codeFor(await rotated('late'))).toBe('welcome');
      for (let number = 0; number < 5; number++)
        expect(await codeFor(await token({ header: { kid: `made-up-${number}` } }))).toBe('unauthenticated');
      expect(signIn.asked).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
