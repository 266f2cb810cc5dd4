// What differs among the vendors that speak Chat Completions. A vendor of the dialect is an object of this type: facts first, and
// one function for what facts cannot say.

import type { JsonObject } from '../core/json.ts';
import type { LLMProvider } from '../core/provider.ts';
import type { FittedRequest } from '../core/request.ts';
import type { Warning } from '../core/response.ts';

export interface ChatDialect {
  /** `groq`: in routes, rows and headers. */
  readonly id: string;
  readonly billAfterCancel: LLMProvider['billAfterCancel'];
  /** `Groq`: in sentences. */
  readonly vendor: string;
  /** With its path, without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Where an assistant's reasoning goes back; null: this vendor takes none. */
  readonly reasoningField: string | null;
  /** What providerOptions may set. Anything else is left out with a warning: it would be a 400, or reach for the bound of the bill. */
  readonly optionFields: ReadonlySet<string>;
  /** The member in which the vendor puts what the dialect has no place for (`x_groq`); null: none. */
  readonly extension: string | null;
  /** What goes into providerMetadata, by the member in which it stands; what stands in the extension bears its name (`x_groq_id`). */
  readonly metadata: {
    readonly body: readonly string[];
    readonly usage: readonly string[];
    readonly extension: readonly string[];
  };
  /** The last word on a request; its fields stand over ours, undefined takes one away. Throws for a feature that the vendor lacks. */
  readonly adapt: (request: FittedRequest, model: string) => Adaptation;
}

export interface Adaptation {
  readonly fields: JsonObject;
  readonly warnings: readonly Warning[];
}
