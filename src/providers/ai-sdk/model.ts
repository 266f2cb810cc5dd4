// What is used of the AI SDK's specification of a language model, versions 2 to 4, in types of our own: whoever uses this package
// need not have the AI SDK. What a model answers is read as data from outside, so a part is no more than its type here.

import type { JsonObject } from '../../core/json.ts';

/** Any `LanguageModelV2`, `V3` or `V4` is one. */
export interface AiSdkModel {
  readonly specificationVersion: 'v2' | 'v3' | 'v4';
  /** `openai.responses`, `anthropic.messages`. */
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: UrlPatterns | PromiseLike<UrlPatterns>;
  doStream(options: AiSdkCall): PromiseLike<{ readonly stream: PartStream }>;
}

export type SpecVersion = AiSdkModel['specificationVersion'];

/** By media type: the addresses that the model fetches itself. */
export type UrlPatterns = Readonly<Record<string, readonly RegExp[]>>;

/** What of a `ReadableStream` is used. */
interface PartStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: { readonly type: string } | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** The options of a call, as loosely as all versions have them alike; prompt.ts and call.ts know what each version wants. */
export interface AiSdkCall {
  readonly prompt: readonly object[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly responseFormat?: { readonly type: 'text' | 'json' } | undefined;
  readonly tools?: readonly object[] | undefined;
  readonly toolChoice?: { readonly type: string } | undefined;
  readonly reasoning?: string | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  readonly providerOptions?: Readonly<Record<string, JsonObject>> | undefined;
}
