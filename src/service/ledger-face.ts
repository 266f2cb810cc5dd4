// The ledger as the library shows it: questions, and repricing with the prices of the catalogue.

import type { Catalog } from '../core/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { LedgerQuery, LedgerStore } from '../core/stores.ts';
import { reprice } from '../ledger/reprice.ts';
import type { LLMService } from './face.ts';

export function ledgerFace(ledger: LedgerStore, priceOf: Catalog['priceOf'], clock: Clock): LLMService['ledger'] {
  return {
    usage: (query, groupBy, page) => ledger.usage(query, groupBy ?? null, page),
    rows: (query) => ledger.rows(query),
    reprice(options, onRows = () => {}) {
      let read = 0;
      const rows = async (query: LedgerQuery) => {
        const page = await ledger.rows(query);
        read += page.rows.length;
        onRows(read);
        return page;
      };
      return reprice({ rows, write: (corrections) => ledger.write(corrections) }, priceOf, options, clock);
    },
  };
}
