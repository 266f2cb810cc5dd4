// What stands in the items and figures of a Responses answer.

import { arrayAt, type Json, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/response.ts';
import { tokensAt } from '../reading.ts';

/** The member of an item's content in which each kind of piece has its text. */
const PIECE_TEXT: ReadonlyMap<string, string> = new Map([
  ['output_text', 'text'],
  ['refusal', 'refusal'],
  ['summary_text', 'text'],
  ['reasoning_text', 'text'],
]);

export interface Piece {
  readonly kind: string;
  /** By which it is known whether it was told bit by bit. */
  readonly name: string;
  readonly text: string;
}

export function piecesOf(item: Json, member: 'content' | 'summary'): readonly Piece[] {
  return (arrayAt(item, member) ?? []).flatMap((piece, place) => {
    const kind = stringAt(piece, 'type') ?? '';
    const key = PIECE_TEXT.get(kind);
    return key === undefined ? [] : [{ kind, name: `${kind}:${place}`, text: stringAt(piece, key) ?? '' }];
  });
}

export function responsesUsage(usage: JsonObject): Usage {
  const input = objectAt(usage, 'input_tokens_details');
  return {
    inputTokens: tokensAt(usage, 'input_tokens'),
    cacheReadTokens: tokensAt(input, 'cached_tokens'),
    cacheWriteTokens: tokensAt(input, 'cache_write_tokens'),
    outputTokens: tokensAt(usage, 'output_tokens'),
    reasoningTokens: tokensAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
  };
}
