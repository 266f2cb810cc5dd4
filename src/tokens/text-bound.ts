// Most tokens that a model's vocabulary makes of a text, by the one vocabulary that is here (o200k). For a model of that vocabulary
// it is the count itself. For another one, what is ASCII is counted by o200k and taken times what the recorded requests show, since
// vocabularies are alike there; what is not ASCII weighs as GENEROUS does.

import type { ModelCard } from '../core/catalog.ts';
import type { PromptFormat } from './prompt-formats.ts';
import { countOf, GENEROUS, shapeOf, stretchesOf, TYPICAL, weigh, weighPieces, wholeShapeOf } from './text-shape.ts';
import { type ExactCount, sliceEnd } from './vocabulary.ts';

/** ASCII characters of a request that are counted in one go; others take three times the work. The worst takes 25 ms. */
export const EXACT_WORK_MAX = 24_576;
/** Slices that are counted between two turns of the event loop: 13 ms at the worst that was found, 1 ms for prose. */
const SLICES_A_TURN = 8;
// Of a longer text that isn't counted in turns so many stretches are counted, evenly spread; the densest stands for all of it.
const SAMPLES = 16;
const SAMPLE_LENGTH = 512;
const SAMPLE_MARGIN = 1.25;

const BEYOND_ASCII = ['twoByte', 'threeByte', 'half'] as const;

/** How a model's vocabulary compares with o200k. */
export interface TextRule extends Pick<PromptFormat, 'most' | 'eachDigit'> {
  readonly isKnown: boolean;
}

/** Of o200k itself. */
export const OWN_VOCABULARY: TextRule = { isKnown: true, most: 1, eachDigit: false };

export function ruleOf({ encoding }: ModelCard, { most, eachDigit }: PromptFormat): TextRule {
  return { isKnown: encoding !== null, most, eachDigit };
}

/** In one go where the work is bounded, else from samples: who hides dense text between these can be billed above it. */
export function boundAtOnce(text: string, rule: TextRule, count: ExactCount): number {
  return isCountedAtOnce(text) ? boundOf(text, rule, count) : sampledBound(text, rule, count);
}

/** Every character is looked at: the dear ones could else be hidden. */
export function isCountedAtOnce(text: string): boolean {
  if (text.length > EXACT_WORK_MAX) return false;
  const shape = wholeShapeOf(text);
  return text.length + 2 * BEYOND_ASCII.reduce((sum, piece) => sum + countOf(shape, piece), 0) <= EXACT_WORK_MAX;
}

/** The whole of a text of any length; `turn` resolves when the event loop has seen to everything else. */
export async function boundInTurns(
  text: string,
  rule: TextRule,
  count: ExactCount,
  turn: () => Promise<void>,
): Promise<number> {
  let tokens = 0;
  for (let start = 0; start < text.length; ) {
    await turn();
    let end = start;
    let isCut = false;
    for (let slices = 0; slices < SLICES_A_TURN && end < text.length; slices++) {
      const slice = sliceEnd(text, end);
      end = slice.end;
      isCut = slice.cutsWord;
    }
    tokens += boundOf(text.slice(start, end), rule, count) + (isCut ? 1 : 0);
    start = end;
  }
  return Math.ceil(tokens);
}

function boundOf(text: string, { isKnown, most, eachDigit }: TextRule, count: ExactCount): number {
  if (isKnown) return count(text);
  const shape = wholeShapeOf(text);
  const beyondAscii = weighPieces(shape, GENEROUS, BEYOND_ASCII);
  const ascii = count(text.replace(NOT_ASCII, ' '));
  return Math.ceil(ascii * most + beyondAscii + (eachDigit ? countOf(shape, 'moreDigit') : 0));
}

const NOT_ASCII = /[^\x00-\x7f]+/g;

/** The estimate of the whole, raised as far as the estimate of its densest sample falls short. */
function sampledBound(text: string, rule: TextRule, count: ExactCount): number {
  let densest = 1;
  for (const sample of stretchesOf(text, SAMPLES, SAMPLE_LENGTH)) {
    densest = Math.max(densest, boundOf(sample, rule, count) / Math.max(1, weigh(shapeOf(sample), TYPICAL)));
  }
  return Math.ceil(weigh(shapeOf(text), TYPICAL) * densest * SAMPLE_MARGIN);
}
