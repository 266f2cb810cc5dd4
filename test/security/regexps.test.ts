// S31: no regular expression of ours can be made slow by the text it is tried on, and none is built from text that comes from outside.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { regExpLiterals } from './regexp-literals.ts';

// Recheck brings native builds for some platforms and Java for others; its JavaScript runs everywhere. Read when it is loaded.
vi.stubEnv('RECHECK_SYNC_BACKEND', 'pure');
const { checkSync } = await import('recheck');

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = [...globSync('src/**/*.ts', { cwd: root }), 'start.mjs'].sort();

/** Patterns that recheck calls slow but that see only text of the operator's own: file and pattern -> which. */
const BOUNDED: Readonly<Record<string, string>> = {
  'src/config/leaves.ts /\\/+$/': 'the path of a base URL in the configuration, read once',
};

/** Files that build a pattern: file -> from what. Never from text that comes from outside. */
const BUILT: Readonly<Record<string, string>> = {
  'src/gateway/route-table.ts': 'our own route paths; a parameter becomes [^/]+, so a URL is matched in one pass',
  'src/prompts/marks.ts': 'the token of a request, six letters and digits of our own making',
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
    expect(checkSync('(a+)+$', '').status).toBe('vulnerable');
  });
});

describe('the regular expressions of the source', () => {
  const places = new Map<string, { source: string; flags: string; lines: number[] }>();
  for (const file of sources) {
    for (const { source, flags, line } of regExpLiterals(readFileSync(join(root, file), 'utf8'))) {
      const place = `${file} /${source}/${flags}`;
      places.set(place, { source, flags, lines: [...(places.get(place)?.lines ?? []), line] });
    }
  }

  it('are found', () => {
    expect(places.size).toBeGreaterThan(5);
  });

  for (const [place, { source, flags, lines }] of places) {
    it(`cannot be made slow: ${place} (line ${lines.join(', ')})`, () => {
      // Without its own stop-watches, by which a busy machine would make slow patterns of harmless ones.
      const found = checkSync(source, flags, { timeout: 60_000, attackTimeout: null, incubationTimeout: null });
      const verdict = found.status === 'vulnerable' ? `vulnerable: ${found.complexity.summary}` : found.status;
      expect(verdict).toBe(place in BOUNDED ? 'vulnerable: 2nd degree polynomial' : 'safe');
    });
  }

  it('have no exception that is no longer needed', () => {
    expect(Object.keys(BOUNDED).filter((place) => !places.has(place))).toEqual([]);
  });

  it('are written down: none is built from text that comes from outside', () => {
    const built = sources.filter((file) => /\bRegExp\(/.test(readFileSync(join(root, file), 'utf8')));
    expect(built).toEqual(Object.keys(BUILT));
  });
});
