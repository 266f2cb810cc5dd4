// METRICS_PORT: the metrics on a port of their own, for a scraper on this machine. It listens on loopback alone, so it asks for no
// key; a web page that rebinds its name to 127.0.0.1 is told apart by its Host.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, type LLMService } from '../index.ts';
import { isLoopbackHost } from './door.ts';
import { HTTP_LIMITS } from './http.ts';

const LOOPBACK = '127.0.0.1';
export const METRICS_PATH = '/metrics';

export interface MetricsListener {
  /** Port 0 takes a free one. Resolves with the whole address. */
  listen(port: number): Promise<string>;
  close(): Promise<void>;
}

export function createMetricsListener(metrics: LLMService['metrics']): MetricsListener {
  const server = createServer(
    { requestTimeout: HTTP_LIMITS.requestTimeoutMs, headersTimeout: HTTP_LIMITS.requestTimeoutMs },
    (request, reply) => void answer(request, reply, metrics),
  );
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        const refuse = (error: Error) => reject(unusable(port, error));
        server.once('error', refuse);
        server.listen(port, LOOPBACK, () => {
          server.off('error', refuse);
          resolve(`http://${LOOPBACK}:${portOf(server.address())}${METRICS_PATH}`);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unusable(port: number, error: Error & { readonly code?: string }): ConfigError {
  const write = `set another port: this one cannot be listened on (${error.code ?? error.message})`;
  return new ConfigError([{ where: 'METRICS_PORT', found: String(port), write }]);
}

function portOf(address: AddressInfo | string | null): number | string {
  return typeof address === 'object' && address !== null ? address.port : '';
}

async function answer(
  { method, url = '', headers }: IncomingMessage,
  reply: ServerResponse,
  metrics: LLMService['metrics'],
): Promise<void> {
  if (!isLoopbackHost(headers.host)) return end(reply, 403, 'Ask by 127.0.0.1 or localhost\n');
  if (url.split('?')[0] !== METRICS_PATH) return end(reply, 404, `There is ${METRICS_PATH} alone\n`);
  if (method !== 'GET' && method !== 'HEAD') {
    reply.setHeader('allow', 'GET, HEAD');
    return end(reply, 405, 'GET it\n');
  }
  try {
    end(reply, 200, await metrics.scrape(), metrics.contentType);
  } catch {
    end(reply, 500, 'The metrics could not be written\n');
  }
}

function end(reply: ServerResponse, status: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  reply.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
}
