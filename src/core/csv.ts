// Comma-separated values by RFC 4180, of records in the library's JSON form. A text that a spreadsheet would run as a formula is
// made plain text by a quote in front of it (OWASP); figures, negative ones too, stay exactly what they are.

export const USAGE_COLUMNS = [
  'key',
  'requests',
  'attempts',
  'cached',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'cost_usd',
  'saved_tokens',
  'saved_usd',
  'unpriced',
] as const;

/** Of `ledgerRowJson`, laid flat. */
export const LEDGER_COLUMNS = [
  'attempt_id',
  'request_id',
  'generation_id',
  'tenant',
  'user_id',
  'key_id',
  'provider',
  'model',
  'requested_model',
  'prompt',
  'prompt_hash',
  'state',
  'outcome',
  'code',
  'finish_reason',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'usage_source',
  'cost_usd',
  'price_id',
  'priced',
  'corrects',
  'saved_usd',
  'saved_tokens',
  'over_hold',
  'tags',
  'started_at',
  'first_event_after_ms',
  'ended_at',
] as const;

export function csvHeader(columns: readonly string[]): string {
  return `${columns.join(',')}\r\n`;
}

/** One line; what the record lacks, and null, is an empty cell, and what has parts is JSON. */
export function csvLine(columns: readonly string[], record: Readonly<Record<string, unknown>>): string {
  return `${columns.map((column) => cellOf(column, record[column])).join(',')}\r\n`;
}

function cellOf(column: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  // Money is a text for the sake of exactness, and a decimal of our own making.
  if (typeof value === 'number' || typeof value === 'boolean' || column.endsWith('_usd')) return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
