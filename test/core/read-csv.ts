// A strict reader of RFC 4180, of the tests' own: lines end in CRLF, a quote is doubled inside quotes and nowhere else.

export function csvRecords(text: string): Readonly<Record<string, string>>[] {
  const lines: string[][] = [];
  let cells: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  for (cell.lastIndex = 0; cell.lastIndex < text.length; ) {
    const match = cell.exec(text);
    if (match === null) throw new Error(`No CSV: ${JSON.stringify(text)}`);
    const [, written = '', end] = match;
    cells.push(written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written);
    if (end === ',') continue;
    lines.push(cells);
    cells = [];
  }
  const [columns = [], ...records] = lines;
  return records.map((record) => {
    if (record.length !== columns.length) throw new Error(`${record.length} cells for ${columns.length} columns`);
    return Object.fromEntries(columns.map((column, index) => [column, record[index] ?? '']));
  });
}
