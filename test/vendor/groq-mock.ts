// A vendor that speaks like Groq and misbehaves on demand: what the tests, the kill test and the bench ask instead of the real
// one. Its journal is the ORACLE: a line is on disk before any byte is answered, so it knows of every request that reached a vendor.

import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import { answerTo, type Billed } from './groq-answer.ts';
import { type Behaviour, brokenOff, type Fault, Reply, sendJson } from './groq-reply.ts';

export type { Behaviour } from './groq-reply.ts';

interface MockRequest {
  /** From `x-client-request-id`. */
  readonly attemptId: string | null;
  readonly model: string | null;
  readonly stream: boolean;
  readonly atMs: number;
  readonly headers: IncomingMessage['headers'];
  /** Tells connections apart. */
  readonly clientPort: number | undefined;
  readonly body: JsonObject;
  /** What Groq would bill, also when the caller leaves; null for what it refuses. */
  readonly billed: Billed | null;
  /** When the reply is over, and by whom. */
  readonly ended: Promise<{ readonly by: 'us' | 'them'; readonly afterMs: number }>;
  /** The caller left before the reply was over. */
  aborted: boolean;
}

export interface GroqMock {
  /** An origin, as GROQ_BASE_URL takes it. */
  readonly url: string;
  readonly requests: readonly MockRequest[];
  /** For the next requests, one each, before the script. */
  next(...behaviours: readonly Behaviour[]): void;
  /** For every request that no `next` is left for. */
  script(behaviour: Behaviour | ((request: MockRequest) => Behaviour)): void;
  close(): Promise<void>;
}

export interface GroqMockOptions {
  readonly journalPath?: string;
  /** 0: a free one. */
  readonly port?: number;
  /** Under which path it speaks; another vendor of the same dialect has another one. */
  readonly path?: string;
}

const MODELS = ['openai/gpt-oss-120b', 'openai/gpt-oss-20b', 'openai/gpt-oss-safeguard-20b', 'qwen/qwen3.8-27b'];

export async function startGroqMock(options: GroqMockOptions = {}): Promise<GroqMock> {
  const requests: MockRequest[] = [];
  const queue: Behaviour[] = [];
  let script: (request: MockRequest) => Behaviour = () => ({});

  const onChat = (incoming: IncomingMessage, body: JsonObject, res: ServerResponse) => {
    // What is billed depends on the behaviour, the script's choice on the request: so the behaviour is found first.
    const draft = record(incoming, body, null, res);
    const behaviour = queue.shift() ?? script(draft);
    const answer = answerTo(body, behaviour.says ?? {}, requests.length + 1);
    const request = Object.assign(draft, { billed: isRefused(behaviour.fault) ? null : answer.billed });
    requests.push(request);
    if (options.journalPath !== undefined) appendFileSync(options.journalPath, `${journalLine(request)}\n`);
    const play = () => new Reply(res, request.stream, behaviour, answer).play();
    if (behaviour.heldUntil !== undefined) void behaviour.heldUntil.then(play);
    else if (behaviour.headersAfterMs === undefined) play();
    else setTimeout(play, behaviour.headersAfterMs).unref();
  };

  const server = createServer((incoming, res) => {
    // A caller who leaves in the middle of its own request.
    route(incoming, res, options.path ?? '/openai/v1', onChat).catch(() => res.destroy());
  });
  // Slower callers than the usual limits allow are part of the tests.
  server.requestTimeout = 0;
  const url = await listen(server, options.port ?? 0);
  return {
    url,
    requests,
    next: (...behaviours) => void queue.push(...behaviours),
    script: (behaviour) => {
      script = typeof behaviour === 'function' ? behaviour : () => behaviour;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type OnChat = (incoming: IncomingMessage, body: JsonObject, res: ServerResponse) => void;

async function route(incoming: IncomingMessage, res: ServerResponse, under: string, onChat: OnChat): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method, url, headers } = incoming;
  const path = url?.split('?')[0];
  const refuse = (status: number, message: string, code: string) =>
    sendJson(res, status, { error: { message, type: 'invalid_request_error', code } });
  if (!/^Bearer \S/.test(headers.authorization ?? '')) return refuse(401, 'Invalid API Key', 'invalid_api_key');
  if (method === 'GET' && path === `${under}/models`) {
    const data = MODELS.map((id) => ({
      id,
      object: 'model',
      created: 1_754_408_224,
      owned_by: id.split('/')[0] ?? '',
      active: true,
    }));
    return sendJson(res, 200, { object: 'list', data });
  }
  const isChat = method === 'POST' && path === `${under}/chat/completions`;
  if (!isChat) return refuse(404, `Unknown request URL: ${method} ${path}.`, 'unknown_url');
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  if (!isObject(body)) return refuse(400, 'The body is no object', 'invalid_body');
  onChat(incoming, body, res);
}

function record(incoming: IncomingMessage, body: JsonObject, billed: Billed | null, res: ServerResponse): MockRequest {
  const { 'x-client-request-id': id } = incoming.headers;
  const startedMs = performance.now();
  const request: MockRequest = {
    attemptId: typeof id === 'string' ? id : null,
    model: stringAt(body, 'model'),
    stream: body['stream'] === true,
    atMs: Date.now(),
    headers: incoming.headers,
    clientPort: incoming.socket.remotePort,
    body,
    billed,
    aborted: false,
    ended: new Promise((resolve) => {
      res.on('close', () => {
        const byUs = res.writableFinished || brokenOff.has(res);
        request.aborted = !byUs;
        resolve({ by: byUs ? 'us' : 'them', afterMs: performance.now() - startedMs });
      });
    }),
  };
  return request;
}

function isRefused(fault: Fault | undefined): boolean {
  return fault !== undefined && ['status', 'reply', 'raw', 'error-event'].includes(fault.kind);
}

function journalLine({ attemptId, model, stream, atMs, billed }: MockRequest): string {
  return JSON.stringify({ attemptId, model, stream, atMs, billed });
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The mock has no address'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
