// POST /v1/embeddings: OpenAI's dialect, for its official clients by changing their base URL only, whoever makes the vectors.

import type { FastifyInstance } from 'fastify';
import type { GatewayParts } from '../answer.ts';
import { embeddingsAnswer, embeddingsReply, embeddingsRequest, fromEmbeddings } from '../embeddings-wire.ts';
import { spokenRoutes } from '../spoken.ts';

export function embeddingRoutes(app: FastifyInstance, parts: GatewayParts): void {
  spokenRoutes(
    app,
    {
      paths: ['/v1/embeddings', '/openai/v1/embeddings'],
      dialect: 'openai',
      summary: 'Ask for embeddings in OpenAI’s dialect',
      tag: 'openai',
      body: embeddingsRequest,
      answerShape: embeddingsReply,
      userField: 'user',
      read: fromEmbeddings,
      whole: (response, { asked }) => embeddingsAnswer(response, asked),
      encoder: null,
    },
    parts,
  );
}
