// Columns as the driver gives them, read one by one: text, bigint and numeric as strings, jsonb and arrays parsed. Null stays null.

import { wellFormed } from '../../core/check.ts';
import { type PicoUsd, picoUsd } from '../../core/money.ts';

export type Columns = Readonly<Record<string, unknown>>;

export function text(columns: Columns, column: string): string {
  return textOr(columns, column) ?? '';
}

export function textOr(columns: Columns, column: string): string | null {
  const value = columns[column];
  return typeof value === 'string' ? value : null;
}

/** Of a column whose figures are below 2^53. */
export function figureOr(columns: Columns, column: string): number | null {
  const value = columns[column];
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : null;
}

export function moneyOr(columns: Columns, column: string): PicoUsd | null {
  const value = columns[column];
  return typeof value === 'string' ? picoUsd(BigInt(value)) : null;
}

/** NUL and lone surrogates are no text for the server: one of them must not cost the row, let alone those beside it. */
export function cleanOr(value: string | null): string | null {
  return value === null ? null : wellFormed(value);
}
