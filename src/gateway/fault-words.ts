// What a schema has against a value, in words of the API: the parser's own speak of discriminators and records, which no caller
// has ever heard of. Words that a schema of ours has itself are handed on as they are.

import type { z } from 'zod';

/** What a kind of value is called in JSON. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** Finishes the sentence that begins with the field's name. */
export function faultWords(issue: z.core.$ZodIssue, value: unknown): string {
  // A schema that has words of its own for this has better ones.
  const words = issue.message.startsWith('Invalid ') ? wanted(issue) : null;
  if (words === null) return issue.message;
  if (value === undefined) return `must be ${words}; it is missing`;
  return issue.code === 'invalid_type' ? `must be ${words}, not ${kindOf(value)}` : `must be ${words}`;
}

function wanted(issue: z.core.$ZodIssue): string | null {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? null;
    case 'invalid_value':
      return anyOf(issue.values);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? anyOf(issue.options) : null;
    default:
      return null;
  }
}

function anyOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value) ?? String(value));
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

/** Never the value itself: it comes from outside, and may be a secret in the wrong place. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return KINDS[Array.isArray(value) ? 'array' : typeof value] ?? 'that';
}
