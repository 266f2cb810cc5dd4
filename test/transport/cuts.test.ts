// A reply that breaks off, at EVERY byte of it and in every way a connection can end: none may look complete. And the reverse:
// a whole reply in pieces of any size is one and the same answer.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { askOnce, closeTransports, type Outcome, openTransport } from './asking.ts';

const says = { text: '漢😀é' };
let mock: GroqMock;

beforeAll(async () => {
  mock = await startGroqMock();
});
afterAll(async () => {
  await mock.close();
  await closeTransports();
});

/** One call for each behaviour, some at a time; the mock finds a call's behaviour by its attempt id. */
async function askAll(behaviours: readonly Behaviour[], stream: boolean): Promise<Outcome[]> {
  const { ask } = openTransport();
  mock.script(({ attemptId }) => behaviours[Number(attemptId)] ?? {});
  const outcomes: Outcome[] = [];
  const queue = behaviours.keys();
  const worker = async () => {
    for (const index of queue) outcomes[index] = await askOnce(ask, mock.url, { attemptId: String(index), stream });
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return outcomes;
}

async function bodyBytes(stream: boolean): Promise<number> {
  mock.script({ says, framing: 'length' });
  const reply = await fetch(`${mock.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer x' },
    body: JSON.stringify({
      model: 'openai/gpt-oss-120b',
      stream,
      messages: [{ role: 'user', content: 'Hello there' }],
    }),
  });
  return (await reply.arrayBuffer()).byteLength;
}

const cutsAt = (bytes: readonly number[], by: 'fin' | 'rst', framing: 'chunked' | 'length' | 'close'): Behaviour[] =>
  bytes.map((afterBytes) => ({ says, framing, fault: { kind: 'cut', afterBytes, by } }));

const upTo = (length: number) => Array.from({ length }, (_, index) => index);

describe('a stream that is cut', () => {
  it.each([
    ['F14', 'fin', 'chunked', 1],
    ['F14', 'fin', 'length', 7],
    ['F15', 'rst', 'chunked', 7],
    ['F16', 'fin', 'close', 1],
  ] as const)('%s: by %s (%s), at every byte (step %i), never looks complete', async (_, by, framing, step) => {
    const length = await bodyBytes(true);
    const outcomes = await askAll(
      cutsAt(
        upTo(length).filter((at) => at % step === 0),
        by,
        framing,
      ),
      true,
    );
    const complete = outcomes.filter(({ error }) => error === null);
    expect(complete).toHaveLength(0);
    for (const { text, error } of outcomes) {
      // After the first content it cannot be tried again, before it it can.
      expect(error?.code).toBe(text === '' ? 'provider_unreachable' : 'stream_broken');
      expect(['', says.text]).toContain(text);
    }
    expect(new Set(outcomes.map(({ error }) => error?.code)).size).toBe(2);
  });
});

describe('a whole answer that is cut', () => {
  it.each(['chunked', 'length', 'close'] as const)(
    '(%s) at every byte was handed to nobody and may be tried again',
    async (framing) => {
      const length = await bodyBytes(false);
      const outcomes = await askAll(cutsAt(upTo(length), 'fin', framing), false);
      for (const { events, error } of outcomes) {
        expect(events).toEqual([]);
        expect(error?.code).toBe('provider_unreachable');
      }
    },
  );

  it('within a chunk of a connection that was to be closed anyhow was handed to nobody either', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n20\r\n{"id":';
    const [outcome] = await askAll([{ fault: { kind: 'raw', bytes } }], false);
    expect(outcome?.error?.code).toBe('provider_unreachable');
  });

  it('by a reset was handed to nobody either', async () => {
    const [outcome] = await askAll(cutsAt([40], 'rst', 'length'), false);
    expect(outcome?.error?.code).toBe('provider_unreachable');
  });
});

describe('a reply in pieces', () => {
  it.each([true, false])(
    'F20: of any size, cut through characters, is the same answer (stream: %s)',
    async (stream) => {
      const behaviours = [1, 2, 3, 5, 7, 11, 64].map((sliceBytes) => ({ says, sliceBytes }));
      for (const { text, error } of await askAll(behaviours, stream)) expect([text, error]).toEqual([says.text, null]);
    },
  );
});
