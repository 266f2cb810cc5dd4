// POST /api/v1/llm/completion: the native API, whole or as a stream of events.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import { answer, type GatewayParts } from '../answer.ts';
import { nativeCaller } from '../caller.ts';
import { cacheAsked } from '../headers.ts';
import { fromNative, nativeRequest, nativeStream } from '../native-wire.ts';
import { answerReplies, nativeAnswerShape } from '../reply-schemas.ts';

export function completionRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const schema = {
    summary: 'Ask for an answer',
    tags: ['native'],
    body: nativeRequest,
    response: answerReplies(nativeAnswerShape),
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .post('/api/v1/llm/completion', { schema, config: { dialect: 'native', access: 'user' } }, (request, reply) => {
      const { body, headers } = request;
      const caller = nativeCaller(identityOf(request), body.user_id);
      const asks = { ...fromNative(body, cacheAsked(headers['cache-control'])), userId: caller.userId };
      return answer(
        {
          start: (options) => parts.service.startCompletion(asks, options),
          cache: asks.cache,
          caller,
          stream: body.stream === true,
          dialect: 'native',
          whole: answerJson,
          encoder: (generation) => nativeStream(generation.id),
        },
        reply,
        parts,
      );
    });
}
