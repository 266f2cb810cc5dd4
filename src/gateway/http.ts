// The limits of the HTTP server itself, and what its parser refuses before there is a request: the same envelope, written on the
// socket by hand.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type LLMError, llmError } from '../index.ts';
import { errorBody, errorHeaders } from './errors.ts';

export const HTTP_LIMITS = {
  /** For the whole request, headers and body; Node's own are 60 s and 300 s, looked at every 30 s. */
  requestTimeoutMs: 10_000,
  checkIntervalMs: 1_000,
  /** That may wait in this process for a client that does not read. */
  unwrittenBytes: 16_384,
  headerBytes: 16_384,
  headers: 100,
} as const;

/** What Node lets through: too many headers, bytes beyond ASCII, a second Host or Authorization. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?$/i;

export function checkRawHeaders({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  if (rawHeaders.length > HTTP_LIMITS.headers * 2) {
    throw llmError('headers_too_large', `At most ${HTTP_LIMITS.headers} headers are taken`);
  }
  let hosts = 0;
  let authorizations = 0;
  for (const [index, text] of rawHeaders.entries()) {
    if (/[^\t\x20-\x7e]/.test(text))
      throw llmError('invalid_request', 'A header has characters other than printable ASCII');
    if (index % 2 === 1) continue;
    if (text.length === 4 && text.toLowerCase() === 'host') hosts++;
    else if (text.length === 13 && text.toLowerCase() === 'authorization') authorizations++;
  }
  const isHost = headers.host === undefined ? httpVersion === '1.0' : HOST.test(headers.host);
  if (hosts > 1 || !isHost) throw llmError('invalid_request', 'A request has one Host header');
  if (authorizations > 1) throw llmError('unauthenticated', 'A request has one Authorization header');
}

/** The replies that each connection still owes: several, where a client sends requests without waiting. */
const owedReplies = new WeakMap<Socket, Set<ServerResponse>>();

export function rememberReply(socket: Socket, reply: ServerResponse): void {
  const owed = owedReplies.get(socket) ?? new Set();
  owedReplies.set(socket, owed.add(reply));
  reply.once('close', () => owed.delete(reply));
}

/** Nobody asks here, or nobody has asked to the end: a request that is whole is answered within its own deadline. */
export function hasNothingWhole(socket: Socket): boolean {
  return ![...(owedReplies.get(socket) ?? [])].some((reply) => reply.req.complete);
}

/** Bytes of ours would be read as part of an answer whose headers have left, or as the first of several that are owed. */
function wouldMislead(socket: Socket): boolean {
  const owed = [...(owedReplies.get(socket) ?? [])];
  return owed.length > 1 || owed.some((reply) => reply.headersSent && !reply.writableEnded);
}

export function refuseOnSocket(cause: Error & { readonly code?: string }, socket: Socket, requestId: string): void {
  if (cause.code === 'ECONNRESET' || !socket.writable || wouldMislead(socket)) {
    socket.destroy();
    return;
  }
  socket.end(rawReply(errorOf(cause.code), requestId));
}

function errorOf(code: string | undefined): LLMError {
  const { headerBytes, requestTimeoutMs } = HTTP_LIMITS;
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return llmError('headers_too_large', `The headers are larger than ${headerBytes} bytes together`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return llmError('request_too_large', 'The chunk extensions of the body are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return llmError('request_timeout', `The request was not whole within ${requestTimeoutMs / 1_000} s`);
    default:
      return llmError('invalid_request', 'This is not HTTP as RFC 9112 has it');
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};

function rawReply(error: LLMError, requestId: string): string {
  const body = JSON.stringify(errorBody(error, { requestId, dialect: 'native', generationId: null }));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    'request-id': requestId,
    'cache-control': 'private, no-store',
    ...errorHeaders(error),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${REASONS[error.status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${body}`;
}
