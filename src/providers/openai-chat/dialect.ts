// What differs among the vendors that speak Chat Completions. A vendor of the dialect is an object of this type: facts first, and
// one function for what facts cannot say. A fact that few vendors differ in may be left out: what that means stands beside it.

import type { JsonObject } from '../../core/json.ts';
import type { FittedRequest } from '../../core/request.ts';
import type { FinishReason, Warning } from '../../core/response.ts';
import type { Endpoint } from '../endpoint.ts';

export interface ChatDialect extends Endpoint, RequestFacts, AnswerFacts {
  /** The last word on a request; its fields stand over ours, undefined takes one away. Throws for a feature that the vendor lacks. */
  readonly adapt: (request: FittedRequest, model: string) => Adaptation;
}

export interface RequestFacts {
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Default: `seed`. */
  readonly seedField?: string;
  /** The word for a call that is demanded. Default: `required`. */
  readonly requiredWord?: string;
  /** False: it takes no `stream_options`, and tells its usage unasked or not at all. Default: true. */
  readonly asksStreamUsage?: boolean;
  /** Where an assistant's reasoning goes back; null: this vendor takes none. */
  readonly reasoningField: string | null;
  /** True: a message with tool calls is refused without that field, so that it is sent empty where there is no reasoning. */
  readonly reasoningBesideCalls?: boolean;
  /** True: it fetches a document behind an `https:` address, which the dialect itself has no word for. Default: it wants the data. */
  readonly fileUrls?: boolean;
  /** False: it fetches no pictures. Default: true. */
  readonly imageUrls?: boolean;
  /** The list in which the state of a reasoning comes and goes back, in the place of the reasoning itself. Default: there is none. */
  readonly reasoningStateField?: string;
}

export interface AnswerFacts {
  /** True: content may be a list of parts of text and thinking, which is Mistral's own. Default: anything but text is no answer. */
  readonly contentLists?: boolean;
  /** What its own finish reasons mean; `failed`: it gave up, and what there is of the answer is no answer. */
  readonly finishReasons?: Readonly<Record<string, FinishReason | 'failed'>>;
  /** True: `completion_tokens` leaves out the reasoning, which is billed beside it. */
  readonly reasoningApart?: boolean;
  /** True: `cached_tokens` stands in the usage itself. */
  readonly cachedTokensInUsage?: boolean;
  /** The member in which the vendor puts what the dialect has no place for (`x_groq`); null: none. */
  readonly extension: string | null;
  /** What goes into providerMetadata, by the member in which it stands; what stands in the extension bears its name (`x_groq_id`). */
  readonly metadata: {
    readonly body: readonly string[];
    readonly usage: readonly string[];
    readonly extension: readonly string[];
  };
}

export interface Adaptation {
  readonly fields: JsonObject;
  readonly warnings: readonly Warning[];
  /** What is sent in the place of what was asked, where knobs were left out. */
  readonly request?: FittedRequest;
  /** The role of a system message. Default: `system`. */
  readonly systemRole?: 'system' | 'developer';
}
