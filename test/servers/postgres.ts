// A real PostgreSQL for tests. `DATABASE_URL` is used when it is set; else a private server is started from the binaries on the
// machine, on a free port, in a folder of its own. Every store gets a schema of its own, so one server does for a whole file; a
// file that freezes or kills takes a server that is certainly its own.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, it } from 'vitest';

const READY_WITHIN_MS = 20_000;
const POLL_MS = 20;

/** Durability is off, since a test's server need survive no power cut; what is committed survives every kill all the same. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'max_connections=80'];

/** Where `initdb` and `postgres` stand; null: nowhere. */
function findBinaries(): string | null {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
}

/** A server that a test may ask; whether it may also be frozen and killed is another matter. */
export interface TestPostgres {
  /** The URL of a schema with nothing in it. */
  emptyDatabase(): Promise<string>;
  /** One statement of a bystander, as the owner of the server, in the schema of the URL. */
  query(url: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

let schemas = 0;

class GivenPostgres implements TestPostgres {
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
export class OwnPostgres extends GivenPostgres {
  readonly port: number;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #guard: ChildProcess;
  #postmaster: ChildProcess | null = null;

  private constructor(binaries: string, folder: string, port: number) {
    super(`postgres://postgres@127.0.0.1:${port}/postgres`);
    this.port = port;
    this.#binaries = binaries;
    this.#folder = folder;
    this.#guard = spawn('sh', ['-c', GUARD, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#guard.unref();
  }

  static async start(binaries: string): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const account = unprivileged();
    if (account !== null) chownSync(folder, account.uid, account.gid);
    const options = [
      '-D',
      join(folder, 'data'),
      '-A',
      'trust',
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ];
    execFileSync(join(binaries, 'initdb'), options, { ...account, stdio: ['ignore', 'ignore', 'inherit'] });
    const server = new OwnPostgres(binaries, folder, await freePort());
    await server.restart();
    return server;
  }

  /** Starts it again after `kill`, with its data, on its port. */
  async restart(): Promise<void> {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
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

const ABSENT = 'there is no PostgreSQL here (no DATABASE_URL, no initdb and postgres in PATH or /usr/lib/postgresql)';

/** Runs tests against a server that may be given by `DATABASE_URL`. Without one they are skipped, which in CI is a failure. */
export function describeWithPostgres(name: string, tests: (server: () => TestPostgres) => void): void {
  const url = process.env['DATABASE_URL'];
  const start = async () => (url ? new GivenPostgres(url) : OwnPostgres.start(findBinaries() ?? ''));
  describeWith(name, Boolean(url) || findBinaries() !== null, start, tests);
}

/** Runs tests against a private server that they may freeze and kill. */
export function describeWithOwnPostgres(name: string, tests: (server: () => OwnPostgres) => void): void {
  const binaries = findBinaries();
  describeWith(name, binaries !== null, () => OwnPostgres.start(binaries ?? ''), tests);
}

function describeWith<Server extends TestPostgres>(
  name: string,
  isHere: boolean,
  start: () => Promise<Server>,
  tests: (server: () => Server) => void,
): void {
  if (!isHere && process.env['CI']) {
    it(`${name}: needs PostgreSQL`, () => {
      throw new Error(`In CI nothing is skipped, and ${ABSENT}`);
    });
    return;
  }
  if (!isHere) console.warn(`SKIPPED: ${name}: ${ABSENT}`);
  describe.skipIf(!isHere)(name, () => {
    let server: Server | undefined;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => server?.stop());
    tests(() => {
      if (server === undefined) throw new Error('The server is not started yet: ask for it inside a test');
      return server;
    });
  });
}
