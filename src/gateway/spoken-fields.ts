// What the spoken dialects have in common in what they ask: features that nobody here can give are refused, knobs that we don't turn
// are left out and named, the user is known by any of the names that clients use.

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type LLMRequest, llmError } from '../index.ts';
import { refuseReserved } from './reserved.ts';
import { isJsonObject, parseLenient } from './schema.ts';

/** What a request of a spoken dialect asks, in our words. */
export interface SpokenAsked {
  readonly request: LLMRequest;
  readonly stream: boolean;
  /** Names of what was left out. */
  readonly ignored: readonly string[];
}

export type IsUnwanted = (value: unknown) => boolean;

/** Fields that a dialect knows and that have no place in our words. */
export interface SetAside {
  /** Features, each with the test for a value by which a client says that it doesn't want it. */
  readonly features: ReadonlyMap<string, IsUnwanted>;
  /** Asking for nothing: what is said here is what happens anyway, so nothing is named as left out. */
  readonly moot: ReadonlyMap<string, readonly unknown[]>;
  /** What to do instead of asking for a feature, where there is more to say than to leave it out. */
  readonly instead?: Readonly<Record<string, string>>;
}

export const never: IsUnwanted = () => false;

/** Reads a body leniently by a strict schema; the body is ours alone, so what is set aside is deleted in it. */
export function readSpoken<T>(schema: z.ZodType<T>, body: unknown, setAside: SetAside) {
  if (isJsonObject(body)) for (const [name, value] of Object.entries(body)) checkField(body, name, value, setAside);
  const { value, ignored } = parseLenient(schema, body);
  return { asked: value, ignored: [...ignored] };
}

function checkField(body: object, name: string, value: unknown, setAside: SetAside): void {
  const { features, moot, instead } = setAside;
  refuseReserved(name);
  const isUnwanted = features.get(name);
  if (isUnwanted !== undefined && value !== null && !isUnwanted(value)) {
    const advice = instead?.[name] ?? 'leave it out';
    throw llmError('invalid_request', `"${name}" asks for what is not available here; ${advice}`, { param: name });
  }
  if (isUnwanted !== undefined || moot.get(name)?.includes(value) === true) Reflect.deleteProperty(body, name);
}

/** The first name that says anything; the header `x-user-id` comes last. */
export function named(request: LLMRequest, headers: IncomingHttpHeaders, names: readonly unknown[]): LLMRequest {
  const userId = [...names, headers['x-user-id']].find((name) => typeof name === 'string' && name !== '');
  return typeof userId === 'string' ? { ...request, userId } : request;
}

export const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'default']);

/** What is more than we have is asked as `high`, and named. */
export function effortOf(asked: z.infer<typeof effort> | null | undefined, name: string, ignored: string[]) {
  if (asked === null || asked === undefined || asked === 'default') return null;
  if (asked !== 'xhigh' && asked !== 'max') return asked;
  ignored.push(name);
  return 'high' as const;
}

/** Who has given a state that a client brings from before it came here: whom it asks now, as far as the name of the model says. */
export function providerNamedIn(model: string | null | undefined): string | null {
  const end = model?.indexOf('/') ?? -1;
  return end > 0 ? (model?.slice(0, end) ?? null) : null;
}

/** Tiers that cost no more than the price in the catalogue; dearer ones are left to the operator. */
const SERVICE_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'on_demand']);

export function tierOf(asked: string | null | undefined, ignored: string[]): string | null {
  if (asked === null || asked === undefined) return null;
  if (SERVICE_TIERS.has(asked)) return asked;
  ignored.push('service_tier');
  return null;
}

/** OpenAI's own bounds; a metadata value of theirs may be longer than a tag of ours. */
const METADATA = { pairs: 16, keyCharacters: 64, valueCharacters: 512 };
const TAG_CHARACTERS = 64;

export const metadata = z
  .record(z.string().max(METADATA.keyCharacters), z.string().max(METADATA.valueCharacters))
  .refine((pairs) => Object.keys(pairs).length <= METADATA.pairs, `at most ${METADATA.pairs} pairs`)
  .nullish()
  .describe('Short values become tags of usage reports');

export function tagsOf(pairs: z.infer<typeof metadata>, ignored: string[]): Readonly<Record<string, string>> | null {
  if (pairs === null || pairs === undefined) return null;
  const others = Object.entries(pairs).filter(([name]) => name !== 'user_id');
  const short = others.filter(([name, value]) => name !== '' && value.length <= TAG_CHARACTERS);
  if (short.length < others.length) ignored.push('metadata');
  return Object.fromEntries(short);
}
