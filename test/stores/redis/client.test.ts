// The way to Redis: what its answers mean, what is said when it is away, and that no address or password is said at all.

import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { redisAddressOf } from '../../../src/stores/redis/address.ts';
import { isRedisOutage, openRedis, type RedisClient, redisScript } from '../../../src/stores/redis/client.ts';
import {
  describeWithOwnRedis,
  freePort,
  type PrivateCluster,
  type PrivateRedis,
  startRedis,
  startRedisCluster,
} from '../../servers/redis.ts';

const PASSWORD = 'sw0rdf!sh:@/';
const WRITE = redisScript("return redis.call('SET', KEYS[1], ARGV[1])");

interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const opened: RedisClient[] = [];
function open(url: string, lines: Line[] = []): RedisClient {
  const client = openRedis({
    url,
    clock: systemClock,
    commandTimeoutMs: 250,
    report: (level, event, fields) => lines.push({ level, event, fields }),
  });
  opened.push(client);
  return client;
}
afterAll(() => {
  for (const client of opened) client.close();
});

const failure = (client: RedisClient, key = 'key'): Promise<unknown> =>
  client.run(WRITE, [key], ['value']).then(
    () => null,
    (error: unknown) => error,
  );

/** Repeats until it is so; the test's own time-out ends it. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the address of Redis', () => {
  it('takes a host, a port, a password with odd characters, a database', () => {
    expect(redisAddressOf(`redis://me:${encodeURIComponent(PASSWORD)}@example.org:7000/3`)).toEqual({
      nodes: [{ host: 'example.org', port: 7_000 }],
      isCluster: false,
      isTls: false,
      username: 'me',
      password: PASSWORD,
      db: 3,
    });
    expect(redisAddressOf('redis://[::1]')).toMatchObject({ nodes: [{ host: '::1', port: 6_379 }], password: null });
    expect(redisAddressOf('rediss://example.org')).toMatchObject({ isTls: true });
  });

  it('takes several for a cluster, and one that says it is one', () => {
    const two = redisAddressOf('redis://a:1, redis://b:2');
    expect(two).toMatchObject({
      isCluster: true,
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    });
    expect(redisAddressOf('redis://a:1?cluster=true').isCluster).toBe(true);
  });

  it.each(['', 'localhost:6379', 'http://localhost', 'redis://a/b', 'redis://a,', `redis://:${PASSWORD}`])(
    'says that %j is none, without repeating it',
    (text) => {
      expect(() => redisAddressOf(text)).toThrow('REDIS_URL is no address of Redis');
      try {
        redisAddressOf(text);
      } catch (error) {
        expect(inspect(error)).not.toContain(PASSWORD);
      }
    },
  );
});

describeWithOwnRedis('a server that answers, but not what was asked', () => {
  let server: PrivateRedis;
  let client: RedisClient;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis(['--enable-debug-command', 'local']);
    client = open(server.url);
    await client.whenReady(5_000);
    admin = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  const works = async () => (await failure(client)) === null;

  it('F31: NOSCRIPT: the script is sent again, and nobody notices', async () => {
    expect(await failure(client)).toBeNull();
    await admin.script('FLUSH');
    const several = await Promise.all([failure(client), failure(client), failure(client)]);
    expect(several).toEqual([null, null, null]);
  });

  it('F31: READONLY is an outage, and over when the server takes writes again', async () => {
    await admin.replicaof('127.0.0.1', await freePort());
    const error = await failure(client);
    expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('READONLY') });
    expect(isRedisOutage(error)).toBe(true);
    await admin.replicaof('NO', 'ONE');
    await until(works);
  });

  it('F31: OOM is an outage, and over when there is room again', async () => {
    await admin.config('SET', 'maxmemory', '1');
    const error = await failure(client);
    expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('OOM') });
    expect(isRedisOutage(error)).toBe(true);
    await admin.config('SET', 'maxmemory', '0');
    await until(works);
  });

  it('F31: BUSY is an outage, and over when the script of somebody else has ended', async () => {
    await admin.config('SET', 'busy-reply-threshold', '1');
    const other = new Redis(server.port, '127.0.0.1');
    const endless = other.eval('while true do end', 0).catch(() => 'killed');
    const seen: string[] = [];
    await until(async () => {
      const error = await failure(client);
      if (error instanceof Error) seen.push(error.message);
      expect(error === null || isRedisOutage(error)).toBe(true);
      return seen.some((message) => message.includes('BUSY'));
    });
    await admin.script('KILL');
    expect(await endless).toBe('killed');
    other.disconnect();
    await until(works);
  });

  it('keeps a fault of a script an outage too, and says where it lies', async () => {
    const broken = redisScript("return redis.call('HGET', 'key', 'field')");
    await admin.set('key', 'text');
    await expect(client.run(broken, [], [])).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describeWithOwnRedis('a cluster that is asked as if it were one server', () => {
  let cluster: PrivateCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  it('F31: MOVED is an outage that says what to write', async () => {
    const [node] = cluster.nodes;
    const client = open(node?.url ?? '');
    await client.whenReady(5_000);
    const errors = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => failure(client, key)));
    const moved = errors.filter((error) => error !== null);
    expect(moved.length).toBeGreaterThan(0);
    for (const error of moved)
      expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('?cluster=true') });
    expect(moved.every(isRedisOutage)).toBe(true);
  });

  it('is served whole when the address says that it is a cluster', async () => {
    const [node] = cluster.nodes;
    const client = open(`${node?.url}?cluster=true`);
    expect(await client.whenReady(10_000)).toBe(true);
    const { connection } = client;
    const masters = connection instanceof Cluster ? connection.nodes('master') : [];
    expect(masters.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready']);
    // From the first calls on, which all masters are asked at once; some calls go out while the first are under way.
    const failures: Promise<unknown>[] = [];
    for (let round = 0; round < 10; round++) {
      for (let key = 0; key < 10; key++) failures.push(failure(client, `key-${key}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all(failures)).toEqual(failures.map(() => null));
  });
});

/** Greets, and answers everything else with these words. */
async function stub(answer: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const [, word = ''] of String(bytes).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) socket.write(reply(word));
    });
  });
  const reply = (word: string) => {
    if (word.toLowerCase() === 'hello') return "-ERR unknown command 'HELLO'\r\n";
    if (word.toLowerCase() === 'info') return '$19\r\nredis_version:7.0.0\r\n';
    return word.toLowerCase() === 'client' ? '+OK\r\n' : `-${answer}\r\n`;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe('a server that is not itself', () => {
  it.each([
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN Hash slot not served',
    'MASTERDOWN Link with MASTER is down',
    'MISCONF Errors writing to the AOF file',
    'NOSCRIPT No matching script',
    'NOAUTH Authentication required.',
    `ERR unknown command, with args beginning with: '${PASSWORD}'`,
  ])('F31: %s: an outage, whose reason is the word alone', async (answer) => {
    const { server, port } = await stub(answer);
    const client = open(`redis://127.0.0.1:${port}`);
    await client.whenReady(5_000);
    const error = await failure(client);
    expect(error).toMatchObject({ code: 'store_unavailable', status: 503 });
    expect(isRedisOutage(error)).toBe(true);
    expect(inspect(error)).toContain(answer.split(' ')[0]);
    expect(inspect(error)).not.toContain(PASSWORD);
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
});

describeWithOwnRedis('what is said of Redis', () => {
  it('one line when it goes and one when it is back, however often it was tried', async () => {
    const server = await startRedis();
    const lines: Line[] = [];
    const client = open(server.url, lines);
    await client.whenReady(5_000);
    let tries = 0;
    client.connection.on('reconnecting', () => tries++);
    await server.kill();
    await until(() => tries >= 3);
    for (let call = 0; call < 20; call++) expect(isRedisOutage(await failure(client))).toBe(true);
    expect(lines.map(({ level, event }) => [level, event])).toEqual([['warn', 'redis_away']]);
    await server.start();
    await until(async () => (await failure(client)) === null);
    expect(lines.map(({ level, event }) => [level, event])).toEqual([
      ['warn', 'redis_away'],
      ['info', 'redis_back'],
    ]);
    client.close();
    await server.stop();
    expect(lines).toHaveLength(2);
  });

  it('says so once when it was never there, and connects when it comes', async () => {
    const server = await startRedis();
    await server.kill();
    const lines: Line[] = [];
    const client = open(server.url, lines);
    expect(await client.whenReady(200)).toBe(false);
    expect(isRedisOutage(await failure(client))).toBe(true);
    expect(lines).toMatchObject([{ event: 'redis_away', fields: { reason: 'ECONNREFUSED' } }]);
    await server.start();
    expect(await client.whenReady(10_000)).toBe(true);
    await server.stop();
  });

  it('one warning when it may throw counts away under pressure', async () => {
    const server = await startRedis(['--maxmemory-policy', 'volatile-lru']);
    const lines: Line[] = [];
    const client = open(server.url, lines);
    await until(() => lines.length > 0);
    await server.restartEmpty();
    await until(async () => lines.some(({ event }) => event === 'redis_back') && (await failure(client)) === null);
    expect(lines.filter(({ event }) => event === 'redis_evicts')).toMatchObject([
      { fields: { policy: 'volatile-lru' } },
    ]);
    await server.stop();
  });

  it('the same where the first question after it is not answered in time', async () => {
    const server = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    const lines: Line[] = [];
    const client = open(server.url, lines);
    const asked = vi.spyOn(client, 'ask').mockRejectedValueOnce(new Error('no answer within 50 ms'));
    await until(() => lines.some(({ event }) => event === 'redis_evicts'));
    expect(asked).toHaveBeenCalledTimes(2);
    await server.stop();
  });

  it('never the password, neither the right one nor a wrong one', async () => {
    const server = await startRedis(['--requirepass', PASSWORD]);
    const lines: Line[] = [];
    const right = open(`redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}`, lines);
    expect(await right.whenReady(5_000)).toBe(true);
    expect(await failure(right)).toBeNull();
    const wrong = open(`redis://:${encodeURIComponent(`${PASSWORD}x`)}@127.0.0.1:${server.port}`, lines);
    await until(() => lines.length > 0);
    const errors = [await failure(wrong)];
    await server.kill();
    errors.push(await failure(right));
    expect(errors.every(isRedisOutage)).toBe(true);
    expect(lines[0]).toMatchObject({ event: 'redis_away', fields: { reason: 'WRONGPASS' } });
    const said = inspect([errors, lines], { depth: 20, showHidden: true });
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(said).not.toContain(secret);
    await server.stop();
  });
});
