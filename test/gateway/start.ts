// A gateway that runs: a service on a ledger in memory, a vendor that misbehaves on demand, and the HTTP server on a free port.

import { fileURLToPath } from 'node:url';
import { createGateway, type Gateway } from '../../src/gateway/index.ts';
import { type Clock, createLLMService, type LedgerRow, type LLMService, type Logs } from '../../src/index.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';

export interface RunningGateway {
  /** The origin, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  readonly service: LLMService;
  readonly gateway: Gateway;
  readonly vendor: GroqMock;
  /** Every line that was logged, but for debugging. */
  readonly lines: readonly LogLine[];
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  rows(): Promise<readonly LedgerRow[]>;
  close(): Promise<void>;
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Where codementor-llm.yaml is looked for. Default: a folder with one by which breakers forget at once. */
  readonly cwd?: string;
  /** What the service does instead of what it would. */
  readonly instead?: (service: LLMService) => Partial<LLMService>;
  /** The vendor of another gateway, which outlives this one. */
  readonly vendor?: GroqMock;
}

export const COMPLETION = '/api/v1/llm/completion';
export const CHAT = '/v1/chat/completions';
export const MODEL = 'openai/gpt-oss-120b';

const FORGIVING = fileURLToPath(new URL('../fixtures/forgiving', import.meta.url));

/** Plenty of room, so that tests of other things meet no limit. */
const ROOM = { GROQ_RATE_LIMIT_RPM: '100000', GROQ_RATE_LIMIT_RPD: '1000000' };

export async function startGateway(options: StartOptions = {}): Promise<RunningGateway> {
  const { env = {}, clock, cwd = FORGIVING, instead } = options;
  const vendor = options.vendor ?? (await startGroqMock());
  const lines: LogLine[] = [];
  const logs: Logs = {
    report: (level, event, fields) => {
      if (level !== 'debug') lines.push({ level, event, fields });
    },
    flush: () => Promise.resolve(),
  };
  const real = await createLLMService({
    env: { GROQ_API_KEY: 'gsk_test_key_of_the_mock', GROQ_BASE_URL: vendor.url, ...ROOM, ...env },
    cwd,
    dataDir: 'memory',
    logs,
    ...(clock && { clock }),
  });
  const service = instead === undefined ? real : inPart(real, instead(real));
  const gateway = createGateway(service, { logs, ...(clock && { clock }) });
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    port: Number(new URL(url).port),
    service,
    gateway,
    vendor,
    lines,
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => fetch(url + path, { headers }),
    rows: async () => (await service.ledger.rows({ limit: 1_000 })).rows,
    async close() {
      await Promise.all([gateway.close(), service.close()]);
      if (options.vendor === undefined) await vendor.close();
    },
  };
}

/** The same service, but for these parts of it. */
function inPart(service: LLMService, parts: Partial<LLMService>): LLMService {
  return new Proxy(service, {
    get(_target, name) {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name);
      const member: unknown = Reflect.get(service, name);
      return typeof member === 'function' ? member.bind(service) : member;
    },
  });
}

export function asks(text: string, more: object = {}): { messages: { role: string; content: string }[] } {
  return { messages: [{ role: 'user', content: text }], ...more };
}

/** The events of a body of server-sent events, as a strict reader sees them. */
export function eventsIn(body: string): { event: string | null; id: string | null; data: string }[] {
  return body
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const fields = new Map<string, string>();
      for (const line of block.split('\n')) {
        const colon = line.indexOf(': ');
        const name = line.slice(0, colon);
        if (colon === -1 || !['event', 'id', 'data'].includes(name) || fields.has(name)) {
          throw new Error(`"${line}" is no line of ours`);
        }
        fields.set(name, line.slice(colon + 2));
      }
      const data = fields.get('data');
      if (data === undefined) throw new Error(`An event without data: ${block}`);
      return { event: fields.get('event') ?? null, id: fields.get('id') ?? null, data };
    });
}

export async function until(condition: () => boolean | Promise<boolean>, whatFor: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain for ${whatFor}`);
}
