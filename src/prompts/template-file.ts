// A template's file: NAME.prompt.yaml, read strictly. All that is wrong with it is told at once, with the path in the file, because
// whoever writes one has no compiler.

import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { CacheWish } from '../core/cache-key.ts';
import { canonicalJson, isObject, type JsonObject, objectAt } from '../core/json.ts';
import { didYouMean } from '../core/near-names.ts';
import type { LLMRequest } from '../core/request.ts';
import { closed, kindsOf, withoutPrivate } from './document-schemas.ts';
import { type SchemaSide, schemaFaults, type TemplateFault } from './schema-lint.ts';

export const FILE_END = '.prompt.yaml';
export const TEMPLATE_NAME = /^[a-z][a-z0-9_]{0,63}$/;

export type Sampling = Pick<LLMRequest, 'temperature' | 'maxTokens' | 'topP' | 'seed' | 'reasoningEffort'>;
export type TemplateMessage =
  | { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
  | { readonly history: string };

export interface TemplateFile {
  readonly name: string;
  readonly version: string;
  /** Of all that stands in it: twelve hex digits. */
  readonly hash: string;
  readonly description: string;
  /** Null: the caller's or the configuration's. */
  readonly model: string | null;
  readonly sampling: Sampling;
  readonly cache: CacheWish;
  /** Null: everybody may use it. */
  readonly tier: string | null;
  readonly links: readonly string[];
  readonly drafts: boolean;
  /** JSON pointer to the string of the data that is said in a chat; null: the data as JSON. */
  readonly speaks: string | null;
  readonly codeOnly: readonly string[];
  readonly input: JsonObject;
  readonly derived: JsonObject;
  readonly output: JsonObject;
  readonly data: JsonObject;
  readonly messages: readonly TemplateMessage[];
}

export type ReadFile =
  | { readonly file: TemplateFile; readonly faults: readonly [] }
  | { readonly file: null; readonly faults: readonly TemplateFault[] };

const NOTHING: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

const schema = z.custom<JsonObject>(isObject, 'must be a JSON schema');
const content = z.strictObject({
  name: z.string().regex(TEMPLATE_NAME, 'must be a-z, 0-9 and _, a letter first, at most 64 characters'),
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, 'must be a version such as 1.0.0'),
  description: z.string().min(1).max(500),
  model: z.string().min(1).max(200).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  max_tokens: z.int().min(1).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).optional(),
  cache: z
    .strictObject({
      scope: z.enum(['public', 'tenant', 'user']).optional(),
      ttl_seconds: z.int().min(1).optional(),
    })
    .optional(),
  tier: z.string().min(1).max(64).optional(),
  links: z
    .array(z.string().regex(/^[a-z0-9.-]+$/, 'must be a host such as docs.python.org'))
    .max(50)
    .optional(),
  drafts: z.boolean().optional(),
  speaks: z.string().startsWith('/', 'must be a JSON pointer such as /message').optional(),
  code_only: z.array(z.string()).optional(),
  input: schema.optional(),
  derived: schema.optional(),
  output: schema,
  data: schema.optional(),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['system', 'user', 'assistant']).optional(),
        content: z.string().max(100_000).optional(),
        history: z.string().optional(),
      }),
    )
    .min(1)
    .max(50),
});
type Content = z.infer<typeof content>;

/** Without what stands in its templates, for which `templateFaults` is there. */
export function readTemplateFile(text: string, fileName: string): ReadFile {
  const document = parseDocument(text, { prettyErrors: true });
  const broken = [...document.errors, ...document.warnings].map(({ message }) => ({
    path: '',
    problem: `mend the YAML: ${message.split('\n')[0]?.replace(/:$/, '') ?? ''}`,
  }));
  if (broken.length > 0) return { file: null, faults: broken };
  const plain = plainOf(document);
  if (!isObject(plain)) return failed([{ path: '', problem: 'must be a table with name, version, messages, …' }]);
  const parsed = content.safeParse(plain);
  if (!parsed.success) return failed(parsed.error.issues.flatMap((issue) => told(issue, plain)));
  const file = fileOf(parsed.data, hashOf(plain));
  const faults = [
    ...faultsOfName(file, fileName),
    ...schemasIn(parsed.data),
    ...faultsOfMessages(file),
    ...faultsOfSpeech(file),
  ];
  return faults.length === 0 ? { file, faults: [] } : failed(faults);
}

function failed(faults: readonly TemplateFault[]): ReadFile {
  return { file: null, faults };
}

/** What aliases grow to is bounded by the parser, which throws. */
function plainOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch {
    return null;
  }
}

function hashOf(plain: JsonObject): string {
  return createHash('sha256').update(canonicalJson(plain)).digest('hex').slice(0, 12);
}

function fileOf(read: Content, hash: string): TemplateFile {
  const { name, version, description, model = null, temperature, top_p, seed, max_tokens, reasoning_effort } = read;
  const output = closed(read.output);
  return {
    ...{ name, version, hash, description, model },
    sampling: {
      ...(temperature !== undefined && { temperature }),
      ...(top_p !== undefined && { topP: top_p }),
      ...(seed !== undefined && { seed }),
      ...(max_tokens !== undefined && { maxTokens: max_tokens }),
      ...(reasoning_effort !== undefined && { reasoningEffort: reasoning_effort }),
    },
    cache: {
      ...(read.cache?.scope !== undefined && { scope: read.cache.scope }),
      ...(read.cache?.ttl_seconds !== undefined && { ttlMs: read.cache.ttl_seconds * 1000 }),
    },
    tier: read.tier ?? null,
    links: read.links ?? [],
    drafts: read.drafts ?? false,
    speaks: read.speaks ?? null,
    codeOnly: read.code_only ?? [],
    input: closed(read.input ?? NOTHING),
    derived: closed(read.derived ?? NOTHING),
    output,
    data: read.data === undefined ? withoutPrivate(output) : closed(read.data),
    messages: read.messages.map(({ role, content, history }) =>
      history === undefined ? { role: role ?? 'user', content: content ?? '' } : { history },
    ),
  };
}

function schemasIn(read: Content): readonly TemplateFault[] {
  const sides: readonly SchemaSide[] = ['input', 'derived', 'output', 'data'];
  const twice = Object.keys(objectAt(read.derived, 'properties') ?? {}).filter((name) =>
    Object.hasOwn(objectAt(read.input, 'properties') ?? {}, name),
  );
  const faultsInMessages = read.messages.flatMap(({ role, content, history }, index) => {
    const isHistory = history !== undefined;
    const isSound = isHistory
      ? role === undefined && content === undefined
      : role !== undefined && content !== undefined;
    return isSound ? [] : [{ path: `messages[${index}]`, problem: 'must have role and content, or history alone' }];
  });
  return [
    ...faultsInMessages,
    ...sides.flatMap((side) => (read[side] === undefined ? [] : schemaFaults(read[side], side))),
    ...twice.map((name) => ({ path: `derived.properties.${name}`, problem: 'is a name that input has already' })),
  ];
}

function faultsOfName({ name }: TemplateFile, fileName: string): readonly TemplateFault[] {
  const wanted = fileName.slice(0, -FILE_END.length);
  return name === wanted ? [] : [{ path: 'name', problem: `must be ${wanted}, as the file is called` }];
}

/** Vendors want the rules first and the user last. */
function faultsOfMessages({ messages, input }: TemplateFile): readonly TemplateFault[] {
  const faults: TemplateFault[] = [];
  const tell = (index: number, problem: string) => faults.push({ path: `messages[${index}]`, problem });
  const rest = messages.findIndex((message) => !isOf(message, 'system'));
  for (const [index, message] of messages.entries()) {
    if ('history' in message && !isHistory(input, message.history))
      tell(index, `history must name a variable of input whose items are {role: user|assistant, content}`);
    if (isOf(message, 'system') && rest >= 0 && index > rest)
      tell(index, 'of the role system must stand before all others');
  }
  if (rest === 0) tell(0, 'must be of the role system: what marked lines are is said there');
  const last = messages.at(-1);
  if (last === undefined || !isOf(last, 'user')) tell(messages.length - 1, 'is the last, and must be of the role user');
  return faults;
}

function isOf(message: TemplateMessage, role: string): boolean {
  return 'role' in message && message.role === role;
}

function isHistory(input: JsonObject, name: string): boolean {
  const items = objectAt(objectAt(objectAt(input, 'properties') ?? {}, name) ?? {}, 'items') ?? {};
  const properties = objectAt(items, 'properties') ?? {};
  const roles = objectAt(properties, 'role')?.['enum'];
  const isRoles = Array.isArray(roles) && roles.every((role) => role === 'user' || role === 'assistant');
  const isRequired =
    Array.isArray(items['required']) && ['role', 'content'].every((each) => [items['required']].flat().includes(each));
  return isRoles && isRequired && kindsOf(objectAt(properties, 'content') ?? {}).join() === 'string';
}

function faultsOfSpeech({ speaks, data }: TemplateFile): readonly TemplateFault[] {
  if (speaks === null) return [];
  let at: JsonObject | null = data;
  for (const step of speaks.slice(1).split('/')) at = objectAt(objectAt(at ?? {}, 'properties') ?? {}, step);
  if (at !== null && kindsOf(at).join() === 'string') return [];
  return [{ path: 'speaks', problem: 'must lead to a string of data that is always there' }];
}

/** In our words where the parser's are none for who writes a file. */
function told(issue: z.core.$ZodIssue, plain: JsonObject): readonly TemplateFault[] {
  const path = pathIn(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? Object.keys(content.shape) : [];
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      problem: `is not known here; leave it out.${didYouMean(key, known)}`,
    }));
  }
  const isMissing = issue.path.length === 1 && plain[String(issue.path[0])] === undefined;
  return [{ path, problem: isMissing ? 'is missing' : issue.message }];
}

function pathIn(steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return path === '' ? String(step) : `${path}.${String(step)}`;
  }, '');
}
