// Starts benched processes, and asks them what they have used.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Used } from './subject.ts';

export interface Subject {
  readonly name: string;
  readonly process: ChildProcess;
  readonly port: number;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** What a gateway logs is thrown away; what others write to standard error is read by somebody. */
export async function start(name: string, file: string, ...args: string[]): Promise<Subject> {
  const child = fork(here(file), args, {
    stdio: ['ignore', 'ignore', name === 'gateway' ? 'ignore' : 'inherit', 'ipc'],
    execArgv: [],
  });
  const { port } = await reply(child, 'port');
  return { name, process: child, port: Number(port) };
}

export async function used(subject: Subject): Promise<Used> {
  const answer = reply(subject.process, 'cpuMicros');
  subject.process.send('used');
  const { cpuMicros, rssMib, delayMs } = await answer;
  const { p50, p99, max } = Object(delayMs);
  return {
    cpuMicros: Number(cpuMicros),
    rssMib: Number(rssMib),
    delayMs: { p50: Number(p50), p99: Number(p99), max: Number(max) },
  };
}

function reply(child: ChildProcess, field: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`A benched process ended with ${code}`));
    child.once('exit', onExit);
    const listen = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !(field in message)) return;
      child.off('message', listen);
      child.off('exit', onExit);
      resolve({ ...message });
    };
    child.on('message', listen);
  });
}
