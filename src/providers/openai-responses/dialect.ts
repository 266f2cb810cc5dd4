// What differs among the vendors that speak Responses. A vendor of the dialect is an object of this type.

import type { JsonObject } from '../../core/json.ts';
import type { FittedRequest } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import type { Endpoint } from '../endpoint.ts';

export interface ResponsesDialect extends Endpoint {
  /** What goes into providerMetadata. */
  readonly metadata: { readonly body: readonly string[]; readonly usage: readonly string[] };
  /** The last word on a request; its fields stand over ours. Throws for a feature that the vendor lacks. */
  readonly adapt: (request: FittedRequest, model: string) => ResponsesAdaptation;
}

export interface ResponsesAdaptation {
  readonly fields: JsonObject;
  readonly warnings: readonly Warning[];
  /** What is sent in the place of what was asked, where knobs were left out. */
  readonly request: FittedRequest;
  /** Asks for the state of the reasoning, to be sent back with the next request. A model that does not reason refuses to be asked. */
  readonly encryptedReasoning: boolean;
}
