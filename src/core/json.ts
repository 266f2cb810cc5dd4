// JSON as a type, and readers for bodies that come from outside (a vendor, a file).
// A reader never throws and never invents: what is absent or of another type is null.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member as an object; null when it is absent or something else. */
export function objectAt(parent: Json | undefined, key: string): JsonObject | null {
  const value = isObject(parent) ? parent[key] : undefined;
  return isObject(value) ? value : null;
}

export function stringAt(parent: Json | undefined, key: string): string | null {
  const value = isObject(parent) ? parent[key] : undefined;
  return typeof value === 'string' ? value : null;
}

/** The member as a finite number; null when it is absent, NaN, infinite or something else. Absent is not zero. */
export function numberAt(parent: Json | undefined, key: string): number | null {
  const value = isObject(parent) ? parent[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function arrayAt(parent: Json | undefined, key: string): readonly Json[] | null {
  const value = isObject(parent) ? parent[key] : undefined;
  return Array.isArray(value) ? value : null;
}

/** Null for what is no JSON, as for JSON's own null. */
export function parsedJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** JSON text in which the order of keys makes no difference: what is equal as data is equal as text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
