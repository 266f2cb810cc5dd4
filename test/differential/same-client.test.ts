// Every recorded exchange, asked by the same official client straight and through the gateway: with a plain question, and with the
// request as it was recorded. All that the client hands its user is compared, member by member. Read where it lies; a clone without it
// says so and skips.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { hasRecordings } from '../providers/recorded.ts';
import { differencesOf } from './differences.ts';
import { CLASSES, expectedOf } from './error-table.ts';
import { EXCHANGES, type Exchange } from './exchanges.ts';
import { LISTED, withoutVendorsOwn } from './listed.ts';
import { DIALECT_OF } from './official-sdks.ts';
import { type Outcome, type SideBySide, startSideBySide } from './side-by-side.ts';
import { stateSentTo } from './vendor-state.ts';

/** Google's own client speaks a dialect that the gateway does not. */
const SAME = EXCHANGES.filter(({ sdk }) => sdk !== 'google');

/** Why a recorded request is refused before anybody is asked. */
const REFUSED: readonly (readonly [message: RegExp, why: string])[] = [
  [/only tools that the client runs|only function tools/, 'tools that a vendor runs'],
  [/an assistant’s blocks are/, 'blocks of tools that a vendor runs'],
  [/content of a tool result is a text|output of a function is a text/, 'more than text as the result of a tool'],
  [/does not take audio/, 'sound in a message'],
  [/image_url: must be an object/, 'a picture by its bare address, as Mistral alone takes it'],
  [/"function_call" asks/, 'functions, which tools have replaced'],
  [/"n" asks/, 'several answers at once'],
  [/more than blank/, 'nothing but blank text, which its vendor refuses as well'],
];

let sides: SideBySide;
beforeAll(async () => {
  if (hasRecordings) sides = await startSideBySide();
});
afterAll(() => sides?.[Symbol.asyncDispose]());

const compared = new Map<string, number>();
const listed = new Map<string, number>();
const count = (tally: Map<string, number>, what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

describe.skipIf(!hasRecordings)('through the gateway a client gets what it gets from the vendor', () => {
  it.each(SAME.map((exchange) => [exchange.recording.file, exchange] as const))('%s', async (_, exchange) => {
    await compare(exchange, 'a plain question');
    const { request } = exchange.recording;
    if (request === null) count(compared, 'the request was not recorded');
    else await compare(exchange, 'the recorded request', request);
  });

  it('in so many comparisons, but for so many additions', () => {
    const told = [compared, listed].map((tally) => JSON.stringify(Object.fromEntries(tally), null, 1));
    console.log(`recorded exchanges by the same client: ${told[0]}; listed additions: ${told[1]}`);
    expect(Object.fromEntries(compared)).toEqual({
      'a plain question, answered': 163,
      'a plain question, refused by the vendor': 29,
      'the recorded request, answered': 109,
      'the recorded request, refused by the vendor': 23,
      'the request was not recorded': 44,
      'of these with a state of the vendor’s, which arrives': 13,
      'refused: tools that a vendor runs': 8,
      'refused: blocks of tools that a vendor runs': 1,
      'refused: more than text as the result of a tool': 2,
      'refused: sound in a message': 1,
      'refused: a picture by its bare address, as Mistral alone takes it': 1,
      'refused: functions, which tools have replaced': 1,
      'refused: several answers at once': 1,
      'refused: nothing but blank text, which its vendor refuses as well': 1,
    });
    const sumOf = (pattern: RegExp) =>
      [...compared].reduce((sum, [what, times]) => (pattern.test(what) ? sum + times : sum), 0);
    const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8').replaceAll('\n', ' ');
    const figures = `after ${sumOf(/^a plain question/)} plain questions and ${sumOf(/^the recorded request/)} requests as they were recorded`;
    expect(page).toContain(figures);
    expect(page).toContain(`${sumOf(/^refused: /)} recorded requests are refused`);
    // Nothing is listed that is not met.
    expect([...listed.keys()].sort()).toEqual(LISTED.map(({ why }) => why).sort());
  });
});

async function compare(exchange: Exchange, how: string, request?: JsonObject): Promise<void> {
  const { sdk, recording } = exchange;
  const [straight, through] = [await sides.straight(exchange, request), await sides.through(exchange, sdk, request)];
  if (through.sent === null) {
    const why = REFUSED.find(([message]) => message.test(through.failure?.message ?? ''))?.[1];
    expect([through.failure?.message, why]).toEqual([through.failure?.message, expect.any(String)]);
    count(compared, `refused: ${why}`);
    return;
  }
  const [brought, arrived] = [straight, through].map(({ sent }) => stateSentTo(exchange, sent ?? {}));
  expect(arrived).toEqual(brought);
  if (brought !== undefined && brought.length > 0)
    count(compared, 'of these with a state of the vendor’s, which arrives');
  count(compared, `${how}, ${straight.failure === null ? 'answered' : 'refused by the vendor'}`);
  if (straight.failure !== null) return compareFailures(exchange, straight, through);
  expect(through.failure?.message).toBeUndefined();
  const dialect = DIALECT_OF[sdk];
  const differences = differencesOf(withoutVendorsOwn(dialect, straight.body), through.body);
  const unlisted = differences.filter((difference) => {
    const known = LISTED.find(
      ({ dialects, paths, where = () => true }) =>
        dialects.includes(dialect) && paths.test(difference.path) && where(difference),
    );
    if (known !== undefined) count(listed, known.why);
    return known === undefined;
  });
  expect(`${recording.file} ${JSON.stringify(unlisted)}`).toBe(`${recording.file} []`);
}

function compareFailures({ recording }: Exchange, { said }: Outcome, { failure }: Outcome): void {
  const begun = said.text !== '' || said.reasoning !== '' || said.calls.length > 0;
  const expected = expectedOf(recording, begun);
  expect(`${failure?.code} ${failure?.status}`).toBe(`${expected.code} ${expected.status}`);
  expect(failure?.className).toMatch(CLASSES.get(expected.status) ?? /^$/);
}
