// Real Redis servers for tests: the one that REDIS_URL names, which is never emptied nor harmed, or private ones on free ports in
// temporary folders, which may be killed, frozen and restarted. None outlives the test process.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describeWith, programPath } from './availability.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

const SERVER = 'redis-server';
const START_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Suites that only talk to a server: the given one will do. */
export function describeWithRedis(name: string, suite: () => void): void {
  describeWith(SERVER, givenUrl() !== null || programPath(SERVER) !== null, name, suite);
}

/** Suites that kill, freeze or empty the server, or want a cluster: a private one has to be started. */
export function describeWithOwnRedis(name: string, suite: () => void): void {
  describeWith(SERVER, programPath(SERVER) !== null, name, suite);
}

export interface AnyRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** The given server, or a private one. Use tenants of your own: others may be at work on it. */
export async function useRedis(): Promise<AnyRedis> {
  const url = givenUrl();
  return url === null ? startRedis() : { url, stop: async () => {} };
}

function givenUrl(): string | null {
  const url = process.env['REDIS_URL'] ?? '';
  return url === '' ? null : url;
}

export class PrivateRedis implements AnyRedis {
  readonly port: number;
  readonly #dir: string;
  readonly #options: readonly string[];
  #process: GuardedProcess | null = null;

  constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
    this.#dir = mkdtempSync(join(tmpdir(), 'llm-redis-'));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it answers. What it held before is gone: nothing is ever written to disk. */
  async start(): Promise<void> {
    const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
    const place = ['--port', `${this.port}`, '--dir', this.#dir, '--logfile', 'redis.log'];
    const path = programPath(SERVER);
    if (path === null)
      throw new Error(`${SERVER} is not on the PATH: install it (Debian: apt-get install redis-server)`);
    this.#process = await startGuarded(path, [...place, ...fixed, ...this.#options], { cwd: this.#dir });
    await this.#untilItAnswers();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#process = null;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Killed and started again on the same port, with nothing in it. */
  async restartEmpty(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #untilItAnswers(): Promise<void> {
    const giveUpAtMs = Date.now() + START_WITHIN_MS;
    while (!(await answers(this.port))) {
      if (Date.now() > giveUpAtMs) {
        const log = readFileSync(join(this.#dir, 'redis.log'), 'utf8');
        await this.kill();
        throw new Error(`redis-server did not start on port ${this.port}:\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** `options` as on the command line: `['--maxmemory', '2mb']`. */
export async function startRedis(options: readonly string[] = []): Promise<PrivateRedis> {
  const server = new PrivateRedis(await freePort(), options);
  await server.start();
  return server;
}

export interface PrivateCluster extends AnyRedis {
  readonly nodes: readonly PrivateRedis[];
}

const SLOTS = 16_384;
const MASTERS = 3;

/** Three masters that hold all slots. `url` names them all. */
export async function startRedisCluster(): Promise<PrivateCluster> {
  const nodes: PrivateRedis[] = [];
  for (let index = 0; index < MASTERS; index++) {
    const cluster = [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-node-timeout',
      '5000',
    ];
    nodes.push(await startRedis([...cluster, '--cluster-port', `${await freePort()}`]));
  }
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  try {
    for (const [index, client] of clients.entries()) {
      const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS));
      await client.call('CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${(next ?? SLOTS) - 1}`);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
    }
    for (const [index, client] of clients.entries()) {
      const next = nodes[(index + 1) % MASTERS];
      const busPort = await busPortOf(clients[(index + 1) % MASTERS]);
      if (next !== undefined) await client.call('CLUSTER', 'MEET', '127.0.0.1', `${next.port}`, busPort);
    }
    await untilAllAgree(clients);
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(','),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function busPortOf(client: Redis | undefined): Promise<string> {
  const settings = await client?.call('CONFIG', 'GET', 'cluster-port');
  return Array.isArray(settings) ? String(settings[1]) : '0';
}

async function untilAllAgree(clients: readonly Redis[]): Promise<void> {
  const giveUpAtMs = Date.now() + START_WITHIN_MS;
  for (;;) {
    const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
    if (infos.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`))) return;
    if (Date.now() > giveUpAtMs) throw new Error(`The cluster did not form:\n${infos.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Whether somebody there speaks for Redis, be it to ask for a password. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(false));
    socket.on('data', (bytes) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(String(bytes)));
      socket.destroy();
    });
  });
}

/** Free a moment ago; nobody else takes it on purpose. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No port to be had');
  return address.port;
}
