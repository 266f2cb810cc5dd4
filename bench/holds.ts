// node bench/holds.ts [scale]: what the windows of one request cost, from admit over hold to settle: in memory, in Redis, and in
// Redis as the service uses it (with its own shares at the ready). The subjects are driven in turn (A B C C B A), so that what else
// the machine does hits all. The figure that counts is the CPU; the milliseconds are this machine's.

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { systemChance, systemClock } from '../src/core/clock.ts';
import { noteOf } from '../src/core/note.ts';
import type { SharedWindowStore, WindowCharge, WindowStore } from '../src/core/window-store.ts';
import type { Amounts, Window, WindowName } from '../src/core/windows.ts';
import { createDegradedWindows } from '../src/stores/degraded/windows.ts';
import { createMemoryWindows } from '../src/stores/memory/windows.ts';
import { isRedisOutage, openRedis, type RedisClient } from '../src/stores/redis/client.ts';
import { openRedisWindows } from '../src/stores/redis/windows.ts';
import { startRedis } from '../test/servers/redis.ts';
import { heading } from './heading.ts';
import { rowAt } from './month-rows.ts';

const scale = Number(process.argv[2] ?? '1');
const CALLERS = [1, 50] as const;
const USERS = 50;
const LEASE_MS = 300_000;
/** No pause of the machine may turn into an outage: then other code would be measured. */
const PATIENT_MS = 30_000;

const USER_WINDOWS: readonly WindowName[] = [
  'requests_per_minute',
  'requests_per_day',
  'tokens_per_minute',
  'usd_per_day',
];
const TENANT_WINDOWS: readonly WindowName[] = ['tokens_per_minute', 'in_flight', 'usd_per_month'];
const ADMITTED: Amounts = { requests: 1, inFlight: 1, tokens: 0, nanoUsd: 0 };
const HELD: Amounts = { requests: 1, inFlight: 1, tokens: 5_100, nanoUsd: 3_000_000 };
const USED: Amounts = { requests: 1, inFlight: 0, tokens: 1_150, nanoUsd: 285_000 };
const NOTE = noteOf({ ...rowAt(0, 1), state: 'open' });

/** Far away: every hold is granted. */
const LIMIT = Number.MAX_SAFE_INTEGER;

function windowsOf(tenant: string, user: number): readonly Window[] {
  return [
    ...USER_WINDOWS.map((name) => ({ scope: 'user' as const, scopeKey: `${tenant}/user-${user}`, name })),
    ...TENANT_WINDOWS.map((name) => ({ scope: 'tenant' as const, scopeKey: tenant, name })),
  ].map((window) => ({ ...window, limit: LIMIT, timezone: 'Europe/Berlin' }));
}

/** A minute and a day of use, so that every slot of every window is taken, as in a service that has run for a while. */
function earlierUse(tenant: string, nowMs: number): readonly WindowCharge[] {
  const minute = Array.from({ length: 60 }, (_, second) => nowMs - second * 1_000);
  const day = Array.from({ length: 96 }, (_, quarter) => nowMs - quarter * 900_000);
  const moments = [...day, ...minute].sort((a, b) => a - b);
  return moments.flatMap((atMs) =>
    Array.from({ length: USERS }, (_, user) => ({ windows: windowsOf(tenant, user), amounts: USED, atMs })),
  );
}

interface Subject {
  readonly name: string;
  readonly store: WindowStore;
  readonly windows: readonly (readonly Window[])[];
  /** Of one turn. */
  readonly requests: number;
}

interface Turn {
  readonly ownMicros: number;
  readonly redisMicros: number;
  readonly latenciesMs: readonly number[];
}

async function memorySubject(): Promise<Subject> {
  const store = createMemoryWindows();
  for (const { windows, amounts, atMs } of earlierUse('memory', Date.now())) await store.record(windows, amounts, atMs);
  return { name: 'memory', store, windows: windowsByUser('memory'), requests: 20_000 * scale };
}

async function redisSubject(client: RedisClient): Promise<Subject> {
  const store = openRedisWindows(client, { clock: systemClock, chance: systemChance });
  await fill(store, 'redis');
  return { name: 'Redis', store, windows: windowsByUser('redis'), requests: 3_000 * scale };
}

async function serviceSubject(client: RedisClient): Promise<Subject> {
  const shared = openRedisWindows(client, { clock: systemClock, chance: systemChance });
  await fill(shared, 'service');
  const store = createDegradedWindows({
    shared,
    instances: () => 1,
    clock: systemClock,
    report: (_level, event) => {
      throw new Error(`The store under the windows was away: ${event}`);
    },
    seed: () => Promise.reject(new Error('The windows were lost')),
    isOutage: isRedisOutage,
  });
  return { name: 'Redis, as served', store, windows: windowsByUser('service'), requests: 3_000 * scale };
}

function windowsByUser(tenant: string): readonly (readonly Window[])[] {
  return Array.from({ length: USERS }, (_, user) => windowsOf(tenant, user));
}

async function fill(store: SharedWindowStore, tenant: string): Promise<void> {
  await store.seed(tenant, earlierUse(tenant, Date.now()), [], Date.now());
}

async function request(store: WindowStore, windows: readonly Window[]): Promise<void> {
  const id = `req_${randomUUID()}`;
  const admitted = await store.hold(id, windows, ADMITTED, Date.now(), LEASE_MS);
  const held = await store.hold(id, windows, HELD, Date.now(), LEASE_MS, NOTE);
  if (!admitted.granted || !held.granted) throw new Error('A hold was refused');
  await store.settle(id, USED, Date.now(), windows);
}

async function turn(subject: Subject, callers: number, redisCpu: () => Promise<number>): Promise<Turn> {
  const latenciesMs: number[] = [];
  let begun = 0;
  const call = async () => {
    while (begun < subject.requests) {
      const windows = subject.windows[begun++ % USERS] ?? [];
      const startedMs = performance.now();
      await request(subject.store, windows);
      latenciesMs.push(performance.now() - startedMs);
    }
  };
  const redisBefore = await redisCpu();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: callers }, call));
  const { user, system } = process.cpuUsage(before);
  const redisMicros = ((await redisCpu()) - redisBefore) / subject.requests;
  return { ownMicros: (user + system) / subject.requests, redisMicros, latenciesMs };
}

/** What the server has used so far, in microseconds. */
async function redisCpuMicros(connection: Redis): Promise<number> {
  const info = await connection.info('cpu');
  const seconds = ['used_cpu_user', 'used_cpu_sys'].map((field) =>
    Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]),
  );
  return seconds.reduce((sum, each) => sum + each, 0) * 1_000_000;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function row(subject: Subject, callers: number, turns: readonly Turn[], memoryMicros: number): string {
  const own = mean(turns.map(({ ownMicros }) => ownMicros));
  // What the server does of itself meanwhile is not the memory's.
  const redis = subject.name === 'memory' ? 0 : mean(turns.map(({ redisMicros }) => redisMicros));
  const latenciesMs = turns.flatMap((each) => each.latenciesMs).sort((a, b) => a - b);
  const at = (share: number) => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN).toFixed(2);
  const figures = [
    own.toFixed(0),
    redis.toFixed(0),
    at(0.5),
    at(0.99),
    (own / memoryMicros).toFixed(1),
    ((own + redis) / memoryMicros).toFixed(1),
  ];
  return `| ${callers} | ${subject.name} | ${figures.join(' | ')} |`;
}

const server = await startRedis();
const quiet = { clock: systemClock, report: () => {}, commandTimeoutMs: PATIENT_MS };
// A connection each, as in processes of their own.
const clients = [openRedis({ url: server.url, ...quiet }), openRedis({ url: server.url, ...quiet })] as const;
const watcher = new Redis(server.url);
try {
  for (const client of clients) await client.whenReady(PATIENT_MS);
  const cpu = () => redisCpuMicros(watcher);
  const subjects = [await memorySubject(), await redisSubject(clients[0]), await serviceSubject(clients[1])];
  process.stdout.write(heading(`${USER_WINDOWS.length} windows of the user, ${TENANT_WINDOWS.length} of the tenant`));
  process.stdout.write(
    '| callers at once | windows in | CPU µs | CPU µs of Redis | p50 ms | p99 ms | CPU ratio to memory | with that of Redis |\n|---|---|---|---|---|---|---|---|\n',
  );
  for (const callers of CALLERS) {
    for (const subject of subjects) await turn(subject, callers, cpu);
    const turns = subjects.map((): Turn[] => []);
    for (const index of [0, 1, 2, 2, 1, 0]) {
      const subject = subjects[index];
      if (subject !== undefined) turns[index]?.push(await turn(subject, callers, cpu));
    }
    const memoryMicros = mean((turns[0] ?? []).map(({ ownMicros }) => ownMicros));
    for (const [index, subject] of subjects.entries())
      process.stdout.write(`${row(subject, callers, turns[index] ?? [], memoryMicros)}\n`);
  }
  for (const { store } of subjects) await store.close();
} finally {
  watcher.disconnect();
  for (const client of clients) client.close();
  await server.stop();
}
