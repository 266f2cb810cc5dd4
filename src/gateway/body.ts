// Bodies from outside, in the order of what a check costs: size, media type, encoding, shape of the JSON, and only then the parse.
// The shape is scanned before JSON.parse sees it: deep nesting and floods of keys or elements are refused at a few ms for 8 MiB.

import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { llmError } from '../index.ts';

export const BODY_LIMITS = {
  bytes: 8 * 1024 * 1024,
  depth: 64,
  /** Of one object. Integer-like keys of one object can be made to collide (CVE-2026-21717). */
  keysOfOne: 2_000,
  /** Of all objects together: 500 messages with parts and tool calls need about 10,000. */
  keys: 20_000,
  /** Of all arrays together. A schema makes an issue of every bad element: 4 million of them took 7 s and 2.7 GB. */
  elements: 20_000,
} as const;

/** What the headers alone tell of a body, before a byte of it is read. */
export function checkBodyHeaders(headers: IncomingHttpHeaders): void {
  const { 'content-length': length, 'content-type': type, 'content-encoding': encoding } = headers;
  if (length !== undefined && Number(length) > BODY_LIMITS.bytes) throw tooLarge();
  const isEmpty = headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  if (isEmpty) throw llmError('invalid_request', 'The body is empty; send a JSON object');
  // The fast way for what nearly everybody sends.
  if (type !== 'application/json') checkMediaType(type);
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw llmError('unsupported_media_type', 'A body with a Content-Encoding is not taken; send it as it is');
  }
}

const PARAMETER = /^\s*([\w-]{1,40})=(?:"([\w .+-]{0,80})"|([\w.+-]{1,80}))\s*$/;

function checkMediaType(type: string | undefined): void {
  const [mediaType = '', ...parameters] = (type ?? '').split(';');
  const matches = parameters.map((parameter) => PARAMETER.exec(parameter));
  if (mediaType.trimEnd().toLowerCase() !== 'application/json' || matches.includes(null)) {
    throw llmError('unsupported_media_type', 'Send the body as Content-Type: application/json');
  }
  for (const match of matches) {
    const charset = match?.[1]?.toLowerCase() === 'charset' ? (match[2] ?? match[3] ?? '') : 'utf-8';
    if (!/^utf-?8$/i.test(charset)) throw llmError('invalid_encoding', 'JSON is UTF-8; leave the charset out');
  }
}

function tooLarge() {
  return llmError('request_too_large', `The body is larger than ${BODY_LIMITS.bytes} bytes; send less`);
}

/** The whole body; rejects as soon as it is larger than it may be, without reading on. */
export function readBody(payload: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    payload.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_LIMITS.bytes) {
        chunks.push(chunk);
        return;
      }
      payload.removeAllListeners('data');
      payload.pause();
      reject(tooLarge());
    });
    payload.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    payload.on('close', () => {
      if (!payload.readableEnded) reject(llmError('cancelled', 'The caller left before its request was whole'));
    });
  });
}

/** JSON from bytes; duplicate keys: the last one counts, here and therefore everywhere. */
export function parseBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw llmError('invalid_encoding', 'The body is not valid UTF-8');
  const text = bytes.toString('utf8');
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    throw llmError('invalid_encoding', 'The body begins with a byte order mark; leave it out');
  }
  checkShape(text);
  const value = parsed(text);
  // Only a text in which such a key can stand is walked; a prompt about `__proto__` is no offence.
  const suspicious = text.includes('__proto__') || text.includes('constructor') || text.includes('\\u00');
  if (suspicious) refusePoison(value);
  return value;
}

const BYTE_ORDER_MARK = 0xfeff;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw llmError('invalid_request', 'The body is not valid JSON');
  }
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * Depth and number of keys and elements, without parsing; an empty array counts as one element. Text that is no JSON passes; the
 * parser says so then.
 */
function checkShape(text: string): void {
  const keysAt = new Uint16Array(BODY_LIMITS.depth + 1);
  const isListAt = new Uint8Array(BODY_LIMITS.depth + 1);
  let depth = 0;
  let keys = 0;
  let elements = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    switch (unit) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth++;
        if (depth > BODY_LIMITS.depth) throw tooDeep();
        keysAt[depth] = 0;
        isListAt[depth] = unit === OPEN_LIST ? 1 : 0;
        elements += unit === OPEN_LIST ? 1 : 0;
        break;
      case COMMA:
        elements += isListAt[depth] ?? 0;
        if (elements > BODY_LIMITS.elements) throw tooManyElements();
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        if (depth > 0) depth--;
        break;
      case COLON: {
        const ofThis = (keysAt[depth] ?? 0) + 1;
        keysAt[depth] = ofThis;
        keys++;
        if (ofThis > BODY_LIMITS.keysOfOne || keys > BODY_LIMITS.keys) throw tooManyKeys();
        break;
      }
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function tooDeep() {
  return llmError('too_deep', `The body is nested deeper than ${BODY_LIMITS.depth}`);
}

function tooManyKeys() {
  const { keysOfOne, keys } = BODY_LIMITS;
  return llmError('invalid_request', `An object has at most ${keysOfOne} keys, the whole body ${keys}`);
}

function tooManyElements() {
  return llmError('invalid_request', `All arrays of the body have at most ${BODY_LIMITS.elements} elements together`);
}

function refusePoison(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) refusePoison(item);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const isPrototype = key === 'constructor' && typeof member === 'object' && member !== null;
    if (key === '__proto__' || (isPrototype && Object.hasOwn(member, 'prototype'))) {
      throw llmError('invalid_request', `The key "${key}" is not taken, since it could reach the prototype of objects`);
    }
    refusePoison(member);
  }
}
