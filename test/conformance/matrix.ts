// All cases, run, as a table of vendors and features.

import { recordedApis } from '../providers/recorded.ts';
import { cancelCases } from './cancel-cases.ts';
import { type Case, FEATURES, type Feature, type Source } from './case.ts';
import { DIALECTS } from './dialects.ts';
import { recordedCases } from './recorded-cases.ts';
import { type Refused, refusedRequests } from './refused-requests.ts';
import { headerCases, quotedCases } from './told-cases.ts';
import { VENDORS } from './vendors.ts';
import { writtenCases } from './written-cases.ts';

export type Cell =
  | { readonly verdict: 'pass' | 'not offered'; readonly cases: number }
  | { readonly verdict: 'unknown' };

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly cells: Readonly<Record<Feature, Cell>>;
  readonly counts: Readonly<Record<Source, number>>;
}

export interface Matrix {
  readonly rows: readonly Row[];
  readonly refusals: readonly Refused[];
  /** Names of cases, and what was wrong. */
  readonly failures: readonly { readonly name: string; readonly why: string }[];
}

function allCases(): readonly Case[] {
  return [...recordedCases(), ...quotedCases(), ...headerCases(), ...writtenCases(), ...cancelCases()];
}

export async function runMatrix(cases: readonly Case[] = allCases()): Promise<Matrix> {
  const failures: { name: string; why: string }[] = [];
  const strangers = cases.filter(({ vendor }) => VENDORS.every(({ id }) => id !== vendor));
  for (const { vendor, name } of strangers)
    failures.push({ name: `${vendor}: ${name}`, why: 'there is no row for it' });
  for (const { vendor, feature, name, run } of cases) {
    try {
      await run();
    } catch (thrown) {
      failures.push({ name: `${vendor}: ${FEATURES[feature]}: ${name}`, why: messageOf(thrown) });
    }
  }
  const refusals = refusedRequests();
  for (const { vendor, what, fault } of refusals)
    if (fault !== null) failures.push({ name: `${vendor}: refused: ${what}`, why: fault });
  return {
    refusals,
    rows: VENDORS.map(({ id, name }) => ({ id, name, ...rowOf(cases.filter(({ vendor }) => vendor === id)) })),
    failures,
  };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function rowOf(cases: readonly Case[]): Pick<Row, 'cells' | 'counts'> {
  const cellOf = (feature: Feature): Cell => {
    const own = cases.filter((each) => each.feature === feature);
    const refusals = own.filter(({ isRefusal }) => isRefusal === true).length;
    if (own.length === 0) return { verdict: 'unknown' };
    return refusals > 0 ? { verdict: 'not offered', cases: refusals } : { verdict: 'pass', cases: own.length };
  };
  const countOf = (source: Source) => cases.filter((each) => each.source === source).length;
  return {
    cells: {
      whole: cellOf('whole'),
      stream: cellOf('stream'),
      tools: cellOf('tools'),
      parallel: cellOf('parallel'),
      streamedTools: cellOf('streamedTools'),
      schema: cellOf('schema'),
      images: cellOf('images'),
      reasoning: cellOf('reasoning'),
      usage: cellOf('usage'),
      cached: cellOf('cached'),
      cancel: cellOf('cancel'),
      wait: cellOf('wait'),
      errors: cellOf('errors'),
    },
    counts: { recorded: countOf('recorded'), written: countOf('written'), mock: countOf('mock') },
  };
}

export interface Exchanges {
  readonly all: number;
  readonly read: number;
  /** Of an API that is spoken, and read otherwise. */
  readonly odd: number;
  /** Of APIs that are not spoken: how many of which. */
  readonly unspoken: readonly (readonly [api: string, exchanges: number])[];
}

export function exchanges(): Exchanges {
  const apis = [...recordedApis()].sort();
  const spoken = (api: string) => DIALECTS.some((dialect) => dialect.api === api);
  const read = DIALECTS.flatMap((dialect) =>
    dialect.recordings.filter((recording) => dialect.isRead(recording)),
  ).length;
  const all = DIALECTS.flatMap(({ recordings }) => recordings).length;
  return {
    all: apis.reduce((sum, [, count]) => sum + count, 0),
    read,
    odd: all - read,
    unspoken: apis.filter(([api]) => !spoken(api)),
  };
}
