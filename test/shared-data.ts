// Data that is read where it lies, beside the project. Where it isn't there, the tests that need it are skipped and say so.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isObject, type Json, type JsonObject } from '../src/core/json.ts';

const FOLDER = new URL('../../shared/data/', import.meta.url);

export const hasSharedData = existsSync(FOLDER);
if (!hasSharedData) console.log('skipped: what compares with recorded data, since none lies beside the project');

/** Empty text when there is no such folder: the tests are skipped then. */
function sharedText(name: string): string {
  return hasSharedData ? readFileSync(fileURLToPath(new URL(name, FOLDER)), 'utf8') : '';
}

export function sharedJson(name: string): Json {
  const text = sharedText(name);
  return text === '' ? null : JSON.parse(text);
}

/** Real exercises with a stub, a solution and tests; none where there is no such folder. */
export function sharedExercises(): readonly JsonObject[] {
  if (!hasSharedData) return [];
  const files = readdirSync(new URL('exercises/', FOLDER)).filter((file) => file.endsWith('.json'));
  return files.map((file) => sharedJson(`exercises/${file}`)).filter(isObject);
}
