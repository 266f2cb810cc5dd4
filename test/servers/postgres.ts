// A real PostgreSQL for tests. `DATABASE_URL` is used when it is set; else a private server is started from the binaries on the
// machine, on a free port, in a folder of its own. Every store gets a schema of its own, so one server does for a whole file; a
// file that freezes or kills takes a server that is certainly its own.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { describeWith, programPath } from './availability.ts';
import { freePort } from './redis.ts';

const READY_WITHIN_MS = 20_000;
const POLL_MS = 20;

/** Durability is off, since a test's server need survive no power cut; what is committed survives every kill all the same. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'max_connections=80'];

/** Where `initdb` and `postgres` stand; null: nowhere. Debian keeps most of them off the PATH. */
function findBinaries(): string | null {
  const onPath = programPath('initdb');
  const debian = globSync('/usr/lib/postgresql/*/bin').sort().reverse();
  const folders = onPath === null ? debian : [dirname(onPath), ...debian];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

function givenUrl(): string | null {
  const url = process.env['DATABASE_URL'] ?? '';
  return url === '' ? null : url;
}

/** Suites that only talk to a server: the given one will do. */
export function describeWithPostgres(name: string, suite: () => void): void {
  describeWith('postgres', givenUrl() !== null || findBinaries() !== null, name, suite);
}

/** Suites that freeze or kill the server, or change its settings: a private one has to be started. */
export function describeWithOwnPostgres(name: string, suite: () => void): void {
  describeWith('postgres', findBinaries() !== null, name, suite);
}

/** The given server, or a private one. */
export async function usePostgres(): Promise<AnyPostgres> {
  const url = givenUrl();
  return url === null ? startPostgres() : new GivenPostgres(url);
}

/** A private server, with nothing in it. `settings` as in postgresql.conf, over those above: `['fsync=on']`. */
export async function startPostgres(settings: readonly string[] = []): Promise<PrivatePostgres> {
  const binaries = findBinaries();
  if (binaries === null)
    throw new Error('initdb and postgres are not here: install them (Debian: apt-get install postgresql)');
  const server = new PrivatePostgres(binaries, await freePort(), settings);
  await server.start();
  return server;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (account === undefined)
    throw new Error('PostgreSQL cannot run as root, and there is neither a user postgres nor a user nobody');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

/** A server that a test may ask; whether it may also be frozen and killed is another matter. */
export interface AnyPostgres {
  readonly url: string;
  /** The URL of a schema with nothing in it. */
  emptyDatabase(): Promise<string>;
  /** One statement of a bystander, as the owner of the server, in the schema of the URL. */
  query(url: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

let schemas = 0;

class GivenPostgres implements AnyPostgres {
  readonly url: string;
  readonly #schemas: string[] = [];

  constructor(url: string) {
    this.url = url;
  }

  async emptyDatabase(): Promise<string> {
    const schema = `test_${process.pid}_${schemas++}`;
    await this.query(this.url, `CREATE SCHEMA ${schema}`);
    this.#schemas.push(schema);
    const url = new URL(this.url);
    url.searchParams.set('options', `-c search_path=${schema}`);
    return url.href;
  }

  async query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    // A server that is killed under it says so by an event, too.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    for (const schema of this.#schemas.splice(0)) await this.query(this.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  }
}

/** A private server: it can be frozen, killed and started again with what it had. */
export class PrivatePostgres extends GivenPostgres {
  readonly port: number;
  readonly #binaries: string;
  readonly #settings: readonly string[];
  readonly #folder: string;
  readonly #guard: ChildProcess;
  #postmaster: ChildProcess | null = null;

  constructor(binaries: string, port: number, settings: readonly string[]) {
    super(`postgres://postgres@127.0.0.1:${port}/postgres`);
    this.port = port;
    this.#binaries = binaries;
    this.#settings = [...SETTINGS, ...settings];
    this.#folder = mkdtempSync(join(tmpdir(), 'llm-postgres-'));
    const account = unprivileged();
    if (account !== null) chownSync(this.#folder, account.uid, account.gid);
    this.#guard = spawn('sh', ['-c', GUARD, this.#folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#guard.unref();
    const place = ['-D', join(this.#folder, 'data'), '--no-sync'];
    execFileSync(join(binaries, 'initdb'), [...place, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C'], {
      ...account,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** Resolves when it answers; after `kill` it has its data again, on its port. */
  async start(): Promise<void> {
    const settings = this.#settings.flatMap((setting) => ['-c', setting]);
    const place = ['-D', join(this.#folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1', '-k', this.#folder];
    const log = openSync(join(this.#folder, 'log'), 'a');
    const postmaster = spawn(join(this.#binaries, 'postgres'), [...place, ...settings], {
      ...unprivileged(),
      stdio: ['ignore', 'ignore', log],
      detached: true,
      cwd: this.#folder,
    });
    closeSync(log);
    this.#postmaster = postmaster;
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      if (postmaster.exitCode !== null)
        throw new Error(`PostgreSQL did not start: ${readFileSync(join(this.#folder, 'log'), 'utf8')}`);
      try {
        await this.query(this.url, 'SELECT 1');
        return;
      } catch (error) {
        if (Date.now() > deadline) throw new Error('PostgreSQL was not ready in time', { cause: error });
        await wait(POLL_MS);
      }
    }
  }

  /** Stops it in its tracks, with all that it has started: connections stand, nobody answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** kill -9, of the server and all that it has started. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended();
    // It is not there to take it away itself, and whoever starts it again must not take another's process for it.
    rmSync(join(this.#folder, 'data', 'postmaster.pid'), { force: true });
  }

  override async stop(): Promise<void> {
    await this.kill();
    this.#guard.stdin?.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // The postmaster first: it makes a new process for one that it sees ending.
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#postmaster?.pid;
    if (pid === undefined || this.#postmaster?.exitCode !== null || this.#postmaster.signalCode !== null) return;
    const children = signal === 'SIGSTOP' ? [] : childrenOf(pid);
    process.kill(pid, signal);
    for (const child of signal === 'SIGSTOP' ? childrenOf(pid) : children) killIfThere(child, signal);
  }

  async #ended(): Promise<void> {
    const postmaster = this.#postmaster;
    if (postmaster === null || postmaster.exitCode !== null || postmaster.signalCode !== null) return;
    await new Promise((resolve) => postmaster.once('exit', resolve));
  }
}

// Outlives the tests by a moment: when their end of its pipe is closed, by whatever death, the server goes and its folder too.
const GUARD = `
  cat > /dev/null
  if [ -f "$0/data/postmaster.pid" ]; then
    server=$(head -n 1 "$0/data/postmaster.pid")
    children=$(ps -A -o pid=,ppid= | awk -v server="$server" '$2 == server { print $1 }')
    kill -KILL "$server" $children
  fi
  rm -rf "$0"`;

function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const processes = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
