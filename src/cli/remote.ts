// A running server, spoken to over its native API: it holds the data folder, so it answers in place of the library. Replies are
// checked where they come in; a failure becomes the LLMError that the library would have thrown.

import type { z } from 'zod';
import { type CacheSelector, ERRORS, type ErrorCode, type LLMError, llmError } from '../index.ts';
import {
  type Backend,
  type ChatAnswer,
  type ChatQuestion,
  CLI_SELF,
  type LedgerQuestion,
  type PromptQuestion,
  type Question,
  type RepriceQuestion,
  type Self,
  type UsageQuestion,
} from './backend.ts';
import { isoTime } from './instant.ts';
import {
  type ConversationRow,
  cacheInvalidationSchema,
  completionSchema,
  conversationPageSchema,
  conversationSchema,
  errorSchema,
  identitySchema,
  keyPageSchema,
  keySchema,
  ledgerPageSchema,
  madeKeySchema,
  modelListSchema,
  promptAnswerSchema,
  promptListSchema,
  promptSchema,
  renderedSchema,
  repriceSchema,
  type ShownEvent,
  shownEventSchema,
  usageSchema,
} from './native.ts';
import { serverSentEvents } from './server-sent-events.ts';

const COMPLETION = '/api/v1/llm/completion';
const CHAT = '/api/v1/llm/chat';
const CONVERSATIONS = '/api/v1/llm/conversations';
const LEDGER = '/api/v1/admin/ledger';
const REPRICE = `${LEDGER}/reprice`;
const CACHE = '/api/v1/admin/cache';
const KEYS = '/api/v1/admin/keys';
const PROMPTS = '/api/v1/llm/prompts';

export function openRemote(url: string, key: string | null): Backend {
  const server: Server = { url, key };
  const ask = async (question: Question, stream: boolean, signal: AbortSignal) => {
    const userId = question.userId ?? (await selfAt(server)).userId;
    return send(server, COMPLETION, {
      ...posted({ messages: question.messages, ...settingsOf({ ...question, userId }), stream }),
      signal,
    });
  };
  return {
    url,
    self: () => selfAt(server),
    complete: async (question, signal) => read(completionSchema, await ask(question, false, signal), server),
    stream: (question, signal) => shownEvents(() => ask(question, true, signal), server),
    chat: (question, signal) => chatAt(server, question, signal),
    conversation: (userId, id) => conversationAt(server, userId, id),
    usage: async (question, cursor) => read(usageSchema, await send(server, usagePath(question, cursor)), server),
    ledgerPage: async (question, cursor) =>
      read(ledgerPageSchema, await send(server, ledgerPath(question, cursor)), server),
    reprice: async (question) =>
      read(repriceSchema, await send(server, REPRICE, { method: 'POST', body: repriceBody(question) }), server),
    models: async () => (await read(modelListSchema, await send(server, '/v1/models'), server)).data,
    prompts: promptsAt(server),
    keys: {
      create: async (wish) => read(madeKeySchema, await send(server, KEYS, posted(wish)), server),
      list: async (page) =>
        read(keyPageSchema, await send(server, `${KEYS}?${new URLSearchParams({ ...page })}`), server),
      revoke: async (id) =>
        read(keySchema, await send(server, `${KEYS}/${encodeURIComponent(id)}`, { method: 'DELETE' }), server),
    },
    invalidateCache: async (selector) =>
      read(cacheInvalidationSchema, await send(server, cachePath(selector), { method: 'DELETE' }), server),
    close: () => Promise.resolve(),
  };
}

function promptsAt(server: Server): Backend['prompts'] {
  const pathOf = (name: string) => `${PROMPTS}/${encodeURIComponent(name)}`;
  const ask = async ({ name, variables, ...settings }: PromptQuestion, stream: boolean, signal: AbortSignal) => {
    const userId = settings.userId ?? (await selfAt(server)).userId;
    const body = { variables, ...settingsOf({ ...settings, userId }), stream };
    return send(server, `${pathOf(name)}/completion`, { ...posted(body), signal });
  };
  return {
    list: async () => (await read(promptListSchema, await send(server, PROMPTS), server)).prompts,
    find: async (name) => read(promptSchema, await send(server, pathOf(name)), server),
    render: async (name, variables) =>
      read(renderedSchema, await send(server, `${pathOf(name)}/render`, posted({ variables })), server),
    run: async (question, signal) => read(promptAnswerSchema, await ask(question, false, signal), server),
    stream: (question, signal) => shownEvents(() => ask(question, true, signal), server),
  };
}

async function chatAt(server: Server, question: ChatQuestion, signal: AbortSignal): Promise<ChatAnswer> {
  const { message, conversationId: id, ...settings } = question;
  const userId = question.userId ?? (await selfAt(server)).userId;
  const options = settingsOf({ ...settings, userId });
  const body = { message, ...options, stream: true, ...(id !== null && { conversation_id: id }) };
  const reply = await send(server, CHAT, { ...posted(body), signal });
  const conversationId = reply.headers.get('x-conversation-id');
  if (conversationId === null) throw foreign(server);
  return { conversationId, events: shownEvents(() => Promise.resolve(reply), server) };
}

async function conversationAt(
  server: Server,
  userId: string | null,
  id: string | null,
): Promise<ConversationRow | null> {
  const query = queryOf({ user_id: userId ?? (await selfAt(server)).userId, limit: '1' });
  if (id !== null) {
    const reply = await send(server, `${CONVERSATIONS}/${encodeURIComponent(id)}?${query}`);
    return read(conversationSchema, reply, server);
  }
  const page = await read(conversationPageSchema, await send(server, `${CONVERSATIONS}?${query}`), server);
  return page.conversations[0] ?? null;
}

/** For the doctor: whether a server of ours takes requests there. */
export async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { redirect: 'error' })).ok;
  } catch {
    return false;
  }
}

interface Server {
  readonly url: string;
  readonly key: string | null;
}

function posted(body: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

/** A user's key is its own user; for any other the command line has a name of its own. */
async function selfAt(server: Server): Promise<Self> {
  if (server.key === null) return CLI_SELF;
  const { role, tenant, user_id } = await read(identitySchema, await send(server, '/api/v1/llm/identity'), server);
  return { tenant, userId: role === 'user' && user_id !== null ? user_id : CLI_SELF.userId };
}

function settingsOf({ systemPrompt, model, maxTokens, temperature, cache, userId }: Omit<Question, 'messages'>) {
  return { system_prompt: systemPrompt, model, max_tokens: maxTokens, temperature, cache, user_id: userId };
}

function usagePath({ tenant, userId, fromMs, toMs, by }: UsageQuestion, cursor: string | null): string {
  const asked = { from: isoTime(fromMs), to: isoTime(toMs), group_by: by, cursor };
  if (userId === null) return `/api/v1/admin/tenants/${encodeURIComponent(tenant)}/usage?${queryOf(asked)}`;
  return `/api/v1/llm/usage/${encodeURIComponent(userId)}?${queryOf({ ...asked, tenant })}`;
}

function ledgerPath({ fromMs, toMs, userId, tenant, requestId }: LedgerQuestion, cursor: string | null): string {
  const who = { user_id: userId, tenant, request_id: requestId };
  return `${LEDGER}?${queryOf({ from: isoTime(fromMs), to: isoTime(toMs), ...who, cursor })}`;
}

function cachePath({ by, ...selected }: CacheSelector): string {
  return `${CACHE}?${new URLSearchParams(by === 'public' ? { scope: 'public' } : { ...selected })}`;
}

function repriceBody({ fromMs, toMs, tenant, provider, model, dryRun }: RepriceQuestion): string {
  return JSON.stringify({
    from: isoTime(fromMs),
    to: isoTime(toMs),
    ...(tenant !== null && { tenant }),
    ...(provider !== null && { provider }),
    ...(model !== null && { model }),
    dry_run: dryRun,
  });
}

/** What is null is left out. */
function queryOf(fields: Readonly<Record<string, string | null>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== null) query.set(name, value);
  return query;
}

async function send(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    ...(init.body !== undefined && { 'content-type': 'application/json' }),
    ...(server.key !== null && { authorization: `Bearer ${server.key}` }),
  };
  const reply = await guarded(server, () => fetch(server.url + path, { ...init, headers, redirect: 'error' }));
  if (!reply.ok) throw errorOf(await guarded(server, () => reply.json()), server, reply.headers.get('retry-after'));
  return reply;
}

async function read<Schema extends z.ZodType>(schema: Schema, reply: Response, server: Server) {
  return checked(schema, await guarded(server, () => reply.json()), server);
}

async function* shownEvents(ask: () => Promise<Response>, server: Server): AsyncGenerator<ShownEvent, void, undefined> {
  const { body } = await ask();
  if (body === null) throw foreign(server);
  const events = serverSentEvents(body);
  for (;;) {
    const next = await guarded(server, () => events.next());
    if (next.done) throw llmError('stream_broken', `The server at ${server.url} broke off the answer; ask again`);
    const event = next.value;
    const failure = errorSchema.safeParse(event);
    if (failure.success) throw errorOf(event, server);
    const shown = shownEventSchema.safeParse(event);
    if (!shown.success) continue;
    yield shown.data;
    if (shown.data.type === 'response-end') return;
  }
}

/** What the network or a stranger on that port does wrong, in words for people; Ctrl-C is `cancelled`. */
async function guarded<T>(server: Server, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError')
      throw llmError('cancelled', 'The answer was stopped', { cause });
    if (cause instanceof SyntaxError) throw foreign(server, cause);
    throw llmError('store_unavailable', `The server at ${server.url} holds the data folder and does not answer`, {
      cause,
    });
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, server: Server): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw foreign(server, error);
  return data;
}

function errorOf(body: unknown, server: Server, retryAfterSeconds: string | null = null): LLMError {
  const { error } = checked(errorSchema, body, server);
  const code = isCode(error.code) ? error.code : 'internal';
  return llmError(code, error.message, {
    ...(error.request_id && { requestId: error.request_id }),
    ...(error.param && { param: error.param }),
    ...(retryAfterSeconds !== null && { retryAfterMs: Number(retryAfterSeconds) * 1_000 }),
  });
}

function isCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(ERRORS, code);
}

function foreign(server: Server, cause?: unknown): LLMError {
  const message = `What answers at ${server.url} does not speak this version's API; restart that server`;
  return llmError('store_unavailable', message, { cause });
}
