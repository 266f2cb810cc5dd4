// Rows as aligned columns, for people. Widths count UTF-16 units, which is right for what is printed here: names and figures.

import { styleText } from 'node:util';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Figures are read from the right. */
  readonly align?: 'right';
}

const GAP = '  ';

/** One line for the titles, one for each row; ends with a newline. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = columns.map((column) => [column.title, ...rows.map(column.text)]);
  const widths = cells.map((column) => Math.max(...column.map((cell) => cell.length)));
  const lineAt = (index: number) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at]?.[index] ?? '';
        return align === 'right' ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
      })
      .join(GAP)
      .trimEnd();
  const lines = rows.map((_row, index) => lineAt(index + 1));
  return `${[styleText('bold', lineAt(0)), ...lines].join('\n')}\n`;
}

/** 131072 -> "131,072". */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
