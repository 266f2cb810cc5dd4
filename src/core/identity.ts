// Who asks, as far as the door is concerned: what a key or token stands for, and where keys are kept. A key itself is known to
// its holder alone; what is stored is its HMAC.

/** `admin`: everything. `server`: an application's own backend, which names its users. `user`: one user, its own data only. */
export type Role = 'admin' | 'server' | 'user';

/** What a presented key or token stands for. */
export interface Identity {
  readonly role: Role;
  readonly tenant: string;
  /** Null: of nobody by itself; a server names its users, and is the user `key:<id>` when it names none. */
  readonly userId: string | null;
  /** Null: the default tier. */
  readonly tier: string | null;
  /** The only models it may ask, as routes or `provider/model`; null: all. */
  readonly allowedModels: readonly string[] | null;
  /** The id of the key, `jwt:<sub>` for a token, `admin` for the key of the environment; null: the open mode. */
  readonly keyId: string | null;
}

/** An API key as it is kept: everything about it but the key. */
export interface StoredKey {
  readonly id: string;
  readonly tenant: string;
  /** Of a `user` key; null for the others. */
  readonly userId: string | null;
  readonly role: Role;
  readonly tier: string | null;
  readonly allowedModels: readonly string[] | null;
  readonly createdAtMs: number;
  /** Null: it does not expire. */
  readonly expiresAtMs: number | null;
  /** Null: it is in force. */
  readonly revokedAtMs: number | null;
}

export interface KeyQuery {
  /** Left out: of all tenants. */
  readonly tenant?: string;
  /** From the page before; anything else gives an empty page. */
  readonly cursor?: string;
  /** 1 to 1000; default 100. */
  readonly limit?: number;
}

/** Every call ends within a deadline; a store that cannot be reached rejects with `store_unavailable`, never with "no such key". */
export interface KeyStore {
  /** `hash` is the HMAC of the key, hexadecimal; unique. The tenant is put on record with its first key. */
  create(key: StoredKey, hash: string): Promise<void>;
  byHash(hash: string): Promise<StoredKey | null>;
  /** Newest first. */
  list(query: KeyQuery): Promise<{ readonly keys: readonly StoredKey[]; readonly nextCursor: string | null }>;
  /** Null: there is no such key. One that was revoked before keeps its first moment. */
  revoke(id: string, atMs: number): Promise<StoredKey | null>;
  /** Was a key ever stored, in force or not? */
  any(): Promise<boolean>;
  /** Tenants that have or had a key, by name. */
  tenants(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Carries revocations between instances; whoever misses one learns of it when it next looks the key up, 60 s later at the latest. */
export interface RevocationNotices {
  publish(keyId: string): Promise<void>;
  /** What comes back ends it. */
  subscribe(heard: (keyId: string) => void): () => void;
}

/** Where a sign-in comes from. */
export interface ClientAddress {
  /** The other end of the connection, as the socket tells it. */
  readonly peer: string;
  /** The header X-Forwarded-For; null: there is none. It counts only where the peer is a trusted proxy. */
  readonly forwardedFor: string | null;
}
