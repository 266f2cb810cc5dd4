import { describe, expect, it } from 'vitest';
import { serverSentEvents } from '../../src/cli/server-sent-events.ts';
import { table } from '../../src/cli/table.ts';

describe('a table', () => {
  it('aligns names left and figures right, and leaves no blanks at the end of a line', () => {
    const columns = [
      { title: 'NAME', text: ([name]: readonly string[]) => name ?? '' },
      { title: 'COUNT', align: 'right' as const, text: ([, count]: readonly string[]) => count ?? '' },
      { title: 'NOTE', text: ([, , note]: readonly string[]) => note ?? '' },
    ];
    const rows = [
      ['a', '1', ''],
      ['longer', '1,234,567', 'x'],
    ];
    expect(table(rows, columns)).toBe('NAME        COUNT  NOTE\na               1\nlonger  1,234,567  x\n');
  });

  it('of nothing is its titles', () => {
    expect(table([], [{ title: 'NAME', text: () => '' }])).toBe('NAME\n');
  });
});

describe('server-sent events', () => {
  it('are the same wherever the bytes are cut', async () => {
    const text =
      ': keep-alive\n\nevent: text-delta\nid: 1\ndata: {"text":"žluťoučký 🐎"}\n\ndata: {"a":\ndata: 1}\n\ndata: {"cut"';
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const body = ReadableStream.from([bytes.slice(0, at), bytes.slice(at)]);
      const events: unknown[] = [];
      for await (const event of serverSentEvents(body)) events.push(event);
      expect(events).toEqual([{ text: 'žluťoučký 🐎' }, { a: 1 }]);
    }
  });
});
