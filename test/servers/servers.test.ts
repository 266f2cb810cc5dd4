// The servers and the network that other tests rely on: they do what they say, and nothing of them is left behind.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnRedis, type PrivateRedis, startRedis, startRedisCluster } from './redis.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const OPTIONS = { retryStrategy: () => null, commandTimeout: 300, maxRetriesPerRequest: 0 };

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeWithOwnRedis('a private redis-server behind the proxy', () => {
  let server: PrivateRedis;
  let proxy: TcpProxy;
  const clients: Redis[] = [];
  const connected = async (port: number) => {
    const client = new Redis(port, '127.0.0.1', { ...OPTIONS, lazyConnect: true });
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy({ port: server.port });
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await proxy.close();
    await server.stop();
  });

  it('passes what is asked and what is answered', async () => {
    const client = await connected(proxy.port);
    expect(await client.set('key', 'value')).toBe('OK');
    expect(await client.get('key')).toBe('value');
  });

  it('lets the server hear a command whose reply nobody gets', async () => {
    const [client, direct] = [await connected(proxy.port), await connected(server.port)];
    proxy.dropReplies();
    await expect(client.incr('counted')).rejects.toThrow('timed out');
    expect(await direct.get('counted')).toBe('1');
    await proxy.pass();
    await expect(client.get('counted')).rejects.toThrow();
  });

  it('swallows everything, and serves new connections when it passes again', async () => {
    const client = await connected(proxy.port);
    proxy.blackhole();
    await expect(client.ping()).rejects.toThrow('timed out');
    await proxy.pass();
    expect(await (await connected(proxy.port)).ping()).toBe('PONG');
  });

  it('swallows everything from the first request that holds a text', async () => {
    const [client, direct] = [await connected(proxy.port), await connected(server.port)];
    proxy.blackholeFrom('marked');
    expect(await client.ping()).toBe('PONG');
    await expect(client.set('marked', 1)).rejects.toThrow('timed out');
    await expect(client.ping()).rejects.toThrow('timed out');
    expect(await direct.exists('marked')).toBe(0);
    await proxy.pass();
    expect(await (await connected(proxy.port)).ping()).toBe('PONG');
  });

  it('refuses connections until it passes again', async () => {
    await proxy.refuse();
    await expect(connected(proxy.port)).rejects.toThrow();
    await proxy.pass();
    expect(await (await connected(proxy.port)).ping()).toBe('PONG');
  });

  it('cuts after so many bytes of reply', async () => {
    const client = await connected(proxy.port);
    await client.set('long', 'x'.repeat(1_000));
    proxy.cutAfterBytes(100);
    await expect(client.get('long')).rejects.toThrow();
    expect(await (await connected(proxy.port)).strlen('long')).toBe(1_000);
  });

  it('delays in both directions', async () => {
    const client = await connected(proxy.port);
    proxy.delay(200);
    await expect(client.ping()).rejects.toThrow('timed out');
    await proxy.pass();
  });

  it('freezes and thaws, dies and comes back empty', async () => {
    const direct = await connected(server.port);
    await direct.set('kept', '1');
    server.freeze();
    await expect(direct.get('kept')).rejects.toThrow('timed out');
    server.resume();
    expect(await (await connected(server.port)).get('kept')).toBe('1');
    await server.restartEmpty();
    expect(await (await connected(server.port)).dbsize()).toBe(0);
    await server.kill();
    await expect(connected(server.port)).rejects.toThrow();
    await server.start();
  });
});

describeWithOwnRedis('a private cluster', () => {
  it('serves every slot, and is gone when it is stopped', async () => {
    const cluster = await startRedisCluster();
    const pids: number[] = [];
    for (const { port } of cluster.nodes) {
      const client = new Redis(port, '127.0.0.1', OPTIONS);
      const info = await client.info('server');
      pids.push(Number(/process_id:(\d+)/.exec(info)?.[1]));
      client.disconnect();
    }
    expect(pids.every(isRunning)).toBe(true);
    await cluster.stop();
    expect(pids.some(isRunning)).toBe(false);
  });
});
