// `codementor-llm serve`: the gateway over the library, until a signal ends it. Standard output holds the logs, one JSON line an
// event; what a person should know stands on standard error.

import type { Command } from 'commander';
import { type Config, createLLMService, createLogs, type LLMService, loadConfig, VERSION } from '../index.ts';
import { Failure } from './failure.ts';
import { reloadOnChange } from './reload.ts';
import { dim, toPeople } from './terminal.ts';

export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('start the HTTP gateway')
    .description(
      'Start the HTTP gateway. It ends with SIGTERM or Ctrl-C: answers under way may end (30 s); a second one ends it at once.',
    )
    .addHelpText(
      'after',
      `
Set by the environment:
  HOST, PORT      where to listen (127.0.0.1, 4000); on another than a loopback address there must be a key
  DATA_DIR        the folder of the ledger (./data); one process has it, and other commands ask that one
  GROQ_API_KEY    or OPENAI_, ANTHROPIC_, GEMINI_API_KEY; without any of them answers are made offline
  METRICS_PORT    metrics on a port of 127.0.0.1 of their own, without a key (off: /metrics of the server)
  LOG_LEVEL       debug, info, warn, error or silent (info)
  PROMPTS_DIR     a folder of prompt templates of your own
  DATABASE_URL, REDIS_URL   PostgreSQL and Redis, for several instances

codementor-llm.yaml and the templates are read again when they change, and on SIGHUP.

Example:
  $ PORT=4001 codementor-llm serve`,
    )
    .action(serve);
}

async function serve(): Promise<void> {
  const { logLevel, secrets } = loadConfig();
  const logs = createLogs({ level: logLevel, descriptor: 1, secrets: secrets.map((secret) => secret.reveal()) });
  const service = await createLLMService({ logs });
  const signalled = firstSignal();
  try {
    // Loaded here, because the other commands need no HTTP server, and who installed none can still use them.
    const { createGateway } = await import('../gateway/index.ts').catch((cause: unknown) => {
      throw whyNoGateway(cause);
    });
    const gateway = createGateway(service, { logs });
    const url = await gateway.listen(service.config).catch((cause: unknown) => {
      throw whyNotListening(cause, service.config);
    });
    service.announce(url);
    const isOpen = !(await service.identity.required().catch(() => true));
    // Before anybody can know that it is up: a SIGHUP that nobody heeds ends a process.
    const stopReloading = reloadOnChange(service, logs);
    toPeople(banner(url, gateway.metricsUrl, service, isOpen));
    const signal = await signalled;
    stopReloading();
    toPeople(dim(`${signal}: ${farewell(service.status().inFlight)}\n`));
    await Promise.all([gateway.close(), service.close()]);
  } finally {
    await service.close();
  }
}

function farewell(inFlight: number): string {
  if (inFlight === 0) return 'ending.';
  return `ending as soon as the answers under way have ended (${inFlight}), in 30 s at the latest; a second signal ends at once.`;
}

/** In the published package the HTTP server is optional: who wants it installs it. */
function whyNoGateway(cause: unknown): unknown {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  if (!isMissing) return cause;
  const packages = 'fastify @fastify/helmet @fastify/swagger @scalar/fastify-api-reference fastify-type-provider-zod';
  return new Failure(`\`serve\` needs the HTTP server, which is not installed`, { hint: `npm install ${packages}` });
}

/** From here on a further signal does what signals do: it ends the process. */
function firstSignal(): Promise<NodeJS.Signals> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, onSignal);
      resolve(signal);
    };
    for (const each of signals) process.on(each, onSignal);
  });
}

function banner(url: string, metricsUrl: string | null, service: LLMService, isOpen: boolean): string {
  const { config } = service;
  const { provider, defaultModel, notes, stores } = service.status();
  const { fallback } = config.catalog;
  const routes = service.routes().map(({ id, targets }) => `${id} (${targets.map((target) => target.id).join(', ')})`);
  const shared = [
    ...(config.redisUrl === null
      ? []
      : [`limits and answers in Redis${stores.windows.state === 'up' ? '' : ', which is away'}`]),
    ...(config.databaseUrl === null
      ? []
      : [`ledger and keys in PostgreSQL${stores.ledger.state === 'up' ? '' : ', which is away'}`]),
  ];
  const curl = [
    `curl ${url}/api/v1/llm/completion`,
    `-H 'content-type: application/json'`,
    ...(isOpen ? [] : [`-H "authorization: Bearer $${config.adminKey === null ? 'LLM_API_KEY' : 'LLM_ADMIN_KEY'}"`]),
    `-d '{"messages":[{"role":"user","content":"Explain Python list comprehensions"}]}'`,
  ];
  const facts = {
    url,
    provider:
      provider === 'offline'
        ? 'offline: answers are made here, by no model'
        : `${provider}, ${defaultModel}${fallback === null ? '' : `; when that fails ${fallback.provider}, ${fallback.model}`}`,
    ...(routes.length > 0 && { routes: routes.join('; ') }),
    access: isOpen ? 'open: whoever is on this machine may ask. LLM_ADMIN_KEY, or a first key, closes it.' : 'by key',
    data: config.dataDir,
    ...(shared.length > 0 && { shared: shared.join(', ') }),
    docs: `${url}/docs`,
    ...(metricsUrl !== null && { metrics: metricsUrl }),
    try: curl.join(' '),
  };
  const lines = Object.entries(facts).map(([name, fact]) => `  ${label(name)}  ${fact}`);
  return [`codementor-llm ${VERSION}`, ...lines, ...notes.map((note) => `  ${label('note')}  ${note}`), ''].join('\n');
}

function label(name: string): string {
  return dim(name.padEnd('provider'.length));
}

function whyNotListening(cause: unknown, { host, port }: Config): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'EADDRINUSE')
    return new Failure(`Port ${port} of ${host} is in use`, { hint: 'Set another PORT, or end what listens there.' });
  if (code === 'EACCES')
    return new Failure(`Port ${port} of ${host} may not be used`, { hint: 'Set a PORT above 1023.' });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Failure(`${host} is no address of this machine`, {
      hint: 'Set HOST=127.0.0.1, or 0.0.0.0 for all addresses.',
    });
  return cause;
}
