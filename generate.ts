// Makes `src/prompts/documents.ts`: the types of what each prompt under /prompts takes and gives, from the schemas of its file. A test
// makes them anew and compares, so whoever changes a schema runs this.

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { isObject, type JsonObject, objectAt } from './src/core/json.ts';
import { asApplied, asGiven, closed, kindsOf, mapSubschemas, withoutPrivate } from './src/prompts/document-schemas.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
export const DOCUMENTS = join(root, 'src/prompts/documents.ts');

const HEAD = `// Written by \`npm run generate\` from the schemas of /prompts: what each prompt takes and gives, named as on the wire. Not to be changed
// by hand; a test holds it to the files.
`;
const NOTHING: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

interface Document {
  readonly member: string;
  readonly title: string;
  readonly schema: JsonObject;
}

/** The module for the prompts of a folder. */
export async function documentsOf(folder: string): Promise<string> {
  const files = globSync('*.prompt.yaml', { cwd: folder }).sort();
  const prompts = files.map((file) => {
    const name = basename(file, '.prompt.yaml');
    const content: unknown = parse(readFileSync(join(folder, file), 'utf8'));
    return { name, documents: documentsIn(name, isObject(content) ? content : {}) };
  });
  const types: string[] = [];
  for (const { documents } of prompts)
    for (const { title, schema } of documents) types.push(await declarationOf(title, closed(schema)));
  const table = prompts.map(({ name, documents }) => {
    const members = documents.map(({ member, title }) => `readonly ${member}: ${title};`);
    return `readonly ${name}: { ${members.join(' ')} };`;
  });
  const all =
    table.length === 0
      ? 'type PromptDocuments = Record<string, never>;'
      : `interface PromptDocuments {\n${table.join('\n')}\n}`;
  types.push(`/** Every prompt of /prompts by its name. */\nexport ${all}\n`);
  const body = types.join('\n');
  const words = ['Json', 'JsonObject'].filter((word) => new RegExp(`[:|(] ?${word}\\b`).test(body));
  const imports = words.length === 0 ? '' : `import type { ${words.join(', ')} } from '../core/json.ts';\n`;
  return formatted([HEAD, imports, body].join('\n'));
}

function documentsIn(name: string, file: JsonObject): readonly Document[] {
  const input = objectAt(file, 'input') ?? NOTHING;
  const output = objectAt(file, 'output') ?? NOTHING;
  const title = name.replace(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
  const described = (schema: JsonObject, description: string) => ({ ...schema, description });
  return [
    { member: 'input', title: `${title}Input`, schema: described(asGiven(input), `What a caller gives to ${name}.`) },
    {
      member: 'variables',
      title: `${title}Variables`,
      schema: described(
        asApplied(input),
        'The same with its defaults applied: every property is there, null is absent.',
      ),
    },
    {
      member: 'derived',
      title: `${title}Derived`,
      schema: described(asApplied(objectAt(file, 'derived') ?? NOTHING), 'What code works out of it for the template.'),
    },
    { member: 'written', title: `${title}Written`, schema: described(output, 'What the model writes.') },
    {
      member: 'data',
      title: `${title}Data`,
      schema: described(objectAt(file, 'data') ?? withoutPrivate(output), 'What is delivered.'),
    },
  ];
}

async function declarationOf(title: string, schema: JsonObject): Promise<string> {
  return `/** ${schema['description']} */\nexport type ${title} = ${await typeOf(schema)};\n`;
}

/** A type alias, because an interface is no JsonObject to the compiler; and read-only throughout, for which the compiler of schemas has no word. */
async function typeOf(schema: JsonObject): Promise<string> {
  const { description: _, ...plain } = await withReadonlyLists(schema);
  const text = await compile(plain, 'Document', { bannerComment: '', format: false, additionalProperties: true });
  return text
    .trim()
    .replace(/^export (?:interface Document|type Document =) ?/, '')
    .replace(/^(\s*)((?:\w+\??|"[^"]*"\??|\[k: string\]):)/gm, '$1readonly $2')
    .replace(/\/\*\*\n \* (.*)\n \*\//g, '/** $1 */');
}

/** With each list, and each value that may be any JSON, as the type that it is here. */
async function withReadonlyLists(schema: JsonObject): Promise<JsonObject> {
  const { title: _, ...rest } = schema;
  const { items, properties, additionalProperties, enum: listed, const: only, anyOf, description } = rest;
  const told = description === undefined ? {} : { description };
  const kinds = kindsOf(rest);
  if (listed !== undefined || only !== undefined) return rest;
  if (kinds.includes('array')) {
    const list = { tsType: `readonly (${isObject(items) ? await typeOf(items) : 'Json'})[]` };
    const others = kinds.filter((kind) => kind !== 'array');
    if (others.length === 0) return { ...told, ...list };
    return { ...told, anyOf: [list, await withReadonlyLists({ ...rest, type: others })] };
  }
  const isObjectLike = kinds.includes('object') || properties !== undefined;
  if (isObjectLike && Object.keys(objectAt(rest, 'properties') ?? {}).length === 0 && !isObject(additionalProperties)) {
    const table = additionalProperties === false ? 'Record<string, never>' : 'JsonObject';
    return { ...told, tsType: [table, ...kinds.filter((kind) => kind !== 'object')].join(' | ') };
  }
  if (kinds.length === 0 && !isObjectLike && anyOf === undefined) return { ...told, tsType: 'Json' };
  return await inner(rest);
}

/** `mapSubschemas` cannot wait, so what it finds is made first. */
async function inner(schema: JsonObject): Promise<JsonObject> {
  const found: JsonObject[] = [];
  mapSubschemas(schema, (subschema) => {
    found.push(subschema);
    return subschema;
  });
  const made = await Promise.all(found.map(withReadonlyLists));
  return mapSubschemas(schema, (subschema) => made[found.indexOf(subschema)] ?? subschema);
}

function formatted(text: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { stdout, stderr, status } = spawnSync(process.execPath, [biome, 'format', `--stdin-file-path=${DOCUMENTS}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The types cannot be formatted: ${stderr}\n${text}`);
  return stdout;
}

if (import.meta.main) {
  writeFileSync(DOCUMENTS, await documentsOf(join(root, 'prompts')));
  process.stdout.write('src/prompts/documents.ts is written\n');
}
