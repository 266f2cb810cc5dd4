// The YAML file: its sections and their keys. A key that isn't here is an error with its path; one that is planned and not
// built says so, because an ignored limit is worse than none.

import { z } from 'zod';
import { didYouMean } from '../core/near-names.ts';
import { type Fault, OF_A_VARIABLE, shown } from './faults.ts';
import { isoDate, oneOf, publishedKeysUrl, text, timezone, usdLimit, usdPerMillion, wholeNumber } from './leaves.ts';
import { isHidden, pathText } from './paths.ts';
import { providerSchema } from './provider-schema.ts';
import { routeTarget } from './route-targets.ts';
import { SETTINGS } from './settings.ts';
import type { YamlFile } from './yaml-file.ts';

const count = wholeNumber(0, Number.MAX_SAFE_INTEGER).optional();
const money = usdLimit.optional();
const windows = {
  requests_per_minute: count,
  requests_per_day: count,
  tokens_per_minute: count,
  tokens_per_day: count,
  in_flight: count,
  usd_per_day: money,
  usd_per_month: money,
};
/** What a vendor allows an account; money is the vendor's own matter. */
const { usd_per_day: _day, usd_per_month: _month, ...accountWindows } = windows;
const windowsSchema = z.object(windows);
/** Limits as windows count them: money in nano-dollars. */
export type WindowLimits = z.output<typeof windowsSchema>;

const max_tokens = wholeNumber(1, 1_000_000).optional();
/** What a caller can name in place of a model. */
const routeName = z
  .string()
  .regex(/^[\x21-\x7e]{1,256}$/, 'name it with 1 to 256 printable ASCII characters without spaces');

/** Asymmetric ones alone: with HS256 whoever can verify a token could make one. */
const SIGNATURES = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const jwt = z.strictObject({
  jwks_url: publishedKeysUrl,
  issuer: text,
  audience: text,
  algorithms: z.array(oneOf(SIGNATURES)).min(1, 'write at least one algorithm'),
  tenant_claim: text.optional(),
  user_claim: text.optional(),
  tier_claim: text.optional(),
});

const tables = {
  jwt: jwt.optional(),
  tiers: z.record(z.string(), z.strictObject({ ...windows, max_tokens })).optional(),
  tenants: z
    .record(
      z.string(),
      z.strictObject({ ...windows, timezone: timezone.optional(), allowed_models: z.array(text).optional() }),
    )
    .optional(),
  users: z.record(z.string(), z.strictObject({ tier: text.optional(), ...windows, max_tokens })).optional(),
  accounts: z.record(z.string(), z.strictObject(accountWindows)).optional(),
  providers: z.record(z.string(), providerSchema).optional(),
  routes: z
    .record(routeName, z.strictObject({ targets: z.array(routeTarget).min(1, 'write at least one model') }))
    .optional(),
  prices: z
    .array(
      z.strictObject({
        model: text,
        from: isoDate.optional(),
        input: usdPerMillion,
        cached_input: usdPerMillion.optional(),
        output: usdPerMillion,
        source: text.optional(),
      }),
    )
    .optional(),
};
const tablesSchema = z.object(tables);
export type Tables = z.output<typeof tablesSchema>;

const documentSchema = z.strictObject({ ...settingSections(), ...tables });

/** Keys of one value each stand in the table of settings and are read there; here only their names are known. */
function settingSections(): Record<string, z.ZodType> {
  const paths = Object.values(SETTINGS).flatMap(({ key }) => (key === null ? [] : [key.split('.')]));
  const sections: Record<string, z.ZodType> = {};
  for (const [section = ''] of paths) {
    const names = paths.flatMap(([of, name]) => (of === section && name !== undefined ? [name] : []));
    const shape = Object.fromEntries(names.map((name) => [name, z.unknown()]));
    sections[section] = names.length === 0 ? z.unknown().optional() : z.strictObject(shape).partial().optional();
  }
  return sections;
}

/** Paths of what is planned for this file and not built: with them ignored, the file would promise what isn't done. */
export const UNBUILT_KEYS: readonly string[] = ['alerts'];

/** The tables of the file, and all that is wrong with it; with a fault there are none. */
export function readTables(
  { content, referring }: YamlFile,
  fileName: string,
): { tables: Tables; faults: readonly Fault[] } {
  const checked = documentSchema.safeParse(content);
  if (checked.success) return { tables: tablesSchema.parse(content), faults: [] };
  const faults = checked.error.issues.flatMap((issue): Fault[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key], fileName));
    const path = pathText(issue.path);
    const value = valueAt(content, issue.path);
    const found = referring.has(path) ? OF_A_VARIABLE : isHidden(issue.path) ? null : shown(value);
    return [{ where: path === '' ? fileName : `${fileName}: ${path}`, found, write: whatToWrite(issue) }];
  });
  return { tables: {}, faults };
}

function whatToWrite(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `write a ${issue.expected === 'array' ? 'list' : 'section'}`;
  // What is wrong with a name of a record stands one level down.
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function unknownKey(path: readonly PropertyKey[], fileName: string): Fault {
  const where = `${fileName}: ${pathText(path)}`;
  const generic = path.map((name, depth) => (depth === 1 && path.length > 2 ? '*' : String(name))).join('.');
  if (UNBUILT_KEYS.includes(generic)) return { where, found: null, write: 'not in this version: leave it out' };
  const names = keysBeside(path);
  return { where, found: null, write: `leave it out: there is no such key.${didYouMean(String(path.at(-1)), names)}` };
}

/** The keys of the section in which it stands. An index is no name: `models[0].nmae` stands where `models[].name` does. */
function keysBeside(path: readonly PropertyKey[]): readonly string[] {
  const parents = path.filter((name) => typeof name === 'string').slice(0, -1);
  return documentKeys().flatMap((key) => {
    const names = key.split('.').map((name) => name.replace('[]', ''));
    const isThere = parents.every((name, at) => names[at] === name || names[at] === '*');
    const name = names[parents.length];
    return isThere && name !== undefined && name !== '*' ? [name] : [];
  });
}

export function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** Every key of the file, as documented: `retry.base_ms`, `tiers.*.max_tokens`, `prices[].model`. What may be a name or a section has both. */
export function documentKeys(schema: z.core.$ZodType = documentSchema, path = ''): readonly string[] {
  if (schema instanceof z.ZodOptional) return documentKeys(schema.unwrap(), path);
  if (schema instanceof z.ZodRecord) return documentKeys(schema.valueType, `${path}.*`);
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject)
    return documentKeys(schema.element, `${path}[]`);
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodPipe)
    return [path, ...sectionKeys(schema.element, `${path}[]`)];
  if (!(schema instanceof z.ZodObject)) return [path];
  return Object.entries(schema.shape).flatMap(([name, member]) =>
    documentKeys(member, path === '' ? name : `${path}.${name}`),
  );
}

/** Of what is read in several passes, the keys of the section among them. */
function sectionKeys(schema: z.core.$ZodType, path: string): readonly string[] {
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out].flatMap((pass) => sectionKeys(pass, path));
  return schema instanceof z.ZodObject ? documentKeys(schema, path) : [];
}
