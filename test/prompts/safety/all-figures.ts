// All the figures of docs/safety.md at a size, and what has to hold of them at any size.

import { CATALOGUE, classFigures, cleanFigures } from './figures.ts';
import { benignFigures, suspicionFigures, twinFigures } from './injection-figures.ts';
import { BENIGN } from './injections.ts';
import { Pipeline } from './pipeline.ts';
import type { Figures } from './table.ts';

export interface Size {
  /** Of each kind of fault. */
  readonly faults: number;
  readonly clean: number;
  /** Attacks for each prompt and place. */
  readonly attacks: number;
  readonly benign: number;
}

/** As in the page. */
export const FULL: Size = {
  faults: 50,
  clean: 50,
  attacks: 100,
  benign: BENIGN.length,
};
export const SMALL: Size = { faults: 3, clean: 4, attacks: 7, benign: 12 };

export async function figuresOf(size: Size): Promise<Figures> {
  await using pipeline = await Pipeline.open();
  const classes = [];
  for (const fault of CATALOGUE) classes.push(await classFigures(pipeline, fault, size.faults));
  return {
    classes,
    clean: await cleanFigures(pipeline, size.clean),
    twins: await twinFigures(pipeline, size.attacks),
    benign: await benignFigures(pipeline, size.benign),
    suspicions: suspicionFigures(),
  };
}
