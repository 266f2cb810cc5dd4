// A gateway with keys: one of each role in tenant acme, and others elsewhere.

import type { LLMService, NewKey } from '../../src/index.ts';
import { type RunningGateway, type StartOptions, startGateway } from './start.ts';

export const ADMIN_KEY = 'an-admin-key-of-more-than-32-characters';

export type Who = 'nobody' | 'user' | 'neighbour' | 'foreign user' | 'server' | 'foreign server' | 'admin' | 'operator';

const KEYS: Readonly<Record<Exclude<Who, 'nobody' | 'operator'>, NewKey>> = {
  user: { tenant: 'acme', userId: 'alice' },
  neighbour: { tenant: 'acme', userId: 'bob' },
  'foreign user': { tenant: 'other', userId: 'alice' },
  server: { tenant: 'acme', role: 'server' },
  'foreign server': { tenant: 'other', role: 'server' },
  admin: { tenant: 'acme', role: 'admin' },
};

export interface SignedIn {
  readonly running: RunningGateway;
  /** Null: none. */
  readonly keys: ReadonlyMap<Who, string | null>;
  readonly ids: ReadonlyMap<Who, string>;
  headers(who: Who): Record<string, string>;
}

export async function startSignedIn(options: StartOptions = {}): Promise<SignedIn> {
  const running = await startGateway({ ...options, env: { LLM_ADMIN_KEY: ADMIN_KEY, ...options.env } });
  const keys = new Map<Who, string | null>([
    ['nobody', null],
    ['operator', ADMIN_KEY],
  ]);
  const ids = new Map<Who, string>();
  for (const who of ['user', 'neighbour', 'foreign user', 'server', 'foreign server', 'admin'] as const) {
    const { id, key } = await running.service.keys.create(KEYS[who]);
    keys.set(who, key);
    ids.set(who, id);
  }
  const headers = (who: Who): Record<string, string> => {
    const key = keys.get(who) ?? null;
    return key === null ? {} : { authorization: `Bearer ${key}` };
  };
  return { running, keys, ids, headers };
}

/** The same service with another door: for keys in a store that the test can cut. */
export function withIdentity(service: LLMService, identity: LLMService['identity']): LLMService {
  return {
    config: service.config,
    ledger: service.ledger,
    keys: service.keys,
    prompts: service.prompts,
    identity,
    generateCompletion: (...asked) => service.generateCompletion(...asked),
    streamCompletion: (...asked) => service.streamCompletion(...asked),
    startCompletion: (...asked) => service.startCompletion(...asked),
    embed: (...asked) => service.embed(...asked),
    generation: (...asked) => service.generation(...asked),
    stopGeneration: (...asked) => service.stopGeneration(...asked),
    chat: (...asked) => service.chat(...asked),
    streamChat: (...asked) => service.streamChat(...asked),
    startChat: (...asked) => service.startChat(...asked),
    conversations: service.conversations,
    cache: service.cache,
    models: (caller) => service.models(caller),
    routes: (caller) => service.routes(caller),
    model: (...asked) => service.model(...asked),
    countTokens: (...asked) => service.countTokens(...asked),
    limits: (caller) => service.limits(caller),
    tierOf: (caller) => service.tierOf(caller),
    tenants: () => service.tenants(),
    reload: () => service.reload(),
    metrics: service.metrics,
    status: () => service.status(),
    announce: (url) => service.announce(url),
    close: () => service.close(),
  };
}
