// What a model wrote, with one thing of it changed: by the path to it, as in a JSON pointer. The test's own, so that no reader of the package
// decides what a test sees.

import type { Json, JsonObject } from '../../../src/index.ts';

export type Path = readonly (string | number)[];

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null: there is nothing there. */
function at(value: Json | undefined, path: Path): Json {
  let found: Json | undefined = value;
  for (const step of path) {
    if (Array.isArray(found) && typeof step === 'number') found = found[step];
    else found = isRecord(found) ? found[step] : undefined;
  }
  return found ?? null;
}

export function textAt(value: Json | undefined, ...path: Path): string {
  const found = at(value, path);
  return typeof found === 'string' ? found : '';
}

export function listAt(value: Json | undefined, ...path: Path): readonly Json[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** The same but for that; `change` of null leaves it away. */
export function changed(value: Json, path: Path, change: (old: Json) => Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return change(value) ?? null;
  if (Array.isArray(value)) return value.map((each, index) => (index === step ? changed(each, rest, change) : each));
  if (!isRecord(value)) throw new Error(`There is nothing at ${step}`);
  const old = value[step] ?? null;
  const next = rest.length === 0 ? change(old) : changed(old, rest, change);
  const { [step]: _, ...others } = value;
  return next === undefined ? others : { ...value, [step]: next };
}

export function withValue(value: JsonObject, path: Path, next: Json): JsonObject {
  const made = changed(value, path, () => next);
  if (!isRecord(made)) throw new Error('It is no object any more');
  return made;
}

/** All strings, however deep, one to a line. */
export function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  return isRecord(value)
    ? Object.values(value)
        .map((each) => textOf(each ?? null))
        .join('\n')
    : '';
}

/** Without spaces, capitals and what sets code off: planted words are found however they were set. */
export function squeezed(text: string): string {
  return text.toLowerCase().replace(/[\s`]+/g, '');
}
