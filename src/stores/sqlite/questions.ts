// Every question that may take long, by kind: put to a worker where there is one, else answered on the connection there is.

import type { DatabaseSync } from 'node:sqlite';
import type {
  CallerCharge,
  ChargeQuery,
  LedgerQuery,
  UsageGroup,
  UsagePage,
  UsageQuery,
  UsageReport,
} from '../../core/stores.ts';
import { selectCharges } from './charges.ts';
import { type RowPage, selectRows } from './queries.ts';
import { type HourlySums, selectHourlySums, selectHourToRoll } from './roll-ups.ts';
import { selectUsage } from './usage.ts';

export type Question =
  | { readonly kind: 'rows'; readonly query: LedgerQuery }
  | {
      readonly kind: 'usage';
      readonly query: UsageQuery;
      readonly groupBy: UsageGroup | null;
      readonly page: UsagePage;
    }
  | { readonly kind: 'charges'; readonly query: ChargeQuery }
  | { readonly kind: 'hourToRoll'; readonly fromMs: number; readonly beforeMs: number }
  | { readonly kind: 'hourlySums'; readonly hourMs: number };

export interface Answers {
  readonly rows: RowPage;
  readonly usage: UsageReport;
  readonly charges: readonly CallerCharge[];
  readonly hourToRoll: number | null;
  readonly hourlySums: HourlySums;
}

/** The answer stands under the question's kind. */
export function answerTo(db: DatabaseSync, question: Question): Partial<Answers> {
  switch (question.kind) {
    case 'rows':
      return { rows: selectRows(db, question.query) };
    case 'usage':
      return { usage: selectUsage(db, question.query, question.groupBy, question.page) };
    case 'charges':
      return { charges: selectCharges(db, question.query) };
    case 'hourToRoll':
      return { hourToRoll: selectHourToRoll(db, question.fromMs, question.beforeMs) };
    case 'hourlySums':
      return { hourlySums: selectHourlySums(db, question.hourMs) };
  }
}
