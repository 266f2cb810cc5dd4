// What a request must keep of tools and of the form of its answer: names, choices, JSON Schemas. A format that nobody knows would be
// plain text to a vendor, and a tool in the words of the wire one without a name.

import { checkFieldNames, checkWord, invalid } from './check-words.ts';
import { isObject } from './json.ts';
import type { LLMRequest, ResponseFormat, SchemaFormat, Tool, ToolChoice } from './request.ts';

const TOOL_LIMITS = {
  tools: 128,
  /** JSON text of one tool's parameters, or of a response schema. */
  schemaCharacters: 131_072,
  schemaDepth: 32,
} as const;

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

const TOOL_FIELDS = ['name', 'description', 'parameters', 'strict'] as const satisfies readonly (keyof Tool)[];
type FieldOfSchema = keyof SchemaFormat;
const SCHEMA_FIELDS = ['type', 'name', 'schema', 'description', 'strict'] as const satisfies readonly FieldOfSchema[];
const FORMATS = ['text', 'json', 'json-schema'] as const satisfies readonly ResponseFormat['type'][];
const CHOICES = ['auto', 'none', 'required'] as const satisfies readonly ToolChoice[];

export function checkTools({ tools = [], toolChoice, responseFormat }: LLMRequest): void {
  if (!Array.isArray(tools)) throw invalid('tools', 'tools must be a list');
  if (tools.length > TOOL_LIMITS.tools) throw invalid('tools', `At most ${TOOL_LIMITS.tools} tools are taken`);
  for (const [index, tool] of tools.entries()) checkTool(tool, `tools[${index}]`);
  if (new Set(tools.map(({ name }) => name)).size < tools.length)
    throw invalid('tools', 'Two tools have the same name');
  if (toolChoice !== undefined) checkChoice(toolChoice);
  if (responseFormat !== undefined) checkFormat(responseFormat);
}

function checkTool(tool: unknown, path: string): void {
  if (!isObject(tool)) throw invalid(path, `${path} must be an object with a name`);
  checkFieldNames(tool, TOOL_FIELDS, path);
  if (!isToolName(tool['name'])) throw invalid(`${path}.name`, 'A tool name has 1 to 64 letters, digits, _ or -');
  checkDetails(tool, path);
  if (tool['parameters'] !== undefined) checkSchema(tool['parameters'], `${path}.parameters`);
}

function checkChoice(choice: unknown): void {
  const param = 'toolChoice';
  if (!isObject(choice)) {
    checkWord(choice, CHOICES, param, ', or { name } of a tool');
    return;
  }
  checkFieldNames(choice, ['name'], param);
  if (!isToolName(choice['name'])) throw invalid(`${param}.name`, `${param}.name must be the name of a tool`);
}

function checkFormat(format: unknown): void {
  const param = 'responseFormat';
  if (!isObject(format)) throw invalid(param, `${param} must be an object such as { type: 'json' }`);
  checkWord(format['type'], FORMATS, `${param}.type`);
  const isSchema = format['type'] === 'json-schema';
  checkFieldNames(format, isSchema ? SCHEMA_FIELDS : ['type'], param);
  if (!isSchema) return;
  if (!isToolName(format['name'])) throw invalid(`${param}.name`, 'A schema name has 1 to 64 letters, digits, _ or -');
  checkDetails(format, param);
  checkSchema(format['schema'], `${param}.schema`);
}

function checkDetails(
  { description, strict }: { readonly description?: unknown; readonly strict?: unknown },
  path: string,
): void {
  if (description !== undefined && typeof description !== 'string')
    throw invalid(`${path}.description`, `${path}.description must be a text`);
  if (strict !== undefined && typeof strict !== 'boolean')
    throw invalid(`${path}.strict`, `${path}.strict must be true or false`);
}

function isToolName(name: unknown): boolean {
  return typeof name === 'string' && TOOL_NAME.test(name);
}

const SCHEMA_TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function checkSchema(schema: unknown, param: string): void {
  if (!isObject(schema)) throw invalid(param, `${param} must be a JSON Schema, an object`);
  if (JSON.stringify(schema).length > TOOL_LIMITS.schemaCharacters)
    throw invalid(param, 'The schema is larger than 128 KiB');
  checkSchemaNode(schema, param, 0);
}

/** Below these stand values, which may look like anything. */
const VALUES: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'example', 'examples']);

function checkSchemaNode(node: unknown, param: string, depth: number): void {
  if (depth > TOOL_LIMITS.schemaDepth)
    throw invalid(param, `The schema is nested deeper than ${TOOL_LIMITS.schemaDepth}`);
  if (Array.isArray(node)) {
    for (const item of node) checkSchemaNode(item, param, depth + 1);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (VALUES.has(key)) continue;
    // `type` is a keyword only where a schema stands; as the name of a property its value is a schema, an object.
    if (key === 'type' && typeof value === 'string' && !SCHEMA_TYPES.has(value))
      throw invalid(param, `"${value.slice(0, 40)}" is no type of JSON Schema`);
    checkSchemaNode(value, param, depth + 1);
  }
}
