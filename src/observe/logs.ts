// Structured logs: one event, one JSON line, under the platform's names. Lines are written per tick, not per event. No field
// ever holds a prompt, an answer or a key; errors are told by name, message and stack only, since their own fields may hold more.

import { pino } from 'pino';
import type { Report } from '../core/parts.ts';

export interface LogOptions {
  readonly level: 'silent' | 'debug' | 'info' | 'warn' | 'error';
  /** A file descriptor. Default 2, standard error: a program's own output stays its own. */
  readonly descriptor?: number;
  /** Strings that must never be written, whatever carries them: the keys of this process. */
  readonly secrets: readonly string[];
}

export interface Logs {
  readonly report: Report;
  /** Also these must never be written from now on: a configuration that is read again may bring new keys. */
  hide?(secrets: readonly string[]): void;
  /** Resolves when all lines so far are written. */
  flush(): Promise<void>;
}

export function createLogs({ level, descriptor = 2, secrets }: LogOptions): Logs {
  let hidden = secrets;
  const destination = pino.destination({ dest: descriptor, sync: false, minLength: 1 });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: neutralised },
    },
    destination,
  );
  return {
    report(lineLevel, event, fields) {
      if (logger.isLevelEnabled(lineLevel)) logger[lineLevel]({ event, ...redactFields(fields, hidden) });
    },
    hide: (more) => {
      hidden = [...new Set([...hidden, ...more])];
    },
    // With a write under way a synchronous flush would overtake it and turn the lines about.
    flush: () => new Promise((resolve) => destination.flush(() => resolve())),
  };
}

// JSON leaves these as they are: C1 controls (0x9b begins an escape sequence in some terminals), and what ends a line or turns
// its direction about for whoever reads the log on a screen. Escaped they are the same JSON.
const MISLEADING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function neutralised(line: string): string {
  return line.replace(MISLEADING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const DEEPEST = 4;

/** Fields as plain JSON, errors reduced, every secret blotted out at any depth and in the encodings it may travel in. */
export function redactFields(
  fields: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Record<string, unknown> {
  const forms = secrets.flatMap(formsOf);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [redactText(name, forms), redact(value, forms, 0)]),
  );
}

/** The secret as text, in JSON, in a URL, and inside any base64, where its neighbours shift it by up to two bytes. */
function formsOf(secret: string): string[] {
  if (secret.length < 8) return [];
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/={1,2}$/, '');
    // The characters at both edges hold bits of the neighbours too; what is between them is the secret's alone.
    const end = (shift + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(Math.ceil((shift * 4) / 3), end);
  });
  const inUrl = inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64, ...inUrl])];
}

function redactText(text: string, forms: readonly string[]): string {
  let clean = text;
  for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, '[secret]');
  return clean;
}

function redact(value: unknown, forms: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return redactText(value, forms);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return redact({ name, message, stack, ...(cause !== undefined && { cause }) }, forms, depth + 1);
  }
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, forms, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redactText(name, forms), redact(item, forms, depth + 1)]),
  );
}
