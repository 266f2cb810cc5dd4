// What the tests of faults ask of a whole gateway: calls of one user of the native API, each of which holds and uses 100 tokens of a
// model at a dollar a million; how its budget stands; and patience, since a machine may be busy and no test is about how long.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPLETION, type RunningGateway, type StartOptions, startGateway } from '../gateway/start.ts';

/** What a call holds and uses, in nano-dollars. */
export const CALL_NANO_USD = 100_000;
export const PEPPER = 'a-pepper-of-the-tests-of-more-than-32-characters';
/** The end of a list: another price may follow. */
export const PRICE =
  'prices:\n  - { model: openai/gpt-oss-120b, from: 2026-01-01, input: "0", output: "1", source: contract }\n';
/** On a machine that is busy with other tests Redis is slow, not away: an instance that decided alone would be another story. */
export const PATIENT = 'redis: { timeout_ms: 10000 }\n';
const GIVE_UP_MS = 40_000;

export interface Told {
  readonly status: number;
  readonly code: string | null;
  readonly degraded: string | null;
}

export interface FaultyGateway extends RunningGateway {
  ask(userId: string, headers?: Readonly<Record<string, string>>): Promise<Told>;
  askMany(userId: string, count: number): Promise<Told[]>;
  /** Nano-dollars of the month, and calls in flight. */
  used(userId: string): Promise<{ readonly nanoUsd: number; readonly inFlight: number }>;
  degraded(): readonly string[];
  told(event: string): number;
}

/** A gateway whose configuration is `yaml`; its folder goes with it. */
export async function startFaulty(yaml: string, options: StartOptions = {}): Promise<FaultyGateway> {
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-faults-'));
  writeFileSync(join(cwd, 'codementor-llm.yaml'), PRICE + yaml);
  const running = await startGateway({ ...options, cwd });
  const answer = 'word '.repeat(100);
  running.vendor.script({ says: { text: answer } });
  let asked = 0;
  const ask = async (userId: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> => {
    const messages = [{ role: 'user', content: `call ${asked++}` }];
    const reply = await running.post(COMPLETION, { user_id: userId, messages, max_tokens: 100, cache: 'off' }, headers);
    return { status: reply.status, code: codeIn(await reply.json()), degraded: reply.headers.get('x-degraded') };
  };
  return {
    ...running,
    ask,
    askMany: (userId, count) => Promise.all(Array.from({ length: count }, () => ask(userId))),
    async used(userId) {
      const states = await running.service.limits({ tenant: 'default', userId });
      const of = (name: string) => states.find(({ window }) => window.name === name)?.used ?? 0;
      return { nanoUsd: of('usd_per_month'), inFlight: of('in_flight') };
    },
    degraded: () => running.service.status().degraded,
    told: (event) => running.lines.filter((line) => line.event === event).length,
    async close() {
      await running.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

export function countOf(told: readonly Told[], status: number): number {
  return told.filter((one) => one.status === status).length;
}

export async function eventually(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAtMs = Date.now() + GIVE_UP_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAtMs) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function codeIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
}
