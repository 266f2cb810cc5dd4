// Shapes of what comes in, checked once at this edge. Schemas are strict and coerce nothing; a spoken dialect reads through the
// same schemas and leaves out what they don't know. How large or how many is the library's matter, not the schemas'.

import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { didYouMean, type JsonObject, type LLMError, llmError } from '../index.ts';
import { faultWords } from './fault-words.ts';
import { namesAt } from './field-names.ts';

export const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be an object').meta({ type: 'object' });

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For routes whose shape Fastify checks: a fault is thrown as our own error, with the field's path. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const what = httpPart === 'querystring' ? 'parameter' : 'field';
    return { error: firstFault(result.error, data, (path) => ({ what, names: namesAt(schema, data, path) })) };
  };

export interface Lenient<T> {
  readonly value: T;
  /** Paths of the fields that were left out. */
  readonly ignored: readonly string[];
}

/** Reads by a strict schema what may hold more than it knows. The body is ours alone, so what is left out is deleted in it. */
export function parseLenient<T>(schema: z.ZodType<T>, body: unknown): Lenient<T> {
  const ignored: string[] = [];
  for (;;) {
    const result = schema.safeParse(body);
    if (result.success) return { value: result.data, ignored };
    const issues = result.error.issues.map(innermost);
    const fault = issues.find(({ code }) => code !== 'unrecognized_keys');
    if (fault !== undefined) throw faultOf(fault, body);
    for (const issue of issues) leaveOut(body, issue, ignored);
  }
}

type Issue = z.core.$ZodIssue;

function leaveOut(body: unknown, issue: Issue, ignored: string[]): void {
  if (issue.code !== 'unrecognized_keys') return;
  const parent = valueAt(body, issue.path);
  for (const key of issue.keys) {
    if (!isContainer(parent)) continue;
    // An absent thing that was spelled out: nobody asked for anything.
    if (Reflect.get(parent, key) !== null) ignored.push(pathText([...issue.path, key]));
    Reflect.deleteProperty(parent, key);
  }
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (isContainer(value) ? Reflect.get(value, key) : null), body);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The first fault found. An unknown field has its own code, and is named, with those that it may have been meant for. */
function firstFault(error: z.ZodError, data: unknown, known: Known): LLMError {
  const [first] = error.issues;
  if (first === undefined) return llmError('invalid_request', 'The request has a fault');
  const issue = innermost(first);
  return issue.code === 'unrecognized_keys'
    ? unknownField(issue.path, issue.keys[0] ?? '', known)
    : faultOf(issue, data);
}

/** What stands at a path, and the names that there are. */
type Known = (path: readonly PropertyKey[]) => { readonly what: string; readonly names: readonly string[] };

function unknownField(path: readonly PropertyKey[], key: string, known: Known): LLMError {
  const { what, names } = known(path);
  const param = pathText([...path, key]);
  const meant = didYouMean(key, names);
  const advice = meant === '' ? '; leave it out' : `.${meant}`;
  return llmError('unknown_parameter', `There is no ${what} "${param}" here${advice}`, { param });
}

function faultOf(issue: Issue, data: unknown): LLMError {
  const param = pathText(issue.path);
  const message = faultWords(issue, valueAt(data, issue.path));
  if (param === '') return llmError('invalid_request', `The request ${message}`);
  return llmError('invalid_request', `${param}: ${message}`, { param });
}

/** Of a union's branches the one that came farthest: the others say only that it isn't them. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const first = issue.errors.map(([head]) => head).filter((head) => head !== undefined);
  const deepest = first.reduce<Issue | null>((best, head) => (depthOf(head) > depthOf(best) ? head : best), null);
  if (deepest === null) return issue;
  return innermost({ ...deepest, path: [...issue.path, ...deepest.path] });
}

/** An unknown key is a level below the object that has it. */
function depthOf(issue: Issue | null): number {
  if (issue === null) return 0;
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0);
}

/** `messages[2].content`. Keys come from outside: bounded, and only plain characters. */
function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path.slice(0, 16)) {
    if (typeof key === 'number') text += `[${key}]`;
    else
      text += `${text === '' ? '' : '.'}${String(key)
        .slice(0, 64)
        .replace(/[^\w-]/g, '?')}`;
  }
  return text;
}
