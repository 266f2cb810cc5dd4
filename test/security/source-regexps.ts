// The regular expressions of the source, and which of them recheck has found safe. The check of all of them takes minutes and says the same
// each time, so its outcome is kept beside this file: a pattern is checked when it is new, and all of them in the long run.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { z } from 'zod';
import { HOLLOW_CONDITION } from '../../src/prompts/checks/claim-words.ts';
import { VERB } from '../../src/prompts/checks/statements.ts';
import { BLAME_PATTERN } from '../../src/prompts/checks/tone.ts';
import { NEXT_STATEMENT } from '../../src/prompts/tutor/said-words.ts';
import { regExpLiterals } from './regexp-literals.ts';

// Recheck brings native builds for some platforms and Java for others; its JavaScript runs everywhere. Read when it is loaded.
vi.stubEnv('RECHECK_SYNC_BACKEND', 'pure');
const { checkSync } = await import('recheck');

const root = fileURLToPath(new URL('../../', import.meta.url));
const listFile = fileURLToPath(new URL('safe-regexps.json', import.meta.url));

export const sources = [...globSync('src/**/*.ts', { cwd: root }), 'start.mjs'].sort();

export function sourceOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Those that are built once of words of our own, by the file that builds them. */
const BUILT_OF_WORDS: Readonly<Record<string, RegExp>> = {
  'src/prompts/checks/claim-words.ts': HOLLOW_CONDITION,
  'src/prompts/checks/statements.ts': VERB,
  'src/prompts/checks/tone.ts': BLAME_PATTERN,
  'src/prompts/tutor/said-words.ts': NEXT_STATEMENT,
};

interface Pattern {
  readonly source: string;
  readonly flags: string;
  /** `file:line`. */
  readonly places: readonly string[];
}

/** By how they are written, as `/a+/g`. */
export function patternsOfSource(): ReadonlyMap<string, Pattern> {
  const patterns = new Map<string, Pattern>();
  const add = (source: string, flags: string, place: string) => {
    const name = `/${source}/${flags}`;
    patterns.set(name, { source, flags, places: [...(patterns.get(name)?.places ?? []), place] });
  };
  for (const file of sources)
    for (const { source, flags, line } of regExpLiterals(sourceOf(file))) add(source, flags, `${file}:${line}`);
  for (const [file, { source, flags }] of Object.entries(BUILT_OF_WORDS)) add(source, flags, file);
  return patterns;
}

/** `safe`, or what is wrong. Without recheck's own stop-watches, by which a busy machine would make slow patterns of harmless ones. */
export function verdictOn(source: string, flags: string, timeoutMs: number): string {
  const found = checkSync(source, flags, { timeout: timeoutMs, attackTimeout: null, incubationTimeout: null });
  return found.status === 'vulnerable' ? `vulnerable: ${found.complexity.summary}` : found.status;
}

const SafeList = z.strictObject({
  /** The version of recheck that found them safe. */
  recheck: z.string(),
  safe: z.array(z.string()),
});

export function readSafeList(): z.infer<typeof SafeList> {
  return SafeList.parse(JSON.parse(readFileSync(listFile, 'utf8')));
}

export function writeSafeList(safe: Iterable<string>): void {
  const list: z.infer<typeof SafeList> = { recheck: installedVersion(), safe: [...new Set(safe)].sort() };
  writeFileSync(listFile, `${JSON.stringify(list, null, 2)}\n`);
}

export function installedVersion(): string {
  const manifest = readFileSync(join(root, 'node_modules/recheck/package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}
