// Vendors that bill more than was held for them. An excess cannot be unspent; what it can do is raise the bound of the next hold.

import type { BilledModel, Overruns } from '../core/parts.ts';

/** A vendor further off than this is broken: holding still more would refuse everybody. */
const FACTOR_MOST = 16;
/** Callers may name models of servers that nobody has listed: the oldest is forgotten. */
const MODELS_MOST = 1_000;

/** Remembers for the life of the process; a restart begins anew with the ledger's rows flagged. */
export function createOverruns(): Overruns {
  const factors = new Map<string, number>();
  return {
    factorOf: (model) => factors.get(nameOf(model)) ?? 1,
    note: (model, factor) => {
      const name = nameOf(model);
      // Holds are made by the raised bound, so an excess over one of those adds to it.
      const raised = (factors.get(name) ?? 1) * Math.max(1, factor);
      factors.delete(name);
      factors.set(name, Math.min(FACTOR_MOST, raised));
      const [oldest] = factors.keys();
      if (factors.size > MODELS_MOST && oldest !== undefined) factors.delete(oldest);
    },
  };
}

function nameOf({ provider, model }: BilledModel): string {
  return `${provider}/${model}`;
}
