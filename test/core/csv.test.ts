// CSV as RFC 4180 has it, read back by a strict reader, with nothing in it that a spreadsheet would run.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvHeader, csvLine, USAGE_COLUMNS } from '../../src/core/csv.ts';
import { csvRecords } from './read-csv.ts';

const COLUMNS = ['key', 'count', 'cost_usd'];

describe('a CSV', () => {
  it('begins with its columns', () => {
    expect(csvHeader(USAGE_COLUMNS)).toBe(
      'key,requests,attempts,cached,prompt_tokens,completion_tokens,total_tokens,cost_usd,saved_tokens,saved_usd,unpriced\r\n',
    );
  });

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['+1+1', "'+1+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['', ''],
  ])('writes %j so that it stays text', (key, written) => {
    expect(csvLine(COLUMNS, { key, count: 1, cost_usd: null })).toBe(`${written},1,\r\n`);
  });

  it('keeps figures exact, negative ones too', () => {
    const line = csvLine(COLUMNS, { key: 'k', count: -5, cost_usd: '-0.000000000001' });
    expect(line).toBe('k,-5,-0.000000000001\r\n');
  });

  it('reads back as it was written, whatever a text holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { minLength: 1 }), (keys) => {
        const text =
          csvHeader(COLUMNS) + keys.map((key) => csvLine(COLUMNS, { key, count: 7, cost_usd: '0.10' })).join('');
        const records = csvRecords(text);
        expect(records.map(({ key = '' }) => key.replace(/^'(?=[=+\-@\t\r\n])/, ''))).toEqual(keys);
        for (const record of records) expect(record).toMatchObject({ count: '7', cost_usd: '0.10' });
      }),
    );
  });
});
