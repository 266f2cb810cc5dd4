// What is wrong with one variable, in the words of whoever gave it: the interpreter of schemas speaks to whoever knows schemas, and a
// caller of a prompt need not.

import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { charactersIn, kindOf } from '../core/schema-measures.ts';
import { kindsOf } from './document-schemas.ts';

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
};

export function kindText(value: Json): string {
  const kind = kindOf(value);
  return kind === 'boolean' ? String(value) : (KINDS[kind] ?? kind);
}

/** Null: the keyword has no words here. What stands in the value is never repeated but as a number. */
export function problemInWords(keyword: string, schema: JsonObject, value: Json): string | null {
  const { [keyword]: bound, enum: listed } = schema;
  switch (keyword) {
    case 'type':
      return `must be ${kindsOf(schema)
        .map((kind) => KINDS[kind] ?? kind)
        .join(' or ')}, and is ${kindText(value)}`;
    case 'enum':
      return Array.isArray(listed) ? `must be one of ${listed.map((each) => JSON.stringify(each)).join(', ')}` : null;
    case 'const':
      return `must be ${JSON.stringify(bound)}`;
    case 'minLength':
    case 'minItems':
      return typeof bound === 'number' ? `${sizeOf(value)}, and must have at least ${counted(bound, value)}` : null;
    case 'maxLength':
    case 'maxItems':
      return typeof bound === 'number' ? `${sizeOf(value)}, and may have at most ${bound}` : null;
    case 'minimum':
      return `is ${String(value)}, and must be at least ${String(bound)}`;
    case 'maximum':
      return `is ${String(value)}, and may be at most ${String(bound)}`;
    default:
      return null;
  }
}

function sizeOf(value: Json): string {
  const size = typeof value === 'string' ? charactersIn(value) : Array.isArray(value) ? value.length : 0;
  return size === 0 ? 'is empty' : `has ${counted(size, value)}`;
}

function counted(count: number, value: Json): string {
  const thing = typeof value === 'string' ? 'character' : 'item';
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What stands under the steps of a JSON pointer. */
export function at(value: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>((within, step) => {
    if (Array.isArray(within)) return within[Number(step)];
    return isObject(within) ? within[step] : undefined;
  }, value);
}
