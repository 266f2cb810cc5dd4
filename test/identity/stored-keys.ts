// An authenticator over real keys in SQLite, a clock that the test turns, and a way to the store that can be cut and is counted.

import { llmError } from '../../src/core/errors.ts';
import type { KeyStore, RevocationNotices } from '../../src/core/identity.ts';
import { Authenticator, type IdentityOptions } from '../../src/identity/identity.ts';
import { KeyRing, type NewKey } from '../../src/identity/key-ring.ts';
import { openSqliteKeys } from '../../src/stores/sqlite/keys.ts';
import { SimulatedClock } from '../simulated-clock.ts';

export const PEPPER = 'a-pepper-of-more-than-32-characters';

export interface Way {
  readonly keys: KeyStore;
  /** Look-ups of a key that came to the store. */
  lookUps: number;
  /** The store cannot be reached. */
  isCut: boolean;
  /** Look-ups wait until the promise resolves. */
  until: Promise<void> | null;
}

export function wayTo(store: KeyStore): Way {
  const reach = async () => {
    if (way.isCut) throw llmError('store_unavailable', 'The keys are away');
  };
  const way: Way = {
    lookUps: 0,
    isCut: false,
    until: null,
    keys: {
      create: async (key, hash) => reach().then(() => store.create(key, hash)),
      async byHash(hash) {
        way.lookUps++;
        // What is found is of the moment of the question, as it is on a network.
        const found = await store.byHash(hash);
        await way.until;
        await reach();
        return found;
      },
      list: async (query) => reach().then(() => store.list(query)),
      revoke: async (id, atMs) => reach().then(() => store.revoke(id, atMs)),
      any: async () => reach().then(() => store.any()),
      tenants: async () => reach().then(() => store.tenants()),
      close: () => store.close(),
    },
  };
  return way;
}

export interface Line {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function instance(
  options: Partial<IdentityOptions> & { readonly store?: KeyStore; notices?: RevocationNotices } = {},
) {
  const clock = new SimulatedClock();
  const way = wayTo(options.store ?? openSqliteKeys(':memory:'));
  const lines: Line[] = [];
  const report = (_level: string, event: string, fields: Line['fields']) => void lines.push({ event, fields });
  const authenticator = new Authenticator({
    keys: way.keys,
    pepper: PEPPER,
    adminKey: null,
    jwt: null,
    fetchDocument: () => Promise.reject(new Error('Nothing is fetched here')),
    trustedProxies: [],
    clock,
    report,
    ...options,
  });
  let ids = 0;
  const ring = new KeyRing({
    keys: way.keys,
    pepper: PEPPER,
    authenticator,
    notices: options.notices ?? null,
    tiers: () => ['free', 'staff'],
    whyNoModel: (name) => (name === 'tutor' ? null : `There is no "${name}"`),
    clock,
    chance: { random: () => 0.5, id: (prefix) => `${prefix}_${++ids}` },
    report,
  });
  const make = (about: Partial<NewKey> = {}) => ring.create({ tenant: 'acme', userId: 'alice', ...about });
  const codeFor = async (token: string | null, peer?: string) =>
    authenticator.authenticate(token, peer === undefined ? null : { peer, forwardedFor: null }).then(
      () => 'welcome',
      (error: { code?: string }) => error.code,
    );
  return { clock, way, lines, authenticator, ring, make, codeFor };
}
