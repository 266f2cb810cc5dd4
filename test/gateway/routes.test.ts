// A route of several targets, over HTTP: the larger model for the longer prompt, the next one when one fails, and who may be given
// an answer that came from the second.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import { asks, CHAT, COMPLETION, eventsIn, MODEL, type RunningGateway, startGateway, until } from './start.ts';

const SMALL = 'openai/gpt-oss-20b';
const LARGE = 'minimaxai/minimax-m2.7';
const FAILS = { fault: { kind: 'status' as const, status: 503 } };
const IS_TOO_LONG = {
  fault: {
    kind: 'status' as const,
    status: 400,
    error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' },
  },
};

let running: RunningGateway;
const cwd = mkdtempSync(join(tmpdir(), 'codementor-routes-'));
beforeAll(async () => {
  const routes = `routes:
  tutor: { targets: [${MODEL}, ${SMALL}] }
  long: { targets: [${MODEL}, ${SMALL}, ${LARGE}] }
  shrinking: { targets: [${LARGE}, ${MODEL}] }
retry: { max_retries: 0 }
`;
  writeFileSync(join(cwd, 'codementor-llm.yaml'), routes);
  running = await startGateway({ cwd });
});
afterAll(async () => {
  await running.close();
  rmSync(cwd, { recursive: true });
});

const answerShape = z.object({ model: z.string(), content: z.string() });

const askedSince = (before: number) => running.vendor.requests.slice(before).map(({ model }) => model);

describe.each([
  ['the native API', COMPLETION],
  ['the OpenAI dialect', CHAT],
])('a prompt that the first model of a route cannot take, by %s', (_name, path) => {
  it('is answered by the first that can, and nobody else is asked', async () => {
    const before = running.vendor.requests.length;
    const reply = await running.post(path, asks('word '.repeat(150_000), { model: 'long', max_tokens: 300 }));
    expect([reply.status, reply.headers.get('x-model'), await reply.json()]).toMatchObject([
      200,
      LARGE,
      { model: LARGE },
    ]);
    expect(askedSince(before)).toEqual([LARGE]);
  });

  it('B35: nor any other, is refused by the largest, with its numbers, and nobody is asked', async () => {
    const before = running.vendor.requests.length;
    const reply = await running.post(path, asks('is '.repeat(250_000), { model: 'long', max_tokens: 300 }));
    const { error } = errorShape.parse(await reply.json());
    expect([reply.status, error.code, error.param]).toEqual([400, 'context_length_exceeded', 'messages']);
    expect(error.message).toMatch(/^The prompt is about 2\d{5} tokens\. minimaxai\/minimax-m2\.7 takes 196608 in all/);
    expect(error.message).toContain('(300 were asked for)');
    expect(askedSince(before)).toEqual([]);
  });

  it('as its vendor finds, is asked of the next larger one, not of one as small', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next(IS_TOO_LONG);
    const reply = await running.post(path, asks('as the vendor finds', { model: 'long', cache: 'off' }));
    expect([reply.status, await reply.json()]).toMatchObject([200, { model: LARGE }]);
    expect(askedSince(before)).toEqual([MODEL, LARGE]);
  });

  it('as its vendor finds, is refused where no larger one is left', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next(IS_TOO_LONG);
    const reply = await running.post(path, asks('no larger one', { model: 'shrinking', cache: 'off' }));
    expect([reply.status, errorShape.parse(await reply.json()).error.code]).toEqual([400, 'context_length_exceeded']);
    expect(askedSince(before)).toEqual([LARGE]);
  });
});

describe('an answer that came from the second target', () => {
  const ask = (text: string, model: string, more: object = {}, headers = {}) =>
    running.post(COMPLETION, asks(text, { model, ...more }), headers);
  const toldBy = async (reply: Response) => {
    const { content, model } = answerShape.parse(await reply.json());
    return [reply.headers.get('x-cache'), content, model];
  };

  it('is kept as the second model’s: for who names it, and not for who names the first', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next(FAILS, { says: { text: 'of the small one' } });
    expect(await toldBy(await ask('kept', 'tutor'))).toEqual(['miss', 'of the small one', SMALL]);
    expect(await toldBy(await ask('kept', SMALL))).toEqual(['hit', 'of the small one', SMALL]);
    running.vendor.next({ says: { text: 'of the named one' } });
    expect(await toldBy(await ask('kept', MODEL))).toEqual(['miss', 'of the named one', MODEL]);
    // The route's first target has an answer now.
    expect(await toldBy(await ask('kept', 'tutor'))).toEqual(['hit', 'of the named one', MODEL]);
    expect(askedSince(before)).toEqual([MODEL, SMALL, MODEL]);
  });

  it('F62: is read along by who asked the same route meanwhile, streamed or whole', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next({ ...FAILS, headersAfterMs: 200 }, { says: { text: 'one two three' }, eventEveryMs: 20 });
    const first = ask('read along', 'tutor', { stream: true });
    await until(() => running.vendor.requests.length > before, 'the first to be asked');
    const [stream, whole] = await Promise.all([
      ask('read along', 'tutor', { stream: true }),
      ask('read along', 'tutor'),
    ]);
    expect((await first).headers.get('x-cache')).toBe('miss');
    for (const reply of [await first, stream]) {
      const events = eventsIn(await reply.text()).map(({ data }) => JSON.parse(data));
      expect(events[0]).toMatchObject({ type: 'response-start', model: SMALL });
      expect(events.flatMap(({ type, text }) => (type === 'text-delta' ? text : [])).join('')).toBe('one two three');
    }
    expect(await toldBy(whole)).toEqual(['shared', 'one two three', SMALL]);
    expect(askedSince(before)).toEqual([MODEL, SMALL]);
  });

  it('is never given to who named the first model while it was asked', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next(
      { ...FAILS, headersAfterMs: 300 },
      { says: { text: 'of the named one' } },
      { says: { text: 'of the small one' } },
    );
    const route = ask('named', 'tutor');
    await until(() => running.vendor.requests.length > before, 'the first to be asked');
    const named = await ask('named', MODEL);
    expect(await toldBy(named)).toEqual(['miss', 'of the named one', MODEL]);
    expect((await toldBy(await route))[2]).toBe(SMALL);
  });

  it('is there for who asked the route, though somebody who named the first model asked before and failed', async () => {
    const before = running.vendor.requests.length;
    running.vendor.next({ ...FAILS, headersAfterMs: 300 }, FAILS, { says: { text: 'of the small one' } });
    const named = ask('failed', MODEL);
    await until(() => running.vendor.requests.length > before, 'the first to be asked');
    expect(await toldBy(await ask('failed', 'tutor'))).toEqual(['miss', 'of the small one', SMALL]);
    expect((await named).status).toBe(503);
  });

  it('B14: is never given to a key that may not ask the second model', async () => {
    const keys = running.service.keys;
    const [any, one] = [
      await keys.create({ tenant: 'school', userId: 'ann' }),
      await keys.create({ tenant: 'school', userId: 'bob', allowedModels: [MODEL] }),
    ].map(({ key }) => ({ authorization: `Bearer ${key}` }));
    const before = running.vendor.requests.length;
    running.vendor.next(
      { ...FAILS, headersAfterMs: 300 },
      { says: { text: 'of the first' } },
      { says: { text: 'of the small one' } },
    );
    const first = ask('keys', 'tutor', {}, any);
    await until(() => running.vendor.requests.length > before, 'the first to be asked');
    const second = await ask('keys', MODEL, {}, one);
    expect(await toldBy(second)).toEqual(['miss', 'of the first', MODEL]);
    expect((await toldBy(await first))[2]).toBe(SMALL);
  });
});
