// Several real processes (spending-process.ts) that share a Redis and ask one mock vendor under budgets. The vendor's own journal
// says what was billed; windows and holds are read afterwards by a bystander, who was not there.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrayAt, isObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import { formatUsd, fromNanoUsd, nanoUsdCeil, perToken, picoUsd, ZERO_USD } from '../../src/core/money.ts';
import { createLLMService, createLogs, type LLMService } from '../../src/index.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { type Order, type SpendingOptions, spendingRequest, type Told, WARM_UP_TENANT } from './spending-process.ts';

export const MODEL = 'openai/gpt-oss-20b';
const [INPUT_USD, OUTPUT_USD] = ['1', '10'];
const INPUT = perToken(INPUT_USD);
export const OUTPUT = perToken(OUTPUT_USD);
/** Ten times the price, for failover. */
export const DEARER_MODEL = 'openai/gpt-oss-120b';
const DEARER = [{ model: `groq/${DEARER_MODEL}`, input: `${INPUT_USD}0`, output: `${OUTPUT_USD}0` }];
/** For runs that are about something else than an outage, on a machine that is busy. */
const PATIENT_MS = 1_000;
const AMPLE_NANO_USD = 1_000_000_000;
const PROGRAM = fileURLToPath(new URL('./spending-process.ts', import.meta.url));

export interface SceneOptions {
  readonly redisTimeoutMs?: number;
  /** Other sections of the configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What every service here is told. A failed attempt is not repeated: so one request that the vendor saw is one call. */
function envOf(vendorUrl: string, stores: Stores = {}): Readonly<Record<string, string>> {
  return {
    GROQ_API_KEY: `gsk_${'f'.repeat(52)}`,
    GROQ_BASE_URL: vendorUrl,
    GROQ_MODEL: MODEL,
    GROQ_MAX_RETRIES: '0',
    GROQ_TIMEOUT: '100',
    LLM_KEY_PEPPER: 'p'.repeat(32),
    ...(stores.redisUrl !== undefined && { REDIS_URL: stores.redisUrl }),
    ...(stores.databaseUrl != null && { DATABASE_URL: stores.databaseUrl }),
  };
}

export interface Stores {
  readonly redisUrl?: string;
  readonly databaseUrl?: string | null;
}

/** A folder with the configuration of all, and the vendor that they ask. */
export class Scene {
  readonly folder: string;
  readonly vendor: GroqMock;

  private constructor(folder: string, vendor: GroqMock) {
    this.folder = folder;
    this.vendor = vendor;
  }

  static async open(): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'codementor-fleet-'));
    return new Scene(folder, await startGroqMock());
  }

  /** Budgets a day in nano-dollars, by tenant; nothing else limits anybody. */
  budgets(limits: ReadonlyMap<string, number>, { redisTimeoutMs = PATIENT_MS, more = {} }: SceneOptions = {}): void {
    const timezone = budgetTimezone();
    const tenants = Array.from([...limits, [WARM_UP_TENANT, AMPLE_NANO_USD] as const], ([tenant, nanoUsd]) => {
      return [tenant, { usd_per_day: formatUsd(fromNanoUsd(nanoUsd)), timezone }];
    });
    const config = {
      default_tier: 'free',
      tiers: { free: { requests_per_minute: 1_000_000, requests_per_day: 10_000_000, in_flight: 100_000 } },
      tenants: Object.fromEntries(tenants),
      redis: { timeout_ms: redisTimeoutMs },
      prices: [{ model: `groq/${MODEL}`, input: INPUT_USD, output: OUTPUT_USD }, ...DEARER],
      ...more,
    };
    // A JSON text is a YAML text.
    writeFileSync(join(this.folder, 'codementor-llm.yaml'), JSON.stringify(config));
  }

  /** What the vendor has billed for a tenant by its own journal, in nano-dollars. */
  billedNanoUsd(tenant: string): number {
    let sum = 0n;
    for (const { body, billed } of this.vendor.requests)
      if (billed !== null && tenantIn(body) === tenant)
        sum += BigInt(billed.promptTokens) * INPUT + BigInt(billed.completionTokens) * OUTPUT;
    return nanoUsdCeil(picoUsd(sum));
  }

  /** How many calls of a tenant the vendor has seen. */
  seen(tenant: string): number {
    return this.vendor.requests.filter(({ body }) => tenantIn(body) === tenant).length;
  }

  async service(stores: Stores = {}, dataDir = 'memory'): Promise<LLMService> {
    const logs = createLogs({ level: 'silent', secrets: [] });
    return createLLMService({ dataDir, cwd: this.folder, logs, env: envOf(this.vendor.url, stores) });
  }

  async close(): Promise<void> {
    await this.vendor.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The last word of a spending request. */
export function tenantIn(body: JsonObject): string {
  const [message] = arrayAt(body, 'messages') ?? [];
  const content = stringAt(isObject(message) ? message : {}, 'content') ?? '';
  return content.split(' ').at(-1) ?? '';
}

const hour = new Date().getUTCHours();
const TIMEZONE = hour >= 6 && hour < 18 ? 'UTC' : 'Etc/GMT-12';

/** Of all budgets here: one in which no day ends while a test runs. */
export function budgetTimezone(): string {
  return TIMEZONE;
}

/** One process of the fleet. */
export class Member {
  readonly name: string;
  readonly dataDir: string;
  readonly #stores: Stores;
  readonly #scene: Scene;
  readonly #onOutcome: (outcome: string) => void;
  #child: ChildProcess | null = null;
  #hasRested = false;
  #onRested = () => {};

  constructor(name: string, scene: Scene, stores: Stores, onOutcome: (outcome: string) => void) {
    this.name = name;
    this.dataDir = join(scene.folder, name);
    mkdirSync(this.dataDir);
    this.#scene = scene;
    this.#stores = stores;
    this.#onOutcome = onOutcome;
  }

  /** Resolves when it takes orders. After a kill it has the folder of the one before. */
  async start(): Promise<void> {
    const { folder, vendor } = this.#scene;
    const env = envOf(vendor.url, this.#stores);
    const options: SpendingOptions = { name: this.name, dataDir: this.dataDir, cwd: folder, env };
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    this.#hasRested = false;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${this.name} ended with ${code} at its start`)));
      child.on('message', (told: Told) => {
        if (told.type === 'ready') resolve();
        else if (told.type === 'outcome') this.#onOutcome(told.outcome);
        else {
          this.#hasRested = true;
          this.#onRested();
        }
      });
    });
    child.removeAllListeners('exit');
  }

  order(order: Order): void {
    this.#child?.send(order);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Resolves when all its calls have ended. */
  async rest(): Promise<void> {
    if (this.#hasRested) return;
    await new Promise<void>((resolve) => {
      this.#onRested = resolve;
      this.order({ type: 'rest' });
    });
  }

  /** It ends by itself, with everything told that can be told. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    this.order({ type: 'close' });
    await gone;
    this.#child = null;
  }
}

/** What is held for one call of this tenant, in nano-dollars: one such call is made elsewhere and its row is read. */
export async function nanoUsdOfOneHold(tenant: string): Promise<number> {
  const scene = await Scene.open();
  try {
    scene.budgets(new Map([[tenant, AMPLE_NANO_USD]]));
    const service = await scene.service();
    await service.generateCompletion(spendingRequest(tenant), { caller: { tenant, userId: 'probe' } });
    const { rows } = await service.ledger.rows({ tenant });
    await service.close();
    return nanoUsdCeil(rows[0]?.heldPicoUsd ?? ZERO_USD);
  } finally {
    await scene.close();
  }
}
