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

interface WavHeader {
  readonly tag?: number;
  readonly channels?: number;
  readonly samplesPerSecond?: number;
  readonly bits?: number;
  readonly blockBytes?: number;
  readonly bytesPerSecond?: number;
  readonly dataBytes?: number;
}

/** Of so many bytes of sound; its header agrees with itself but for what it is told to say. */
function wav(soundBytes: number, header: WavHeader = {}): Buffer {
  const { tag = 1, channels = 1, samplesPerSecond = 16_000, bits = 16, dataBytes = soundBytes } = header;
  const { blockBytes = channels * Math.ceil(bits / 8), bytesPerSecond = samplesPerSecond * blockBytes } = header;
  const head = Buffer.alloc(36);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + soundBytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(samplesPerSecond, 24);
  head.writeUInt32LE(bytesPerSecond, 28);
  head.writeUInt16LE(blockBytes, 32);
  head.writeUInt16LE(bits, 34);
  return Buffer.concat([head, chunk('data', Buffer.alloc(soundBytes), dataBytes)]);
}

function chunk(name: string, content: Buffer, size = content.length): Buffer {
  const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, content]);
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
    const tenSeconds = wav(320_000);
    const bounds = [
      tenSeconds,
      wav(160_000, { samplesPerSecond: 8_000, bits: 8 }),
      wav(1_764_000, { channels: 2, samplesPerSecond: 44_100 }),
      // With a text before the sound, and one behind it.
      Buffer.concat([tenSeconds.subarray(0, 36), chunk('LIST', Buffer.alloc(26)), tenSeconds.subarray(36)]),
      Buffer.concat([tenSeconds, chunk('LIST', Buffer.alloc(25))]),
    ].map((bytes) => boundOf(audio('wav', bytes)));
    expect(bounds).toEqual([10.001375, 20.0055, 10.00025, 10.0024375, 10.0024063].map((s) => Math.ceil(s * 32)));
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
    ['WAV of one sample a second', audio('wav', wav(100, { samplesPerSecond: 1 }))],
    ['WAV of no channel', audio('wav', wav(100, { channels: 0 }))],
    ['WAV of more channels than anybody has', audio('wav', wav(100, { channels: 65_535, bits: 8 }))],
    ['WAV of more samples than anybody hears', audio('wav', wav(100, { samplesPerSecond: 500_000_000 }))],
    ['WAV whose samples are larger than their bits', audio('wav', wav(100, { bits: 8, blockBytes: 65_535 }))],
    ['WAV of samples that are no whole bytes', audio('wav', wav(100, { bits: 12 }))],
    ['WAV with a rate of its own', audio('wav', wav(100, { bytesPerSecond: 4_000_000_000 }))],
    ['WAV of more than is there', audio('wav', wav(100, { dataBytes: 0xffff_ffff }))],
    ['WAV of less than is there', audio('wav', wav(100, { dataBytes: 0 }))],
    ['WAV without a sound', audio('wav', wav(100).subarray(0, 36))],
    ['WAV of two sounds', audio('wav', Buffer.concat([wav(100), chunk('data', Buffer.alloc(100))]))],
    ['WAV of two formats', audio('wav', Buffer.concat([wav(100), chunk('fmt ', Buffer.alloc(16))]))],
    [
      'WAV whose next chunk depends on its reader',
      audio('wav', Buffer.concat([wav(99), chunk('xLIST', Buffer.alloc(0), 0)])),
    ],
    [
      'WAV of nothing but chunks',
      audio('wav', Buffer.concat([wav(100), ...Array(99).fill(chunk('LIST', Buffer.alloc(2)))])),
    ],
    ['compressed within WAV', audio('wav', wav(100, { tag: 85 }))],
    ['WAV of a format that is told elsewhere', audio('wav', wav(100, { tag: 0xfffe }))],
    ['WAV that was cut', audio('wav', wav(100).subarray(0, 20))],
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
