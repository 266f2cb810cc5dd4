// Readers of what was delivered: the schemas have held it to its shape, so what is missing is null and no error.

import type { Json, JsonObject } from '../index.ts';

export function objectIn(parent: JsonObject | null, key: string): JsonObject | null {
  const value = parent?.[key];
  return isRecord(value) ? value : null;
}

export function objectsIn(parent: JsonObject | null, key: string): readonly JsonObject[] {
  const value = parent?.[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** '' where there is none. */
export function textIn(parent: JsonObject | null, key: string): string {
  const value = parent?.[key];
  return typeof value === 'string' ? value : '';
}

export function textsIn(parent: JsonObject | null, key: string): readonly string[] {
  const value = parent?.[key];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function numberIn(parent: JsonObject | null, key: string): number | null {
  const value = parent?.[key];
  return typeof value === 'number' ? value : null;
}

/** Without regard to how it is spaced, so that code is found however it was broken up. */
export function wordsOf(text: string): string {
  return text.replace(/\s+/g, '');
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
