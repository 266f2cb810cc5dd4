// The name of a field that was wrong, as the caller wrote it: the library's names are camelCase, and each dialect has its own for
// some of them and nests others.

import type { IncomingHttpHeaders } from 'node:http';
import type { LLMError } from '../index.ts';

/** In whose words a route speaks. `responses` is OpenAI's other dialect. */
export type Dialect = 'native' | 'openai' | 'responses' | 'anthropic';

/** Its clients name the version of its API with every request. */
export function isOfAnthropic(headers: IncomingHttpHeaders): boolean {
  return headers['anthropic-version'] !== undefined;
}

type Rules = readonly (readonly [RegExp, string])[];

/** Chat Completions, which the native API follows. */
const NESTED: Rules = [
  [/^(tools\[\d{1,4}\])\.(?!function|type)/, '$1.function.'],
  [/^response_format\.(?!type|json_schema)/, 'response_format.json_schema.'],
  [/^expires_at_ms$/, 'expires_at'],
];

const RULES: Readonly<Record<Dialect, Rules>> = {
  native: NESTED,
  openai: [...NESTED, [/^user_id$/, 'user']],
  responses: [
    [/^messages\b/, 'input'],
    [/^max_tokens$/, 'max_output_tokens'],
    [/^response_format\b/, 'text.format'],
    [/^reasoning_effort$/, 'reasoning.effort'],
    [/^user_id$/, 'user'],
  ],
  anthropic: [
    [/^(tools\[\d{1,4}\])\.parameters\b/, '$1.input_schema'],
    [/^response_format\b/, 'output_config.format'],
    [/^reasoning_effort$/, 'output_config.effort'],
    [/^stop$/, 'stop_sequences'],
    [/^user_id$/, 'metadata.user_id'],
  ],
};

export function inWireWords(
  error: LLMError,
  dialect: Dialect,
): { readonly param: string | null; readonly message: string } {
  const { code, param, message } = error;
  // A field that is none is named as the caller has written it: `maxTokens`, say.
  if (param === null || code === 'unknown_parameter') return { param, message };
  let wireParam = param.replace(/[a-z][A-Z]/g, (pair) => `${pair.charAt(0)}_${pair.charAt(1).toLowerCase()}`);
  for (const [pattern, name] of RULES[dialect]) wireParam = wireParam.replace(pattern, name);
  return { param: wireParam, message: message.replaceAll(param, wireParam) };
}
