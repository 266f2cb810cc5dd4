// Every recorded exchange, asked straight by its vendor's own client and through the gateway by each of four: whoever asks by whichever
// dialect hears what the vendor said. Read where it lies; a clone without it says so and skips.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRecordings } from '../providers/recorded.ts';
import { CLASSES, expectedOf } from './error-table.ts';
import { EXCHANGES, type Exchange, whyNotCompared } from './exchanges.ts';
import type { Sdk } from './official-sdks.ts';
import type { Said } from './readings.ts';
import { type Outcome, type SideBySide, startSideBySide } from './side-by-side.ts';

const CLIENTS: readonly Sdk[] = ['openai', 'groq-sdk', 'openai responses', 'anthropic'];

interface Exception {
  readonly recording: RegExp;
  readonly fields: readonly (keyof Said)[];
  readonly clients?: readonly Sdk[];
  /** Of what the vendor's own client heard. Default: whatever it was. */
  readonly where?: (straight: Said) => boolean;
  /** True: of an answer from the cache alone. */
  readonly kept?: true;
  readonly why: string;
}

/** Everything that is not the same, and why it may be so. */
const EXCEPTIONS: readonly Exception[] = [
  {
    recording: /^google/,
    fields: ['callIds'],
    where: ({ callIds }) => callIds.every((id) => id === ''),
    why: 'older Gemini models give their calls no ids, which every other dialect needs',
  },
  {
    recording: /^xai\/cached-usage\/ai--xai-tool-call/,
    fields: ['outputTokens'],
    why: 'xAI counts reasoning beside the completion, though it bills it as output',
  },
  {
    recording: /^google\/vision-stream\/openinference--test-generate-content-with-file-uri-image-true/,
    fields: ['inputTokens'],
    where: ({ inputTokens }) => inputTokens === null,
    why: 'what a vendor did not tell of its usage is estimated',
  },
  {
    recording: /^google\/vision-stream\/openinference--test-generate-content-with-file-uri-image-true/,
    fields: ['outputTokens', 'reasoningTokens'],
    clients: ['openai', 'groq-sdk', 'openai responses'],
    kept: true,
    why: 'usage that was told in part is not told from the cache, where nothing is estimated',
  },
  {
    recording: /openai-custom-tool/,
    fields: ['calls'],
    clients: ['anthropic'],
    why: 'the input of a custom tool is no JSON, and Messages have no place for anything else',
  },
];

const KEPT_ANSWERS = /^from the cache.* answers by /;
const FIELDS = [
  ...(['text', 'reasoning', 'calls', 'callIds', 'finish', 'inputTokens', 'outputTokens'] as const),
  ...(['cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens'] as const),
] satisfies readonly (keyof Said)[];

let sides: SideBySide;
beforeAll(async () => {
  if (hasRecordings) sides = await startSideBySide();
});
afterAll(() => sides?.[Symbol.asyncDispose]());

const tally = new Map<string, number>();
const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

describe.skipIf(!hasRecordings)('what a vendor was recorded to say is what a client hears through the gateway', () => {
  it.each(EXCHANGES.map((exchange) => [exchange.recording.file, exchange] as const))('%s', async (_, exchange) => {
    const straight = await sides.straight(exchange);
    for (const sdk of CLIENTS) {
      const through = await sides.through(exchange, sdk);
      if (straight.failure === null) compareAnswers(exchange, sdk, straight, through);
      else compareFailures(exchange, sdk, straight, through);
    }
    // Only what has ended by itself is kept.
    if (straight.failure !== null || straight.said.finish !== 'stop') return;
    for (const sdk of CLIENTS) {
      const other = await sides.inTheOtherForm(exchange, sdk);
      expect([sdk, other.sent]).toEqual([sdk, null]);
      compareAnswers(exchange, sdk, straight, other, 'from the cache, in the other form, ');
    }
  });

  it('in so many comparisons, with so many exceptions', () => {
    console.log(`recorded exchanges asked by four clients: ${JSON.stringify(Object.fromEntries(tally), null, 1)}`);
    expect(Object.fromEntries(tally)).toEqual({
      ...Object.fromEntries(
        CLIENTS.flatMap((sdk) => [
          [`answers by ${sdk}`, 192],
          [`failures by ${sdk}`, 35],
        ]),
      ),
      'xAI counts reasoning beside the completion, though it bills it as output': 4,
      'the input of a custom tool is no JSON, and Messages have no place for anything else': 2,
      ...Object.fromEntries(CLIENTS.map((sdk) => [`from the cache, in the other form, answers by ${sdk}`, 117])),
      'from the cache, in the other form, usage that was told in part is not told from the cache, where nothing is estimated': 6,
      'older Gemini models give their calls no ids, which every other dialect needs': 40,
      'what a vendor did not tell of its usage is estimated': 4,
    });
  });

  it('and so many recordings ask for nothing that is asked here', () => {
    const others = whyNotCompared();
    console.log(`recorded exchanges that are not asked: ${JSON.stringify(others, null, 1)}`);
    expect(others).toEqual({
      'Bedrock’s own dialect': 1,
      'Cohere’s own dialect': 2,
      'Ollama’s own dialect': 1,
      'the former Completions API': 4,
      'a count of tokens, for which no vendor is asked': 3,
      'not a completion': 10,
      'a stream as a list of chunks, as Google gives it without server-sent events': 3,
      'arguments of calls in pieces': 2,
    });
    const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
    expect(page).toContain(`${EXCHANGES.length} of 253 recorded exchanges`);
    expect(page).toContain(`in ${EXCHANGES.length * CLIENTS.length} comparisons`);
    const kept = [...tally].reduce((sum, [what, times]) => (KEPT_ANSWERS.test(what) ? sum + times : sum), 0);
    expect(page).toContain(`in ${kept} answers`);
    const all = Object.values(others).reduce((sum, recordings) => sum + recordings, EXCHANGES.length);
    expect([EXCHANGES.length, all]).toEqual([227, 253]);
  });
});

function compareAnswers(
  { recording }: Exchange,
  sdk: Sdk,
  { said: straight }: Outcome,
  through: Outcome,
  how = '',
): void {
  expect(through.failure?.message).toBeUndefined();
  const differing = FIELDS.filter((field) => !isDeepStrictEqual(straight[field], through.said[field]));
  const unexplained = differing.filter((field) => {
    const exception = EXCEPTIONS.find(
      ({ recording: files, fields, clients = CLIENTS, where = () => true, kept }) =>
        (kept !== true || how !== '') &&
        files.test(recording.file) &&
        fields.includes(field) &&
        clients.includes(sdk) &&
        where(straight),
    );
    if (exception !== undefined) count(`${how}${exception.why}`);
    return exception === undefined;
  });
  const told = (said: Said) => unexplained.map((field) => [field, said[field]]);
  expect([sdk, told(through.said)]).toEqual([sdk, told(straight)]);
  count(`${how}answers by ${sdk}`);
}

function compareFailures({ recording }: Exchange, sdk: Sdk, straight: Outcome, through: Outcome): void {
  const expected = expectedOf(recording, hasContent(straight.said));
  const { failure } = through;
  expect(`${failure?.code} ${failure?.status}`).toBe(`${expected.code} ${expected.status}`);
  expect(failure?.className).toMatch(CLASSES.get(expected.status) ?? /^$/);
  count(`failures by ${sdk}`);
}

function hasContent({ text, reasoning, calls }: Said): boolean {
  return text !== '' || reasoning !== '' || calls.length > 0;
}
