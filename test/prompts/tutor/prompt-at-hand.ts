// A prompt of /prompts for tests of its rules: its schemas as checks, and as a source of whatever they let in.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { isObject, type Json, type JsonObject, numberAt, objectAt } from '../../../src/core/json.ts';
import { schemaCheck } from '../../../src/core/schema-check.ts';
import { asApplied, closed, kindsOf, withoutPrivate } from '../../../src/prompts/document-schemas.ts';
import type { PromptDocuments } from '../../../src/prompts/documents.ts';
import type { Asked, PromptRules } from '../../../src/prompts/rules.ts';

/** One side of a prompt: what its schema lets in is of its type. */
class Side<Document> {
  readonly schema: JsonObject;
  readonly #faultsIn: (value: Json) => readonly { path: string; problem: string }[] | null;

  constructor(schema: JsonObject) {
    this.schema = closed(schema);
    this.#faultsIn = schemaCheck(this.schema).faultsIn;
  }

  faultsIn(value: unknown): readonly string[] {
    return (this.#faultsIn(JSON.parse(JSON.stringify(value))) ?? ['cannot be checked']).map((fault) =>
      typeof fault === 'string' ? fault : `${fault.path} ${fault.problem}`,
    );
  }

  lets(value: unknown): value is Document {
    return this.faultsIn(value).length === 0;
  }

  /** Throws what is wrong with it. */
  of(value: unknown): Document {
    if (!this.lets(value)) throw new Error(this.faultsIn(value).join('\n'));
    return value;
  }

  any(texts: readonly string[]): fc.Arbitrary<Document> {
    return anyOf(this.schema, texts).map((value) => this.of(value));
  }
}

export class PromptAtHand<Variables, Written, Data> {
  readonly variables: Side<Variables>;
  readonly written: Side<Written>;
  readonly data: Side<Data>;

  constructor(name: keyof PromptDocuments) {
    const file: unknown = parse(readFileSync(new URL(`../../../prompts/${name}.prompt.yaml`, import.meta.url), 'utf8'));
    const side = (key: string) => (isObject(file) ? objectAt(file, key) : null) ?? {};
    this.variables = new Side(asApplied(side('input')));
    this.written = new Side(side('output'));
    this.data = new Side(isObject(file) && file['data'] ? side('data') : withoutPrivate(side('output')));
  }

  /** As the engine hands them to the rules: with defaults, and null for what is absent. */
  asked<Derived>(given: JsonObject, rules: PromptRules<Variables, Derived, Written, Data>): Asked<Variables, Derived> {
    const variables = this.variables.of(applied(this.variables.schema, given));
    if (rules.derive === null) throw new Error('these rules derive nothing');
    return { variables, derived: rules.derive(variables) };
  }
}

function applied(schema: JsonObject, value: Json): Json {
  const { items } = schema;
  if (Array.isArray(value) && isObject(items)) return value.map((item) => applied(items, item));
  const properties = objectAt(schema, 'properties');
  if (!isObject(value) || properties === null) return value;
  const made = Object.entries(properties).map(([name, property]) => {
    const inner = isObject(property) ? property : {};
    return [name, applied(inner, value[name] ?? inner['default'] ?? null)];
  });
  return { ...value, ...Object.fromEntries(made) };
}

const MOST_ITEMS = 5;

/** Whatever a schema lets in, with texts among it that something is looked for in. */
function anyOf(schema: JsonObject, texts: readonly string[]): fc.Arbitrary<Json> {
  const { enum: listed, items } = schema;
  if (Array.isArray(listed)) return fc.constantFrom(...listed);
  const kinds = kindsOf(schema).map((kind): fc.Arbitrary<Json> => {
    switch (kind) {
      case 'string':
        return anyText(schema, texts);
      case 'integer':
        return fc.integer({
          min: numberAt(schema, 'minimum') ?? -9,
          max: Math.min(numberAt(schema, 'maximum') ?? 99, 99),
        });
      case 'number':
        return fc.integer({ min: numberAt(schema, 'minimum') ?? -9, max: numberAt(schema, 'maximum') ?? 99_999 });
      case 'boolean':
        return fc.boolean();
      case 'array': {
        const minLength = numberAt(schema, 'minItems') ?? 0;
        const maxLength = Math.min(numberAt(schema, 'maxItems') ?? MOST_ITEMS, MOST_ITEMS);
        return fc.array(anyOf(isObject(items) ? items : {}, texts), { minLength, maxLength });
      }
      case 'object': {
        const properties = Object.entries(objectAt(schema, 'properties') ?? {});
        const model: Record<string, fc.Arbitrary<Json>> = {};
        for (const [name, inner] of properties) model[name] = anyOf(isObject(inner) ? inner : {}, texts);
        return fc.record(model);
      }
      default:
        return fc.constant(null);
    }
  });
  return fc.oneof(...kinds);
}

const MOST_CHARACTERS = 400;

function anyText(schema: JsonObject, texts: readonly string[]): fc.Arbitrary<string> {
  const least = numberAt(schema, 'minLength') ?? 0;
  const most = Math.min(numberAt(schema, 'maxLength') ?? MOST_CHARACTERS, MOST_CHARACTERS);
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...texts) },
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  return fc
    .array(piece, { minLength: 1, maxLength: 6 })
    .map((pieces) => [...pieces.join(' ')].slice(0, most))
    .map((letters) => (letters.length < least ? 'x'.repeat(least) : letters.join('')));
}
