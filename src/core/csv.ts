// Comma-separated values by RFC 4180, of records in the library's JSON form. A text that a spreadsheet would run as a formula is
// made plain text by a quote in front of it (OWASP); figures, negative ones too, stay exactly what they are.

export type CsvCell = string | number | boolean | null | undefined;
export type CsvRecord = Readonly<Record<string, CsvCell>>;

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

export function csvHeader(columns: readonly string[]): string {
  return `${columns.join(',')}\r\n`;
}

/** One line; what the record lacks, and null, is an empty cell. */
export function csvLine(columns: readonly string[], record: CsvRecord): string {
  return `${columns.map((column) => cellOf(column, record[column])).join(',')}\r\n`;
}

function cellOf(column: string, value: CsvCell): string {
  if (value === null || value === undefined) return '';
  // Money is a text for the sake of exactness, and a decimal of our own making.
  if (typeof value !== 'string' || column.endsWith('_usd')) return String(value);
  const plain = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
