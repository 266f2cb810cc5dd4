// The command line as its users have it: a child process in a folder of its own, with an environment that holds only what the
// test says.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../start.mjs', import.meta.url));

export type Env = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves with the match as soon as it is written; rejects when the command ends without it. */
  sees(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
}

/** A working folder; what was started in it is ended and removed with it. */
export class Folder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'codementor-llm-cli-'));
  readonly #env: Env;
  readonly #running = new Set<Running>();

  constructor(env: Env = {}) {
    this.#env = env;
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  start(args: readonly string[], { env = {}, input = '' }: { env?: Env; input?: string } = {}): Running {
    const child = spawn(process.execPath, [START, ...args], { cwd: this.path, env: { ...this.#env, ...env } });
    const written = { stdout: '', stderr: '' };
    const watchers = new Set<() => void>();
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text;
        for (const watch of watchers) watch();
      });
    }
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => {
        this.#running.delete(running);
        resolve({ code, signal, ...written });
      });
    });
    const running: Running = {
      ended,
      signal: (name) => void child.kill(name),
      sees: (stream, pattern) =>
        new Promise((resolve, reject) => {
          const watch = () => {
            const match = pattern.exec(written[stream]);
            if (match === null) return;
            watchers.delete(watch);
            resolve(match);
          };
          watchers.add(watch);
          watch();
          void ended.then((end) => reject(new Error(`It ended without ${pattern}: ${JSON.stringify(end)}`)));
        }),
    };
    this.#running.add(running);
    return running;
  }

  run(args: readonly string[], options: { env?: Env; input?: string } = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** A server on a free port; resolves when it listens. */
  async serve(env: Env = {}): Promise<Running & { readonly url: string }> {
    const server = this.start(['serve'], { env: { PORT: '0', ...env } });
    const [, url = ''] = await server.sees('stderr', /url\s+(http:\S+)/);
    return { ...server, url };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.signal('SIGKILL');
    await Promise.all([...this.#running].map(({ ended }) => ended));
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The environment of a command that asks a vendor. */
export function vendorEnv(url: string): Env {
  return { GROQ_API_KEY: 'gsk_canary_7f3a91c2d4e5', GROQ_BASE_URL: url };
}

/** A vendor that takes part in a test and leaves with it. */
export async function withVendor<V extends { close(): Promise<void> }>(
  start: () => Promise<V>,
): Promise<V & AsyncDisposable> {
  const vendor = await start();
  return Object.assign(vendor, { [Symbol.asyncDispose]: () => vendor.close() });
}
