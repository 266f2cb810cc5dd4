// The models that a vendor has shut down or said it will, of all vendors, and the sentences that say so. Days are those of UTC.

import type { ModelEnding } from '../core/catalog.ts';
import { VENDORS, type VendorId } from '../core/provider-settings.ts';
import { ANTHROPIC_ENDS } from './anthropic-models.ts';
import type { ModelEnd } from './ends.ts';
import { GEMINI_ENDS } from './gemini-models.ts';
import { GROQ_ENDS } from './groq-models.ts';
import { OPENAI_ENDS } from './openai-models.ts';

interface VendorEnd extends ModelEnd {
  readonly vendor: string;
  readonly endsAtMs: number;
}

/** Alone, and with its vendor before it. */
const BY_NAME: ReadonlyMap<string, VendorEnd> = new Map([
  ...named('groq', GROQ_ENDS),
  ...named('openai', OPENAI_ENDS),
  ...named('anthropic', ANTHROPIC_ENDS),
  ...named('gemini', GEMINI_ENDS),
]);

function named(id: VendorId, ends: ReadonlyMap<string, ModelEnd>): readonly [string, VendorEnd][] {
  return [...ends].flatMap(([model, end]): [string, VendorEnd][] => {
    const told = { ...end, vendor: VENDORS[id], endsAtMs: Date.parse(end.shutDownOn) };
    return [
      [model, told],
      [`${id}/${model}`, told],
    ];
  });
}

/** Null when no vendor has shut it down by then; else the sentence that says so and what to use. */
export function whyRetired(name: string, atMs: number): string | null {
  const end = BY_NAME.get(name);
  if (end === undefined || end.endsAtMs > atMs) return null;
  return `${end.vendor} shut "${name}" down on ${end.shutDownOn}. ${insteadOf(end)}`;
}

/** Null when no end of it is known; else the sentence for whoever still asks it. */
export function endAhead(name: string, atMs: number): string | null {
  const end = BY_NAME.get(name);
  if (end === undefined || end.endsAtMs <= atMs) return null;
  return ahead(name, end);
}

/** For the card of a model that has an end. */
export function endingOf(name: string): ModelEnding | null {
  const end = BY_NAME.get(name);
  return end === undefined ? null : { atMs: end.endsAtMs, notice: ahead(name, end) };
}

function ahead(name: string, end: VendorEnd): string {
  return `${end.vendor} shuts "${name}" down on ${end.shutDownOn}. ${insteadOf(end)}`;
}

function insteadOf({ replacement }: ModelEnd): string {
  return replacement === null ? 'Nothing replaces it' : `Use "${replacement}"`;
}
