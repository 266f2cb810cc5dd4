// A server process that cannot outlive the test process, however that ends: a shell stands between, whose standard input closes
// when we die, SIGKILL included, and which then kills what it started.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const GUARD = '"$@" >/dev/null 2>&1 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait';

export interface GuardedProcess {
  readonly pid: number;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts it; what it prints is thrown away, so let it write a log file. */
export async function startGuarded(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<GuardedProcess> {
  const guard = spawn('sh', ['-c', GUARD, 'sh', command, ...args], { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = once(guard, 'close');
  const [line] = await once(guard.stdout, 'data');
  const pid = Number(String(line).trim());
  guard.stdin.on('error', () => {});
  return {
    pid,
    signal(name) {
      process.kill(pid, name);
    },
    async kill() {
      guard.stdin.end();
      await gone;
    },
  };
}
