// POST /v1/messages: Anthropic's dialect, for its official clients by changing their base URL only, whoever answers. And how many
// tokens such a request has, by our own count.

import type { FastifyInstance } from 'fastify';
import { type Caller, LLMError, type LLMRequest, type LLMService } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { messageAnswer, messageStream } from '../anthropic-answer.ts';
import { countRequest, fromCount, fromMessages, messagesRequest } from '../anthropic-request.ts';
import { callerOf } from '../caller.ts';
import { ignoredHeaders } from '../headers.ts';
import { messageAnswerShape, messagesErrorShape, replies, tokenCountReply } from '../reply-schemas.ts';
import { readInHandler, spokenRoutes } from '../spoken.ts';

export function messageRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const { service } = parts;
  spokenRoutes(
    app,
    {
      paths: ['/v1/messages'],
      dialect: 'anthropic',
      summary: 'Ask for an answer in Anthropic’s dialect',
      tag: 'anthropic',
      body: messagesRequest,
      answerShape: messageAnswerShape,
      userField: 'metadata.user_id',
      read: fromMessages,
      whole: messageAnswer,
      encoder: ({ id }, { request, caller }) =>
        messageStream({ generationId: id, inputTokens: () => estimated(service, request, caller) }),
      heededBy: (provider, { heededByAnthropic }) => (provider === 'anthropic' ? heededByAnthropic : []),
    },
    parts,
  );
  const schema = {
    summary: 'How many tokens a prompt has: an estimate; no vendor is asked',
    tags: ['anthropic'],
    body: countRequest,
    response: replies(tokenCountReply, messagesErrorShape),
  };
  const config = { dialect: 'anthropic', access: 'user' } as const;
  app.post('/v1/messages/count_tokens', { schema, validatorCompiler: readInHandler, config }, (request, reply) => {
    const { request: asks, ignored } = fromCount(request.body);
    reply.headers(ignoredHeaders(ignored));
    const { inputTokens } = service.countTokens(asks, callerOf(identityOf(request)));
    return { input_tokens: inputTokens };
  });
}

/** Null: the model was taken out of the configuration since it was asked. */
function estimated(service: LLMService, request: LLMRequest, caller: Caller): number | null {
  try {
    return service.countTokens(request, caller).inputTokens;
  } catch (error) {
    if (error instanceof LLMError) return null;
    throw error;
  }
}
