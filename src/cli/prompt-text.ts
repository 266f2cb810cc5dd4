// What a prompt gave, for people: its data as indented text, and in a line what was checked of it.

import type { Json, JsonObject } from '../index.ts';
import type { VerificationRow } from './native.ts';
import { isObject } from './prompt-variables.ts';

/** Names stand as they are; texts stand as they were written, under their names where they have several lines. */
export function dataText(data: JsonObject): string {
  return `${linesOf(data).join('\n')}\n`;
}

function linesOf(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => bulletsOf(linesOf(item)));
  if (!isObject(value)) return String(value ?? '-').split('\n');
  return Object.entries(value).flatMap(([name, member]) => {
    const lines = linesOf(member);
    const isFlat = lines.length === 1 && (typeof member !== 'object' || member === null);
    if (isFlat) return [`${name}: ${lines[0]}`];
    return lines.length === 0 ? [`${name}: -`] : [`${name}:`, ...lines.map((line) => `  ${line}`.trimEnd())];
  });
}

function bulletsOf(lines: readonly string[]): string[] {
  return lines.map((line, index) => `${index === 0 ? '-' : ' '} ${line}`);
}

/** "verified: 7 checks passed, 2 skipped · 1 repair", and a line for everything that did not pass or was left out. */
export function verificationText({ status, checks, dropped, repairs, fallback }: VerificationRow): string {
  const count = (verdict: string) => checks.filter((check) => check.verdict === verdict).length;
  const counts = [
    `${count('passed')} checks passed`,
    ...['failed', 'skipped'].flatMap((verdict) => (count(verdict) === 0 ? [] : [`${count(verdict)} ${verdict}`])),
  ];
  const facts = [
    `${status}: ${counts.join(', ')}`,
    ...(repairs === 0 ? [] : [`${repairs} ${repairs === 1 ? 'repair' : 'repairs'}`]),
    ...(fallback === null ? [] : [`not the model’s words: ${fallback}`]),
  ];
  const notPassed = checks.filter(({ verdict }) => verdict !== 'passed');
  const lines = [
    facts.join(' · '),
    ...notPassed.map(({ id, verdict, evidence }) => `  ${id} ${verdict}${evidence === null ? '' : `: ${evidence}`}`),
    ...dropped.map(({ path, rule, reason }) => `  left out ${path} (${rule}): ${reason}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
