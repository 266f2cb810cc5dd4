// Processes that share a Redis: how many there are, and what they tell each other.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/client.ts';
import { type Instances, openInstances } from '../../../src/stores/redis/instances.ts';
import { type Notices, openNotices } from '../../../src/stores/redis/notices.ts';
import {
  type AnyRedis,
  describeWithOwnRedis,
  describeWithRedis,
  type PrivateRedis,
  startRedis,
  startRedisCluster,
  useRedis,
} from '../../servers/redis.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { SimulatedClock } from '../../simulated-clock.ts';

/** Repeats until it is so; the test's own time-out ends it. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const clients: RedisClient[] = [];
const instances: Instances[] = [];
const notices: Notices[] = [];
async function connect(url: string): Promise<RedisClient> {
  const client = openRedis({ url, clock: systemClock, report: () => {}, commandTimeoutMs: 500 });
  clients.push(client);
  await client.whenReady(10_000);
  return client;
}
const fresh = (name: string) => `${name}:${randomBytes(6).toString('hex')}`;

afterEach(async () => {
  for (const open of notices.splice(0)) open.close();
  await Promise.all(instances.splice(0).map((one) => one.close()));
  for (const client of clients.splice(0)) client.close();
});

describeWithRedis('the processes that share a Redis', () => {
  let server: AnyRedis;
  beforeAll(async () => {
    server = await useRedis();
  });
  afterAll(() => server.stop());

  const join = (client: RedisClient, id: string, members: string) => {
    const one = openInstances(client, systemClock, id, members);
    instances.push(one);
    return one;
  };

  it('count each other, and one less when one has said good-bye', async () => {
    const [client, members] = [await connect(server.url), fresh('instances')];
    const one = join(client, 'one', members);
    expect(one.count()).toBe(1);
    const [two, three] = [join(client, 'two', members), join(client, 'three', members)];
    await until(() => [one, two, three].every((instance) => instance.count() === 3));
    await three.close();
    await until(() => one.count() === 2 && two.count() === 2);
    expect(await client.connection.pttl(members)).toBeGreaterThan(0);
  });

  it('is alive as soon as it has announced itself', async () => {
    const [client, members] = [await connect(server.url), fresh('instances')];
    // Its clock stands still: it says nothing by itself any more.
    const still = new SimulatedClock();
    const late = openInstances(client, still, 'late', members);
    instances.push(late);
    await late.announced();
    expect(await late.isAlive('late', 5_000)).toBe(true);
    await client.connection.del(members);
    await late.announced();
    expect(await late.isAlive('late', 5_000)).toBe(false);
    still.advance(3_001);
    await late.announced();
    expect(await late.isAlive('late', 5_000)).toBe(true);
  });

  it('count one who died until he has been silent for ten seconds', async () => {
    const [client, members] = [await connect(server.url), fresh('instances')];
    const one = join(client, 'one', members);
    const agoS = (seconds: number) => Date.now() - seconds * 1_000;
    await client.connection.zadd(members, agoS(5), 'silent for five', agoS(60), 'silent for sixty');
    await until(() => one.count() === 2);
  });
});

describeWithOwnRedis('the processes that share a Redis that goes away', () => {
  let server: PrivateRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('keep the last number, and count again when it is back', async () => {
    const client = await connect(server.url);
    const all = ['one', 'two'].map((id) => openInstances(client, systemClock, id));
    instances.push(...all);
    await until(() => all.every((one) => one.count() === 2));
    await server.kill();
    await expect(client.ask((connection) => connection.ping())).rejects.toThrow();
    expect(all.map((one) => one.count())).toEqual([2, 2]);
    await all[1]?.close();
    await server.start();
    await until(() => all[0]?.count() === 1);
  });

  it('leave no timer behind', async () => {
    const clock = new SimulatedClock();
    const client = await connect(server.url);
    const one = openInstances(client, clock, 'one');
    const notice = openNotices(client, { clock, report: () => {} });
    notice.subscribe('topic', () => {});
    await until(() => clock.pending > 0);
    notice.close();
    await one.close();
    expect(clock.pending).toBe(0);
  });
});

for (const [name, start] of [
  ['a Redis', startRedis],
  ['a Redis cluster', startRedisCluster],
] as const) {
  describeWithOwnRedis(`what processes tell each other through ${name}`, () => {
    let server: AnyRedis;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    const open = async () => {
      const one = openNotices(await connect(server.url), { clock: systemClock, report: () => {} });
      notices.push(one);
      return one;
    };

    it('is heard by all who listen to the topic, the teller included, and by nobody else', async () => {
      const [teller, other] = [await open(), await open()];
      const heard: string[] = [];
      teller.subscribe('key_revoked', (text) => heard.push(`teller ${text}`));
      other.subscribe('key_revoked', (text) => heard.push(`other ${text}`));
      other.subscribe('flush', (text) => heard.push(`flush ${text}`));
      await until(async () => {
        await teller.publish('key_revoked', 'probe');
        return heard.includes('teller probe') && heard.includes('other probe');
      });
      heard.length = 0;
      await teller.publish('key_revoked', 'ü 🐍');
      await until(() => heard.includes('teller ü 🐍') && heard.includes('other ü 🐍'));
      expect(heard.filter((text) => text.startsWith('flush'))).toEqual([]);
    });

    it('is not heard by one who has stopped listening', async () => {
      const teller = await open();
      const heard: string[] = [];
      const stop = teller.subscribe('topic', (text) => heard.push(`first ${text}`));
      teller.subscribe('topic', (text) => heard.push(`second ${text}`));
      await until(async () => {
        await teller.publish('topic', 'probe');
        return heard.includes('first probe') && heard.includes('second probe');
      });
      stop();
      await teller.publish('topic', 'last');
      await until(() => heard.includes('second last'));
      expect(heard).not.toContain('first last');
    });

    it('reports a listener that throws, and tells the others', async () => {
      const lines: string[] = [];
      const client = await connect(server.url);
      const one = openNotices(client, { clock: systemClock, report: (_, event) => lines.push(event) });
      notices.push(one);
      const heard: string[] = [];
      one.subscribe('topic', () => {
        throw new Error('in a listener');
      });
      one.subscribe('topic', (text) => heard.push(text));
      await until(async () => {
        await one.publish('topic', 'told');
        return heard.length > 0;
      });
      expect(lines).toContain('notice_failed');
    });
  });
}

describeWithOwnRedis('what processes tell each other while Redis comes and goes', () => {
  it('is heard again after the server died, and after the network has swallowed everything', async () => {
    const server = await startRedis();
    const proxy = await startTcpProxy({ port: server.port });
    const listener = openNotices(await connect(`redis://127.0.0.1:${proxy.port}`), {
      clock: systemClock,
      report: () => {},
    });
    const teller = openNotices(await connect(server.url), { clock: systemClock, report: () => {} });
    notices.push(listener, teller);
    const heard: string[] = [];
    listener.subscribe('topic', (text) => heard.push(text));
    const hears = (text: string) =>
      until(async () => {
        await teller.publish('topic', text);
        return heard.includes(text);
      });
    await hears('at first');
    await server.kill();
    await expect(teller.publish('topic', 'to nobody')).resolves.toBe(0);
    await server.start();
    await hears('after its death');
    proxy.blackhole();
    await teller.publish('topic', 'swallowed');
    // What was swallowed is gone for this connection; only a new one hears again.
    const madeBefore = proxy.made;
    await until(() => proxy.made > madeBefore);
    await proxy.pass();
    await hears('after the silence');
    await proxy.close();
    await server.stop();
  });
});
