// POST /api/v1/llm/chat: the next turn of a stored conversation, whole or as a stream of events, in the native API's words.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import { answer, type GatewayParts } from '../answer.ts';
import { nativeCaller } from '../caller.ts';
import { chatReply } from '../conversation-schemas.ts';
import { cacheAsked } from '../headers.ts';
import { fromChat, nativeChat, nativeStream } from '../native-wire.ts';
import { answerReplies } from '../reply-schemas.ts';

export function chatRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const schema = {
    summary: 'Say the next thing in a conversation',
    tags: ['native'],
    body: nativeChat,
    response: answerReplies(chatReply),
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .post('/api/v1/llm/chat', { schema, config: { dialect: 'native', access: 'user' } }, (request, reply) => {
      const { body, headers } = request;
      const caller = nativeCaller(identityOf(request), body.user_id);
      const asks = { ...fromChat(body, cacheAsked(headers['cache-control'])), userId: caller.userId };
      let place: string | null = null;
      return answer(
        {
          start: async (options) => {
            const { conversationId, generation } = await parts.service.startChat(asks, { ...options, names: 'wire' });
            place = conversationId;
            reply.header('x-conversation-id', conversationId);
            return generation;
          },
          cache: asks.cache,
          caller,
          stream: body.stream === true,
          dialect: 'native',
          whole: answerJson,
          encoder: (generation) => nativeStream(generation.id, place),
        },
        reply,
        parts,
      );
    });
}
