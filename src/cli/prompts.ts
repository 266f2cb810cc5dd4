// `codementor-llm prompts`: what prompts there are, what one takes, what it says, and its answer; and whether the templates of a folder
// are sound. Like every command it asks the server that holds the data folder, or answers by itself.

import { normalize } from 'node:path';
import { type Command, Option } from 'commander';
import { EXPORT_FORMATS, type ExportFormat, exported, type JsonObject, LLMError, loadConfig } from '../index.ts';
import { type AskOptions, addSettings, keyOption, OF_TEMPLATE, settingsOf } from './ask-options.ts';
import type { Backend } from './backend.ts';
import { WrongUsage } from './failure.ts';
import type { PromptRow } from './native.ts';
import { openBackend } from './open-backend.ts';
import { dataText, verificationText } from './prompt-text.ts';
import {
  addVariableOptions,
  fileOf,
  isObject,
  kindsOf,
  type VariableOptions,
  variablesIn,
} from './prompt-variables.ts';
import { checkFolder } from './prompts-check.ts';
import { stopOnInterrupt } from './stop.ts';
import { table } from './table.ts';
import { dim, footer, printable, toJson, toOutput, toPeople } from './terminal.ts';

interface ReadOptions {
  readonly json?: true;
  readonly key?: string;
}
type RenderOptions = ReadOptions & VariableOptions;
interface RunOptions extends AskOptions, VariableOptions {
  readonly json?: true;
  readonly stream?: true;
  readonly format?: ExportFormat;
}

const EXAMPLES = `
Examples:
  $ codementor-llm prompts show code_review
  $ codementor-llm prompts run code_review --var code=@main.py --var language=python --var skill_level=beginner
  $ codementor-llm prompts run code_review --var code=@main.py --var language=python --format rdjson \\
      | reviewdog -f=rdjson -filter-mode=nofilter
  $ codementor-llm prompts render tutor_greeting --var language=python --var skill_level=beginner --var 'interests=["chess"]'
  $ codementor-llm prompts run hint_generation --vars @asked.json --json | jq .data.hint`;

export function addPrompts(program: Command): void {
  const prompts = program
    .command('prompts')
    .summary('list, try and check the prompt templates')
    .description('The prompt templates: each takes variables, and gives data that code has checked.')
    .addHelpText('after', EXAMPLES);
  const reading = (command: Command) =>
    command.option('--json', 'as JSON, in the shape of the HTTP API').addOption(keyOption());
  reading(prompts.command('list').summary('list the prompts')).action(list);
  reading(prompts.command('show').summary('what a prompt takes and gives').argument('<name>')).action(show);
  addVariableOptions(
    reading(
      prompts.command('render').summary('what a prompt says for some variables; nobody is asked').argument('<name>'),
    ),
  ).action(render);
  addRun(prompts);
  prompts
    .command('check')
    .summary('whether the templates of a folder are sound')
    .description('Load the templates of a folder and tell everything that is wrong with them; then the exit code is 1.')
    .argument('[dir]', 'the folder (default: PROMPTS_DIR, else those of the package)')
    .action((dir?: string) => checkFolder(dir ?? loadConfig().promptsDir));
}

function addRun(prompts: Command): void {
  const command = prompts
    .command('run')
    .summary('ask for the answer to a prompt')
    .description(
      'Ask for the answer to a prompt. Its data goes to standard output, what was checked to standard error.',
    )
    .argument('<name>')
    .option('--json', 'the whole response as JSON, in the shape of the HTTP API')
    .option(
      '--stream',
      'each draft of the data, as far as the prompt has them shown, and the data itself, a line of JSON each',
    );
  const format = new Option(
    '--format <name>',
    'a format that other tools read: of code_review, or exercism of exercise_generation',
  );
  command.addOption(format.choices(Object.keys(EXPORT_FORMATS)).conflicts(['json', 'stream']));
  addVariableOptions(addSettings(command, OF_TEMPLATE)).action(run);
}

async function list({ json, key }: ReadOptions): Promise<void> {
  const rows = await withBackend(key, ({ prompts }) => prompts.list());
  if (json) {
    toOutput(toJson({ prompts: rows }));
    return;
  }
  toOutput(
    table(rows, [
      { title: 'PROMPT', text: ({ name }) => name },
      { title: 'VERSION', text: ({ version }) => version },
      { title: 'HASH', text: ({ hash }) => hash },
      { title: 'DESCRIPTION', text: ({ description }) => description },
    ]),
  );
}

async function show(name: string, { json, key }: ReadOptions): Promise<void> {
  const row = await withBackend(key, ({ prompts }) => prompts.find(name));
  if (json) toOutput(toJson(row));
  else
    toOutput(
      `${row.name} ${row.version} (${row.hash})\n${row.description}\n\n${fieldsOf(row, 'input_schema')}\n${fieldsOf(row, 'output_schema')}`,
    );
}

function fieldsOf(row: PromptRow, side: 'input_schema' | 'output_schema'): string {
  const { properties, required } = row[side];
  const wanted = Array.isArray(required) ? required : [];
  const fields = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => ({
    name,
    schema: isObject(schema) ? schema : {},
    isWanted: wanted.includes(name),
  }));
  const isInput = side === 'input_schema';
  return table(fields, [
    { title: isInput ? 'TAKES' : 'GIVES', text: ({ name, isWanted }) => (isInput && !isWanted ? `${name}?` : name) },
    { title: 'TYPE', text: ({ schema }) => typeText(schema) },
    ...(isInput ? [{ title: 'DEFAULT', text: ({ schema }: { schema: JsonObject }) => defaultText(schema) }] : []),
    { title: 'ABOUT', text: ({ schema }) => String(schema['description'] ?? '') },
  ]);
}

function typeText(schema: JsonObject): string {
  const { enum: listed, items } = schema;
  if (Array.isArray(listed)) return listed.map(String).join(' | ');
  const kinds = kindsOf(schema);
  if (kinds.includes('array') && isObject(items)) return `${typeText(items)}[]`;
  return kinds.join(' | ');
}

function defaultText({ default: standard }: JsonObject): string {
  return standard === undefined ? '' : JSON.stringify(standard);
}

async function render(name: string, options: RenderOptions): Promise<void> {
  const rendered = await withBackend(options.key, async ({ prompts }) => {
    const { input_schema } = await prompts.find(name);
    return prompts.render(name, await variablesIn(options, input_schema));
  });
  if (options.json) toOutput(toJson(rendered));
  else for (const { role, content } of rendered.messages) toOutput(printable(`--- ${role}\n${content}\n`));
}

async function run(name: string, options: RunOptions): Promise<void> {
  using stop = stopOnInterrupt();
  await withBackend(options.key, async ({ prompts }) => {
    const { input_schema, output_schema } = await prompts.find(name);
    const { format } = options;
    if (format !== undefined && EXPORT_FORMATS[format] !== name)
      throw new WrongUsage(`${format} is a format of ${EXPORT_FORMATS[format]}, and not of ${name}`);
    const given = await variablesIn(options, input_schema);
    const variables = format === undefined ? given : withPath(given, fileOf('code', options));
    const question = { ...settingsOf(options), name, variables };
    if (options.stream) {
      for await (const event of prompts.stream(question, stop.signal)) {
        if (event.type === 'data-draft') toOutput(`${JSON.stringify({ draft: event.data })}\n`);
        if (event.type !== 'response-end' || event.data === undefined) continue;
        toOutput(`${JSON.stringify({ data: event.data })}\n`);
        if (event.verification !== undefined) toPeople(dim(verificationText(event.verification)));
      }
      return;
    }
    const answer = await prompts.run(question, stop.signal);
    if (format !== undefined) toOutput(toJson(exported(format, answer.data, output_schema)));
    else toOutput(options.json ? toJson(answer) : printable(dataText(answer.data)));
    toPeople(dim(verificationText(answer.verification)));
    if (process.stderr.isTTY) toPeople(footer(answer));
  });
}

/** Whoever reads the formats looks for the file that a comment is about, so a program that was read from one bears its path. */
function withPath({ code, ...rest }: JsonObject, file: string | null): JsonObject {
  const isNamed = file !== null && typeof code === 'string' && rest['files'] === undefined;
  return isNamed ? { ...rest, files: [{ path: normalize(file), content: code }] } : { code, ...rest };
}

async function withBackend<T>(key: string | undefined, ask: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = await openBackend(key ?? null);
  try {
    return await ask(backend);
  } catch (error) {
    throw withHint(error);
  } finally {
    await backend.close();
  }
}

function withHint(error: unknown): unknown {
  if (!(error instanceof LLMError)) return error;
  if (error.code === 'not_found')
    return new WrongUsage(error.message, '`codementor-llm prompts list` lists the prompts.');
  const isOfVariables = error.code === 'invalid_request' && error.param?.startsWith('variables');
  return isOfVariables
    ? new WrongUsage(error.message, '`codementor-llm prompts show <name>` says what it takes.')
    : error;
}
