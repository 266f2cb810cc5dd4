// Where a page of the ledger, or of conversations, ended, as text that a caller hands back. What is none of ours reads as null: an empty page, no error.

import { wellFormed } from '../core/check.ts';
import type { Conversation } from '../core/conversations.ts';
import type { LedgerRow, UsageGroup } from '../core/stores.ts';

const ROW = /^(-?\d{1,16}):(.+)$/s;

export function rowCursor({ heldAtMs, attemptId }: LedgerRow): string {
  return Buffer.from(`${heldAtMs}:${attemptId}`).toString('base64url');
}

export function rowAfter(cursor: string): { readonly atMs: number; readonly attemptId: string } | null {
  const [, heldAtMs, attemptId] = ROW.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return heldAtMs === undefined || attemptId === undefined ? null : { atMs: Number(heldAtMs), attemptId };
}

/** Of one grouping alone: the place in one list is none in another. */
export function groupCursor(groupBy: UsageGroup, key: string): string {
  return Buffer.from(`${wellFormed(groupBy)}\n${key}`).toString('base64url');
}

export function keyAfter(groupBy: UsageGroup, cursor: string): string | null {
  const position = Buffer.from(cursor, 'base64url').toString();
  const start = `${wellFormed(groupBy)}\n`;
  return position.startsWith(start) ? position.slice(start.length) : null;
}

export function conversationCursor({ updatedAtMs, id }: Conversation): string {
  return Buffer.from(`${updatedAtMs}:${id}`).toString('base64url');
}

export function conversationBefore(cursor: string): { readonly atMs: number; readonly id: string } | null {
  const { atMs, attemptId: id } = rowAfter(cursor) ?? {};
  return atMs === undefined || id === undefined ? null : { atMs, id: wellFormed(id) };
}
