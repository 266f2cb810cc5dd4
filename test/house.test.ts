// The house rules, read from the files themselves: who may import whom, how long a file may be, where time, chance, the
// environment and the network may be touched, and that names of times, sizes and money bear their unit.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = globSync('src/**/*.ts', { cwd: root }).sort();
const text = (file: string) => readFileSync(join(root, file), 'utf8');

/** Made by `npm run generate`: as long as the schemas of the prompts are, and with their names. */
const GENERATED = 'src/prompts/documents.ts';

/** A part -> what it may import of the others. Every part may import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  steps: ['core'],
  lifecycle: ['core', 'steps'],
  providers: ['core'],
  transport: ['core'],
  stores: ['core'],
  catalog: ['core'],
  tokens: ['core'],
  health: ['core'],
  generations: ['core'],
  ledger: ['core'],
  identity: ['core'],
  conversations: ['core'],
  observe: ['core'],
  prompts: ['core'],
  config: ['core'],
  service: [
    'core',
    'steps',
    'lifecycle',
    'providers',
    'transport',
    'stores',
    'catalog',
    'tokens',
    'health',
    'generations',
    'ledger',
    'identity',
    'conversations',
    'observe',
    'prompts',
    'config',
  ],
  index: [
    'core',
    'service',
    'config',
    'generations',
    'identity',
    'observe',
    'prompts',
    'providers',
    'stores',
    'tokens',
  ],
  'ai-sdk': ['index'],
  eval: ['index'],
  gateway: ['index'],
  cli: ['index', 'gateway', 'eval'],
};

/** node: modules that a part may use; a part that isn't named may use any. */
const MAY_USE_NODE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  lifecycle: [],
  providers: [],
  generations: [],
  conversations: [],
  health: [],
  steps: ['node:crypto'],
};

function partOf(file: string): string {
  const [, top = ''] = file.split('/');
  return top.replace(/\.ts$/, '');
}

function importsOf(file: string): string[] {
  const found = text(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}

/** Code without comments and strings, so that a word in a sentence is no offence. */
function codeOf(file: string): string {
  return text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");
}

function offenders(pattern: RegExp, allowed: (file: string) => boolean): string[] {
  return sources.filter((file) => !allowed(file) && pattern.test(codeOf(file)));
}

describe('the house rules', () => {
  it('lets each part import only what stands below it', () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const part = partOf(file);
      const allowed = MAY_IMPORT[part];
      if (allowed === undefined) wrong.push(`${file}: "${part}" is not in the table`);
      for (const specifier of importsOf(file)) {
        if (specifier.startsWith('node:')) {
          if (MAY_USE_NODE[part]?.includes(specifier) === false) wrong.push(`${file} uses ${specifier}`);
          continue;
        }
        if (!specifier.startsWith('.')) {
          if (part === 'core' || part === 'steps' || part === 'lifecycle')
            wrong.push(`${file} imports the package ${specifier}`);
          continue;
        }
        const target = partOf(relative(root, join(root, dirname(file), specifier)));
        if (target !== part && allowed?.includes(target) !== true) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('lets no step know another, and no store another backend', () => {
    const wrong = sources
      .filter((file) => file.startsWith('src/steps/'))
      .filter((file) => importsOf(file).some((specifier) => specifier.startsWith('./')));
    expect(wrong).toEqual([]);
    // `degraded` lies over a shared store and counts its own share in memory: it is no backend.
    const backendOf = (file: string) => /^src\/stores\/(memory|redis|sqlite|postgres)\//.exec(file)?.[1];
    const strays = sources.flatMap((file) => {
      const backend = backendOf(file);
      if (backend === undefined) return [];
      const others = importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => backendOf(relative(root, join(root, dirname(file), specifier))))
        .filter((other) => other !== undefined && other !== backend);
      return others.map((other) => `${file} imports ${other}`);
    });
    expect(strays).toEqual([]);
  });

  it('keeps every source file under 300 lines and every function under 60', () => {
    const long = sources.filter((file) => file !== GENERATED && text(file).split('\n').length > 300);
    expect(long).toEqual([]);
    const functions: string[] = [];
    for (const file of sources) {
      const lines = text(file).split('\n');
      for (const [index, line] of lines.entries()) {
        const head =
          /^(\s*)(?:export )?(?:async )?(?:static )?(?:function\*? \w+|#?\w+\(.*\).*\{$|(?:export )?const \w+ = (?:async )?\(.*=> \{$)/.exec(
            line,
          );
        if (head === null || !line.trimEnd().endsWith('{') || /^\s*(if|for|while|switch|describe|it)\b/.test(line))
          continue;
        const end = lines.findIndex((other, at) => at > index && other.startsWith(`${head[1]}}`));
        if (end - index > 60) functions.push(`${file}:${index + 1} (${end - index} lines)`);
      }
    }
    expect(functions).toEqual([]);
  });

  it('opens every source file with what it is', () => {
    expect(sources.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(text(file)))).toEqual([]);
  });

  it('reads the environment in the configuration alone', () => {
    expect(offenders(/process\.env/, (file) => partOf(file) === 'config')).toEqual([]);
  });

  it('makes time and chance in one place', () => {
    const pattern = /\b(Date\.now|performance\.now|setTimeout|setInterval|Math\.random|randomUUID)\b|new Date\(\)/;
    expect(offenders(pattern, (file) => file === 'src/core/clock.ts')).toEqual([]);
  });

  it('reaches out of the machine in the transport alone', () => {
    expect(offenders(/\bfetch\(/, (file) => partOf(file) === 'transport' || file === 'src/cli/remote.ts')).toEqual([]);
    const undici = sources.filter((file) => importsOf(file).includes('undici'));
    expect(undici.filter((file) => partOf(file) !== 'transport')).toEqual([]);
  });

  it('prints in the command line alone', () => {
    expect(offenders(/\bconsole\./, (file) => partOf(file) === 'cli')).toEqual([]);
  });

  it('gives times, sizes and money their unit in the name', () => {
    const bare =
      /\b(?:readonly |const |let )(timeout|ttl|delay|duration|cost|price[A-Z]\w*Usd|interval|lease|deadline)\b\??\s*[:=]/;
    expect(offenders(bare, (file) => file === GENERATED)).toEqual([]);
  });

  it('has no folder that swallows things', () => {
    const swallowing = /(^|\/)(utils?|helpers?|common|misc|types)(\/|\.ts$)/;
    expect(sources.filter((file) => swallowing.test(file))).toEqual([]);
  });

  it('has no any, no leftovers and no figure that turns missing into 0', () => {
    const pattern =
      /:\s*any\b|<any>|\bas any\b|\bas unknown as\b|@ts-(ignore|expect-error)|(usage|[tT]okens|cost\w*)\s*(\|\||\?\?)\s*0\b/;
    expect(offenders(pattern, () => false)).toEqual([]);
    expect(sources.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text(file)))).toEqual([]);
  });

  it('has a test file for every provider and a contract call for every store', () => {
    const tests = globSync('test/**/*.test.ts', { cwd: root }).map(text).join('\n');
    for (const provider of ['groq', 'openai', 'offline'])
      expect(tests).toMatch(new RegExp(`test(Direct)?Provider\\('${provider}`));
    for (const kind of ['Window', 'Cache', 'Ledger', 'Key', 'Conversation'])
      expect(tests).toContain(`test${kind}Store(`);
  });
});
