// `codementor-llm models --check`: what the vendors list, against what is configured here. Only keys and names of the configuration are
// wanted for it, so it needs nothing of a server that may hold the data folder, and disturbs none.

import { checkModels, type ModelFinding, type ProviderCheck } from '../index.ts';
import { Failure } from './failure.ts';
import { stopOnInterrupt } from './stop.ts';
import { printable, toJson, toOutput } from './terminal.ts';

/** Of what one of the two lists has beyond the other; `--json` tells all. */
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
  const gone = check.findings.filter(({ kind }) => kind === 'gone');
  const used = check.findings.filter(({ kind }) => kind !== 'gone');
  return [
    headingOf(check),
    ...used.map(lineOf),
    ...foldedLine(
      gone.map(({ model }) => model),
      '! ',
      'of the catalogue are not listed',
    ),
    ...foldedLine(check.unknown, '- ', 'more than are known here'),
  ]
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

/** A vendor's mock lists three models, and the catalogue may have forty of that vendor. */
function foldedLine(models: readonly string[], mark: string, what: string): string[] {
  if (models.length === 0) return [];
  const more = models.length > MOST_NAMES ? ', … (all of them: --json)' : '';
  return [`  ${mark}${models.length} ${what}: ${models.slice(0, MOST_NAMES).join(', ')}${more}`];
}
