// A kind of fault that a model may have, and how it is planted. The planter says whether what was delivered still bears it, by looking for
// what it planted; what the checks of the package say of it is never asked.

import type { Seeded } from '../../../src/eval/seeded.ts';
import type { JsonObject } from '../../../src/index.ts';
import type { Ask, Planted } from './pipeline.ts';

export type Area =
  | 'every prompt'
  | 'exercise'
  | 'hint'
  | 'reply'
  | 'review'
  | 'feedback'
  | 'interview'
  | 'explanation'
  | 'greeting';

export interface FaultClass {
  readonly area: Area;
  readonly name: string;
  /** The checks that it is for. */
  readonly rules: string;
  /** `none`: none of it is ever delivered. `most`: at least 95 of 100 are caught. `measured`: it is told how many are. */
  readonly demand: 'none' | 'most' | 'measured';
  plant(chance: Seeded, clean: CleanData): Planted | Promise<Planted>;
}

/** What is delivered where the model has no fault. */
export type CleanData = (ask: Ask) => Promise<JsonObject>;
