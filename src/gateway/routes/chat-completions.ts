// POST /v1/chat/completions: OpenAI's dialect, for its official clients and Groq's, by changing their base URL only.

import type { FastifyInstance } from 'fastify';
import { identityOf } from '../access.ts';
import { answer, type GatewayParts } from '../answer.ts';
import { callerOf, nameAsTag } from '../caller.ts';
import { cacheAsked, headerText } from '../headers.ts';
import { chatAnswer, chatStream } from '../openai-answer.ts';
import { chatRequest, fromChat } from '../openai-request.ts';
import { answerReplies, chatAnswerShape } from '../reply-schemas.ts';

/** groq-sdk takes an origin only and puts `/openai/v1` behind it. */
const PATHS = ['/v1/chat/completions', '/openai/v1/chat/completions'];

export function chatCompletionRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const schema = {
    summary: 'Ask for an answer in OpenAI’s dialect',
    tags: ['openai'],
    body: chatRequest,
    response: answerReplies(chatAnswerShape),
  };
  // The schema is read leniently in the handler, which has to know what was left out.
  const validatorCompiler = () => (data: unknown) => ({ value: data });
  for (const path of PATHS) {
    app.post(path, { schema, validatorCompiler, config: { dialect: 'openai', access: 'user' } }, (request, reply) => {
      const asked = fromChat(request.body, request.headers, cacheAsked(request.headers['cache-control']));
      const identity = identityOf(request);
      const tagged = identity.role === 'user' ? nameAsTag(asked.request) : asked.request;
      const ignored = tagged === null ? [...asked.ignored, 'user'] : asked.ignored;
      if (ignored.length > 0) reply.header('x-ignored-params', headerText(ignored.join(', ')));
      const { includeUsage } = asked;
      const caller = callerOf(identity, asked.request.userId);
      const asks = { ...(tagged ?? asked.request), userId: caller.userId };
      const nowMs = parts.clock.nowMs();
      return answer(
        {
          start: (options) => parts.service.startCompletion(asks, options),
          cache: asks.cache,
          caller,
          stream: asked.stream,
          dialect: 'openai',
          whole: (response) => chatAnswer(response, nowMs),
          encoder: ({ id }) => chatStream({ generationId: id, includeUsage, nowMs }),
        },
        reply,
        parts,
      );
    });
  }
}
