// From a request in our words to an answer on the wire, whole or as a stream, in whichever dialect. A client that leaves takes
// its reader with it, so the vendor is told to stop at once.

import type { FastifyReply } from 'fastify';
import type { Caller, Clock, Generation, LLMRequest, LLMResponse, LLMService } from '../index.ts';
import { type AnswerSource, degradedHeaders, limitHeaders, sourceHeaders, tellIds } from './headers.ts';
import { nativeStream } from './native-wire.ts';
import { jsonInPieces } from './pieces.ts';
import { EventStream, type ResponseStart, type StreamEncoder } from './sse.ts';
import type { Dialect } from './wire-words.ts';

/** What the routes are made with. */
export interface GatewayParts {
  readonly service: LLMService;
  readonly clock: Clock;
}

export type StartOptions = NonNullable<Parameters<LLMService['startCompletion']>[1]>;

export interface Asked {
  /** Starts it for this caller. */
  readonly start: (options: StartOptions) => Generation | Promise<Generation>;
  readonly cache: LLMRequest['cache'];
  readonly caller: Caller;
  readonly stream: boolean;
  readonly dialect: Dialect;
  /** Called before the headers leave, once it is known who answers. */
  readonly onProvider?: (provider: string) => void;
  /** As an object, or as the text of its JSON in pieces. */
  readonly whole: (response: LLMResponse) => object | AsyncGenerator<string>;
  /** Null: nothing is streamed here. */
  readonly encoder: ((generation: Generation) => StreamEncoder) | null;
}

export async function answer(asked: Asked, reply: FastifyReply, parts: GatewayParts): Promise<unknown> {
  const { dialect, caller, encoder } = asked;
  const stream = asked.stream && encoder !== null;
  const defaults = dialect === 'native' ? 'native' : 'as-sent';
  const key = reply.request.headers['idempotency-key'];
  const generation = await asked.start({
    ...{ stream, defaults, caller, graceMs: graceMsOf(asked, parts) },
    ...(dialect === 'responses' && { spokenApi: dialect }),
    ...(key !== undefined && { idempotencyKey: [key].flat().join() }),
  });
  tellIds(reply, generation.requestId, generation.id);
  try {
    return stream
      ? await streamed(asked, encoder(generation), generation, reply, parts)
      : await whole(asked, generation, reply, parts);
  } catch (error) {
    tellLimits(asked, generation, reply, parts);
    throw error;
  }
}

/** A native stream can be read on by its number; of a whole answer or another dialect there is nothing to come back to. */
function graceMsOf({ stream, dialect }: Asked, { service }: GatewayParts): number | null {
  const { onDisconnect, onDisconnectWhole, graceSeconds } = service.config;
  const policy = stream && dialect === 'native' ? onDisconnect : onDisconnectWhole;
  if (policy === 'keep') return null;
  return policy === 'grace' ? graceSeconds * 1_000 : 0;
}

async function whole(asked: Asked, generation: Generation, reply: FastifyReply, parts: GatewayParts): Promise<object> {
  const client = reply.raw;
  const left = new AbortController();
  const onClose = () => {
    if (!client.writableEnded) left.abort();
  };
  client.on('close', onClose);
  // It may have gone while the request was begun.
  if (client.destroyed) onClose();
  const response = await generation.whole(left.signal);
  const { provider, model, cached, shared, cacheKey, attempts, costUsd, maxTokens } = response;
  const asks = attempts.filter(({ outcome }) => outcome !== 'skipped').length;
  tellSource(asked, { provider, model, cached, shared, asked: asks }, reply);
  tellLimits(asked, generation, reply, parts);
  if (costUsd !== null) reply.header('x-cost-usd', costUsd);
  if (cacheKey !== null) reply.header('x-cache-key', cacheKey);
  if (maxTokens !== null) reply.header('x-max-tokens', String(maxTokens.sent));
  const body = asked.whole(response);
  return Symbol.asyncIterator in body ? jsonInPieces(body, reply, parts.clock) : body;
}

async function streamed(
  asked: Asked,
  encoder: StreamEncoder,
  generation: Generation,
  reply: FastifyReply,
  parts: GatewayParts,
): Promise<void> {
  const open = (start: ResponseStart | null) => {
    if (start !== null) {
      const { provider, model, cached, shared, attempts } = start;
      tellSource(asked, { provider, model, cached, shared, asked: attempts }, reply);
      if (start.maxTokens !== null) reply.header('x-max-tokens', String(start.maxTokens.sent));
    }
    tellLimits(asked, generation, reply, parts);
    openEvents(reply);
  };
  await new EventStream({ generation, response: reply.raw, encoder, clock: parts.clock, open }).begin();
}

/** The events behind `after`. What went wrong with the answer is its last event, not this request's failure. */
export async function resumed(
  generation: Generation,
  after: number,
  reply: FastifyReply,
  { clock }: GatewayParts,
): Promise<void> {
  tellIds(reply, generation.requestId, generation.id);
  openEvents(reply);
  const encoder = nativeStream(generation.id);
  const open = () => {};
  await new EventStream({ generation, response: reply.raw, encoder, clock, open, after }).begin();
}

/** From here on Fastify has no part in this answer. */
function openEvents(reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    // nginx would hold the events back until its buffer is full.
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
}

function tellSource({ cache, onProvider }: Asked, source: AnswerSource, reply: FastifyReply): void {
  reply.headers(sourceHeaders(source, cache));
  onProvider?.(source.provider);
}

function tellLimits({ dialect }: Asked, generation: Generation, reply: FastifyReply, parts: GatewayParts): void {
  const { clock, service } = parts;
  reply.headers(limitHeaders(generation, dialect, clock.nowMs()));
  // Told at the arrival too; a store may have gone away since.
  reply.headers(degradedHeaders(service.status()));
}
