// S31: no regular expression of ours can be made slow by the text it is tried on, and none is built from text that comes from outside.

import { afterAll, describe, expect, it } from 'vitest';
import { regExpLiterals } from './regexp-literals.ts';
import {
  installedVersion,
  patternsOfSource,
  readSafeList,
  sourceOf,
  sources,
  verdictOn,
  writeSafeList,
} from './source-regexps.ts';

/** Patterns that recheck calls slow but that see only text of the operator's own: pattern -> its one place, and which text. */
const BOUNDED: Readonly<Record<string, readonly [file: string, why: string]>> = {
  '/\\/+$/': ['src/config/leaves.ts', 'the path of a base URL in the configuration, read once'],
};

/** Files that build a pattern: file -> from what. Never from text that comes from outside. */
const BUILT: Readonly<Record<string, string>> = {
  'src/gateway/route-table.ts': 'our own route paths; a parameter becomes [^/]+, so a URL is matched in one pass',
  'src/prompts/checks/claim-words.ts': 'our own list of words, once; what comes of it is checked here too',
  'src/prompts/checks/named-tests.ts':
    'names of tests, each sign of them escaped: a choice of plain texts without any repetition, which is tried once at each place',
  'src/prompts/checks/statements.ts': 'our own lists of words, once; what comes of it is checked here too',
  'src/prompts/checks/tone.ts': 'our own list of words, once; what comes of it is checked here too',
  'src/prompts/tutor/said-words.ts':
    'our own lists of words, once; what comes of the one that repeats is checked here too',
};

describe('the finder of regular expressions', () => {
  it('tells them from divisions, comments, strings and templates', () => {
    const text = [
      'const a = /one[/]\\/x/g; const b = 4 / 2 / 1; // /no/',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the template that is looked into.
      "const c = 'it/is/text' + `no /x/ ${d.replace(/two/, `${/three/u.source}`)} /y/`;",
      '/* /no/ */ if (x) { return /four/.test(y[0] / z) }',
    ].join('\n');
    const found = regExpLiterals(text);
    expect(found.map(({ source, line }) => `${line} ${source}`)).toEqual([
      '1 one[/]\\/x',
      '2 two',
      '2 three',
      '3 four',
    ]);
  });

  it('recognises a pattern that can be made slow', () => {
    expect(verdictOn('(a+)+$', '', 60_000)).toBe('vulnerable: exponential');
  });
});

describe('the regular expressions of the source', () => {
  const patterns = patternsOfSource();
  const list = readSafeList();
  const listed = new Set(list.recheck === installedVersion() ? list.safe : []);
  const found: string[] = [];
  const isWriting = process.env['WRITE_SAFE_REGEXPS'] !== undefined;
  afterAll(() => {
    if (isWriting) writeSafeList([...found, ...[...listed].filter((name) => patterns.has(name))]);
  });

  it('are found', () => {
    expect(patterns.size).toBeGreaterThan(5);
  });

  it('are on the list of those that recheck found safe', () => {
    if (isWriting) return;
    const help =
      'WRITE_SAFE_REGEXPS=1 npx vitest run --project main test/security/regexps.test.ts brings the list up to date';
    expect(list.recheck, `another recheck is installed than wrote the list: ${help}`).toBe(installedVersion());
    const missing = [...patterns.keys()].filter((name) => !listed.has(name) && !(name in BOUNDED));
    expect(missing, `new patterns: ${help}, if they are safe`).toEqual([]);
    const gone = list.safe.filter((name) => !patterns.has(name) || name in BOUNDED);
    expect(gone, `the source has these no more: ${help}`).toEqual([]);
  });

  for (const [name, { source, flags, places }] of patterns) {
    if (listed.has(name)) continue;
    it(`cannot be made slow: ${name} (${places.join(', ')})`, () => {
      const verdict = verdictOn(source, flags, isWriting ? 600_000 : 60_000);
      if (verdict === 'safe') found.push(name);
      expect(verdict).toBe(name in BOUNDED ? 'vulnerable: 2nd degree polynomial' : 'safe');
    });
  }

  it('have no exception that is no longer needed, and none for a second place', () => {
    for (const [name, [file]] of Object.entries(BOUNDED))
      expect(patterns.get(name)?.places.map((place) => place.replace(/:\d+$/, ''))).toEqual([file]);
  });

  it('are written down: none is built from text that comes from outside', () => {
    const built = sources.filter((file) => /\bRegExp\(/.test(sourceOf(file)));
    expect(built).toEqual(Object.keys(BUILT));
  });
});
