// /api/v1/llm/conversations: a user's own. A server or admin key names the user, as everywhere; another's look as if there were none.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Caller, conversationJson, conversationMessageJson } from '../../index.ts';
import { identityOf } from '../access.ts';
import type { GatewayParts } from '../answer.ts';
import { callerOf, ownerOf } from '../caller.ts';
import {
  conversationListReply,
  conversationReply,
  deletedReply,
  exportReplies,
  readReply,
} from '../conversation-schemas.ts';
import { cursor, name, pageSize } from '../query.ts';
import { replies } from '../reply-schemas.ts';

const PATH = '/api/v1/llm/conversations';

const owner = z.strictObject({ user_id: name.optional().describe('Whose it is; of a user’s key its own') });
const listQuery = owner.extend({ cursor: cursor.optional(), limit: pageSize(100).optional() });
/** The last position of the page before. */
const position = z.string().regex(/^\d{1,9}$/, 'must be the next_cursor of the page before');
const readQuery = owner.extend({ cursor: position.optional(), limit: pageSize(100).optional() });
const exportQuery = owner.extend({ format: z.enum(['json', 'markdown']).optional().describe('Default json') });
const params = z.strictObject({ id: name });
const newTitle = z.strictObject({ title: z.string() });

const EXPORTS = {
  json: { type: 'application/json; charset=utf-8', extension: 'json' },
  markdown: { type: 'text/markdown; charset=utf-8', extension: 'md' },
} as const;

export function conversationRoutes(plain: FastifyInstance, { service }: GatewayParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const { conversations } = service;
  const tags = ['native'];
  const config = { access: 'user' } as const;
  const list = {
    summary: 'List the conversations, newest activity first',
    tags,
    querystring: listQuery,
    response: replies(conversationListReply),
  };
  app.get(PATH, { schema: list, config }, async (request) => {
    const { user_id, cursor: from, limit } = request.query;
    const page = { ...(from !== undefined && { cursor: from }), ...limitOf(limit) };
    const { conversations: found, nextCursor } = await conversations.list(ownedBy(request, user_id), page);
    return { conversations: found.map(conversationJson), next_cursor: nextCursor };
  });
  const read = { summary: 'Read one, oldest message first', tags, params, querystring: readQuery };
  app.get(`${PATH}/:id`, { schema: { ...read, response: replies(readReply) }, config }, async (request) => {
    const { user_id, cursor: from, limit } = request.query;
    const page = { ...(from !== undefined && { after: Number(from) }), ...limitOf(limit) };
    const found = await conversations.read(ownedBy(request, user_id), request.params.id, page);
    return {
      ...conversationJson(found.conversation),
      messages: found.messages.map(conversationMessageJson),
      next_cursor: found.nextAfter === null ? null : String(found.nextAfter),
    };
  });
  const rename = { summary: 'Rename one', tags, params, querystring: owner, body: newTitle };
  app.patch(`${PATH}/:id`, { schema: { ...rename, response: replies(conversationReply) }, config }, async (request) => {
    const { query, body } = request;
    return conversationJson(await conversations.rename(ownedBy(request, query.user_id), request.params.id, body.title));
  });
  const remove = { summary: 'Delete one, with all that was said in it', tags, params, querystring: owner };
  app.delete(`${PATH}/:id`, { schema: { ...remove, response: replies(deletedReply) }, config }, async (request) => {
    await conversations.delete(ownedBy(request, request.query.user_id), request.params.id);
    return { id: request.params.id, deleted: true };
  });
  const whole = { summary: 'Export one as a file', tags, params, querystring: exportQuery, response: exportReplies() };
  app.get(`${PATH}/:id/export`, { schema: whole, config }, async (request, reply) => {
    const { user_id, format = 'json' } = request.query;
    const { type, extension } = EXPORTS[format];
    const { id } = request.params;
    const text = await conversations.export(ownedBy(request, user_id), id, format);
    return reply
      .type(type)
      .header('content-disposition', `attachment; filename="conversation.${extension}"`)
      .send(Buffer.from(text));
  });
}

function limitOf(limit: string | undefined): { readonly limit?: number } {
  return limit === undefined ? {} : { limit: Number(limit) };
}

function ownedBy(request: FastifyRequest, userId: string | undefined): Caller {
  const identity = identityOf(request);
  return userId === undefined ? callerOf(identity) : ownerOf(identity, userId);
}
