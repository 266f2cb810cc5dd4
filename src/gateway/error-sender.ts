// How a failure leaves: logged where it is ours or somebody could not get in, then told in the words of the route that was asked.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LLMService, Logs } from '../index.ts';
import { asGatewayError, errorBody, errorHeaders } from './errors.ts';
import { attemptHeaders, tellIds } from './headers.ts';
import { type Dialect, isOfAnthropic } from './wire-words.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** In whose words a failure of this route is told; `by-client`: Anthropic's to its own clients, else OpenAI's. */
    dialect?: Dialect | 'by-client';
  }
}

function dialectOf({ routeOptions: { config }, headers }: FastifyRequest): Dialect {
  const { dialect = 'native' } = config;
  if (dialect !== 'by-client') return dialect;
  return isOfAnthropic(headers) ? 'anthropic' : 'openai';
}

export type SendError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Whoever could not get in: told to the log, so that a flood of guesses shows. */
const AUTH_CODES: ReadonlySet<string> = new Set([
  ...['unauthenticated', 'key_revoked', 'permission_denied', 'foreign_origin', 'auth_unavailable'],
]);

export function errorSender(logs: Logs, metrics: LLMService['metrics']): SendError {
  const report: Logs['report'] = (level, event, fields) => {
    logs.report(level, event, fields);
    metrics.observe(level, event, fields);
  };
  return (thrown, request, reply) => {
    const error = asGatewayError(thrown);
    const requestId = error.requestId ?? request.id;
    if (error.code === 'internal' && error !== thrown) {
      report('error', 'gateway_failure', { request_id: requestId, error: thrown });
    }
    // What came to the service was told by it.
    if (error.requestId === null) metrics.observe('info', 'request_refused', { code: error.code });
    if (AUTH_CODES.has(error.code)) report('warn', 'auth_failed', { request_id: requestId, kind: error.code });
    tellIds(reply, requestId);
    // What is left of a body that nobody reads must not be taken for the next request.
    if (hasBody(request) && !request.raw.complete) reply.header('connection', 'close');
    const generationId = reply.getHeader('x-generation-id');
    const dialect = dialectOf(request);
    const body = errorBody(error, {
      requestId,
      dialect,
      generationId: typeof generationId === 'string' ? generationId : null,
    });
    reply
      .code(error.status)
      .headers({ ...errorHeaders(error), ...attemptHeaders(error) })
      .type('application/json; charset=utf-8');
    reply.send(JSON.stringify(body));
  };
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
