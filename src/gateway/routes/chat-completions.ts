// POST /v1/chat/completions: OpenAI's dialect, for its official clients and Groq's, by changing their base URL only.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';
import { chatAnswer, chatStream } from '../openai-answer.ts';
import { chatRequest, fromChat } from '../openai-request.ts';
import { chatAnswerShape } from '../reply-schemas.ts';
import { spokenRoutes } from '../spoken.ts';

export function chatCompletionRoutes(app: FastifyInstance, parts: GatewayParts): void {
  spokenRoutes(
    app,
    {
      // groq-sdk takes an origin only and puts `/openai/v1` behind it.
      paths: ['/v1/chat/completions', '/openai/v1/chat/completions'],
      dialect: 'openai',
      summary: 'Ask for an answer in OpenAI’s dialect',
      tag: 'openai',
      body: chatRequest,
      answerShape: chatAnswerShape,
      userField: 'user',
      read: fromChat,
      whole: (response, { nowMs }) => chatAnswer(response, nowMs),
      encoder: ({ id }, { asked: { includeUsage }, nowMs }) => chatStream({ generationId: id, includeUsage, nowMs }),
    },
    parts,
  );
}
