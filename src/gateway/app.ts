// The HTTP server over a service: Fastify, put together. Everything it answers has a request id and, when it is a failure, one
// envelope; every request passes the same hook, which lets in who may use the route by the route's own entry.

import type { Socket } from 'node:net';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import {
  type Chance,
  type Clock,
  createLogs,
  type LLMService,
  type Logs,
  llmError,
  systemChance,
  systemClock,
  VERSION,
} from '../index.ts';
import type { Access } from './access.ts';
import type { GatewayParts } from './answer.ts';
import { BODY_LIMITS, checkBodyHeaders, parseBody, readBody } from './body.ts';
import { createDoor, type Door } from './door.ts';
import { errorSender, type SendError } from './error-sender.ts';
import { degradedHeaders, tellIds } from './headers.ts';
import { checkRawHeaders, HTTP_LIMITS, hasNothingWhole, refuseOnSocket, rememberReply } from './http.ts';
import { createMetricsListener } from './metrics-listener.ts';
import { refuseReservedHeaders } from './reserved.ts';
import { type Route, RouteTable } from './route-table.ts';
import { cacheRoutes } from './routes/cache.ts';
import { chatRoutes } from './routes/chat.ts';
import { chatCompletionRoutes } from './routes/chat-completions.ts';
import { completionRoutes } from './routes/completion.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { docsRoutes } from './routes/docs.ts';
import { embeddingRoutes } from './routes/embeddings.ts';
import { generationRoutes } from './routes/generations.ts';
import { healthRoutes } from './routes/health.ts';
import { identityRoutes } from './routes/identity.ts';
import { keyRoutes } from './routes/keys.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { promptRoutes } from './routes/prompts.ts';
import { repriceRoutes } from './routes/reprice.ts';
import { responseRoutes } from './routes/responses.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { usageRoutes } from './routes/usage.ts';
import { compileValidator } from './schema.ts';

const ABOUT =
  'One gateway between an application and the model vendors. `POST /api/v1/llm/completion` is the native API; OpenAI\u2019s clients work by ' +
  'the base URL `/v1`, Groq\u2019s and Anthropic\u2019s by the origin. A failure is `{"error":{type, code, message, param, request_id}}`, ' +
  'in Anthropic\u2019s dialect its own envelope.';
/** In the order of their use. */
const TAGS = [
  { name: 'native', description: 'The whole of what there is: budgets, context, attempts and cost in each answer.' },
  { name: 'prompts', description: 'Templates as functions: variables in, data out that code has checked.' },
  {
    name: 'openai',
    description: 'What existing clients speak. Fields that are not known here are named in `x-ignored-params`.',
  },
  { name: 'anthropic', description: 'The same for Anthropic’s clients, with its envelope of failures.' },
  { name: 'admin', description: 'API keys, the ledger row by row, tenants and what they used, metrics.' },
  { name: 'health', description: 'For load balancers; public.' },
];

/** Of a key or a token; the same decision whichever of the two headers carries it. */
const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key `cmk_…`, or a token of the configured sign-in.' },
  api_key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, for Anthropic’s clients.' },
} as const;

/** Nearly always it is the base URL that is wrong: each vendor's client has another idea of where it ends. */
const BASE_URLS =
  'The base URL of OpenAI\u2019s clients ends in /v1, that of Anthropic\u2019s and Groq\u2019s own does not';

export interface GatewayOptions {
  readonly logs?: Logs;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

export interface Gateway {
  /** For tests and for who adds routes of their own before it listens. */
  readonly app: FastifyInstance;
  /** Every route that was added so far, and who may use it. Throws for one that does not say so. */
  routes(): Route[];
  /** Port 0 takes a free one. Resolves with the origin, such as `http://127.0.0.1:4000`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Where the metrics are, with METRICS_PORT and once it listens; else null. */
  readonly metricsUrl: string | null;
  /** Takes no more connections and lets those end that are answered. */
  close(): Promise<void>;
}

export function createGateway(service: LLMService, options: GatewayOptions = {}): Gateway {
  const { clock = systemClock, chance = systemChance } = options;
  const { config } = service;
  const logs =
    options.logs ?? createLogs({ level: config.logLevel, secrets: config.secrets.map((secret) => secret.reveal()) });
  const door = createDoor(service.identity);
  const table = new RouteTable();
  const sendError = errorSender(logs, service.metrics);
  const app: FastifyInstance = Fastify({
    logger: false,
    genReqId: () => chance.id('req'),
    bodyLimit: BODY_LIMITS.bytes,
    requestTimeout: HTTP_LIMITS.requestTimeoutMs,
    http: {
      headersTimeout: HTTP_LIMITS.requestTimeoutMs,
      connectionsCheckingInterval: HTTP_LIMITS.checkIntervalMs,
      maxHeaderSize: HTTP_LIMITS.headerBytes,
      highWaterMark: HTTP_LIMITS.unwrittenBytes,
      // Node would refuse a missing Host by itself, without an envelope.
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: 1_024 },
    // While it drains, requests on open connections get our own 503 from the service.
    return503OnClosing: false,
    frameworkErrors: sendError,
    clientErrorHandler: (error, socket) => refuseOnSocket(error, socket, chance.id('req')),
  });
  // RFC 9110 lets a server ignore an expectation that it doesn't know; Node's own 417 has no envelope.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));
  const drain = drainer(app, clock);
  const metrics = config.metricsPort === null ? null : createMetricsListener(service.metrics);
  let metricsUrl: string | null = null;
  buildRoutes(app, { service, clock }, table, door, sendError);
  return {
    app,
    routes: () => table.routes(),
    get metricsUrl() {
      return metricsUrl;
    },
    async listen({ host, port }) {
      await door.checkAddress(host);
      metricsUrl = (await metrics?.listen(config.metricsPort ?? 0)) ?? null;
      try {
        return await app.listen({ host, port });
      } catch (error) {
        await metrics?.close();
        throw error;
      }
    },
    async close() {
      await Promise.all([drain(), metrics?.close()]);
    },
  };
}

/** Node closes what is idle when the closing begins; what falls idle later would stay open for the keep-alive time. */
function drainer(app: FastifyInstance, clock: Clock): () => Promise<void> {
  let isClosing = false;
  const open = new Set<Socket>();
  app.server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('onResponse', (_request, _reply, done) => {
    if (isClosing) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  return () => {
    isClosing = true;
    // A server that closes waits for connections on which nobody has said anything, as browsers make them, and no longer looks at
    // how long a request takes to come.
    const cancel = clock.after(HTTP_LIMITS.requestTimeoutMs, () => {
      for (const socket of open) if (hasNothingWhole(socket)) socket.destroy();
    });
    return app.close().finally(cancel);
  };
}

function buildRoutes(
  app: FastifyInstance,
  parts: GatewayParts,
  table: RouteTable,
  door: Door,
  sendError: SendError,
): void {
  app.addHook('onRoute', (route) => table.add(route));
  app.addHook('onReady', (done) => {
    table.routes();
    done();
  });
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    tellIds(reply, request.id);
    reply.headers(degradedHeaders(parts.service.status()));
    reply.header('cache-control', 'private, no-store');
    reply.header('vary', 'Authorization');
    rememberReply(request.raw.socket, reply.raw);
    checkRawHeaders(request.raw);
    await door.checkOrigin(request.headers);
    const access = accessOf(request);
    if (access === 'public') return;
    if (request.method === 'POST' || request.method === 'PATCH') checkBodyHeaders(request.headers);
    request.identity = await door.enter(request, access);
    refuseReservedHeaders(request.headers);
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    const allowed = table.methodsOf(request.url);
    if (allowed.length === 0) {
      const meant = table.meantBy(request.url);
      const hint = meant === null ? '' : `. Did you mean ${meant}? ${BASE_URLS}`;
      throw llmError('not_found', `There is nothing at this path${hint}; GET /openapi.json lists what there is`);
    }
    reply.header('allow', allowed.join(', '));
    throw llmError('method_not_allowed', `This path takes ${allowed.join(', ')}`);
  });
  app.removeAllContentTypeParsers();
  app.setValidatorCompiler(compileValidator);
  // Response schemas are for the document: nothing that leaves is checked again.
  app.setSerializerCompiler(() => JSON.stringify);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'codementor-llm', version: VERSION, description: ABOUT },
      tags: TAGS,
      components: { securitySchemes: SECURITY },
      security: [{ bearer: [] }, { api_key: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
  });
  app.register(async (scope) => {
    healthRoutes(scope, parts);
    await docsRoutes(scope, parts);
  });
  app.register(async (scope) => {
    scope.addContentTypeParser('*', async ({ method }: FastifyRequest, payload: FastifyRequest['raw']) => {
      const bytes = await readBody(payload);
      // Clients name a media type with every request; a DELETE has no body all the same.
      return bytes.length === 0 && method === 'DELETE' ? undefined : parseBody(bytes);
    });
    completionRoutes(scope, parts);
    chatRoutes(scope, parts);
    promptRoutes(scope, parts);
    conversationRoutes(scope, parts);
    chatCompletionRoutes(scope, parts);
    responseRoutes(scope, parts);
    embeddingRoutes(scope, parts);
    messageRoutes(scope, parts);
    generationRoutes(scope, parts);
    modelRoutes(scope, parts);
    usageRoutes(scope, parts);
    tenantRoutes(scope, parts);
    identityRoutes(scope);
    ledgerRoutes(scope, parts);
    repriceRoutes(scope, parts);
    keyRoutes(scope, parts);
    cacheRoutes(scope, parts);
    if (parts.service.config.metricsPort === null) metricsRoutes(scope, parts);
  });
}

/** What is no route holds nothing; a route that says nothing would be the operator's alone, but with one nothing starts. */
function accessOf({ is404, routeOptions }: FastifyRequest): Access {
  return is404 ? 'public' : (routeOptions.config.access ?? 'admin');
}
