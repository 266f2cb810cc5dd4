// How long a vendor asks us to wait, read a second time, without the codecs: by its headers, by Google's detail, by its sentence.

import { arrayAt, isObject, type Json, objectAt, stringAt } from '../../src/core/json.ts';
import type { ReplyHeaders } from '../../src/core/provider.ts';

const DAY_MS = 86_400_000;

/** Null: nobody says. A header goes before a detail, and that before a sentence. */
export function saidWaitMs(headers: ReplyHeaders, body: Json): number | null {
  return toldByHeaders(headers) ?? toldByDetail(body) ?? toldBySentence(body);
}

/** Azure's `retry-after-ms: 0` beside `retry-after: 1` says nothing. */
export function toldByHeaders(headers: ReplyHeaders): number | null {
  const inMs = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (inMs > 0) return inMs;
  const inSeconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(inSeconds) ? inSeconds * 1_000 : null;
}

function toldByDetail(body: Json): number | null {
  const error = objectAt(Array.isArray(body) ? body[0] : body, 'error');
  const delays = (arrayAt(error, 'details') ?? []).flatMap((detail) => stringAt(detail, 'retryDelay') ?? []);
  return delays[0] === undefined ? null : spanMs(delays[0]);
}

function toldBySentence(body: Json): number | null {
  const error = isObject(body) ? body['error'] : null;
  const [, span] = /try again in ([\d.hms]+?)\.?(?:\s|$)/.exec(stringAt(error, 'message') ?? '') ?? [];
  return span === undefined ? null : spanMs(span);
}

/** `114h18m0s`, `7.66s`, `6ms`; no wait is longer than a day. */
export function spanMs(text: string): number | null {
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)(ms|s))?$/.exec(text);
  if (match === null || text === '') return null;
  const [, hours = '0', minutes = '0', rest = '0', unit] = match;
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(rest) * (unit === 'ms' ? 1 : 1_000);
  return Math.min(DAY_MS, Math.ceil(Number(ms.toFixed(3))));
}
