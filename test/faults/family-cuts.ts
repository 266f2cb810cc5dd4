// A stream of every family that is cut after each of its bytes, in every way in which a connection can end: it is whole when the vendor's
// own marker has come, or its finish reason and an end as HTTP says it should be, and never else. What was delivered is a beginning.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES, type Family } from './families.ts';
import { type FamilyGateway, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { type End, streams } from './vendor-server.ts';

/** What was recorded of each family, or else what it says of the same kind. */
const RECORDED: Readonly<Partial<Record<Family['id'], string>>> = {
  groq: 'groq/text.sse',
  openai: 'openai/text.sse',
  responses: 'openai-responses/text.sse',
  anthropic: 'anthropic/text.sse',
  gemini: 'gemini/text.sse',
};

function bytesOf(family: Family): Buffer {
  const recorded = RECORDED[family.id];
  if (recorded === undefined)
    return Buffer.from(family.stream({ text: 'A list – „ordered“ – of things 🐍 很方便.' }).join(''));
  return readFileSync(new URL(`../fixtures/${recorded}`, import.meta.url));
}

interface Landmarks {
  /** From this byte on the stream is whole whatever comes, and whole if it ends as it should. */
  readonly marked: number;
  readonly finished: number;
}

function landmarksOf({ terminal, finish }: Family, bytes: Buffer): Landmarks {
  let [marked, finished] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n\n', at) + 2;
    const frame = bytes.toString('utf8', at, end);
    if (terminal !== null && frame.startsWith(terminal)) marked = Math.min(marked, end);
    if (finish?.test(frame) === true) finished = Math.min(finished, end);
    at = end;
  }
  return { marked, finished: Math.min(marked, finished) };
}

const ENDS = [
  ['F14: within a chunk', 'fin'],
  ['F15: by a reset', 'rst'],
  ['F16: by the end of a connection that was to be closed anyhow', 'close'],
  ['F17: as if it were the end', 'clean'],
] as const satisfies readonly (readonly [string, End])[];
const AT_ONCE = 16;

/** `step`: of so many bytes one is tried, and those around every landmark. */
export function cutEveryFamily(step: number): void {
  let running: FamilyGateway;
  beforeAll(async () => {
    running = await startFamilies();
  });
  afterAll(() => running.close());

  const [native] = DIALECTS;
  if (native === undefined) throw new Error('No dialect');
  const ask = async (family: Family, text: string) => {
    const reply = await running.post(native.path, native.body(family.model, true, text), {
      'cache-control': 'no-store',
    });
    return readReply(reply, native);
  };

  describe.each(FAMILIES)('a stream of the family $id that is cut', (family) => {
    const bytes = bytesOf(family);
    const { marked, finished } = landmarksOf(family, bytes);
    const around = [marked, finished, bytes.length].flatMap((at) => [at - 2, at - 1, at, at + 1]);
    const places = Array.from({ length: bytes.length + 1 }, (_, at) => at).filter(
      (at) => at % step === 0 || around.includes(at),
    );

    it.each(ENDS)(`%s is never taken for whole, at one in ${step} of its bytes`, async (_how, end) => {
      running.vendors[family.id].does(streams(bytes, 'clean'));
      const whole = await ask(family, 'All of it');
      expect(whole.isWhole).toBe(true);
      running.vendors[family.id].does((heard) => {
        const at = Number(/cut after (\d+)/.exec(JSON.stringify(heard.body))?.[1]);
        streams(bytes.subarray(0, at), end)(heard);
      });
      const left = [...places];
      const codes = new Set<string | null>();
      const one = async () => {
        for (let at = left.pop(); at !== undefined; at = left.pop()) {
          const told = await ask(family, `cut after ${at}`);
          const isWhole = at >= (end === 'clean' || end === 'close' ? finished : marked);
          // A reset overtakes what was not read yet: then less has come than was sent.
          if (end !== 'rst' || !isWhole) expect([at, told.isWhole]).toEqual([at, isWhole]);
          expect(whole.text.startsWith(told.text)).toBe(true);
          if (told.isWhole) expect(told.text).toBe(whole.text);
          else expect(told.code).toBe(told.text === '' ? 'provider_unreachable' : 'stream_broken');
          codes.add(told.code);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
      expect(codes).toContain('stream_broken');
      expect(codes).toContain('provider_unreachable');
      const open = async () => (await running.rows()).filter(({ state }) => state === 'open');
      await eventually(async () => (await open()).length === 0, 'every row is closed');
    });

    it.each(DIALECTS.map((dialect) => [dialect.id, dialect] as const))(
      'F13: by an error in the middle ends in that error in the dialect %s, and nobody is asked again',
      async (_id, dialect) => {
        const frames = family.stream({ text: 'Part of an answer' });
        const first = frames.findIndex((each) => each.includes('Part '));
        for (let kept = first + 1; kept < frames.findIndex((each) => each.includes('answer')) + 1; kept++) {
          const text = [...frames.slice(0, kept), family.errorFrame, ...frames.slice(kept)].join('');
          running.vendors[family.id].does(streams(Buffer.from(text), 'clean'));
          const asked = running.vendors[family.id].heard.length;
          const reply = await running.post(dialect.path, dialect.body(family.model, true), {
            'cache-control': 'no-store',
          });
          const told = await readReply(reply, dialect);
          expect([told.isWhole, told.code]).toEqual([false, 'stream_broken']);
          expect(told.text).toBe('Part of an answer'.slice(0, told.text.length));
          expect(told.text).not.toBe('');
          expect(running.vendors[family.id].heard).toHaveLength(asked + 1);
        }
      },
    );
  });
}
