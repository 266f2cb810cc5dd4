// `codementor-llm models --check`: what the vendors list, against what is configured here. Only keys and names of the configuration are
// wanted for it, so it needs nothing of a server that may hold the data folder, and disturbs none.

import { checkModels, type ModelFinding, type ProviderCheck } from '../index.ts';
import { Failure } from './failure.ts';
import { stopOnInterrupt } from './stop.ts';
import { printable, toJson, toOutput } from './terminal.ts';

/** Of what a vendor has beyond the catalogue; `--json` tells all. */
const MOST_NAMES = 8;

export async function checkAtVendors(json: boolean): Promise<void> {
  using stop = stopOnInterrupt();
  const check = await checkModels({ signal: stop.signal });
  toOutput(json ? toJson(check) : check.providers.map(told).join(''));
  if (check.ok) return;
  throw new Failure('Not everything that is in use is there, or not every list could be read', {
    hint: 'Models are named in the environment (GROQ_MODEL, …) and in codementor-llm.yaml; `codementor-llm models` lists those of this version.',
  });
}

/** Names come from outside. */
function told(check: ProviderCheck): string {
  return [headingOf(check), ...check.findings.map(lineOf), ...unknownLine(check)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function headingOf({ provider, listed, skipped, failure, findings }: ProviderCheck): string {
  if (failure !== null) return `✗ ${provider}: ${failure}`;
  if (skipped !== null) return `- ${provider}: nothing to ask, since ${skipped}`;
  const mark = findings.some(({ level }) => level === 'error') ? '✗' : '✓';
  return `${mark} ${provider}: lists ${listed} models`;
}

function lineOf({ level, model, message, named }: ModelFinding): string {
  const where = named.length === 0 ? '' : ` (named ${named.join(', ')})`;
  return `  ${level === 'error' ? '✗' : '!'} ${model} ${message}${where}`;
}

function unknownLine({ unknown }: ProviderCheck): string[] {
  if (unknown.length === 0) return [];
  const more = unknown.length > MOST_NAMES ? ', … (all of them: --json)' : '';
  return [`  - ${unknown.length} more than are known here: ${unknown.slice(0, MOST_NAMES).join(', ')}${more}`];
}
