// What has to hold for an evaluation to pass: bounds on shares, from a file of the user's (`--fail-under`). A share of nothing meets no gate,
// since nobody has shown anything.

import { z } from 'zod';
import { EvaluationError } from './evaluation-error.ts';
import type { ModelReport } from './report.ts';

const share = z.number().min(0).max(1);
const bound = z
  .strictObject({ min: share.optional(), max: share.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'it needs a min or a max');

/** By `suite.metric`, or by the metric alone for every suite that has it. */
const gatesSchema = z.record(z.string(), bound);
export type Gates = z.output<typeof gatesSchema>;

export interface GateResult {
  readonly model: string;
  /** `suite.metric`. */
  readonly metric: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly rate: number | null;
  readonly is_met: boolean;
}

/** Throws an EvaluationError that says what is wrong with the file. */
export function readGates(text: string): Gates {
  try {
    const given: unknown = JSON.parse(text);
    const gates = gatesSchema.parse(given);
    // A name that cannot be one of a table's own is left out of it without a word.
    const left = Object.keys(Object(given)).filter((name) => !Object.hasOwn(gates, name));
    if (left.length === 0) return gates;
    throw new EvaluationError(`The gates cannot be read: no metric is called ${left.join(', ')}`);
  } catch (error) {
    if (error instanceof EvaluationError) throw error;
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no JSON';
    throw new EvaluationError(
      `The gates cannot be read: ${why}. A gate is a metric and a bound: { "hints.leak_free": { "min": 1 } }`,
    );
  }
}

/** Throws an EvaluationError for a gate of which no suite of this run has the metric: it would pass unseen. */
export function gateResults(gates: Gates, models: readonly ModelReport[]): readonly GateResult[] {
  return Object.entries(gates).flatMap(([name, { min = null, max = null }]) => {
    const results = models.flatMap((model) =>
      sharesNamed(name, model).map(([metric, rate]) => {
        const is_met = rate !== null && (min === null || rate >= min) && (max === null || rate <= max);
        return { model: model.model, metric, min, max, rate, is_met };
      }),
    );
    if (results.length === 0)
      throw new EvaluationError(
        `No suite of this run has the metric ${name}; a gate is \`suite.metric\` or \`metric\``,
      );
    return results;
  });
}

function sharesNamed(name: string, { suites }: ModelReport): readonly (readonly [string, number | null])[] {
  const named = Object.entries(suites).flatMap(([suite, { metrics }]) =>
    Object.entries(metrics).flatMap(([metric, { rate }]) => {
      const isMeant = name === metric || name === `${suite}.${metric}`;
      return isMeant ? [[`${suite}.${metric}`, rate] as const] : [];
    }),
  );
  // By its name alone a metric is that of the suites that show it; where none does, it is missed rather than left out.
  const shown = named.filter(([, rate]) => rate !== null);
  return shown.length > 0 && !name.includes('.') ? shown : named;
}
