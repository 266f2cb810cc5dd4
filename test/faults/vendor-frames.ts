// Frames of streams as vendors write them, and what else their forms share.

import type { Json } from '../../src/core/json.ts';

export const frame = (body: Json, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(body)}\n\n`;
/** So that a stream has several pieces. */
export const piecesOf = (text: string) => text.split(/(?<= )/);

/** Where a vendor sends an object in the place of its text. */
export function readOrText(argumentsText: string): Json {
  try {
    return JSON.parse(argumentsText);
  } catch {
    return argumentsText;
  }
}
