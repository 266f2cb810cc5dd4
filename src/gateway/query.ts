// What stands in paths and queries: names, and stretches of time with their end not included.

import { z } from 'zod';
import { llmError } from '../index.ts';

export const name = z.string().regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters');

/** As it was given on the page before. */
export const cursor = z.string().regex(/^[\w-]{1,2048}$/, 'must be the next_cursor of the page before');

/** No page is larger, so that no question holds the process up. */
export function pageSize(most: 100 | 1_000) {
  const isSize = (text: string) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= most;
  return z.string().refine(isSize, `must be a whole number from 1 to ${most}`).describe(`1 to ${most}; default 100`);
}

export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a date (2026-01-31) or an ISO 8601 time with its zone',
});

export const period = { from: moment.optional(), to: moment.optional().describe('Not included') };

/** A date is its midnight in UTC. */
export function periodOf(from: string | null, to: string | null): { fromMs?: number; toMs?: number } {
  const fromMs = from === null ? null : Date.parse(from);
  const toMs = to === null ? null : Date.parse(to);
  if (fromMs !== null && toMs !== null && fromMs >= toMs) {
    throw llmError('invalid_request', 'to: must be later than from', { param: 'to' });
  }
  return { ...(fromMs !== null && { fromMs }), ...(toMs !== null && { toMs }) };
}
