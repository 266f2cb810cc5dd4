// Makes a language model of the AI SDK (its specification in version 2, 3 or 4) a provider of ours. The model brings its own I/O
// and its own keys; it is always asked for a stream, and a whole answer is a collected one.

import { checkFieldNames, invalid } from '../core/check-words.ts';
import { asLLMError, llmError, withDetail } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { OwnModel, OwnProvider } from '../core/own-provider.ts';
import type { Emit, Listener } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import { callOf } from './ai-sdk/call.ts';
import { PartDecoder } from './ai-sdk/decoder.ts';
import { thrownFailure } from './ai-sdk/failures.ts';
import type { AiSdkModel } from './ai-sdk/model.ts';

export type { AiSdkModel } from './ai-sdk/model.ts';

export interface AiSdkOptions extends Pick<OwnModel, 'contextWindow' | 'outputLimit' | 'features' | 'price'> {
  /** In routes, rows and headers. Default: the model's own provider with `-` for what an id has not: `openai-responses`. */
  readonly id?: string;
  /** Whether cancelling stops the bill. Default `unknown`. */
  readonly billAfterCancel?: OwnProvider['billAfterCancel'];
  /**
   * What callers may say by `providerOptions` beside what is known to cost nothing more (`openai.serviceTier`). Whatever it changes of the
   * bill, keeps at the vendor or asks elsewhere is then the operator's own to answer for.
   */
  readonly passesOptions?: readonly `${string}.${string}`[];
}

type Option = keyof AiSdkOptions;
const OPTIONS: readonly Option[] = [
  'id',
  'contextWindow',
  'outputLimit',
  'features',
  'price',
  'billAfterCancel',
  'passesOptions',
];

/** One model, or several of one vendor that take and give alike; others are providers by themselves, each with an `id` of its own. */
export function aiSdk(models: AiSdkModel | readonly [AiSdkModel, ...AiSdkModel[]], options: AiSdkOptions): OwnProvider {
  if (!isObject(options))
    throw invalid('options', 'aiSdk(model, options): options must have contextWindow and outputLimit');
  checkFieldNames(options, OPTIONS, 'options');
  const { id: named, billAfterCancel = 'unknown', passesOptions = [], ...limits } = options;
  const all: readonly AiSdkModel[] = 'doStream' in models ? [models] : models;
  const id = named ?? all[0]?.provider.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[-_]+/, '') ?? '';
  return {
    id,
    billAfterCancel,
    models: all.map(({ modelId }) => ({ name: modelId, ...limits })),
    transport: {
      kind: 'direct',
      async answer(request, modelId, emit, signal, listener) {
        const model = all.find((one) => one.modelId === modelId);
        if (model === undefined) throw llmError('model_not_found', `${id} has no model "${modelId}"`);
        signal.throwIfAborted();
        try {
          await ask({ id, model, passesOptions }, request, emit, signal, listener);
        } catch (thrown) {
          signal.throwIfAborted();
          throw thrownFailure(id, thrown);
        }
      },
    },
  };
}

/** Chosen: a turn of the event loop costs less than any of them, and they take less than a millisecond. */
const PARTS_A_TURN = 64;

interface Asked {
  readonly id: string;
  readonly model: AiSdkModel;
  readonly passesOptions: readonly string[];
}

async function ask(
  { id, model, passesOptions }: Asked,
  request: FittedRequest,
  emit: Emit,
  signal: AbortSignal,
  listener: Listener,
): Promise<void> {
  const { specificationVersion: version, provider, modelId } = model;
  const urls = await model.supportedUrls;
  const { call, warnings } = callFor(request, { id, version, urls, provider, model: modelId, passesOptions }, signal);
  for (const warning of warnings) listener.warn(warning);
  const { stream } = await model.doStream(call);
  const reader = stream.getReader();
  // Not every model heeds the signal, and not every stream can be cancelled.
  const leave = () => void (async () => reader.cancel(signal.reason))().catch(() => {});
  signal.addEventListener('abort', leave, { once: true });
  try {
    const decoder = new PartDecoder(id, version, emit, (warning) => listener.warn(warning));
    for (let parts = 1; !decoder.ended; parts++) {
      // Parts that are ready always would else let no timer run, and none of the clocks that end a stream.
      if (parts % PARTS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      await listener.wanted();
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      decoder.part(value);
    }
    decoder.end();
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }
}

/** What is refused here was never sent, so nothing can be billed for it. */
function callFor(...asked: Parameters<typeof callOf>): ReturnType<typeof callOf> {
  try {
    return callOf(...asked);
  } catch (thrown) {
    throw withDetail(asLLMError(thrown), { neverSent: true });
  }
}
