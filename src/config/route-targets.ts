// The targets of a route in the YAML file: a model's name, or a section with the terms on which the route takes it.

import { z } from 'zod';
import { MODEL_FEATURES, type RouteTerms } from '../core/catalog.ts';
import { perToken } from '../core/money.ts';
import { oneOf, text, usdPerMillion, wholeNumber } from './leaves.ts';

const section = z.strictObject({
  model: text,
  weight: wholeNumber(1, 1_000).optional(),
  needs: z.array(oneOf(MODEL_FEATURES)).min(1, 'write at least one feature').optional(),
  min_context: wholeNumber(1, 100_000_000).optional(),
  max_usd_per_million_output: usdPerMillion.optional(),
});

/** A name alone is a section with that alone. */
const named = (target: unknown) => (typeof target === 'object' && target !== null ? target : { model: target });

export const routeTarget = z.preprocess(named, section).transform((target): { readonly model: string } & RouteTerms => {
  const { model, weight, needs, min_context: minContext, max_usd_per_million_output: ceiling } = target;
  return { model, weight, needs, minContext, maxOutputPicoUsd: ceiling === undefined ? undefined : perToken(ceiling) };
});
