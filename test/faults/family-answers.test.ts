// Answers of every family that come, and are odd: cut through characters, with events that nobody knows, with tool calls that are none,
// with figures that cannot be, without an end. What the caller gets, and what the row says of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, type Dialect, readReply } from './dialects.ts';
import { FAMILIES, type Family } from './families.ts';
import { type FamilyGateway, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { type Act, page, pours, says, status, streams } from './vendor-server.ts';

const clock = new SkippingClock();
let running: FamilyGateway;
beforeAll(async () => {
  running = await startFamilies({ clock, yaml: 'retry: { base_ms: 0 }\nbreaker: { failures: 1000, open_ms: 1 }\n' });
});
afterAll(() => running.close());

const [native] = DIALECTS;
if (native === undefined) throw new Error('No dialect');
const gemini = FAMILIES.find(({ id }) => id === 'gemini');
const NO_STORE = { 'cache-control': 'no-store' };

const ask = async (family: Family, act: Act, stream: boolean, dialect: Dialect = native) => {
  running.vendors[family.id].does(act);
  return readReply(await running.post(dialect.path, dialect.body(family.model, stream), NO_STORE), dialect);
};

/** Of the request that was asked last. */
async function rowOf(act: () => Promise<unknown>) {
  const known = new Set((await running.rows()).map(({ attemptId }) => attemptId));
  await act();
  const added = async () => (await running.rows()).filter(({ attemptId }) => !known.has(attemptId));
  await eventually(async () => (await added()).every(({ state }) => state !== 'open'), 'its row is closed');
  const [row] = await added();
  if (row === undefined) throw new Error('It has no row');
  return row;
}

describe.each(FAMILIES)('of the family $id', (family) => {
  const ODD = 'naïve 🧑‍🚀 – „很方便“ é\u0301 🐍 end';

  it.each(DIALECTS)(
    'F20: a reply in slices of a byte or a few is the same to the letter in the dialect $id',
    async (dialect) => {
      // A byte is the smallest slice, and takes longest: once is enough.
      const bytes = dialect.id === 'native' ? 1 : 7;
      const whole = await ask(family, says(family, { text: ODD }, {}, bytes), false, dialect);
      const streamed = await ask(family, says(family, { text: ODD }, {}, bytes), true, dialect);
      expect([whole.text, streamed.text]).toEqual([ODD, ODD]);
      expect([whole.isWhole, streamed.isWhole]).toEqual([true, true]);
    },
  );

  const NOISE =
    ': a comment\n\n' + 'event: news\ndata: {"type":"news.of.tomorrow"}\n\n' + 'retry: 1\nid: 7\n\n' + 'data:\n\n';
  const EMPTY: Readonly<Record<Family['id'], JsonObject>> = {
    groq: { choices: [], unknown: 1 },
    openai: { choices: [], unknown: 1 },
    compatible: { choices: [], unknown: 1 },
    responses: { type: 'response.in_progress', response: {} },
    anthropic: { type: 'ping', unknown: [] },
    gemini: { candidates: [], unknown: 1 },
  };

  it('F21: events that nobody knows, empty ones and what comes after the end change nothing', async () => {
    const frames = family.stream({ text: 'One answer and no more' });
    const noisy = frames.flatMap((each) => [each, NOISE, `data: ${JSON.stringify(EMPTY[family.id])}\n\n`]);
    const after = family.terminal === null ? '' : family.errorFrame + frames.join('');
    const told = await ask(family, streams(Buffer.from(noisy.join('') + after), 'clean'), true);
    expect(told).toMatchObject({ text: 'One answer and no more', isWhole: true });
  });

  it('F21: events in another order, or twice, end in one answer or one error', async () => {
    const frames = family.stream({ text: 'a b c', calls: [{ id: 'call_1', name: 'look', argumentsText: '{}' }] });
    const orders = [
      [...frames].reverse(),
      frames.flatMap((each) => [each, each]),
      frames.slice(1),
      [...frames.slice(2), ...frames.slice(0, 2)],
    ];
    for (const order of orders)
      for (const dialect of DIALECTS)
        expect((await ask(family, streams(Buffer.from(order.join('')), 'clean'), true, dialect)).isWhole).toEqual(
          expect.any(Boolean),
        );
  });

  it.each([true, false])('F22: arguments that are no JSON are told as they came (stream: %s)', async (stream) => {
    const broken = '{"city": "Kra';
    const said = { calls: [{ id: 'call_1', name: 'look', argumentsText: broken }] };
    for (const dialect of DIALECTS) {
      const told = await ask(family, says(family, said), stream, dialect);
      expect([told.isWhole, told.calls.map(({ name }) => name)]).toEqual([true, ['look']]);
      // Where a vendor sends an object, or a client wants one, a text in its place stays one.
      if (family.id !== 'gemini' && family.id !== 'anthropic' && dialect.id !== 'anthropic')
        expect(told.calls[0]?.argumentsText).toBe(broken);
    }
  });

  it.each([true, false])(
    'F22: calls without an id, or with one id for two, are told apart or refused (stream: %s)',
    async (stream) => {
      const call = { name: 'look', argumentsText: '{"a":1}' };
      for (const calls of [
        [call, call],
        [
          { ...call, id: 'same' },
          { ...call, id: 'same' },
        ],
      ]) {
        const told = await ask(family, says(family, { calls }), stream);
        if (family.id === 'anthropic') {
          // Its results could go to neither.
          expect(['provider_bad_reply', 'stream_broken']).toContain(told.code);
          continue;
        }
        expect([told.isWhole, told.calls.length]).toEqual([true, 2]);
        expect(new Set(told.calls.map(({ id }) => id)).size).toBe(2);
        expect(told.calls.map(({ argumentsText }) => argumentsText)).toEqual(['{"a":1}', '{"a":1}']);
      }
    },
  );

  const told = (input: Json, output: Json): JsonObject =>
    Object.fromEntries(
      Object.entries(family.usage(1, 2)).map(([name, figure]) => [
        name,
        figure === 1 ? input : figure === 2 ? output : null,
      ]),
    );
  const FIGURES: readonly (readonly [string, Json, 'provider' | 'estimate'])[] = [
    ['that are there', family.usage(7, 3), 'provider'],
    ['that are 0', family.usage(0, 0), 'provider'],
    ['that are missing', null, 'estimate'],
    ['that are empty', {}, 'estimate'],
    ['below 0', told(-5, -5), 'estimate'],
    ['with half tokens', told(1.5, 2.5), 'estimate'],
    ['beyond reason', told(1e12, 1e12), 'estimate'],
    ['in words', told('many', 'more'), 'estimate'],
  ];
  it.each(
    FIGURES.flatMap(([how, usage, source]) => [true, false].map((stream) => [how, source, stream, usage] as const)),
  )(
    'F24: figures %s are the row’s %s, and never less than nothing (stream: %s)',
    async (_how, source, stream, usage) => {
      const row = await rowOf(() => ask(family, says(family, { text: 'some words of an answer', usage }), stream));
      expect([row.state, row.outcome, row.usageSource]).toEqual(['settled', 'completed', source]);
      if (usage !== null && source === 'provider') {
        const [input, output] =
          Object.values(family.usage(7, 3)).length > 0 && row.usage !== null
            ? [row.usage.inputTokens, row.usage.outputTokens]
            : [];
        expect([
          [7, 3],
          [0, 0],
        ]).toContainEqual([input, output]);
        if (input === 0) expect(row.costPicoUsd).toBe(0n);
      } else {
        expect(row.usage?.outputTokens).toBeGreaterThan(0);
        expect(row.costPicoUsd).toBeGreaterThan(0n);
        expect(row.costPicoUsd).toBeLessThanOrEqual(row.heldPicoUsd ?? 10n ** 12n);
      }
    },
  );

  it('F24: figures that are told twice are counted once', async () => {
    const frames = family.stream({ text: 'x', usage: family.usage(7, 3) });
    const twice = frames.flatMap((each) =>
      /usage/i.test(each) && !/message_start|response\.c/.test(each) ? [each, each] : [each],
    );
    const row = await rowOf(() => ask(family, streams(Buffer.from(twice.join('')), 'clean'), true));
    expect(row).toMatchObject({ usageSource: 'provider', usage: { inputTokens: 7, outputTokens: 3 } });
  });

  it('F25, S22: a stream, a line and a body that never end are cut off, and nothing of them is kept', async () => {
    const content = family.stream({ text: 'again'.repeat(2_000) }).find((each) => each.includes('again')) ?? '';
    const before = family.stream({ text: 'x' }).slice(
      0,
      family.stream({ text: 'x' }).findIndex((each) => each.includes('"x"')),
    );
    const endless: readonly (readonly [Act, boolean])[] = [
      [pours('text/event-stream', 'data: ', 'x'.repeat(65_536)), true],
      [pours('text/event-stream', before.join(''), content.repeat(100)), true],
      [pours('application/json', '{"a":"', 'x'.repeat(65_536)), false],
      [pours('application/json', '[', ' '.repeat(65_536)), true],
    ];
    for (const [act, stream] of endless) {
      let writtenBytes = () => Number.POSITIVE_INFINITY;
      const watched: Act = (heard) => {
        const { socket } = heard.reply;
        writtenBytes = () => socket?.bytesWritten ?? Number.POSITIVE_INFINITY;
        act(heard);
      };
      const { isWhole, code } = await ask(family, watched, stream);
      expect([isWhole, ['provider_bad_reply', 'stream_broken'].includes(code ?? '')]).toEqual([false, true]);
      // 8 MiB, and what lies in the buffers of both ends of the socket.
      expect(writtenBytes()).toBeLessThan(32 * 1024 * 1024);
    }
  });
});

it('F22: a call that Groq itself could not read is the model’s fault: tried once more, and then a 502', async () => {
  const groq = FAMILIES.find(({ id }) => id === 'groq');
  if (groq === undefined) throw new Error('No Groq');
  const error = {
    message: 'Failed to call a function',
    type: 'invalid_request_error',
    code: 'tool_use_failed',
    failed_generation: 'canary',
  };
  // What was asked again before has used up what the process may ask again within ten seconds.
  clock.skip(20_000);
  const asked = running.vendors.groq.heard.length;
  const told = await ask(groq, status(400, { error }), false);
  expect([told.code, running.vendors.groq.heard.length - asked]).toEqual(['provider_rejected_answer', 2]);
  expect(JSON.stringify(told)).not.toContain('canary');
});

describe('Gemini', () => {
  const candidate = (more: JsonObject): JsonObject => ({
    candidates: [{ index: 0, ...more }],
    usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  });
  it.each([
    ['no candidates', { usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 } }, false, /provider_/],
    ['an empty list of candidates', { candidates: [] }, false, /provider_/],
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }, true, null],
    [
      'a malformed call',
      candidate({ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL' }),
      false,
      /provider_rejected_answer/,
    ],
    [
      'content without parts',
      candidate({ content: { role: 'model' }, finishReason: 'STOP' }),
      false,
      /provider_bad_reply/,
    ],
    ['no content at all', candidate({ finishReason: 'STOP' }), false, /provider_bad_reply/],
    ['an answer withheld', candidate({ finishReason: 'SAFETY' }), true, null],
  ] as const)('F23: with %s is filtered or an error, and never an empty success', async (_how, body, isWhole, code) => {
    if (gemini === undefined) throw new Error('No Gemini');
    for (const dialect of DIALECTS) {
      const streamed = await ask(
        gemini,
        streams(Buffer.from(`data: ${JSON.stringify(body)}\n\n`), 'clean'),
        true,
        dialect,
      );
      const whole = await ask(gemini, page(200, JSON.stringify(body), 'application/json'), false, dialect);
      for (const one of [streamed, whole]) {
        expect([one.text, one.isWhole]).toEqual(['', isWhole]);
        if (code !== null) expect(one.code).toMatch(code);
      }
    }
  });
});
