// How many tokens pictures, documents and sound are: at the most, for what is held, and about, for whether a prompt fits. No byte of
// a document says how many pages it has (pages are compressed, and one can be shown many times), so a PDF is held for as all that
// the model takes: no vendor bills a prompt that is larger than its window. What was not used is given back.

import type { ModelCard } from '../core/catalog.ts';
import { dataUrlOf, decodedBytes, mediaOf } from '../core/media.ts';
import type { AudioPart, FilePart, Message } from '../core/request.ts';
import type { PromptFormat } from './prompt-formats.ts';
import { pcmBytesPerSecond } from './wav.ts';

/** Gemini's, the most of any vendor that tells (ai.google.dev/gemini-api/docs/audio); Mistral counts 12.5, OpenAI 10. */
const TOKENS_PER_SECOND = 32;

/** Of sound for the telephone: 8,000 samples of one byte. A file that says less is read as if nobody knew. */
const PCM_LEAST_BYTES_PER_SECOND = 8_000;
/** MPEG's lowest rate, 8 kbit/s. */
const MP3_LEAST_BYTES_PER_SECOND = 1_000;
/** What is usual: 128 kbit/s. */
const USUAL_BYTES_PER_SECOND = 16_000;

/** A usual page has some 100 KB and 2,000 tokens, text and picture together (Anthropic's page on PDFs says 1,500 to 3,000 of text). */
const USUAL_PAGE_BYTES = 100_000;
const USUAL_PAGE_TOKENS = 2_000;
/** Chosen: the smallest window of a model that reads PDFs still takes so many. If it does not, the vendor says so by the same code. */
const USUAL_PAGES_MOST = 50;
/** Of one that stands behind an address. */
const USUAL_PAGES = 10;

/** Pictures, pages among them, are billed by OpenAI's small models with up to so many tokens for each that they take of the window. */
const SMALL_OPENAI = /^(openai|azure|openrouter)\/(openai\/)?(gpt-4\.1|gpt-5|o4)[^/]*-(mini|nano)/;
const SMALL_FACTOR = 2.46;

/** Not below what the vendor bills for them, beside the texts. */
export function mediaBound(messages: readonly Message[], card: ModelCard, format: PromptFormat): number {
  const isSmall = SMALL_OPENAI.test(`${card.provider}/${card.model}`);
  const contextWindow = Math.ceil(card.contextWindow * (isSmall ? SMALL_FACTOR : 1));
  let tokens = 0;
  for (const part of messages.flatMap(mediaOf)) {
    if (part.type === 'image') tokens += format.image;
    else if (part.type === 'file') tokens += contextWindow;
    else tokens += Math.ceil((audioSecondsMost(part) ?? Number.POSITIVE_INFINITY) * TOKENS_PER_SECOND);
  }
  return hasUnmeasured(messages) ? Math.min(tokens, contextWindow) : tokens;
}

/** About what they are. */
export function mediaEstimate(message: Message, imageTokens: number): number {
  return mediaOf(message).reduce((sum, part) => {
    if (part.type === 'image') return sum + imageTokens;
    return sum + (part.type === 'file' ? documentEstimate(part) : audioEstimate(part));
  }, 0);
}

/** Whether what is billed for it teaches anything about texts. */
export function hasUnmeasured(messages: readonly Message[]): boolean {
  return messages.some((message) => mediaOf(message).some(({ type }) => type !== 'image'));
}

function documentEstimate({ url }: FilePart): number {
  const data = dataUrlOf(url);
  const pages = data === null ? USUAL_PAGES : Math.ceil(decodedBytes(data.base64) / USUAL_PAGE_BYTES);
  return Math.min(pages, USUAL_PAGES_MOST) * USUAL_PAGE_TOKENS;
}

function audioEstimate(part: AudioPart): number {
  const usual = decodedBytes(part.data) / USUAL_BYTES_PER_SECOND;
  return Math.ceil(Math.min(usual, audioSecondsMost(part) ?? usual) * TOKENS_PER_SECOND);
}

/** Null: its bytes say nothing of how long it is, since silence takes next to none, or they are not what they are said to be. */
function audioSecondsMost({ format, data }: AudioPart): number | null {
  const bytes = decodedBytes(data);
  if (format === 'mp3') return isMp3(data) ? bytes / MP3_LEAST_BYTES_PER_SECOND : null;
  const rate = format === 'wav' ? pcmBytesPerSecond(bytes, (offset) => bytesAt(data, offset)) : null;
  return rate === null || rate < PCM_LEAST_BYTES_PER_SECOND ? null : bytes / rate;
}

/** Some 46 bytes of base64, less at its end. */
function bytesAt(base64: string, offset: number): Buffer {
  const start = Math.floor(offset / 3) * 4;
  return Buffer.from(base64.slice(start, start + 64), 'base64').subarray(offset % 3);
}

/** Layer III behind eleven set bits, at the beginning or behind a tag, whose size stands in it by seven bits a byte. */
function isMp3(base64: string): boolean {
  const head = bytesAt(base64, 0);
  let start = 0;
  if (head.toString('latin1', 0, 3) === 'ID3' && head.length >= 10) {
    const size = head.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    start = 10 + size + ((head[5] ?? 0) & 0x10 ? 10 : 0);
  }
  const [first = 0, second = 0] = bytesAt(base64, start);
  return first === 0xff && (second & 0xe6) === 0xe2;
}
