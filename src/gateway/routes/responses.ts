// POST /v1/responses: OpenAI's other dialect, for its official clients by changing their base URL only. Nothing is stored.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';
import { responseAnswerShape } from '../reply-schemas.ts';
import { responseAnswer, responseStream } from '../responses-answer.ts';
import { fromResponses, responsesRequest } from '../responses-request.ts';
import { spokenRoutes } from '../spoken.ts';

export function responseRoutes(app: FastifyInstance, parts: GatewayParts): void {
  spokenRoutes(
    app,
    {
      paths: ['/v1/responses', '/openai/v1/responses'],
      dialect: 'responses',
      summary: 'Ask for an answer in the words of OpenAI’s Responses API',
      tag: 'openai',
      body: responsesRequest,
      answerShape: responseAnswerShape,
      userField: 'user',
      read: fromResponses,
      whole: (response, { asked: { body }, nowMs }) => responseAnswer(response, { body, nowMs }),
      encoder: ({ id }, { asked: { body }, nowMs }) => responseStream({ generationId: id, body, nowMs }),
    },
    parts,
  );
}
