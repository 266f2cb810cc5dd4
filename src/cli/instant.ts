// Times as they are written on the command line: a day, or an instant with its zone. A day is its midnight in UTC.

import { InvalidArgumentError } from 'commander';

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

export function instant(text: string): number {
  const atMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError('Write a day such as 2026-01-31 or an instant such as 2026-01-31T12:00:00Z.');
  return atMs;
}

export function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
