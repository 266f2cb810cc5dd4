// `/model` without a name: the models to choose from, on the terminal.

import { isCancel, select } from '@clack/prompts';
import type { Backend } from './backend.ts';

/** Null when the user chose none. */
export async function chooseModel(backend: Backend, current: string | null): Promise<string | null> {
  const models = await backend.models();
  const chosen = await select({
    message: 'Model',
    options: models.map(({ id, provider }) => ({ value: id, label: id, hint: provider })),
    maxItems: 12,
    ...(current !== null && { initialValue: current }),
  });
  return isCancel(chosen) ? null : chosen;
}
