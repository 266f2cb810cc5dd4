// Keys of requests among processes whose store does not always answer: a key of which nothing came is free again, wherever it is sent.

import { expect, it } from 'vitest';
import { llmError } from '../../src/core/errors.ts';
import { Generation } from '../../src/generations/generation.ts';
import { SharedGenerations } from '../../src/generations/shared-generations.ts';
import { SharedLogs } from '../../src/generations/shared-logs.ts';
import { type First, KeyClaims } from '../../src/service/key-claims.ts';
import { PeerNetwork } from '../generations/peer-network.ts';
import { SimulatedClock } from '../simulated-clock.ts';

function processes() {
  const clock = new SimulatedClock();
  const network = new PeerNetwork(clock);
  let begun = 0;
  const claimsOf = (id: string) => {
    const peers = network.join(id);
    const generations = new SharedGenerations(new SharedLogs(peers, clock), clock);
    const claims = new KeyClaims({ peers, generations, keptMs: 86_400_000, clock });
    const first = (begin?: First['begin']) =>
      claims.first({
        name: 'key',
        fingerprint: 'same',
        generationId: `gen_${++begun}`,
        isStream: true,
        begin:
          begin ??
          (async (generationId) => {
            const generation = new Generation({ id: generationId, requestId: 'req', clock, abandon: () => {} });
            return { generation, conversationId: null, isHere: true };
          }),
      });
    return { claims, first };
  };
  const settle = (ms: number) => clock.advanceAsync(ms);
  return { network, settle, clock, here: claimsOf('p1'), there: claimsOf('p2') };
}

it.each(['here', 'there'] as const)(
  'I7: a key of which the store did not say that it was taken is free again %s',
  async (where) => {
    const { network, settle, here, ...box } = processes();
    network.losesNextReply = true;
    network.losesReleasesOf = 'p1';
    await expect(here.first()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(network.claims.size).toBe(1);
    network.losesReleasesOf = null;
    if (where === 'there') await settle(1_100);
    const again = await { here, ...box }[where].first();
    expect(again.isHere).toBe(true);
  },
);

it('I7: a key that could not be given back at once is given back when the store answers', async () => {
  const { network, settle, here, there, clock } = processes();
  network.losesReleasesOf = 'p1';
  const refused = llmError('overloaded', 'Full');
  await expect(here.first(() => Promise.reject(refused))).rejects.toBe(refused);
  await settle(5_000);
  expect(network.claims.size).toBe(1);
  network.losesReleasesOf = null;
  await settle(1_100);
  expect([network.claims.size, clock.pending]).toEqual([0, 0]);
  expect((await there.first()).isHere).toBe(true);
});

it('leaves nothing behind when its process ends while the store is away', async () => {
  const { network, settle, here, clock } = processes();
  network.isAway = true;
  await expect(here.first()).rejects.toMatchObject({ code: 'store_unavailable' });
  await settle(3_000);
  here.claims.close();
  await settle(3_000);
  expect(clock.pending).toBe(0);
});

it('I7: is refused while the others could not be told of the answer, and nothing is begun', async () => {
  const { network, here, there } = processes();
  network.isFull = true;
  await expect(here.first()).rejects.toMatchObject({ code: 'store_unavailable', retryAfterMs: 5_000 });
  expect(network.claims.size).toBe(0);
  network.isFull = false;
  expect((await there.first()).isHere).toBe(true);
});
