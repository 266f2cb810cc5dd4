// A language model of the AI SDK that this service answers, whole or as a stream. A failure before the first word rejects the call,
// so that whoever called may try again; one after it is told within the stream.

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { LLMService, StreamEvent } from '../index.ts';
import { contentOf, finishReasonOf, metadataOf, usageOf } from './answer.ts';
import { failureOf } from './failure.ts';
import { type CallDefaults, requestOf } from './request.ts';
import { EventParts } from './stream.ts';

export function createLanguageModel(
  service: LLMService,
  provider: string,
  modelId: string,
  defaults: CallDefaults,
): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider,
    modelId,
    // Whether its vendor fetches them is for the model that answers to say; nobody else does.
    supportedUrls: { 'image/*': [/^https?:\/\//], 'application/pdf': [/^https?:\/\//] },
    async doGenerate(options) {
      try {
        const { request, how, warnings } = requestOf(modelId, options, defaults);
        const signal = options.abortSignal;
        const response = await service.generateCompletion(request, { ...how, ...(signal && { signal }) });
        return {
          content: contentOf(response.parts),
          finishReason: finishReasonOf(response),
          usage: usageOf(response.usage),
          providerMetadata: metadataOf(response),
          response: { id: response.id, modelId: response.model, timestamp: new Date(response.timestamp) },
          warnings: [...warnings],
        };
      } catch (thrown) {
        throw failureOf(thrown, modelId, options.abortSignal);
      }
    },
    async doStream(options) {
      try {
        return await stream(service, modelId, options, defaults);
      } catch (thrown) {
        throw failureOf(thrown, modelId, options.abortSignal);
      }
    },
  };
}

async function stream(
  service: LLMService,
  modelId: string,
  options: LanguageModelV4CallOptions,
  defaults: CallDefaults,
): Promise<LanguageModelV4StreamResult> {
  const { request, how, warnings } = requestOf(modelId, options, defaults);
  const { abortSignal } = options;
  const leaving = new AbortController();
  const signal = abortSignal === undefined ? leaving.signal : AbortSignal.any([abortSignal, leaving.signal]);
  const events = service.streamCompletion(request, { ...how, signal })[Symbol.asyncIterator]();
  // It comes with the first content: until then a failure is one of the call.
  const first = await events.next();
  // A reader that is asked for nothing hears of no signal.
  signal.addEventListener('abort', () => void events.return?.().catch(() => {}), { once: true });
  const parts = new EventParts();
  const write = (controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>, event: StreamEvent) => {
    const made = parts.of(event);
    for (const part of made) controller.enqueue(part);
    return made.length;
  };
  return {
    stream: new ReadableStream<LanguageModelV4StreamPart>({
      start(controller) {
        controller.enqueue({ type: 'stream-start', warnings: [...warnings] });
        if (first.done !== true) write(controller, first.value);
      },
      async pull(controller) {
        try {
          for (let written = 0; written === 0; ) {
            const { done, value } = await events.next();
            if (done === true) return abortSignal?.aborted ? controller.error(abortSignal.reason) : controller.close();
            written = write(controller, value);
          }
        } catch (thrown) {
          // Whoever left is told so as by everybody else: the stream breaks with the reason.
          if (abortSignal?.aborted === true) return controller.error(abortSignal.reason);
          for (const part of parts.failed(failureOf(thrown, modelId, abortSignal))) controller.enqueue(part);
          controller.close();
        }
      },
      cancel: (reason) => leaving.abort(reason),
    }),
  };
}
