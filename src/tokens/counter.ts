// How many tokens a request is: quickly for the history window, and not too few for what is held. A bound is exact where the
// vocabulary is known and loaded and the text is short enough to be counted within the time of a request. A longer one is known
// from samples: who hides dense text between them can be billed above the bound, which the settle books as `over_hold`.

import type { CountedPrompt, ModelCard, TokenCounter } from '../core/catalog.ts';
import { type FittedRequest, type Message, textOf } from '../core/request.ts';
import { estimatedPieces, imagesOf, PROMPT_OVERHEAD, piecesOf } from './prompt-pieces.ts';
import { countOf, GENEROUS, shapeOf, stretchesOf, type TextShape, TYPICAL, weigh } from './text-shape.ts';
import { type ExactCount, loadExactCount } from './vocabulary.ts';

export type VocabularyTokenCounter = TokenCounter & {
  /** Resolves when counts by this vocabulary are exact; until then they are generous. */
  ready(encoding: ModelCard['encoding']): Promise<void>;
};

/** ASCII characters of a request that are counted exactly; others take three times the work. The worst takes 25 ms. */
export const EXACT_WORK_MAX = 24_576;
// Of a longer text so many stretches are counted, evenly spread, and the densest stands for all of it.
const SAMPLES = 16;
const SAMPLE_LENGTH = 512;
const SAMPLE_MARGIN = 1.25;
const GENEROUS_START = 3;

/** `load` gets the vocabulary; tests hand in one that counts what it is given. */
export function createTokenCounter(load: () => Promise<ExactCount> = loadExactCount): VocabularyTokenCounter {
  let exact: ExactCount | null = null;
  let loading: Promise<void> | null = null;

  const upperBound = (text: string, card: ModelCard): number => {
    const shape = shapeOf(text);
    if (exact === null || card.encoding === null) return Math.ceil(GENEROUS_START + weigh(shape, GENEROUS));
    return workOf(text, shape) <= EXACT_WORK_MAX ? exact(text) : sampledBound(text, shape, exact);
  };

  const messageEstimate = (message: Message): number =>
    PROMPT_OVERHEAD.estimatedPerMessage + estimate(textOf(message)) + imagesOf(message) * PROMPT_OVERHEAD.perImage;

  return {
    estimate,
    upperBound,
    messageEstimate,
    requestEstimate: (prompt: CountedPrompt) =>
      estimatedPieces(prompt).reduce((sum, piece) => sum + estimate(piece), PROMPT_OVERHEAD.estimatedPerRequest) +
      prompt.messages.reduce((sum, message) => sum + messageEstimate(message), 0),
    requestUpperBound(request: FittedRequest, card: ModelCard): number {
      const { texts, overhead } = piecesOf(request, card);
      // One text, so that the work is bounded for the request and not for each of its messages.
      return overhead + upperBound(texts.join('\n'), card);
    },
    ready(encoding) {
      if (encoding === null) return Promise.resolve();
      loading ??= load().then((loaded) => {
        exact = loaded;
      });
      return loading;
    },
  };
}

function estimate(text: string): number {
  return Math.ceil(weigh(shapeOf(text), TYPICAL));
}

function workOf(text: string, shape: TextShape): number {
  return text.length + 2 * (countOf(shape, 'twoByte') + countOf(shape, 'threeByte') + countOf(shape, 'half'));
}

/** The estimate of the whole, raised as far as the estimate of its densest sample falls short. */
function sampledBound(text: string, shape: TextShape, exact: ExactCount): number {
  let densest = 1;
  for (const sample of stretchesOf(text, SAMPLES, SAMPLE_LENGTH)) {
    densest = Math.max(densest, exact(sample) / Math.max(1, weigh(shapeOf(sample), TYPICAL)));
  }
  return Math.ceil(weigh(shape, TYPICAL) * densest * SAMPLE_MARGIN);
}
