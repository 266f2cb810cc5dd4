// What is told to whoever writes a template: each file under bad/ says at its top what is wrong with it.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PromptTemplate } from '../../src/prompts/template.ts';
import { readTemplateFile } from '../../src/prompts/template-file.ts';

const FOLDER = fileURLToPath(new URL('bad', import.meta.url));
const files = globSync('*.prompt.yaml', { cwd: FOLDER }).sort();

function faultsOf(text: string, fileName: string): readonly string[] {
  const { file, faults } = readTemplateFile(text, fileName);
  const found = file === null ? faults : PromptTemplate.from(file, null).faults;
  return found.map(({ path, problem }) => `${path} | ${problem}`);
}

describe('a bad template', () => {
  it.each(files)('%s is refused with all that is wrong with it, by its path in the file', (fileName) => {
    const text = readFileSync(join(FOLDER, fileName), 'utf8');
    const expected = text.split('\n').flatMap((line) => (line.startsWith('# ') ? [line.slice(2)] : []));
    expect(expected.length).toBeGreaterThan(0);
    expect(faultsOf(text, fileName)).toEqual(expected);
  });

  it('is refused where its aliases would grow without end', () => {
    const levels = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => [pair[0], pair[1]]))
      levels.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
    expect(faultsOf(levels.join('\n'), 'bomb.prompt.yaml')).toEqual([
      ' | must be a table with name, version, messages, …',
    ]);
  });
});

describe('the template engine', () => {
  it('S07: makes no code of text: nothing in its bundle is a Function or an eval', () => {
    const bundle = readFileSync(fileURLToPath(import.meta.resolve('liquidjs')), 'utf8');
    const code = bundle.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    expect(code.length).toBeGreaterThan(50_000);
    expect(code).not.toMatch(/\bnew Function\b|[^.\w]Function\s*\(|\beval\s*\(|\bvm\b.*require|node:vm/);
  });
});
