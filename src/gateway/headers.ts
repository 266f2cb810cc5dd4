// What the headers of an answer tell: where it came from, what it cost, how much of the caller's windows is left.

import type { FastifyReply } from 'fastify';
import {
  type Generation,
  type LLMError,
  type LLMRequest,
  type ServiceStatus,
  WINDOWS,
  type WindowState,
} from '../index.ts';
import { rateLimitFields } from './rate-limit-fields.ts';
import type { Dialect } from './wire-words.ts';

/** The ids under which a client finds this answer again; `request-id` is Anthropic's spelling. */
export function tellIds(reply: FastifyReply, requestId: string, generationId?: string): void {
  reply.header('x-request-id', requestId);
  reply.header('request-id', requestId);
  if (generationId !== undefined) reply.header('x-generation-id', generationId);
}

export interface AnswerSource {
  readonly provider: string;
  readonly model: string;
  readonly cached: boolean;
  readonly shared: boolean;
  /** Targets that were really asked. */
  readonly asked: number;
}

export function sourceHeaders(source: AnswerSource, cache: LLMRequest['cache']): Record<string, string> {
  return {
    'x-cache': cacheWord(source, cache),
    'x-provider': headerText(source.provider),
    'x-model': headerText(source.model),
    'x-attempts': String(source.asked),
  };
}

/** Of a failure: how many were asked, and who was the last of them; nothing where it came before anybody could be. */
export function attemptHeaders({ detail: { attempts } }: LLMError): Record<string, string> {
  if (attempts === undefined) return {};
  const asked = attempts.filter(({ outcome }) => outcome !== 'skipped');
  const last = asked.at(-1);
  return {
    'x-attempts': String(asked.length),
    ...(last !== undefined && { 'x-provider': headerText(last.provider), 'x-model': headerText(last.model) }),
  };
}

function cacheWord({ cached, shared }: AnswerSource, cache: LLMRequest['cache']): string {
  if (cached) return 'hit';
  if (shared) return 'shared';
  return cache === 'off' ? 'off' : 'miss';
}

/** A value that cannot break out of its header, whatever a vendor or a caller named something. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1_024);
}

/**
 * `ratelimit-limit`, `-remaining` and `-reset`: the tightest window of calls or tokens; in a spoken dialect also one of each in the
 * names of its vendor. Money has its own error, and calls in flight no reset, so neither is told there: `ratelimit` tells them all.
 */
export function limitHeaders({ limits }: Generation, dialect: Dialect, nowMs: number): Record<string, string> {
  const requests = tightest(limits, 'requests');
  const tokens = tightest(limits, 'tokens');
  const tight = tighter(requests, tokens);
  const headers = rateLimitFields(limits, nowMs);
  if (tight !== null) {
    headers['ratelimit-limit'] = String(tight.window.limit);
    headers['ratelimit-remaining'] = String(Math.max(0, tight.remaining));
    headers['ratelimit-reset'] = String(Math.ceil(msUntilReset(tight, nowMs) / 1_000));
  }
  if (dialect === 'native') return headers;
  const tell = dialect === 'anthropic' ? tellAnthropic : tellOpenai;
  if (requests !== null) tell(headers, 'requests', requests, nowMs);
  if (tokens !== null) tell(headers, 'tokens', tokens, nowMs);
  return headers;
}

function tellOpenai(headers: Record<string, string>, what: string, state: WindowState, nowMs: number): void {
  headers[`x-ratelimit-limit-${what}`] = String(state.window.limit);
  headers[`x-ratelimit-remaining-${what}`] = String(Math.max(0, state.remaining));
  headers[`x-ratelimit-reset-${what}`] = `${msUntilReset(state, nowMs) / 1_000}s`;
}

/** Theirs is the moment, without fractions. */
function tellAnthropic(headers: Record<string, string>, what: string, state: WindowState, nowMs: number): void {
  const resetsAtMs = Math.ceil((nowMs + msUntilReset(state, nowMs)) / 1_000) * 1_000;
  headers[`anthropic-ratelimit-${what}-limit`] = String(state.window.limit);
  headers[`anthropic-ratelimit-${what}-remaining`] = String(Math.max(0, state.remaining));
  headers[`anthropic-ratelimit-${what}-reset`] = new Date(resetsAtMs).toISOString().replace('.000Z', 'Z');
}

function tightest(states: readonly WindowState[], measure: 'requests' | 'tokens'): WindowState | null {
  let found: WindowState | null = null;
  for (const state of states) if (WINDOWS[state.window.name].measure === measure) found = tighter(found, state);
  return found;
}

function tighter(a: WindowState | null, b: WindowState | null): WindowState | null {
  if (a === null || b === null) return a ?? b;
  return shareLeft(b) < shareLeft(a) ? b : a;
}

function shareLeft({ remaining, window }: WindowState): number {
  return window.limit === 0 ? 0 : remaining / window.limit;
}

/** 0 while there is room. */
function msUntilReset({ resetsAtMs }: WindowState, nowMs: number): number {
  return resetsAtMs === null ? 0 : Math.max(0, resetsAtMs - nowMs);
}

/** `x-degraded` names the stores that something stands in for while this is answered; nothing where all is well. */
export function degradedHeaders({ degraded }: Pick<ServiceStatus, 'degraded'>): Record<string, string> {
  return degraded.length === 0 ? {} : { 'x-degraded': degraded.join(', ') };
}

/** `x-ignored-params` names what was left out of a request; nothing where nothing was. */
export function ignoredHeaders(names: readonly string[]): Record<string, string> {
  return names.length === 0 ? {} : { 'x-ignored-params': headerText(names.join(', ')) };
}

/** The HTTP words for the cache; the body's own `cache` stands over them. */
export function cacheAsked(cacheControl: string | undefined): LLMRequest['cache'] {
  if (cacheControl === undefined) return undefined;
  const directives = cacheControl.toLowerCase().split(',');
  if (directives.some((directive) => directive.trim() === 'no-store')) return 'off';
  return directives.some((directive) => directive.trim() === 'no-cache') ? 'refresh' : undefined;
}
