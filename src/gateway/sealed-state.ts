// A vendor's state as one opaque text, for the dialects whose clients give back nothing but a text of that kind: a signature, data
// of a hidden thought, enciphered reasoning. It is sealed against no one, as little as `provider_data` in the other dialects is.

import { type JsonObject, llmError } from '../index.ts';
import { parseBody } from './body.ts';
import { isJsonObject } from './schema.ts';

/** No vendor's own text begins so: theirs are base64, which has no colon. */
const MARK = 'cm1:';

export function sealed(state: JsonObject): string {
  return MARK + Buffer.from(JSON.stringify(state)).toString('base64url');
}

export function isSealed(text: string): boolean {
  return text.startsWith(MARK);
}

/** Throws for what was changed on its way. Read as a body is, since it comes from outside as one does. */
export function unsealed(text: string, param: string): JsonObject {
  const state = read(Buffer.from(text.slice(MARK.length), 'base64url'));
  if (state !== null) return state;
  throw llmError('invalid_request', `${param}: send it back as it was given, or leave its block out`, { param });
}

function read(bytes: Buffer): JsonObject | null {
  try {
    const value = parseBody(bytes);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
