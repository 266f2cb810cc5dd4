// The prompts in GET /openapi.json: the routes are the same for all, so what each takes and gives stands among the schemas, and the
// routes name them. A template may change while the server runs, and its schemas with it.

import type { Json, JsonObject, PromptInfo } from '../index.ts';
import { EXAMPLES } from './prompt-examples.ts';
import { PROMPTS } from './prompt-schemas.ts';
import { isJsonObject } from './schema.ts';

/** The same document, with the schemas of these prompts. */
export function withPrompts(document: JsonObject, prompts: readonly PromptInfo[]): JsonObject {
  const name = {
    name: 'name',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: prompts.map((each) => each.name) },
  };
  const examples = Object.fromEntries(
    prompts.map((each) => [
      each.name,
      { summary: each.description, value: { variables: EXAMPLES[each.name] ?? exampleOf(each.inputSchema) } },
    ]),
  );
  const asked = { schema: { properties: { variables: anyOf(prompts, 'Variables') } }, examples };
  const body = { content: { 'application/json': asked } };
  const answered = { schema: { properties: { data: anyOf(prompts, 'Data') } } };
  const replies = { 200: { content: { 'application/json': answered } } };
  return merged(document, {
    components: { schemas: Object.fromEntries(prompts.flatMap(schemasOf)) },
    paths: {
      [`${PROMPTS}/{name}`]: { get: { parameters: [name] } },
      [`${PROMPTS}/{name}/render`]: { post: { parameters: [name], requestBody: body } },
      [`${PROMPTS}/{name}/completion`]: { post: { parameters: [name], requestBody: body, responses: replies } },
    },
  });
}

function schemasOf({ name, description, inputSchema, outputSchema }: PromptInfo): [string, JsonObject][] {
  return [
    [schemaName(name, 'Variables'), { description, ...inputSchema }],
    [schemaName(name, 'Data'), { description, ...outputSchema }],
  ];
}

/** code_review: `CodeReviewVariables`. */
function schemaName(name: string, side: 'Variables' | 'Data'): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase()) + side;
}

function anyOf(prompts: readonly PromptInfo[], side: 'Variables' | 'Data'): JsonObject {
  return { anyOf: prompts.map(({ name }) => ({ $ref: `#/components/schemas/${schemaName(name, side)}` })) };
}

/** What must be given, as small as it may be. */
function exampleOf(schema: JsonObject): Json {
  const { default: standard, examples, enum: listed, type = [], properties, required, items } = schema;
  const [given] = [examples, listed].flatMap((values) => (Array.isArray(values) ? values : []));
  if (given !== undefined) return given;
  if (standard !== undefined) return standard;
  switch ([type].flat()[0]) {
    case 'object': {
      const wanted = Array.isArray(required) ? required : [];
      const members = Object.entries(isJsonObject(properties) ? properties : {}).filter(([name]) =>
        wanted.includes(name),
      );
      return Object.fromEntries(
        members.map(([name, member]) => [name, isJsonObject(member) ? exampleOf(member) : null]),
      );
    }
    case 'array':
      return isJsonObject(items) && Number(schema['minItems']) > 0 ? [exampleOf(items)] : [];
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return false;
    case 'string':
      return '…';
    default:
      return null;
  }
}

/** Objects member by member; of anything else the second. */
function merged(into: JsonObject, from: JsonObject): JsonObject {
  const members = Object.entries(from).map(([name, value]): [string, Json | undefined] => {
    const before = into[name];
    return [name, isJsonObject(before) && isJsonObject(value) ? merged(before, value) : value];
  });
  return { ...into, ...Object.fromEntries(members) };
}
