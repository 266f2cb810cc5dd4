// An answer as a thing on the server: its events from where a client has lost them, and its stop. Whoever may not see it hears
// that there is none.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Caller, type Generation, type LLMError, llmError } from '../../index.ts';
import { identityOf } from '../access.ts';
import { type GatewayParts, resumed } from '../answer.ts';
import { replies } from '../reply-schemas.ts';

/** Between two instances of one Redis: a few milliseconds; until it is known that one has died, some six seconds. */
const ARRIVES_WITHIN_MS = 8_000;

const params = z.strictObject({ id: z.string().max(200) });
/** For clients that cannot set the header at their first request, as a browser’s EventSource. */
const query = z.strictObject({ last_event_id: z.string().optional().describe('As the header Last-Event-ID') });
const stopReply = z.object({ id: z.string(), stopped: z.boolean().describe('False: it had ended already') });

export function generationRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/api/v1/llm/generations/:id/events',
    {
      schema: {
        summary: 'Read an answer from its first event on, or on from the last one that came',
        description:
          'The events of the native API, with the same numbers. `Last-Event-ID` is the number of the last one that the client has; 204 when there is none behind it and the answer has ended.',
        tags: ['native'],
        params,
        querystring: query,
      },
      config: { dialect: 'native', access: 'user' },
    },
    async (request, reply) => {
      const generation = await found(request, request.params.id, parts);
      const told = request.headers['last-event-id'];
      const after = await positionIn(typeof told === 'string' ? told : request.query.last_event_id, generation, parts);
      if (generation.ended && after === generation.length) return reply.code(204).send();
      await resumed(generation, after, reply, parts);
    },
  );
  routes.delete(
    '/api/v1/llm/generations/:id',
    {
      schema: { summary: 'Stop an answer', tags: ['native'], params, response: replies(stopReply) },
      config: { dialect: 'native', access: 'user' },
    },
    async (request) => {
      const { id } = request.params;
      const stopped = await parts.service.stopGeneration(id, ownerOf(request));
      if (stopped === null) throw noSuchAnswer();
      return { id, stopped };
    },
  );
}

/** A user's own; to a server's key those of its tenant, to an admin all. */
function ownerOf(request: FastifyRequest): Partial<Pick<Caller, 'tenant' | 'userId'>> {
  const { role, tenant, userId } = identityOf(request);
  return {
    ...(role !== 'admin' && { tenant }),
    ...(role === 'user' && userId !== null && { userId }),
  };
}

async function found(request: FastifyRequest, id: string, { service }: GatewayParts): Promise<Generation> {
  const generation = await service.generation(id, ownerOf(request));
  if (generation === null) throw noSuchAnswer();
  return generation;
}

function noSuchAnswer(): LLMError {
  return llmError('not_found', 'There is no such answer, or not any more: they are kept for five minutes', {
    param: 'id',
  });
}

async function positionIn(told: string | undefined, generation: Generation, { clock }: GatewayParts): Promise<number> {
  if (told === undefined || told === '') return 0;
  const position = Number(told);
  // What another instance has told may be on its way to this one.
  const isThere = /^\d{1,9}$/.test(told) && (await generation.reaches(position, clock, ARRIVES_WITHIN_MS));
  const { length, failure } = generation;
  // Its client may have had more of it than was written before its instance died: then the loss itself stands where he has text.
  if (failure?.code === 'generation_lost' && position >= length) throw failure;
  if (isThere) return position;
  throw llmError('invalid_request', `Last-Event-ID: write the number of the last event that came, at most ${length}`, {
    param: 'last-event-id',
  });
}
