// What goes to the terminal: answers to standard output, everything about them to standard error, so that a pipe gets the answer
// alone. Colour is styleText's matter: it leaves it out where no terminal is, and where NO_COLOR is set.

import { styleText } from 'node:util';
import type { Summary } from './native.ts';
import { grouped } from './table.ts';

export function toOutput(text: string): void {
  process.stdout.write(text);
}

/** Resolves when it is taken; false: the reader has gone (`… | head`), and nothing more is of use. */
export function toReader(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (process.stdout.writable) process.stdout.write(printable(text), (error) => resolve(error == null));
    else resolve(false);
  });
}

export function toPeople(text: string): void {
  process.stderr.write(text);
}

export function dim(text: string): string {
  return styleText('dim', text, { stream: process.stderr });
}

/** A model's words can hold escape sequences that move the cursor or rename the window: a terminal gets none of them. */
export function printable(text: string): string {
  return process.stdout.isTTY ? text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '') : text;
}

/** Takes back what stands on the current line of standard error. */
export function clearLine(): void {
  toPeople('\r\u001b[K');
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** "groq · openai/gpt-oss-120b · 42 + 118 tokens · $0.000083 · cached" */
export function footer(answer: Summary): string {
  const { provider, model, prompt_tokens, completion_tokens, cost_usd, cached, finish_reason } = answer;
  const tokens =
    prompt_tokens === null || completion_tokens === null
      ? 'tokens not told'
      : `${grouped(prompt_tokens)} + ${grouped(completion_tokens)} tokens`;
  const facts = [provider, model, tokens, cost_usd === null ? 'unpriced' : `$${cost_usd}`];
  if (cached) facts.push('cached');
  if (finish_reason !== 'stop') facts.push(`ended by ${finish_reason}`);
  const warnings = answer.warnings.map(({ message }) => `warning: ${message}`);
  return [facts.join(' · '), ...warnings].map((line) => `${dim(line)}\n`).join('');
}
