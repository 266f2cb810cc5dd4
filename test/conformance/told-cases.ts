// Errors and headers that others have quoted of the vendors: the code by the table of errors, and how long to wait.

import { deepStrictEqual as equal } from 'node:assert/strict';
import { arrayAt, isObject, type Json, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { ReplyHeaders } from '../../src/core/provider.ts';
import { bytesOf, codecOf, decodeStream, replyOf, thrownBy } from '../contract/provider.ts';
import { sharedJson } from '../shared-data.ts';
import type { Case } from './case.ts';
import { VENDORS, type Vendor } from './vendors.ts';
import { saidWaitMs, spanMs, toldByHeaders } from './waits.ts';

/** What the data calls the vendors of our rows; `local` is a proxy of the recorder's. */
const ROWS: Readonly<Record<string, string>> = { google: 'gemini' };

function vendorOf(told: Json): Vendor | undefined {
  const provider = stringAt(told, 'provider') ?? '';
  // Only Responses tell a failure of a stream that has no choices.
  const row = provider === 'openai' && isStreamed(told) ? 'openai-responses' : (ROWS[provider] ?? provider);
  return VENDORS.find(({ id }) => id === row);
}

export function quotedCases(): readonly Case[] {
  return (arrayAt(sharedJson('quoted-errors.json'), 'errors') ?? []).flatMap((told, index): Case[] => {
    const vendor = vendorOf(told);
    if (vendor === undefined) return [];
    const name = `quoted-errors.json, no. ${index}: ${numberAt(told, 'status')}`;
    const of = { vendor: vendor.id, source: 'recorded', name } as const;
    const body = isObject(told) ? (told['body'] ?? null) : null;
    const codec = codecOf(vendor.create());
    const read = () =>
      isStreamed(told)
        ? thrownBy(() => decodeStream(codec, bytesOf(String(body))))
        : codec.decodeError(replyOf(numberAt(told, 'status') ?? 0, body));
    const errors: Case = { ...of, feature: 'errors', run: () => equal(memberOf(read(), 'code'), codeFor(told)) };
    const waitMs = saidWaitMs({}, body);
    if (waitMs === null) return [errors];
    return [errors, { ...of, feature: 'wait', run: () => equal(memberOf(read(), 'retryAfterMs'), waitMs) }];
  });
}

function memberOf(value: unknown, name: 'code' | 'retryAfterMs'): unknown {
  return value instanceof Error && name in value ? Reflect.get(value, name) : value;
}

function isStreamed(told: Json): boolean {
  return isObject(told) && told['stream'] === true;
}

/** By the table of errors; where the status misleads, by the word in the body. */
function codeFor(told: Json): string {
  const word = stringAt(objectAt(objectAt(told, 'body') ?? {}, 'error') ?? {}, 'code');
  if (word === 'model_decommissioned') return 'model_not_found';
  switch (isStreamed(told) ? 503 : numberAt(told, 'status')) {
    case 401:
      return 'provider_auth';
    case 404:
      return 'model_not_found';
    case 413:
      return 'request_too_large';
    case 429:
      return 'provider_rate_limited';
    default:
      return 'provider_overloaded';
  }
}

/**
 * Sets that tell a wait, as if they stood on a 429; and those that tell a reset of the tokens with its unit, with none left. Of the others
 * nothing can be right or wrong but that no wait is made of them.
 */
export function headerCases(): readonly Case[] {
  const sets = sharedJson('ratelimit-headers.json');
  return (Array.isArray(sets) ? sets : []).flatMap((told: Json, index): Case[] => {
    const vendor = vendorOf(told);
    if (vendor === undefined) return [];
    const headers = Object.fromEntries(
      Object.entries(objectAt(told, 'headers') ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const judge = (name: string, sent: ReplyHeaders, waitMs: number): Case => ({
      ...{
        vendor: vendor.id,
        feature: 'wait',
        source: 'recorded',
        name: `ratelimit-headers.json, no. ${index}${name}`,
      },
      run: () => equal(codecOf(vendor.create()).decodeError(replyOf(429, {}, sent)).retryAfterMs, waitMs),
    });
    const waitMs = toldByHeaders(headers);
    if (waitMs !== null) return [judge('', headers, waitMs)];
    const reset = headers['x-ratelimit-reset-tokens'] ?? '';
    const resetMs = spanMs(reset);
    if (resetMs === null || !reset.endsWith('s')) return [];
    return [judge(', with no tokens left', { ...headers, 'x-ratelimit-remaining-tokens': '0' }, resetMs)];
  });
}
