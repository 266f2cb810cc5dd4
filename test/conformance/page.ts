// The published table as text. Each cell says what was seen, and no cell promises anything.

import { FEATURES, type Feature } from './case.ts';
import type { Cell, Exchanges, Matrix, Row } from './matrix.ts';

const ANSWERS: readonly Feature[] = ['whole', 'stream', 'tools', 'parallel', 'streamedTools', 'schema', 'images'];
const AROUND: readonly Feature[] = ['reasoning', 'usage', 'cached', 'cancel', 'wait', 'errors'];

export interface Made {
  readonly commit: string;
  /** ISO date. */
  readonly on: string;
}

export function pageOf({ rows, refusals }: Matrix, { all, read, odd, unspoken }: Exchanges, made: Made): string {
  const recorded = rows.reduce((sum, { counts }) => sum + counts.recorded, 0);
  const others = unspoken.map(([api, exchanges]) => `${api} (${exchanges})`).join(', ');
  return `# Conformance

What each provider was seen to do: ${recorded} cases of recorded traffic, and those that are written or asked of a mock. \`npm run
conformance\` runs them all and writes this page; a case that fails fails the command, and a test holds the page to the code.

${madeLine(made)}

- \`pass (n)\`: n cases, all of them read, sent or closed as they should be.
- \`not offered (n)\`: the vendor lacks it, and n requests for it are refused before anything is sent, with a sentence that says so.
- \`unknown\`: no recording and no mock shows it. It may work; nobody here has seen it.

## Answers

${tableOf(
  ['Provider', ...ANSWERS.map((feature) => FEATURES[feature])],
  rows.map((row) => cellsOf(row, ANSWERS)),
)}

Whole answers are compared with a second reading of the same bytes. Streams are, too: in one piece, byte by byte, by seven bytes and in random
pieces; and cut after each of their events they are an error or the whole answer, never a short one. JSON schemas and images are requests, too:
what was recorded is sent by us as it was sent there.

## Around the answers

${tableOf(
  ['Provider', ...AROUND.map((feature) => FEATURES[feature])],
  rows.map((row) => cellsOf(row, AROUND)),
)}

Reasoning is its text or its tokens. *Cancel*: a server that streams the vendor's dialect and then holds still sees its connection closed when
the reader leaves; what it does to the bill nobody can see from here ([failover](failover.md)). *Retry headers*: how long to wait, by
headers, by Google's \`RetryInfo\`, by a sentence. *Error map*: the code by the table of [errors](errors.md), of replies and of streams.

## Refused, though its parts are taken

${tableOf(
  ['Provider', 'Asked for', 'Answered, before anything is sent'],
  refusals.map(({ vendor, what, sentence }) => [vendor, what, sentence]),
)}

## Where the cases come from

${tableOf(
  ['Provider', 'Recorded', 'Written', 'Mock'],
  rows.map(({ name, counts }) => [name, ...[counts.recorded, counts.written, counts.mock].map(String)]),
)}

*Recorded*: public recordings of real traffic, errors that others have quoted, recorded headers. *Written*: fixtures by the vendor's documents
([test/fixtures](../test/fixtures)), and requests that its documents allow. *Mock*: a server of ours that speaks the dialect. Providers
without a preset (from ${firstWithoutPreset(rows)} on) are asked in the plain dialect, and nothing is written for them.

Of ${all} recorded exchanges ${read} are read. ${odd} are read otherwise: an answer to the deprecated \`functions\`, which are never sent, and
calls in pieces, which only Vertex sends, to those who ask for them. The others are of APIs that this version does not speak:
${others}.
`;
}

/** What differs each time that the page is made. */
function madeLine({ commit, on }: Made): string {
  return `Made on ${on} from commit ${commit}.`;
}

export function withoutMadeLine(page: string): string {
  return page.replace(/^Made on .*$/m, '');
}

/** By the page: what stays unseen where nothing is recorded. */
export function recordedCasesBy(page: string): number {
  const [, count] = /: (\d+) cases of recorded traffic/.exec(page) ?? [];
  if (count === undefined) throw new Error('The page does not say how many cases were recorded');
  return Number(count);
}

function firstWithoutPreset(rows: readonly Row[]): string {
  return rows.find(({ counts }) => counts.written === 0)?.name ?? 'none';
}

function cellsOf({ name, cells }: Row, features: readonly Feature[]): readonly string[] {
  return [name, ...features.map((feature) => wordsOf(cells[feature]))];
}

function wordsOf(cell: Cell): string {
  return cell.verdict === 'unknown' ? 'unknown' : `${cell.verdict} (${cell.cases})`;
}

/** Aligned, so that it is read as it stands, too. */
function tableOf(titles: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = titles.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [lineOf(titles), lineOf(widths.map((width) => '-'.repeat(width))), ...lines.map(lineOf)].join('\n');
}
