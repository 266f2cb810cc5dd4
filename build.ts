// Makes `dist/`: the package as it is published, a folder of its own. JavaScript, because Node strips no types under
// node_modules; the tree as it is, because files are found beside others at run time (migrations, the worker of the ledger);
// and a package.json of its own, without the Node that this project brings for itself: it would shadow the user's.

import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from 'tsdown';
import * as z from 'zod';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = join(root, 'dist');

/** What a user imports, by subpath. */
const EXPORTS = {
  '.': 'src/index',
  './ai-sdk': 'src/ai-sdk/index',
  './eval': 'src/eval/index',
  './gateway': 'src/gateway/index',
  './testing': 'test/contract/index',
} as const;
/** What is started and not imported. */
const STARTED = ['src/cli/main', 'src/stores/sqlite/reader'];
const BIN = 'bin/codementor-llm.js';

/** Who uses the library alone needs none of these: they are the gateway's, the AI SDK's, and the test suites'. */
const OPTIONAL = /^(@ai-sdk\/|fastify$|fastify-|@fastify\/|@scalar\/|ioredis$|pg$|vitest$|fast-check$)/;

/** A package's name, of an import that is neither a file nor Node's own. */
const PACKAGE = /^(?!node:)(?:@[\w.-]+\/)?[a-z][\w.-]*(?=\/|$)/;

const rootPackage = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.string(),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** The packages that the built files import, types included. */
async function transpile(): Promise<readonly string[]> {
  const { bundles } = await build({
    config: false,
    cwd: root,
    root,
    entry: [...Object.values(EXPORTS), ...STARTED].map((file) => `${file}.ts`),
    outDir: dist,
    unbundle: true,
    format: 'esm',
    // Undici 8 needs this Node; newer syntax is written out for it.
    target: 'node22.19',
    platform: 'node',
    fixedExtension: false,
    tsconfig: 'tsconfig.build.json',
    dts: true,
    deps: { neverBundle: true },
    logLevel: 'warn',
  });
  const files = bundles.flatMap(({ chunks }) => chunks);
  const own = new Set(files.map(({ fileName }) => fileName));
  const imported = files.flatMap((file) => (file.type === 'chunk' ? [...file.imports, ...file.dynamicImports] : []));
  const packages = imported.flatMap((name) => (own.has(name) ? [] : (PACKAGE.exec(name)?.[0] ?? [])));
  return [...new Set(packages)].sort();
}

/**
 * Of a module whose types nobody uses the bundler leaves the imports. They would ask whoever checks the types of libraries too
 * (`skipLibCheck: false`) for packages that he has no use for.
 */
function dropLeftImports(): void {
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const path = join(dist, file);
    const text = readFileSync(path, 'utf8');
    const isEmpty = text.split('\n').every((line) => /^(import .*)?$/.test(line));
    const kept = text.replace(/^import \{.*\} from "[^".][^"]*";$/gm, '');
    if (isEmpty && kept !== text) writeFileSync(path, `${kept.trim()}\nexport {};\n`);
  }
}

function copyWhatIsNoCode(): void {
  for (const file of globSync(['src/**/*.{sql,lua,json}', 'prompts/*.prompt.yaml'], { cwd: root }))
    cpSync(join(root, file), join(dist, file));
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(join(root, file), join(dist, file));
}

function writeBin(): void {
  const lines = [
    '#!/usr/bin/env node',
    "import { main } from '../src/cli/main.js';",
    '',
    'process.exitCode = await main(process.argv.slice(2));',
  ];
  mkdirSync(dirname(join(dist, BIN)), { recursive: true });
  writeFileSync(join(dist, BIN), `${lines.join('\n')}\n`, { mode: 0o755 });
}

function versionOf(name: string): string {
  const version = rootPackage.dependencies[name] ?? rootPackage.devDependencies[name];
  if (version === undefined) throw new Error(`The build imports ${name}, which package.json doesn't name`);
  return version;
}

function writePackage(imported: readonly string[]): void {
  const { name, version, description, license } = rootPackage;
  const peers = imported.filter((name) => OPTIONAL.test(name));
  const content = {
    name,
    version,
    description,
    license,
    type: 'module',
    files: ['bin', 'src', 'test', 'prompts', '_virtual', 'CHANGELOG.md'],
    engines: { node: '>=22.19' },
    bin: { [name]: BIN },
    exports: Object.fromEntries(
      Object.entries(EXPORTS).map(([subpath, file]) => [subpath, { types: `./${file}.d.ts`, default: `./${file}.js` }]),
    ),
    dependencies: Object.fromEntries(
      imported.filter((name) => !OPTIONAL.test(name)).map((name) => [name, versionOf(name)]),
    ),
    peerDependencies: Object.fromEntries(peers.map((name) => [name, `^${versionOf(name)}`])),
    peerDependenciesMeta: Object.fromEntries(peers.map((name) => [name, { optional: true }])),
  };
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

async function lint(): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: dist, strict: true, pack: 'npm' });
  for (const message of messages) process.stderr.write(`publint: ${formatMessage(message, pkg)}\n`);
  if (messages.length > 0) throw new Error(`publint has ${messages.length} complaints about dist/`);
}

rmSync(dist, { recursive: true, force: true });
const imported = await transpile();
dropLeftImports();
copyWhatIsNoCode();
writeBin();
writePackage(imported);
await lint();
process.stdout.write('dist/ is built and linted; `npm pack ./dist` makes the package\n');
