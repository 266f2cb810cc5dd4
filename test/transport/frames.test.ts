// The SSE parser: every case of the shared collection, then properties over any bytes and any split of them.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LLMError } from '../../src/core/errors.ts';
import type { Frame } from '../../src/core/provider.ts';
import { FrameParser } from '../../src/transport/frames.ts';

interface SseCase {
  readonly id: string;
  readonly chunks?: readonly string[];
  readonly chunks_base64?: readonly string[];
  readonly expected: readonly { readonly event: string; readonly data: string }[];
}

const CASES_URL = new URL('../../../shared/data/sse-cases.json', import.meta.url);
const casesAreHere = existsSync(CASES_URL);
const cases: readonly SseCase[] = casesAreHere ? JSON.parse(readFileSync(CASES_URL, 'utf8')).cases : [];
if (!casesAreHere) console.info('frames: the shared SSE cases are not here; 74 cases skipped');

/** What comes out, and the code of what was thrown: both must be the same for every split. */
function parse(chunks: readonly Uint8Array[], maxEventBytes?: number): { frames: Frame[]; thrown: string | null } {
  const frames: Frame[] = [];
  const parser = new FrameParser((frame) => frames.push(frame), maxEventBytes === undefined ? {} : { maxEventBytes });
  try {
    for (const chunk of chunks) parser.push(chunk);
    parser.end();
  } catch (thrown) {
    if (!(thrown instanceof LLMError)) throw thrown;
    return { frames, thrown: thrown.code };
  }
  return { frames, thrown: null };
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const sorted = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const byteByByte = (bytes: Uint8Array) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
const parseText = (text: string) => parse([Buffer.from(text)]).frames;

describe.skipIf(!casesAreHere)('the shared SSE cases', () => {
  it.each(cases.map((sseCase) => [sseCase.id, sseCase] as const))('%s', (_, sseCase) => {
    const chunks =
      sseCase.chunks?.map((text) => Buffer.from(text)) ??
      sseCase.chunks_base64?.map((text) => Buffer.from(text, 'base64')) ??
      [];
    const expected = sseCase.expected.map(({ event, data }) => ({ event: event === 'message' ? null : event, data }));
    expect(parse(chunks)).toEqual({ frames: expected, thrown: null });
    expect(parse([Buffer.concat(chunks)])).toEqual({ frames: expected, thrown: null });
    expect(parse(byteByByte(Buffer.concat(chunks)))).toEqual({ frames: expected, thrown: null });
  });
});

/** Bytes that look like a stream: the grammar's own pieces, characters of every UTF-8 length, broken ones, plain noise. */
const piece = fc.oneof(
  fc.constantFrom(
    'data: ',
    'data:',
    'data',
    'event: ',
    'event:',
    ': ping',
    'id: 1',
    'x',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    ' ',
    ':',
  ),
  fc.constantFrom(
    '\uFEFF',
    'é',
    '漢',
    '😀',
    '{"a":1}',
    'data: {"a":1}\n\n',
    'event: error\ndata: {}\n\n',
    'data: 1\r\ndata: 2\n\n',
  ),
  fc.uint8Array({ maxLength: 4 }),
);
const asBytes = (pieces: readonly (string | Uint8Array)[]) =>
  Buffer.concat(pieces.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const streamLikeBytes = fc.array(piece, { maxLength: 40 }).map(asBytes);
/** Chunks as servers write them: mostly whole events, now and then something else. */
const streamLikeChunks = fc.array(
  fc
    .tuple(fc.array(piece, { maxLength: 4 }), fc.constantFrom('\n\n', ''))
    .map(([pieces, end]) => asBytes([...pieces, end])),
  { maxLength: 8 },
);

describe('any bytes', () => {
  it('give the same frames however they are split', () => {
    fc.assert(
      fc.property(
        streamLikeBytes,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.integer({ min: 4, max: 200 }),
        (bytes, cuts, bound) => {
          expect(parse(split(bytes, cuts))).toEqual(parse([bytes]));
          expect(parse(byteByByte(bytes))).toEqual(parse([bytes]));
          expect(parse(split(bytes, cuts), bound)).toEqual(parse([bytes], bound));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('give the same frames when whole events come in one chunk, whatever stands between them', () => {
    fc.assert(
      fc.property(streamLikeChunks, fc.integer({ min: 4, max: 60 }), (chunks, bound) => {
        const whole = Buffer.concat(chunks);
        expect(parse(chunks).frames).toEqual(framesByTheBook(whole));
        expect(parse(chunks, bound)).toEqual(parse(byteByByte(whole), bound));
      }),
      { numRuns: 5000 },
    );
  });

  it('give what a reading of the whole text line by line gives', () => {
    fc.assert(
      fc.property(streamLikeBytes, fc.array(fc.nat(), { maxLength: 4 }), (bytes, cuts) => {
        expect(parse(split(bytes, cuts)).frames).toEqual(framesByTheBook(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throw anything but provider_bad_reply', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.integer({ min: 0, max: 64 }),
        (chunks, bound) => {
          expect([null, 'provider_bad_reply']).toContain(parse(chunks, bound).thrown);
        },
      ),
    );
  });
});

/** The standard's steps word for word, on the decoded whole: slow and plain. */
function framesByTheBook(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let event = '';
  let data: string[] = [];
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) frames.push({ event: event === '' ? null : event, data: data.join('\n') });
      event = '';
      data = [];
      continue;
    }
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (name === 'data') data.push(value ?? '');
    else if (name === 'event') event = value ?? '';
  }
  return frames;
}

describe('one event', () => {
  const oneMiB = 1024 * 1024;

  it('may be as large as the bound, and not a byte larger', () => {
    const line = `data:${'x'.repeat(oneMiB - 5)}`;
    expect(parse([Buffer.from(`${line}\n\n`)]).frames).toHaveLength(1);
    expect(parse([Buffer.from(`${line}x\n\n`)])).toEqual({ frames: [], thrown: 'provider_bad_reply' });
  });

  it('is measured over all chunks it came in, however they end', () => {
    const chunks = ['\n', 'data: 0123456789\n', 'data: 0123456789\n\n'].map((text) => Buffer.from(text));
    expect(parse(chunks, 32).frames).toEqual([{ event: null, data: '0123456789\n0123456789' }]);
    expect(parse(chunks, 31)).toEqual({ frames: [], thrown: 'provider_bad_reply' });
  });

  it('of many small data lines is bounded too', () => {
    const lines = Buffer.from('data: 0123456789\n'.repeat(1000));
    expect(parse(Array.from({ length: 100 }, () => lines)).thrown).toBe('provider_bad_reply');
  });

  it('that never ends a line holds no more than the bound', () => {
    const parser = new FrameParser(() => {});
    const chunk = Buffer.alloc(64 * 1024, 'a');
    let taken = 0;
    expect(() => {
      for (; taken < 1000; taken += 1) parser.push(chunk);
    }).toThrow('larger than 1048576 bytes');
    expect(taken).toBe(oneMiB / chunk.length);
  });

  it('in a stream of any length costs nothing once it was handed on', () => {
    const chunk = Buffer.from(`: ping\n\n${`data: ${'y'.repeat(1000)}\n\n`.repeat(50)}`);
    expect(parse(Array.from({ length: 500 }, () => chunk)).frames).toHaveLength(25_000);
  });
});

describe('what is not finished', () => {
  it('tells how much data it holds, and comments add nothing to it', () => {
    const parser = new FrameParser(() => {});
    const seen = [
      'da',
      'ta: 1',
      '2',
      '\n',
      ': a comment that',
      ' grows\n',
      'event: x\n',
      'data',
      ': 3',
      '\n\n',
      ': ping\n\n',
    ].map((text) => {
      parser.push(Buffer.from(text));
      return parser.unfinishedDataBytes;
    });
    expect(seen).toEqual([0, 7, 8, 8, 8, 8, 8, 8, 15, 0, 0]);
  });

  it('is discarded at the end', () => {
    expect(parseText('data: 1\n\ndata: 2\n')).toEqual([{ event: null, data: '1' }]);
  });

  it('has no name unless an event line that is not empty gave one', () => {
    expect(parseText('event: \ndata: 1\n\nevent: a\n\ndata: 2\n\nevent: b\ndata: 3\n\n')).toEqual([
      { event: null, data: '1' },
      { event: null, data: '2' },
      { event: 'b', data: '3' },
    ]);
  });
});
