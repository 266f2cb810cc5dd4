// The library in this process: what answers a command when nobody else has the data folder. Logs are silent unless LOG_LEVEL asks
// for them, and then go to standard error, since standard output belongs to the answer.

import {
  answerJson,
  type Config,
  cacheInvalidationJson,
  conversationJson,
  createLLMService,
  createLogs,
  type LLMRequest,
  type LLMResponse,
  type LLMService,
  type Logs,
  ledgerRowJson,
  modelJson,
  type NewKey,
  promptInfoJson,
  renderedPromptJson,
  repriceSummaryJson,
  routeJson,
  type StreamEvent,
  storedKeyJson,
  summaryJson,
  usageReportJson,
} from '../index.ts';
import { type Backend, CLI_SELF, CLI_USER, type KeyWish, type PromptQuestion, type Question } from './backend.ts';
import { isoTime } from './instant.ts';
import { type Completion, type ModelRow, promptAnswerSchema, type ShownEvent } from './native.ts';

const STANDARD_ERROR = 2;

export async function openLocal(config: Config): Promise<Backend> {
  return localBackend(await createLLMService({ logs: quietLogs(config) }));
}

/** For whoever wants an answer and no log of it. */
export function quietLogs(config: Config): Logs {
  const level = config.origins.get('LOG_LEVEL')?.origin === 'default' ? 'silent' : config.logLevel;
  return createLogs({
    level,
    descriptor: STANDARD_ERROR,
    secrets: config.secrets.map((secret) => secret.reveal()),
  });
}

function localBackend(service: LLMService): Backend {
  return {
    url: null,
    self: () => Promise.resolve(CLI_SELF),
    complete: async (question, signal) =>
      completionOf(await service.generateCompletion(requestOf(question), { signal })),
    stream: (question, signal) => shownEvents(service.streamCompletion(requestOf(question), { signal })),
    async chat({ conversationId: id, ...question }, signal) {
      const request = { userId: CLI_USER, ...question, ...(id !== null && { conversationId: id }) };
      const { conversationId, generation } = await service.startChat(request, { stream: true });
      return { conversationId, events: shownEvents(generation.read(signal)) };
    },
    async conversation(userId, id) {
      const owner = { ...CLI_SELF, ...(userId !== null && { userId }) };
      if (id !== null)
        return conversationJson((await service.conversations.read(owner, id, { limit: 1 })).conversation);
      const [latest] = (await service.conversations.list(owner, { limit: 1 })).conversations;
      return latest === undefined ? null : conversationJson(latest);
    },
    async usage({ tenant, userId, fromMs, toMs, by }, cursor) {
      const query = { tenant, ...(userId !== null && { userId }), ...periodOf(fromMs, toMs) };
      const report = await service.ledger.usage(query, by ?? undefined, pageOf(cursor));
      const of = userId === null ? { tenant } : { user_id: userId };
      return { ...of, from: isoTime(fromMs), to: isoTime(toMs), ...usageReportJson(report) };
    },
    async ledgerPage({ fromMs, toMs, userId, tenant, requestId }, cursor) {
      const { rows, nextCursor } = await service.ledger.rows({
        ...periodOf(fromMs, toMs),
        ...(userId !== null && { userId }),
        ...(tenant !== null && { tenant }),
        ...(requestId !== null && { requestId }),
        ...pageOf(cursor),
      });
      return { rows: rows.map(ledgerRowJson), next_cursor: nextCursor };
    },
    async reprice({ fromMs, toMs, tenant, provider, model, dryRun }, onRows) {
      const of = {
        ...(tenant !== null && { tenant }),
        ...(provider !== null && { provider }),
        ...(model !== null && { model }),
      };
      const summary = await service.ledger.reprice({ fromMs, toMs, dryRun, ...of }, onRows);
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
      return { from, to, dry_run: dryRun, ...repriceSummaryJson(summary) };
    },
    models: () => Promise.resolve(modelsOf(service)),
    prompts: promptsOf(service),
    keys: keysOf(service),
    invalidateCache: async (selector) => cacheInvalidationJson(await service.cache.invalidate(selector)),
    close: () => service.close(),
  };
}

function keysOf({ keys }: LLMService): Backend['keys'] {
  return {
    async create(wish) {
      const made = await keys.create(newKeyOf(wish));
      return { ...storedKeyJson(made), key: made.key, first: made.first };
    },
    async list(page) {
      const { keys: listed, nextCursor } = await keys.list(page);
      return { keys: listed.map(storedKeyJson), next_cursor: nextCursor };
    },
    revoke: async (id) => storedKeyJson(await keys.revoke(id)),
  };
}

function promptsOf({ prompts }: LLMService): Backend['prompts'] {
  const start = ({ name, variables, ...settings }: PromptQuestion, stream: boolean, signal: AbortSignal) =>
    prompts.start(name, variables, { userId: CLI_USER, ...settings, stream, signal, names: 'wire' });
  return {
    list: async () => prompts.list().map(promptInfoJson),
    find: async (name) => promptInfoJson(prompts.find(name)),
    render: async (name, variables) => renderedPromptJson(prompts.render(name, variables, { names: 'wire' })),
    run: async (question, signal) =>
      promptAnswerSchema.parse(completionOf(await (await start(question, false, signal)).whole(signal))),
    async *stream(question, signal) {
      yield* shownEvents((await start(question, true, signal)).read(signal));
    },
  };
}

function modelsOf(service: LLMService): readonly ModelRow[] {
  return [
    ...service.routes(CLI_SELF).map(({ id, targets }) => ({ id, ...routeJson(targets) })),
    ...service.models(CLI_SELF).map((info) => ({ id: info.id, ...modelJson(info) })),
  ];
}

function newKeyOf({ tenant, role, user_id, tier, allowed_models, expires_at }: KeyWish): NewKey {
  return {
    tenant,
    // Commander has let no other word pass.
    role: role === 'admin' || role === 'server' ? role : 'user',
    userId: user_id ?? null,
    tier: tier ?? null,
    allowedModels: allowed_models ?? null,
    expiresAtMs: expires_at === undefined ? null : Date.parse(expires_at),
  };
}

function requestOf(question: Question): LLMRequest {
  return { userId: CLI_USER, ...question };
}

/** What the model wrote beside its text can be long, so it stands last. */
function completionOf(response: LLMResponse): Completion {
  const { reasoning, tool_calls, ...facts } = answerJson(response);
  return { ...facts, reasoning, tool_calls };
}

async function* shownEvents(events: AsyncIterable<StreamEvent>): AsyncGenerator<ShownEvent, void, undefined> {
  for await (const event of events) {
    const shown = shownEventOf(event);
    if (shown !== null) yield shown;
  }
}

/** Null for an event that the command line does not show. */
function shownEventOf(event: StreamEvent): ShownEvent | null {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'data-draft') return event;
  return event.type === 'response-end' ? { type: event.type, ...summaryJson(event.response) } : null;
}

const PAGE = 1_000;

function pageOf(cursor: string | null) {
  return { limit: PAGE, ...(cursor !== null && { cursor }) };
}

function periodOf(fromMs: number | null, toMs: number | null) {
  return { ...(fromMs !== null && { fromMs }), ...(toMs !== null && { toMs }) };
}
