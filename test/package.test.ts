// The package as it is published: built, packed, installed into an empty folder, and used there by a program, by the shell and by
// the compiler. What runs from source can still miss a file, a dependency or a type once it is packed.

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const run = promisify(execFile);

/** Node as a shell outside of this project would find it, or null: npm puts the project's own Node before it. */
const PATH = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
/** Without what npm tells the scripts of this project: it would send an npm in another folder back here. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix)|^INIT_CWD$|_API_KEY$|^LLM_|^VITEST/.test(
        name,
      ),
  ),
);
const withNode = (nodeFolder: string) => ({
  ...environment,
  PATH: [nodeFolder, ...PATH].join(delimiter),
  NO_COLOR: '1',
});
const nodeFolder = dirname(process.execPath);
/** The compiler says on standard output what it does not like. */
const build = () =>
  run(process.execPath, ['build.ts'], { cwd: root }).catch((error) => expect.fail(`${error.stdout}\n${error.stderr}`));

const packed = z
  .tuple([
    z.object({
      filename: z.string(),
      integrity: z.string(),
      files: z.array(z.object({ path: z.string(), mode: z.number() })),
    }),
  ])
  .transform(([pack]) => pack);
async function pack(...options: string[]) {
  const { stdout } = await run('npm', ['pack', '--json', ...options], { cwd: dist, env: withNode(nodeFolder) });
  return packed.parse(JSON.parse(stdout));
}

/** Every file that may be published. A file that is in none of these is here by accident. */
const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^bin\/codementor-llm\.js$/,
  /^src\/[a-z-]+(\/[a-z-]+)*\.(js|d\.ts)$/,
  /^src\/stores\/(sqlite|postgres)\/(journal-)?migrations\/\d{4}-[a-z-]+\.sql$/,
  /^src\/stores\/redis\/lua\/[a-z-]+\.lua$/,
  /^src\/eval\/ground-truth\.json$/,
  /^prompts\/[a-z_]+\.prompt\.yaml$/,
  /^test\/(contract\/[a-z-]+|faults\/seeded-random)\.(js|d\.ts)$/,
  // What the build writes out for Node 22, which has no `using`.
  /^_virtual\/.+\/usingCtx\.js$/,
];
const WANTED = [
  'bin/codementor-llm.js',
  'prompts/code_review.prompt.yaml',
  'src/ai-sdk/index.d.ts',
  'src/ai-sdk/index.js',
  'src/cli/main.js',
  'src/eval/ground-truth.json',
  'src/eval/index.d.ts',
  'src/eval/index.js',
  'src/gateway/index.d.ts',
  'src/gateway/index.js',
  'src/index.d.ts',
  'src/index.js',
  'src/stores/sqlite/migrations/0001-ledger.sql',
  'src/stores/sqlite/journal-migrations/0001-journal.sql',
  'src/stores/redis/lua/hold.lua',
  'src/stores/sqlite/reader.js',
  'test/contract/index.d.ts',
  'test/contract/index.js',
];

const PROGRAM = `
import { createLLMService, PromptTemplateManager } from 'codementor-llm';
const service = await createLLMService({ dataDir: process.argv[2], env: {} });
const { content, provider } = await service.generateCompletion({ messages: [{ role: 'user', content: 'hi' }], userId: 'ann' });
const { totals } = await service.ledger.usage({ userId: 'ann' });
const { rows } = await service.ledger.rows({ userId: 'ann' });
await service.close();
const costs = rows.map(({ costPicoUsd }) => String(costPicoUsd));
const { userPrompt } = new PromptTemplateManager().createGreetingPrompt({ language: 'python', skillLevel: 'beginner', displayName: 'Ann' });
const isPrompted = userPrompt.includes('"Ann"');
console.log(JSON.stringify({ answered: content.length > 0, provider, requests: totals.requests, costs, isPrompted }));
`;
const AI_SDK_PROGRAM = `
import { createLLMService } from 'codementor-llm';
import { createCodeMentor } from 'codementor-llm/ai-sdk';
const service = await createLLMService({ dataDir: 'memory', env: {} });
const prompt = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }];
const { finishReason } = await createCodeMentor(service).languageModel().doGenerate({ prompt });
await service.close();
console.log(JSON.stringify(finishReason));
`;
const TYPED_PROGRAM = `
import { BudgetExceededError, createLLMService, type LLMResponse, PromptTemplateManager } from 'codementor-llm';
const service = await createLLMService({ dataDir: 'memory' });
const response: LLMResponse = await service.generateCompletion({ messages: [{ role: 'user', content: 'hi' }] });
const cost: string | null = response.costUsd;
// @ts-expect-error: a message without a role.
service.generateCompletion({ messages: [{ content: 'hi' }] });
// @ts-expect-error: a level that no prompt knows.
new PromptTemplateManager().createGreetingPrompt({ language: 'python', skillLevel: 'expert' });
const { data } = await service.prompts.tutorGreeting({ language: 'python', skillLevel: 'beginner' });
// @ts-expect-error: a field that the data has not.
console.log(cost, BudgetExceededError, data.mesage);
`;

describe('the published package', () => {
  let folder = '';
  let unreachable: string | null = null;

  beforeAll(async () => {
    await build();
    folder = mkdtempSync(join(tmpdir(), 'codementor-llm-'));
    const { filename } = await pack('--pack-destination', folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', `./${filename}`];
    try {
      await run('npm', install, { cwd: folder, env: withNode(nodeFolder), timeout: 240_000 });
    } catch (error) {
      const text = String(error);
      if (!/E(NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|NETUNREACH)/.test(text)) throw error;
      unreachable = text;
      console.error(
        'SKIPPED: the registry cannot be reached, so the package was built and packed but NOT installed and run',
      );
    }
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the files it should, and no other (S42)', async () => {
    const paths = (await pack('--dry-run')).files.map(({ path }) => path);
    expect(paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(WANTED));
  });

  it('is the same to the byte when it is built again (S42)', async () => {
    const { integrity } = await pack('--dry-run');
    await build();
    expect((await pack('--dry-run')).integrity).toBe(integrity);
  });

  it('leaves the Node of its user alone, runs nothing at install, and pins what it needs', () => {
    const content = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
    for (const field of ['scripts', 'optionalDependencies', 'private']) expect(content).not.toHaveProperty(field);
    expect(content.engines).toEqual({ node: '>=22.19' });
    expect(Object.values(content.dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual(
      [],
    );
    for (const peer of ['fastify', '@ai-sdk/provider'])
      expect(content.peerDependenciesMeta[peer]).toEqual({ optional: true });
  });

  it('has a page that says which package is needed for what, and for which Node', () => {
    const { peerDependencies, engines } = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));
    const page = readFileSync(join(root, 'docs/installing.md'), 'utf8');
    for (const peer of Object.keys(peerDependencies)) expect(page).toContain(`\`${peer}\``);
    expect(page).toContain(`Node ${engines.node.slice(2)} or later`);
  });

  it('types a program that uses it', async (context) => {
    if (unreachable !== null) return context.skip(unreachable);
    writeFileSync(join(folder, 'typed.ts'), TYPED_PROGRAM);
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      noEmit: true,
      // Nothing that is optional is installed here, and no type may ask for it.
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', folder]).catch((error) => expect.fail(String(error.stdout)));
  });

  describe.each(nodes())('on Node $version', ({ version, at }) => {
    const env = withNode(at);
    it('answers a program', async (context) => {
      if (unreachable !== null) return context.skip(unreachable);
      const { stdout } = await run('node', ['program.js', join(folder, `data-${version}`)], { cwd: folder, env });
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
        answered: true,
        provider: 'offline',
        requests: 1,
        costs: ['0'],
        isPrompted: true,
      });
    });

    it('answers the AI SDK, where that is installed', async (context) => {
      if (unreachable !== null) return context.skip(unreachable);
      cpSync(join(root, 'node_modules/@ai-sdk/provider'), join(folder, 'node_modules/@ai-sdk/provider'), {
        recursive: true,
      });
      writeFileSync(join(folder, 'ai-sdk.js'), AI_SDK_PROGRAM);
      const { stdout } = await run('node', ['ai-sdk.js'], { cwd: folder, env });
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ unified: 'stop', raw: 'stop' });
    });

    it('answers in a shell', async (context) => {
      if (unreachable !== null) return context.skip(unreachable);
      const cli = (...words: string[]) =>
        run('npx', ['--no-install', 'codementor-llm', ...words], {
          cwd: folder,
          env: { ...env, DATA_DIR: join(folder, `cli-${version}`) },
        });
      expect((await cli('--version')).stdout.trim()).toBe(
        JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8')).version,
      );
      expect((await cli('complete', 'hi')).stdout.trim()).not.toBe('');
    });
  });
});

/** This Node, and the system's own where it is another one that the package supports. */
function nodes(): { version: string; at: string }[] {
  const ours = { version: process.versions.node, at: nodeFolder };
  const found = PATH.flatMap((at) => {
    const version = versionIn(at);
    return version === null ? [] : [{ version, at }];
  })[0];
  if (found === undefined || found.version === ours.version) return [ours];
  if (found.version.localeCompare('22.19', 'en', { numeric: true }) >= 0) return [ours, found];
  console.log(`skipped: the system's Node is ${found.version}, the package wants 22.19`);
  return [ours];
}

function versionIn(folder: string): string | null {
  try {
    return execFileSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' }).trim().slice(1);
  } catch {
    return null;
  }
}
