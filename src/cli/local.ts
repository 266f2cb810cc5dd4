// The library in this process: what answers a command when nobody else has the data folder. Logs are silent unless LOG_LEVEL asks
// for them, and then go to standard error, since standard output belongs to the answer.

import { type Config, createLLMService, createLogs, type LLMRequest, type LLMService } from '../index.ts';
import { type Backend, CLI_USER, type Question } from './backend.ts';
import { completionOf, modelOf, shownEventOf, usageOf } from './native-shape.ts';

const STANDARD_ERROR = 2;

export async function openLocal(config: Config): Promise<Backend> {
  const level = config.origins.get('LOG_LEVEL')?.origin === 'default' ? 'silent' : config.logLevel;
  const logs = createLogs({
    level,
    descriptor: STANDARD_ERROR,
    secrets: config.secrets.map((secret) => secret.reveal()),
  });
  return localBackend(await createLLMService({ logs }));
}

function localBackend(service: LLMService): Backend {
  return {
    complete: async (question, signal) =>
      completionOf(await service.generateCompletion(requestOf(question), { signal })),
    async *stream(question, signal) {
      for await (const event of service.streamCompletion(requestOf(question), { signal })) {
        const shown = shownEventOf(event);
        if (shown !== null) yield shown;
      }
    },
    async usage({ userId, fromMs, toMs, by }) {
      const query = { userId, ...(fromMs !== null && { fromMs }), ...(toMs !== null && { toMs }) };
      return usageOf(await service.ledger.usage(query, by ?? undefined), query);
    },
    models: () => Promise.resolve(service.models().map(modelOf)),
    close: () => service.close(),
  };
}

function requestOf(question: Question): LLMRequest {
  return { userId: CLI_USER, ...question };
}
