// The variables of a prompt, as somebody writes them at a terminal: `--var name=value`, all at once as JSON, or JSON that is piped in.
// What a value means its schema says: a text is taken as it stands, everything else is JSON.

import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { didYouMean, type Json, type JsonObject } from '../index.ts';
import { WrongUsage } from './failure.ts';

export interface VariableOptions {
  readonly var?: readonly string[];
  readonly vars?: string;
}

export function addVariableOptions(command: Command): Command {
  return command
    .option(
      '--var <name=value>',
      'a variable: a text as it stands, anything else as JSON; @file reads a file (@@ for an @ itself); may be repeated',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--vars <json>', 'all variables as one JSON object; @file reads a file, "-" standard input');
}

/** Those of `--var` stand over those of `--vars`; with neither, what is piped in. */
export async function variablesIn(options: VariableOptions, inputSchema: JsonObject): Promise<JsonObject> {
  const single = (options.var ?? []).map((written) => variableIn(written, inputSchema));
  return { ...(await baseOf(options)), ...Object.fromEntries(single) };
}

/** The file that a variable is read from; null: it is written out. */
export function fileOf(name: string, { var: single = [] }: VariableOptions): string | null {
  const written = single.findLast((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return written.startsWith('@') && !written.startsWith('@@') ? written.slice(1) : null;
}

async function baseOf({ var: single = [], vars }: VariableOptions): Promise<JsonObject> {
  if (vars !== undefined && vars !== '-') return objectIn(contentOf(vars, '--vars'), '--vars');
  const isPiped = vars === '-' || (single.length === 0 && !process.stdin.isTTY);
  const piped = isPiped ? await readAll(process.stdin) : '';
  return piped.trim() === '' ? {} : objectIn(piped, 'standard input');
}

function objectIn(text: string, where: string): JsonObject {
  const value = parsed(text);
  if (isObject(value)) return value;
  throw new WrongUsage(`${where} holds no JSON object`, 'Write the variables as {"name": value, …}.');
}

function variableIn(written: string, inputSchema: JsonObject): readonly [string, Json] {
  const equals = written.indexOf('=');
  const name = written.slice(0, equals);
  if (equals < 1) throw new WrongUsage(`--var ${written} has no value`, 'Write --var name=value.');
  const { properties } = inputSchema;
  const known = isObject(properties) ? properties : {};
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known);
    const hint = names.length === 0 ? 'This prompt takes none.' : `There are ${names.join(', ')}.`;
    throw new WrongUsage(`There is no variable "${name}".${didYouMean(name, names)}`, hint);
  }
  const text = contentOf(written.slice(equals + 1), `--var ${name}`);
  const schema = known[name];
  if (!isObject(schema) || isText(schema)) return [name, text];
  const word = wordIn(schema, text);
  if (word !== undefined) return [name, word];
  const value = parsed(text);
  if (value !== undefined) return [name, value];
  const kinds = kindsOf(schema).join(' or ');
  const hint = `Write it as JSON, such as --var '${name}=${exampleOf(schema)}'.`;
  throw new WrongUsage(`--var ${name} is no JSON, and ${kinds || 'JSON'} is wanted`, hint);
}

function contentOf(written: string, where: string): string {
  if (!written.startsWith('@')) return written;
  if (written.startsWith('@@')) return written.slice(1);
  const path = written.slice(1);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new WrongUsage(`${where}: there is no file ${path} that can be read`);
  }
}

/** JSON has no undefined: it is what no JSON is. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isText(schema: JsonObject): boolean {
  const kinds = kindsOf(schema).filter((kind) => kind !== 'null');
  if (kinds.length > 0) return kinds.every((kind) => kind === 'string');
  const { enum: listed } = schema;
  return Array.isArray(listed) && listed.every((value) => typeof value === 'string' || value === null);
}

export function kindsOf({ type = [] }: JsonObject): readonly string[] {
  return [type].flat().map(String);
}

/** One of those that may be written, whether it is a text or a number. */
function wordIn({ enum: listed }: JsonObject, text: string): Json | undefined {
  return Array.isArray(listed) ? listed.find((value) => String(value) === text) : undefined;
}

function exampleOf(schema: JsonObject): string {
  const { items } = schema;
  const [kind] = kindsOf(schema);
  if (kind === 'array') return isObject(items) && isText(items) ? '["…"]' : '[{…}]';
  if (kind === 'boolean') return 'true';
  return kind === 'object' ? '{…}' : '3';
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
