// `codementor-llm doctor`: what is configured and where each value came from, what is there and what is missing. Secrets are told
// as set or not set; with --ask one question of one token goes to the provider, and only then.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Config, createLLMService, holderOf, type RouteInfo, type ServiceStatus, VERSION } from '../index.ts';
import { keyOption } from './ask-options.ts';
import { Failure } from './failure.ts';
import { openBackend } from './open-backend.ts';
import { isReady } from './remote.ts';
import { stopOnInterrupt } from './stop.ts';
import { table } from './table.ts';
import { toOutput } from './terminal.ts';

interface Options {
  readonly ask?: true;
  readonly key?: string;
}

const SILENT = { report: () => {}, flush: () => Promise.resolve() };

interface Finding {
  readonly what: string;
  readonly says: string;
  /** Null: nothing to do. */
  readonly missing: string | null;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('say what is configured, from where, and what is missing')
    .description(
      'Say what is configured, where each value came from, and what is missing; then the exit code is 1. No secret is shown.',
    )
    .option('--ask', 'also ask the provider for one token, which may cost something')
    .addOption(keyOption())
    .action(doctor);
}

async function doctor({ ask, key }: Options): Promise<void> {
  // As a service would read it, with all its checks, and without touching the data folder.
  const service = await createLLMService({ dataDir: 'memory', logs: SILENT });
  const { config } = service;
  const { stores } = service.status();
  const routes = service.routes();
  const prompts = service.prompts.list();
  await service.close();
  const findings = [
    nodeFinding(),
    fileFinding(config),
    ...providerFindings(config),
    ...routes.map(routeFinding),
    promptsFinding(prompts.length, config),
    await dataFinding(config),
    ...storeFindings(config, stores),
  ];
  if (ask) findings.push(await askFinding(key ?? null));
  const settings = [
    ...[...config.origins].map(([name, { value, origin }]) => ({ name, value, origin })),
    fileSetting(config),
  ];
  toOutput(
    table(settings, [
      { title: 'SETTING', text: ({ name }) => name },
      { title: 'VALUE', text: ({ value }) => value },
      { title: 'FROM', text: ({ origin }) => origin },
    ]),
  );
  toOutput('\n');
  for (const { what, says, missing } of findings) toOutput(`${mark(missing)} ${what}: ${says}\n`);
  for (const note of config.notes) toOutput(`- ${note}\n`);
  const missing = findings.flatMap((finding) => finding.missing ?? []);
  if (missing.length > 0) throw new Failure(`Not everything is there: ${missing.join('; ')}`);
}

function mark(missing: string | null): string {
  return missing === null ? styleText('green', '✓') : styleText('red', '✗');
}

function nodeFinding(): Finding {
  return { what: 'codementor-llm', says: `${VERSION}, on Node ${process.versions.node}`, missing: null };
}

const USUAL_FILE = 'codementor-llm.yaml';

/** It is read before every other setting, so it is none of them. */
function fileSetting({ filePath }: Config) {
  const origin = filePath === resolve(USUAL_FILE) ? 'default' : 'environment';
  return { name: 'LLM_CONFIG', value: filePath, origin };
}

function fileFinding({ file }: Config): Finding {
  return { what: 'file', says: file ?? `none; ${USUAL_FILE} in this folder would be read`, missing: null };
}

/** Who answers callers that name no model, who stands in, and who else can be asked by name. */
function providerFindings(config: Config): Finding[] {
  const { primaryProvider, providers, catalog } = config;
  const finding = (what: string, says: string): Finding => ({ what, says, missing: null });
  const { fallback } = catalog;
  const others = providers.filter(({ id }) => id !== primaryProvider && id !== fallback?.provider);
  return [
    primaryFinding(config),
    ...(fallback === null ? [] : [finding('fallback', `${addressOf(fallback.provider, config)}, ${fallback.model}`)]),
    ...others.map(({ id }) => finding('by name', addressOf(id, config))),
  ];
}

/** One whose targets have no key is no finding: a note says so. */
function routeFinding({ id, targets }: RouteInfo): Finding {
  return { what: `route ${id}`, says: targets.map((target) => target.id).join(', '), missing: null };
}

function promptsFinding(count: number, { promptsDir }: Config): Finding {
  const where = promptsDir === null ? 'of the package' : `with those of ${promptsDir}`;
  return { what: 'prompts', says: `${count}, ${where}`, missing: null };
}

function primaryFinding(config: Config): Finding {
  const what = 'provider';
  const { primaryProvider, catalog } = config;
  if (primaryProvider !== 'offline')
    return { what, says: `${addressOf(primaryProvider, config)}, ${catalog.defaultModel}`, missing: null };
  const wanted = config.origins.get('LLM_PRIMARY_PROVIDER')?.value;
  if (wanted === 'offline') return { what, says: 'offline, as configured', missing: null };
  return {
    what,
    says: 'offline, since GROQ_API_KEY is not set',
    missing: 'set GROQ_API_KEY, or the key of another vendor',
  };
}

function addressOf(id: string, { providers }: Config): string {
  const settings = providers.find((provider) => provider.id === id);
  return settings?.baseUrl === undefined ? id : `${id} at ${settings.baseUrl}`;
}

/** Nothing to tell of what is in this process. */
function storeFindings({ redisUrl, databaseUrl }: Config, { windows, ledger }: ServiceStatus['stores']): Finding[] {
  const finding = (what: string, isUp: boolean, variable: string): Finding => ({
    what,
    says: isUp ? 'answers' : 'does not answer',
    missing: isUp ? null : `what ${variable} names`,
  });
  return [
    ...(redisUrl === null ? [] : [finding('limits, in Redis', windows.state === 'up', 'REDIS_URL')]),
    ...(databaseUrl === null ? [] : [finding('ledger and keys, in PostgreSQL', ledger.state === 'up', 'DATABASE_URL')]),
  ];
}

async function dataFinding({ dataDir }: Config): Promise<Finding> {
  const what = 'data folder';
  const holder = holderOf(dataDir);
  if (holder?.url) {
    if (await isReady(holder.url))
      return { what, says: `${dataDir}, held by the server at ${holder.url}, which answers`, missing: null };
    return {
      what,
      says: `${dataDir}, held by ${holder.url}, which does not answer`,
      missing: `restart the server at ${holder.url}`,
    };
  }
  if (holder !== null) return { what, says: `${dataDir}, in use by process ${holder.pid ?? 'unknown'}`, missing: null };
  if (isWritable(dataDir)) return { what, says: `${dataDir}, free`, missing: null };
  return { what, says: `${dataDir} cannot be written`, missing: 'set DATA_DIR to a folder that can be written' };
}

/** The folder itself, or the nearest one above it, in which it would be made. */
function isWritable(path: string): boolean {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
    return statSync(there).isDirectory();
  } catch {
    return false;
  }
}

async function askFinding(key: string | null): Promise<Finding> {
  using stop = stopOnInterrupt();
  try {
    const backend = await openBackend(key);
    try {
      const question = {
        messages: [{ role: 'user' as const, content: 'Say yes.' }],
        maxTokens: 1,
        cache: 'off' as const,
      };
      const { provider, model } = await backend.complete(question, stop.signal);
      return { what: 'asked', says: `${provider}, ${model} answered`, missing: null };
    } finally {
      await backend.close();
    }
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { what: 'asked', says: reason, missing: 'an answer of the provider' };
  }
}
