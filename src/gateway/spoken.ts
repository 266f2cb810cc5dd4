// A route of a spoken dialect. Whatever it speaks, its requests pass here, so none of them gets past windows, cache, ledger or the
// rule of who asks; the dialects differ in how a request is read and how an answer is written.

import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Caller, Generation, LLMRequest, LLMResponse } from '../index.ts';
import { identityOf } from './access.ts';
import { answer, type GatewayParts } from './answer.ts';
import { callerOf, nameAsTag } from './caller.ts';
import { cacheAsked, ignoredHeaders } from './headers.ts';
import { answerReplies, errorShape, messagesErrorShape, replies } from './reply-schemas.ts';
import type { SpokenAsked } from './spoken-fields.ts';
import type { StreamEncoder } from './sse.ts';
import type { Dialect } from './wire-words.ts';

export interface SpokenRoute<A extends SpokenAsked> {
  readonly paths: readonly string[];
  readonly dialect: Dialect;
  readonly summary: string;
  readonly tag: string;
  readonly body: z.ZodType;
  readonly answerShape: z.ZodType;
  /** How the dialect calls the field that names a user. */
  readonly userField: string;
  readonly read: (body: unknown, headers: IncomingHttpHeaders, cache: LLMRequest['cache']) => A;
  readonly whole: (response: LLMResponse, said: Said<A>) => object | AsyncGenerator<string>;
  /** Null: nothing is streamed here. */
  readonly encoder: ((generation: Generation, said: Said<A>) => StreamEncoder) | null;
  /** Of what was left out, what this provider has heeded all the same. Default: nothing. */
  readonly heededBy?: (provider: string, asked: A) => readonly string[];
}

/** What an answer may tell of the request. */
export interface Said<A> {
  readonly asked: A;
  /** As it is asked, for this caller. */
  readonly request: LLMRequest;
  readonly caller: Caller;
  readonly nowMs: number;
}

/** The schema is read leniently in the handler, which has to know what was left out. */
export const readInHandler = () => (data: unknown) => ({ value: data });

export function spokenRoutes<A extends SpokenAsked>(
  app: FastifyInstance,
  route: SpokenRoute<A>,
  parts: GatewayParts,
): void {
  const { dialect, encoder, heededBy } = route;
  const repliesOf = encoder === null ? replies : answerReplies;
  const response = repliesOf(route.answerShape, dialect === 'anthropic' ? messagesErrorShape : errorShape);
  const schema = { summary: route.summary, tags: [route.tag], body: route.body, response };
  const config = { dialect, access: 'user' } as const;
  for (const path of route.paths) {
    app.post(path, { schema, validatorCompiler: readInHandler, config }, (request, reply) => {
      const asked = route.read(request.body, request.headers, cacheAsked(request.headers['cache-control']));
      const identity = identityOf(request);
      const tagged = identity.role === 'user' ? nameAsTag(asked.request) : asked.request;
      const ignored = tagged === null ? [...asked.ignored, route.userField] : asked.ignored;
      reply.headers(ignoredHeaders(ignored));
      const caller = callerOf(identity, asked.request.userId);
      const asks = { ...(tagged ?? asked.request), userId: caller.userId };
      const said = { asked, request: asks, caller, nowMs: parts.clock.nowMs() };
      return answer(
        {
          start: (options) => parts.service.startCompletion(asks, options),
          cache: asks.cache,
          caller,
          stream: asked.stream,
          dialect,
          whole: (whole) => route.whole(whole, said),
          encoder: encoder && ((generation) => encoder(generation, said)),
          ...(heededBy && {
            onProvider: (provider) => {
              const heeded = heededBy(provider, asked);
              reply.removeHeader('x-ignored-params');
              reply.headers(ignoredHeaders(ignored.filter((name) => !heeded.includes(name))));
            },
          }),
        },
        reply,
        parts,
      );
    });
  }
}
