// What every `Peers` keeps: processes that share a store, told of each other.

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Peers } from '../../src/core/peers.ts';

export interface PeersAtHand {
  /** Another process, which is alive. */
  join(id: string): Promise<Peers>;
  /** It says nothing more. Resolves when five seconds of that have passed. */
  kill(peers: Peers): Promise<void>;
  /** So much time passes. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const TTL_MS = 60_000;

export function testPeers(name: string, open: () => Promise<PeersAtHand>): void {
  describe(`processes that share ${name}`, () => {
    let atHand: PeersAtHand;
    let here: Peers;
    let there: Peers;
    let run: string;
    beforeEach(async () => {
      run = randomBytes(6).toString('hex');
      atHand = await open();
      here = await atHand.join(`here-${run}`);
      there = await atHand.join(`there-${run}`);
    });
    afterEach(() => atHand.close());

    const heard = (peers: Peers) => {
      const messages: string[] = [];
      const forget = peers.onMessage((message) => messages.push(message));
      return { messages, forget };
    };
    /** Messages may be lost until both listen. */
    async function untilHeard(send: () => void, hears: () => boolean): Promise<void> {
      while (!hears()) {
        send();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const readAll = async (peers: Peers, log: string, after: string | null = null) => {
      const texts: string[] = [];
      for (let cursor = after; ; ) {
        const entries = await peers.read(log, cursor);
        if (entries.length === 0) return { texts, cursor };
        texts.push(...entries.map(({ text }) => text));
        cursor = entries.at(-1)?.cursor ?? cursor;
      }
    };

    it('have one claim by a name, which the first of them makes', async () => {
      const claim = `claim:${run}`;
      expect(await here.claim(claim, 'mine', TTL_MS)).toBe('mine');
      expect(await there.claim(claim, 'yours', TTL_MS)).toBe('mine');
      expect(await here.claim(claim, 'mine', TTL_MS)).toBe('mine');
      expect(await here.claim(`${claim}:other`, 'another', TTL_MS)).toBe('another');
    });

    it('of many who claim at once one has it', async () => {
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? here : there).claim(`many:${run}`, `${index}`, TTL_MS),
        ),
      );
      expect(new Set(claims).size).toBe(1);
    });

    it('give up a claim only as it is', async () => {
      const claim = `claim:${run}`;
      await here.claim(claim, 'mine', TTL_MS);
      await there.release(claim, 'yours');
      expect(await there.claim(claim, 'yours', TTL_MS)).toBe('mine');
      await there.release(claim, 'mine');
      expect(await there.claim(claim, 'yours', TTL_MS)).toBe('yours');
      await here.release(`never:${run}`, 'made');
    });

    it('forget a claim when its time is over', async () => {
      await here.claim(`short:${run}`, 'mine', 50);
      await atHand.pass(60);
      expect(await there.claim(`short:${run}`, 'yours', TTL_MS)).toBe('yours');
    });

    it('read a log in the order in which it was written, from the beginning or behind a cursor', async () => {
      const log = `log:${run}`;
      expect(await there.read(log, null)).toEqual([]);
      const texts = Array.from({ length: 450 }, (_, index) => `{"n":${index},"text":"zażółć \\u0000 ${index}"}`);
      await Promise.all(texts.map((text, index) => here.append(log, index + 1, text, TTL_MS)));
      const first = await readAll(there, log);
      expect(first.texts).toEqual(texts);
      await here.append(log, 451, 'the last', TTL_MS);
      expect((await readAll(there, log, first.cursor)).texts).toEqual(['the last']);
      expect((await readAll(there, `${log}:other`)).texts).toEqual([]);
    });

    it('add to a log what takes it further, and once, however often it is given', async () => {
      const log = `again:${run}`;
      await here.append(log, 10, 'up to ten', TTL_MS);
      await here.append(log, 10, 'up to ten', TTL_MS);
      await here.append(log, 9, 'up to nine', TTL_MS);
      await here.append(log, 12, 'up to twelve', TTL_MS);
      await here.append(log, 10, 'up to ten', TTL_MS);
      expect((await readAll(there, log)).texts).toEqual(['up to ten', 'up to twelve']);
    });

    it('forget a log when nothing was added for its time', async () => {
      const log = `short:${run}`;
      await here.append(log, 1, 'one', 50);
      await atHand.pass(60);
      expect(await there.read(log, null)).toEqual([]);
    });

    it('hear what is said to them, and what is said to all', async () => {
      const [mine, yours] = [heard(here), heard(there)];
      await untilHeard(
        () => here.send(there.id, 'to you'),
        () => yours.messages.includes('to you'),
      );
      await untilHeard(
        () => there.send(null, 'to all'),
        () => [mine, yours].every(({ messages }) => messages.includes('to all')),
      );
      expect(mine.messages).not.toContain('to you');
      yours.forget();
      const count = yours.messages.length;
      await untilHeard(
        () => there.send(null, 'once more'),
        () => mine.messages.includes('once more'),
      );
      expect(yours.messages.slice(count)).toEqual([]);
    });

    it('know of each other who lives', async () => {
      while (!(await here.isAlive(there.id))) await atHand.pass(10);
      expect(await there.isAlive(`nobody-${run}`)).toBe(false);
      await atHand.kill(there);
      expect(await here.isAlive(there.id)).toBe(false);
      expect(await here.isAlive(here.id)).toBe(true);
    }, 30_000);
  });
}
