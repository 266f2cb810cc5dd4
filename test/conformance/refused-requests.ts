// What a vendor lacks or forbids, though it takes the parts of it: refused before anything is sent, by a sentence that says what to do.

import { LLMError } from '../../src/core/errors.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import { codecOf, FULL_REQUEST, SCHEMA_REQUEST, thrownBy } from '../contract/provider.ts';
import { VENDORS } from './vendors.ts';
import { judgeRefusal, QUESTION } from './written-cases.ts';

export interface Refused {
  readonly vendor: string;
  readonly what: string;
  readonly sentence: string;
  /** Null: it is refused as it should be. */
  readonly fault: string | null;
}

const { tools } = FULL_REQUEST;
const { responseFormat: schema } = SCHEMA_REQUEST;
const picture = (url: string): Partial<FittedRequest> => ({
  messages: [{ role: 'user', content: [{ type: 'image', url }] }],
});

const REQUESTS: readonly (readonly [vendor: string, what: string, request: Partial<FittedRequest>])[] = [
  ['groq', 'tools together with a JSON schema', { tools, responseFormat: schema }],
  ['anthropic', 'JSON without a schema', { responseFormat: { type: 'json' } }],
  [
    'gemini',
    'a tool that must be called, together with JSON',
    { tools, toolChoice: 'required', responseFormat: schema },
  ],
  ['gemini', 'a picture of which nobody says what kind it is', picture('https://pictures.example/1')],
  ['ollama', 'a tool that must be called', { tools, toolChoice: 'required' }],
  ['ollama', 'a picture by its address', picture('https://pictures.example/1.png')],
];

export function refusedRequests(): readonly Refused[] {
  return REQUESTS.map(([id, what, request]) => {
    const vendor = VENDORS.find((each) => each.id === id);
    if (vendor === undefined) throw new Error(`There is no row of ${id}`);
    const codec = codecOf(vendor.create());
    const thrown = thrownBy(() => codec.encode({ ...QUESTION, ...request }, vendor.model ?? 'model-1', false));
    const fault = thrownBy(() => judgeRefusal(thrown));
    return {
      vendor: vendor.name,
      what,
      sentence: thrown instanceof LLMError ? thrown.message : '',
      fault: fault instanceof Error ? fault.message : null,
    };
  });
}
