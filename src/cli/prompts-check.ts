// `codementor-llm prompts check`: loads the templates of a folder and tells everything that is wrong with them, one line each.

import { checkPrompts } from '../index.ts';
import { Failure } from './failure.ts';
import { toOutput } from './terminal.ts';

/** Null: those of the package alone. Throws where there is a fault, after all were told. */
export function checkFolder(dir: string | null): void {
  const { prompts, faults } = checkPrompts(dir);
  const where = dir ?? 'the package';
  for (const { file, problem } of faults) toOutput(`✗ ${file}: ${problem}\n`);
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    throw new Failure(`The templates of ${where} have ${count}`);
  }
  toOutput(prompts.map(({ name, version, hash }) => `✓ ${name} ${version} (${hash})\n`).join(''));
}
