// Usage, as a page of JSON or as CSV with all its groups. A CSV is written page by page as it is read: however many groups there
// are, one page of them is in memory.

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  csvHeader,
  csvLine,
  type LLMService,
  llmError,
  USAGE_COLUMNS,
  type UsageGroup,
  type UsageQuery,
  type UsageReport,
  usageReportJson,
} from '../index.ts';
import { cursor, pageSize, period, periodOf } from './query.ts';

export const usageQuery = z.strictObject({
  ...period,
  group_by: z.string().optional(),
  cursor: cursor.optional(),
  limit: pageSize(100).optional(),
  format: z.enum(['json', 'csv']).optional().describe('Or by Accept: text/csv. A CSV has all groups'),
});
type Query = z.infer<typeof usageQuery>;

export interface UsageQuestion {
  /** Whose usage it is: stands first in the answer. */
  readonly of: Readonly<Record<string, string>>;
  readonly query: Pick<UsageQuery, 'tenant' | 'userId'>;
  /** Groups beside those that everybody may ask for. */
  readonly groups: readonly UsageGroup[];
}

const GROUPS: readonly UsageGroup[] = ['day', 'model', 'provider', 'prompt'];
const TAG = /^tag:.{1,64}$/s;
const PAGE_GROUPS = 100;
const CSV_PAGE_GROUPS = 1_000;

export async function answerUsage(
  { of, query: whose, groups }: UsageQuestion,
  query: Query,
  request: FastifyRequest,
  reply: FastifyReply,
  ledger: LLMService['ledger'],
): Promise<unknown> {
  const { from = null, to = null, limit } = query;
  const group = groupOf(query.group_by, groups);
  const asked: UsageQuery = { ...whose, ...periodOf(from, to) };
  reply.header('vary', 'Authorization, Accept');
  if (wantsCsv(query, request.headers.accept)) {
    if (query.cursor !== undefined || limit !== undefined) {
      const param = query.cursor === undefined ? 'limit' : 'cursor';
      throw llmError('invalid_request', `${param}: a CSV has all groups; leave it out`, { param });
    }
    const read: ReadPage = (next) => ledger.usage(asked, group, { ...next, limit: CSV_PAGE_GROUPS });
    // The first page is read before the headers leave, so that what fails there is still told as a failure.
    return sendCsv(csvPages(await read({}), group !== undefined, read), reply);
  }
  const page = {
    limit: limit === undefined ? PAGE_GROUPS : Number(limit),
    ...(query.cursor !== undefined && { cursor: query.cursor }),
  };
  const report = await ledger.usage(asked, group, page);
  // A cursor that was given leads to a page with something on it: groups do not go away.
  if (query.cursor !== undefined && report.groups.length === 0) {
    throw llmError('invalid_request', 'cursor: there is no such page; take next_cursor of the page before', {
      param: 'cursor',
    });
  }
  return { ...of, from, to, ...usageReportJson(report) };
}

function groupOf(text: string | undefined, more: readonly UsageGroup[]): UsageGroup | undefined {
  const allowed = [...GROUPS, ...more];
  const found = allowed.find((group) => group === text);
  if (text === undefined || found !== undefined) return found;
  if (isTag(text)) return text;
  throw llmError('invalid_request', `group_by: must be ${allowed.join(', ')} or tag:<name>`, { param: 'group_by' });
}

function isTag(text: string): text is `tag:${string}` {
  return TAG.test(text);
}

/** What is asked for in so many words stands over what a client accepts. */
function wantsCsv({ format }: Query, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  return accept?.split(',').some((type) => type.split(';')[0]?.trim().toLowerCase() === 'text/csv') === true;
}

type ReadPage = (next: { readonly cursor?: string }) => Promise<UsageReport>;

function sendCsv(pages: AsyncIterable<string>, reply: FastifyReply): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', 'attachment; filename="usage.csv"')
    .send(Readable.from(pages, { objectMode: false }));
}

/** Without a group the one line is that of the totals. */
async function* csvPages(
  first: UsageReport,
  isGrouped: boolean,
  read: ReadPage,
): AsyncGenerator<string, void, undefined> {
  yield csvHeader(USAGE_COLUMNS);
  for (let page = first; ; ) {
    const { totals, groups, next_cursor: next } = usageReportJson(page);
    const lines = isGrouped ? groups : [{ key: 'total', ...totals }];
    yield lines.map((line) => csvLine(USAGE_COLUMNS, line)).join('');
    if (next === null) return;
    page = await read({ cursor: next });
  }
}
