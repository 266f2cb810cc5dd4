// The state of an answer on its way back to the vendor. A client has had it in its hands, so it is data from outside: an item is built
// anew from what a state can be. Any other would be read by no one here and billed by the vendor: pictures, files, what others stored.

import { arrayAt, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import type { ToolCallPart } from '../../core/request.ts';
import { withoutAbsent } from '../options.ts';

const STATUSES: ReadonlySet<string | null> = new Set(['in_progress', 'completed', 'incomplete']);

/** The longest that was seen has 67 characters. */
const ID_CHARACTERS = 256;

/**
 * Null: it holds no thought, and its id alone would be a reference to what was never stored, or to what another one stored.
 * `enciphered`: thoughts of this model come enciphered, or not at all.
 */
export function reasoningItem(state: JsonObject, enciphered: boolean): JsonObject | null {
  if (stringAt(state, 'type') !== 'reasoning') return null;
  const sealed = stringAt(state, 'encrypted_content');
  const content = textsIn(state, 'content', 'reasoning_text');
  const holdsThought = (sealed ?? '') !== '' || (!enciphered && (content ?? []).length > 0);
  if (!holdsThought) return null;
  const summary = textsIn(state, 'summary', 'summary_text') ?? [];
  return withoutAbsent({ type: 'reasoning', ...labelsOf(state), summary, content, encrypted_content: sealed });
}

export function isCustomCall(state: JsonObject | null): state is JsonObject {
  return stringAt(state, 'type') === 'custom_tool_call';
}

/** What was called, and with what, is said by the part: it is what is counted, checked and shown. */
export function customCallItem(state: JsonObject, { toolCallId, name, argumentsText }: ToolCallPart): JsonObject {
  return { type: 'custom_tool_call', ...labelsOf(state), call_id: toolCallId, name, input: argumentsText };
}

function labelsOf(state: JsonObject): JsonObject {
  const id = stringAt(state, 'id');
  const status = stringAt(state, 'status');
  return withoutAbsent({
    id: id !== null && id.length <= ID_CHARACTERS ? id : null,
    status: STATUSES.has(status) ? status : null,
  });
}

/** Null: there is no such list. */
function textsIn(state: JsonObject, name: string, type: string): readonly JsonObject[] | null {
  const list = arrayAt(state, name);
  return list === null ? null : list.flatMap((entry) => textOf(entry, type));
}

function textOf(entry: Json, type: string): readonly JsonObject[] {
  const text = stringAt(entry, 'text');
  return stringAt(entry, 'type') === type && text !== null ? [{ type, text }] : [];
}
