// What is held for pictures, documents and sound, beside what vendors billed for recorded ones.

import { describe, expect, it } from 'vitest';
import { GEMINI_MODELS } from '../../src/catalog/gemini-models.ts';
import { OPENAI_MODELS } from '../../src/catalog/openai-models.ts';
import type { ModelCard } from '../../src/core/catalog.ts';
import { arrayAt, isObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { AudioPart, FilePart, FittedRequest, ImagePart, UserPart } from '../../src/core/request.ts';
import { createTokenCounter } from '../../src/tokens/counter.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { hasRecordings, recordingsOf } from '../providers/recorded.ts';

const counter = createTokenCounter();
const cardOf = (cards: readonly ModelCard[], name: string): ModelCard => {
  const card = cards.find(({ model }) => model === name);
  if (card === undefined) throw new Error(`No card of ${name}`);
  return card;
};
const FLASH = cardOf(GEMINI_MODELS, 'gemini-2.5-flash');
const asking = (...content: UserPart[]): FittedRequest => ({ ...EMPTY_REQUEST, messages: [{ role: 'user', content }] });
const NOTHING = asking();
/** What comes to a prompt by this. */
const boundOf = (part: UserPart, card = FLASH) =>
  counter.requestUpperBound(asking(part), card) - counter.requestUpperBound(NOTHING, card);
const estimateOf = (part: UserPart, card = FLASH) =>
  counter.requestEstimate(asking(part), card) - counter.requestEstimate(NOTHING, card);

const pdf = (bytes: number): FilePart => ({
  type: 'file',
  mediaType: 'application/pdf',
  url: `data:application/pdf;base64,${Buffer.alloc(bytes, '%PDF-').toString('base64')}`,
});
const pdfAddress: FilePart = { type: 'file', mediaType: 'application/pdf', url: 'https://example.org/a.pdf' };
const image: ImagePart = { type: 'image', url: 'data:image/png;base64,iVBORw0KGgo=' };

function audio(format: AudioPart['format'], bytes: Buffer): AudioPart {
  return { type: 'audio', format, data: bytes.toString('base64') };
}

/** One channel of 16-bit samples, unless its header says something else. */
function wav(
  seconds: number,
  rate = 16_000,
  header: { tag?: number; rate?: number; blockBytes?: number } = {},
): Buffer {
  const bytes = Buffer.alloc(44 + seconds * rate * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(header.tag ?? 1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(header.rate ?? rate, 24);
  // What the header says of its bytes a second is nobody's measure.
  bytes.writeUInt32LE(4_000_000_000, 28);
  bytes.writeUInt16LE(header.blockBytes ?? 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  return bytes;
}

describe('a document', () => {
  it('is held for as all that its model takes, whatever it weighs and wherever it is', () => {
    for (const part of [pdf(1_000), pdf(5_000_000), pdfAddress]) expect(boundOf(part)).toBe(FLASH.contextWindow);
  });

  it('beside others and pictures is not held for beyond the window', () => {
    const more = counter.requestUpperBound(asking(pdf(10), pdfAddress, image), FLASH);
    expect(more - counter.requestUpperBound(NOTHING, FLASH)).toBe(FLASH.contextWindow);
  });

  it('is held for above the window where pages are billed for more tokens than they take', () => {
    const mini = cardOf(OPENAI_MODELS, 'gpt-5.4-mini');
    expect(boundOf(pdf(1_000), mini)).toBe(Math.ceil(mini.contextWindow * 2.46));
    expect(boundOf(pdf(1_000), cardOf(OPENAI_MODELS, 'gpt-5.4'))).toBe(1_050_000);
  });

  it('is estimated by its weight, so that a usual one passes for what it is', () => {
    expect([pdf(50_000), pdf(1_000_000), pdf(6_000_000), pdfAddress].map((part) => estimateOf(part))).toEqual([
      2_000, 20_000, 100_000, 20_000,
    ]);
  });
});

describe('sound', () => {
  it('is held for by its length where its bytes tell it, at the most tokens a second that any vendor counts', () => {
    expect(boundOf(audio('wav', wav(10)))).toBe(Math.ceil(10.001375 * 32));
    expect(boundOf(audio('wav', wav(10, 8_000, { blockBytes: 1 })))).toBe(Math.ceil(20.0055 * 32));
    const mp3 = Buffer.alloc(60_000);
    mp3.writeUInt16BE(0xfffb, 0);
    expect(boundOf(audio('mp3', mp3))).toBe(60 * 32);
    const tag = Buffer.concat([Buffer.from('ID3\x04\x00\x00\x00\x00\x02\x01', 'latin1'), Buffer.alloc(257)]);
    expect(boundOf(audio('mp3', Buffer.concat([tag, mp3])))).toBe(Math.ceil(60.267 * 32));
  });

  it.each<[string, AudioPart]>([
    ['compressed without loss, where silence weighs nothing', audio('flac', Buffer.from('fLaC'))],
    ['compressed', audio('ogg', Buffer.from('OggS'))],
    ['said to be MP3', audio('mp3', Buffer.from('fLaC0000'))],
    ['MP3 behind a tag that does not end', audio('mp3', Buffer.from('ID3\x04\x00\x00\x7f\x7f\x7f\x7f'))],
    ['MP3 that is a tag', audio('mp3', Buffer.from('ID3\x04\x00'))],
    ['said to be WAV', audio('wav', Buffer.from('fLaC0000'))],
    ['WAV of one sample a second', audio('wav', wav(1, 16_000, { rate: 1 }))],
    ['WAV of no bytes a sample', audio('wav', wav(1, 16_000, { blockBytes: 0 }))],
    ['compressed within WAV', audio('wav', wav(1, 16_000, { tag: 85 }))],
    ['WAV that was cut', audio('wav', wav(1).subarray(0, 20))],
  ])('is held for as all that its model takes where they do not: %s', (_what, part) => {
    expect(boundOf(part)).toBe(FLASH.contextWindow);
    expect(estimateOf(part)).toBeLessThan(32 * 3);
  });
});

describe('a picture', () => {
  it('counts alike in what a user says and in what a tool returned', () => {
    const returned: FittedRequest = {
      ...EMPTY_REQUEST,
      messages: [{ role: 'tool', toolCallId: 'a', content: [image, image] }],
    };
    const empty: FittedRequest = { ...EMPTY_REQUEST, messages: [{ role: 'tool', toolCallId: 'a', content: '' }] };
    const ofTool = counter.requestUpperBound(returned, FLASH) - counter.requestUpperBound(empty, FLASH);
    expect([ofTool, boundOf(image)]).toEqual([2 * 4_800, 4_800]);
  });
});

it('what a document was billed for teaches nothing about texts', () => {
  const before = counter.requestUpperBound(NOTHING, FLASH);
  counter.learn(asking(pdf(1_000)), FLASH, 3_000_000);
  expect(counter.requestUpperBound(NOTHING, FLASH)).toBe(before);
});

describe.skipIf(!hasRecordings)('what was billed for recorded media', () => {
  it('is never above what is held for it', () => {
    const billed = recordingsOf('generateContent').flatMap(({ body, file }) =>
      (arrayAt(objectAt(isObject(body) ? body : null, 'usageMetadata'), 'promptTokensDetails') ?? []).map((detail) => ({
        file,
        modality: stringAt(detail, 'modality'),
        tokens: numberAt(detail, 'tokenCount') ?? 0,
      })),
    );
    const bounds = {
      IMAGE: boundOf(image),
      DOCUMENT: boundOf(pdf(1_000)),
      AUDIO: boundOf(audio('flac', Buffer.from('fLaC'))),
    };
    const media = billed.filter(({ modality }) => modality !== null && Object.hasOwn(bounds, modality));
    expect(media.length).toBeGreaterThan(0);
    for (const { file, modality, tokens } of media) {
      const bound = new Map<string | null, number>(Object.entries(bounds)).get(modality);
      expect([file, tokens <= (bound ?? 0)]).toEqual([file, true]);
    }
  });
});
