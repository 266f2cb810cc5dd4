// How an instance stands, for load balancers and for people: its stores, what is degraded, and a header on every answer that a
// degraded mode had a part in.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceStatus } from '../../src/index.ts';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const DEGRADED: Pick<ServiceStatus, 'stores' | 'degraded'> = {
  stores: {
    windows: { kind: 'redis', state: 'down' },
    ledger: { kind: 'postgres', state: 'down', owed: 1, unshipped: 12, setAside: 3 },
    identity: { kind: 'postgres', state: 'up' },
  },
  degraded: ['windows', 'ledger'],
};

let standing: Partial<ServiceStatus> = {};
/** Comes to pass after a request has come and before it is asked. */
let onStart = () => {};
let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway({
    instead: (service) => ({
      status: () => ({ ...service.status(), ...standing }),
      startCompletion(request, options) {
        onStart();
        return service.startCompletion(request, options);
      },
    }),
  });
});
afterAll(() => running.close());

describe('GET /readyz', () => {
  it('names the stores, and nothing as degraded', async () => {
    standing = {};
    const reply = await running.get('/readyz');
    expect([reply.status, reply.headers.get('x-degraded')]).toEqual([200, null]);
    expect(await reply.json()).toMatchObject({
      status: 'ready',
      stores: {
        windows: { kind: 'memory', state: 'up' },
        ledger: { kind: 'memory', state: 'up', owed: 0, unshipped: 0, set_aside: 0 },
        identity: { state: 'up' },
      },
      degraded: [],
    });
  });

  it('stays ready in a degraded mode, and says which store is away and what waits for it', async () => {
    standing = DEGRADED;
    const reply = await running.get('/readyz');
    expect([reply.status, reply.headers.get('x-degraded')]).toEqual([200, 'windows, ledger']);
    expect(await reply.json()).toMatchObject({
      status: 'ready',
      stores: {
        windows: { kind: 'redis', state: 'down' },
        ledger: { kind: 'postgres', state: 'down', owed: 1, unshipped: 12, set_aside: 3 },
        identity: { kind: 'postgres', state: 'up' },
      },
      degraded: ['windows', 'ledger'],
    });
  });

  it('is not ready while the service shuts down', async () => {
    standing = { ready: false, draining: true };
    const reply = await running.get('/readyz');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await reply.json()).toMatchObject({ status: 'draining', degraded: [] });
  });
});

describe('x-degraded', () => {
  const answers: readonly [what: string, ask: () => Promise<Response>][] = [
    ['a whole answer', () => running.post(COMPLETION, asks('whole'))],
    ['a stream', () => running.post(COMPLETION, asks('stream', { stream: true }))],
    ['a stream of the dialect', () => running.post(CHAT, asks('s', { model: 'openai/gpt-oss-120b', stream: true }))],
    ['a refusal', () => running.post(COMPLETION, asks('x', { model: 'nix' }))],
    ['a path that there is not', () => running.get('/nowhere')],
    ['usage', () => running.get('/api/v1/llm/usage/ann')],
    ['usage as CSV', () => running.get('/api/v1/llm/usage/ann?format=csv')],
  ];

  it.each(answers)('stands on %s while something stands in for a store, and not otherwise', async (_what, ask) => {
    standing = DEGRADED;
    const degraded = await ask();
    await degraded.text();
    expect(degraded.headers.get('x-degraded')).toBe('windows, ledger');
    standing = {};
    const well = await ask();
    await well.text();
    expect(well.headers.get('x-degraded')).toBeNull();
  });

  it('is told by an answer whose store went away after the request came', async () => {
    standing = {};
    onStart = () => {
      standing = DEGRADED;
    };
    for (const stream of [false, true]) {
      standing = {};
      const reply = await running.post(COMPLETION, asks('goes away', { stream }));
      await reply.text();
      expect(reply.headers.get('x-degraded')).toBe('windows, ledger');
    }
  });
});
