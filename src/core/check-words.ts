// What the checks of a request have in common: one of the words that there are, one of the fields that there are, and what else is
// refused, with its path and the word that was probably meant. For callers without a compiler, whose words nobody else looks at.

import { type LLMError, llmError } from './errors.ts';
import { isObject } from './json.ts';
import { didYouMean } from './near-names.ts';

/** Printable ASCII: two names that look alike are then the same name, and none breaks a header or a log line. */
const PLAIN_NAME = /^[\x20-\x7e]{1,256}$/;

export function isName(value: unknown): value is string {
  return typeof value === 'string' && PLAIN_NAME.test(value);
}

export function invalid(param: string, message: string): LLMError {
  return llmError('invalid_request', message, { param });
}

/** Nothing else of it can be read before this is known. */
export function checkIsRequest(request: unknown): void {
  if (!isObject(request)) throw llmError('invalid_request', 'A request must be an object with its fields');
}

/** `more`: what else may stand there. */
export function checkWord(value: unknown, words: readonly string[], param: string, more = ''): void {
  if (typeof value === 'string' && words.includes(value)) return;
  const listed = words.map((word) => `"${word}"`).join(', ');
  const near = typeof value === 'string' ? didYouMean(value, words) : '';
  throw invalid(param, `${param} must be one of ${listed}${more}.${near}`);
}

/**
 * A misspelt field would be left out without a word: another user's window, no limit at all. `path` leads to the object; empty: it is
 * the request itself.
 */
export function checkFieldNames(object: object, names: readonly string[], path: string): void {
  for (const name of Object.keys(object)) {
    if (names.includes(name)) continue;
    const shown = isName(name) ? `"${name.slice(0, 64)}"` : 'a field';
    const [where, before] = path === '' ? ['a request', ''] : [path, `${path}.`];
    throw llmError('unknown_parameter', `There is no field ${shown} in ${where}.${didYouMean(name, names)}`, {
      param: before + name.slice(0, 64),
    });
  }
}
