// This service as a provider of the AI SDK (`codementor-llm/ai-sdk`): `generateText({ model: codementor.languageModel('tutor') })`.
// What is asked goes through limits, cache, failover and ledger like everything else. It stands on the library's public face alone.

import { type ImageModelV4, type LanguageModelV4, NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';
import type { LLMService } from '../index.ts';
import { createEmbeddingModel } from './embedding-model.ts';
import { createLanguageModel } from './language-model.ts';
import type { CallDefaults } from './request.ts';

export type { CallDefaults } from './request.ts';

const PROVIDER = 'codementor';

export interface CodeMentorProvider extends ProviderV4 {
  /** As the vendors' packages have it: `codementor('tutor')` is `codementor.languageModel('tutor')`. */
  (modelId?: string): LanguageModelV4;
  /** A route, a model's name, or `provider/model`, as everywhere; left out or empty: the choice is ours. */
  languageModel(modelId?: string): LanguageModelV4;
}

/** `defaults`: of every call; `providerOptions.codementor` of a call stands over them. */
export function createCodeMentor(service: LLMService, defaults: CallDefaults = {}): CodeMentorProvider {
  const languageModel = (modelId = '') => createLanguageModel(service, PROVIDER, modelId, defaults);
  const rest: ProviderV4 & Pick<CodeMentorProvider, 'languageModel'> = {
    specificationVersion: 'v4',
    languageModel,
    embeddingModel: (modelId) => createEmbeddingModel(service, PROVIDER, modelId, defaults),
    imageModel: (modelId): ImageModelV4 => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
  };
  // One function of its own for each provider, since what is assigned stays on it.
  return Object.assign((modelId?: string) => languageModel(modelId), rest);
}
