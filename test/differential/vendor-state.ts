// What a vendor wants back with the next turn, word for word: read from its own answer, and from what it is asked next.

import { arrayAt, isObject, type Json, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import type { Exchange } from './exchanges.ts';
import { DIALECT_OF } from './official-sdks.ts';
import type { Outcome } from './side-by-side.ts';

/** Of vendors and servers that take reasoning back as a text, the field; of the others nobody says that they do. */
const REASONING_FIELDS: Readonly<Record<string, string>> = {
  cerebras: 'reasoning',
  deepseek: 'reasoning_content',
  groq: 'reasoning',
  ollama: 'reasoning',
  together: 'reasoning',
  zai: 'reasoning_content',
};

/** In its own answer. */
export function stateToldBy({ sdk, recording: { provider } }: Exchange, { body, events }: Outcome): readonly Json[] {
  switch (DIALECT_OF[sdk]) {
    case 'messages':
      return (arrayAt(body, 'content') ?? []).flatMap(thoughtOf);
    case 'gemini':
      return signaturesIn(arrayAt(objectAt(arrayAt(body, 'candidates')?.[0], 'content'), 'parts') ?? []);
    case 'responses': {
      // The last event of a stream repeats them, encrypted anew.
      const ended = events.filter((event) => stringAt(event, 'type') === 'response.output_item.done');
      const items = ended.flatMap((event): Json[] => [objectAt(event, 'item')]);
      return (items.length > 0 ? items : (arrayAt(body, 'output') ?? [])).filter(isKept);
    }
    case 'chat':
      return reasoningIn(objectAt(arrayAt(body, 'choices')?.[0], 'message') ?? {}, provider, provider);
  }
}

/** In what it is asked with the next turn. */
export function stateSentTo({ sdk, recording: { provider } }: Exchange, sent: JsonObject): readonly Json[] {
  switch (DIALECT_OF[sdk]) {
    case 'messages':
      return (arrayAt(sent, 'messages') ?? []).flatMap((turn) => (arrayAt(turn, 'content') ?? []).flatMap(thoughtOf));
    case 'gemini':
      return (arrayAt(sent, 'contents') ?? []).flatMap((content) => signaturesIn(arrayAt(content, 'parts') ?? []));
    case 'responses':
      return (arrayAt(sent, 'input') ?? []).filter(isKept);
    case 'chat':
      return (arrayAt(sent, 'messages') ?? []).flatMap((message) =>
        isObject(message) && message['role'] === 'assistant' ? reasoningIn(message, provider) : [],
      );
  }
}

function thoughtOf(block: Json): readonly Json[] {
  const type = stringAt(block, 'type');
  if (type === 'redacted_thinking') return [{ type, data: stringAt(block, 'data') }];
  if (type !== 'thinking') return [];
  return [{ type, thinking: stringAt(block, 'thinking'), signature: stringAt(block, 'signature') }];
}

/** Each with what it signs. */
function signaturesIn(parts: readonly Json[]): readonly Json[] {
  return parts.flatMap((part) => {
    const signature = stringAt(part, 'thoughtSignature');
    if (signature === null) return [];
    const call = stringAt(objectAt(part, 'functionCall') ?? undefined, 'name');
    return [`${call ?? (isObject(part) && part['thought'] === true ? 'a thought' : 'a text')}: ${signature}`];
  });
}

/** Without encryption or words a thought would be a reference to what nobody has stored. */
function isKept(item: Json): boolean {
  const type = stringAt(item, 'type');
  const says = (stringAt(item, 'encrypted_content') ?? '') !== '' || (arrayAt(item, 'content') ?? []).length > 0;
  return type === 'custom_tool_call' || (type === 'reasoning' && says);
}

function reasoningIn(message: JsonObject, provider: string, told?: string): readonly Json[] {
  if (provider === 'openrouter') {
    return (arrayAt(message, 'reasoning_details') ?? []).flatMap(
      (each) => stringAt(each, 'signature') ?? stringAt(each, 'data') ?? [],
    );
  }
  const field = REASONING_FIELDS[provider];
  if (field === undefined) return [];
  const text =
    told === undefined
      ? stringAt(message, field)
      : (stringAt(message, 'reasoning') ?? stringAt(message, 'reasoning_content'));
  return text === null || text === '' ? [] : [text];
}
