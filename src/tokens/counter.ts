// How many tokens a request is: quickly for the history window, and not too few for what is held. A bound is the count itself where
// the model's vocabulary is known, and what the recordings of its family say elsewhere; prompt-formats.ts has their figures.

import { hash } from 'node:crypto';
import type { CountedPrompt, ModelCard, TokenCounter } from '../core/catalog.ts';
import { type FittedRequest, type Message, textOf } from '../core/request.ts';
import { createCalibration } from './calibration.ts';
import { hasUnmeasured, mediaBound, mediaEstimate } from './media-tokens.ts';
import { formatOf, OTHER, type PromptFormat } from './prompt-formats.ts';
import { estimatedPieces, overheadOf, textsOf } from './prompt-pieces.ts';
import { boundAtOnce, boundInTurns, isCountedAtOnce, OWN_VOCABULARY, ruleOf } from './text-bound.ts';
import { GENEROUS, shapeOf, TYPICAL, weigh } from './text-shape.ts';
import { createTurns, type Turn } from './turns.ts';
import { type ExactCount, loadExactCount } from './vocabulary.ts';

export { EXACT_WORK_MAX } from './text-bound.ts';

export type VocabularyTokenCounter = TokenCounter & {
  /** Resolves when counts by this vocabulary are exact; until then they are generous. */
  ready(encoding: ModelCard['encoding']): Promise<void>;
  /** Of a text of any length, once the vocabulary is ready; without a model by the vocabulary itself. */
  countWhole(text: string, card: ModelCard | null): Promise<number>;
};

/** Without a model: what the formats of chat have in common. */
const ANY_MODEL = { ...OTHER, most: 1, request: 8, message: 4, tools: 0, tool: 0, toolCall: 0, image: 2_048 };
/** For a text alone, where it is a guess: that of a whole prompt has room in what its format adds. */
const GENEROUS_START = 3;

/** `load` gets the vocabulary; tests hand in one that counts what it is given, and turns that they count. */
export function createTokenCounter(
  load: () => Promise<ExactCount> = loadExactCount,
  turn: Turn = createTurns(),
): VocabularyTokenCounter {
  let exact: ExactCount | null = null;
  let loading: Promise<void> | null = null;
  const calibration = createCalibration();
  const estimates = createEstimates();
  const bounds = createBounds();

  const textBound = (text: string, card: ModelCard): number =>
    exact === null ? Math.ceil(weigh(shapeOf(text), GENEROUS)) : boundAtOnce(text, ruleOf(card, formatOf(card)), exact);

  const requestEstimate = (prompt: CountedPrompt, card?: ModelCard): number =>
    estimates.ofPrompt(prompt, card === undefined ? ANY_MODEL : formatOf(card));

  return {
    estimate,
    upperBound: (text, card) => textBound(text, card) + (exact === null || card.encoding === null ? GENEROUS_START : 0),
    messageEstimate: (message) =>
      ANY_MODEL.message + estimates.ofMessage(message) + mediaEstimate(message, ANY_MODEL.image),
    requestEstimate,
    requestUpperBound(request, card) {
      const text = textsOf(request, card).join('\n');
      const key = keyOf(card, text);
      let bound = bounds.get(request, key);
      if (bound === null) {
        bound = textBound(text, card);
        // A makeshift is not remembered: before the vocabulary is there, or from samples of a text that may yet be counted whole.
        if (exact !== null && isCountedAtOnce(text)) bounds.set(request, key, bound);
      }
      return calibration.raised(nameOf(card), aroundTexts(bound, request, card));
    },
    async prepare(request, cards, signal) {
      const count = exact;
      if (count === null) return;
      for (const card of cards) {
        const text = textsOf(request, card).join('\n');
        if (isCountedAtOnce(text)) continue;
        const key = keyOf(card, text);
        if (bounds.get(request, key) !== null) continue;
        const turnOfThis = async () => {
          await turn();
          signal.throwIfAborted();
        };
        bounds.set(request, key, await boundInTurns(text, ruleOf(card, formatOf(card)), count, turnOfThis));
      }
    },
    likely: (estimated, card) => calibration.likely(nameOf(card), estimated),
    learn(request, card, billedTokens) {
      // What a document comes to says nothing of the next prompt.
      if (hasUnmeasured(request.messages)) return;
      const bound = bounds.get(request, keyOf(card, textsOf(request, card).join('\n')));
      calibration.learn(
        nameOf(card),
        requestEstimate(request, card),
        bound === null ? null : aroundTexts(bound, request, card),
        billedTokens,
      );
    },
    async countWhole(text, card) {
      if (exact === null) throw new Error('No vocabulary is loaded; wait for ready()');
      const rule = card === null ? OWN_VOCABULARY : ruleOf(card, formatOf(card));
      return boundInTurns(text, rule, exact, turn);
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

/** The bound of the texts with all that comes to them. */
function aroundTexts(bound: number, request: FittedRequest, card: ModelCard): number {
  const format = formatOf(card);
  return bound + overheadOf(request, format) + mediaBound(request.messages, card, format);
}

/** Models whose vocabularies compare alike make the same of the same texts. */
function keyOf(card: ModelCard, text: string): string {
  const { isKnown, most, eachDigit } = ruleOf(card, formatOf(card));
  return [isKnown, most, eachDigit, hash('sha256', text, 'base64')].join(' ');
}

function nameOf({ provider, model }: ModelCard): string {
  return `${provider}/${model}`;
}

function estimate(text: string): number {
  return Math.ceil(weigh(shapeOf(text), TYPICAL));
}

/** A message is read once, however often its estimate is asked for: for the history, for each target, for what is learnt. */
function createEstimates() {
  const known = new WeakMap<Message, { readonly content: Message['content']; readonly tokens: number }>();
  const ofMessage = (message: Message): number => {
    const found = known.get(message);
    // Callers of the library may write on in a message of theirs.
    if (found?.content === message.content) return found.tokens;
    const tokens = estimate(textOf(message));
    known.set(message, { content: message.content, tokens });
    return tokens;
  };
  const ofPrompt = (prompt: CountedPrompt, format: PromptFormat): number => {
    let texts = estimatedPieces(prompt).reduce((sum, piece) => sum + estimate(piece), 0);
    let media = 0;
    for (const message of prompt.messages) {
      texts += ofMessage(message);
      media += mediaEstimate(message, format.image);
    }
    // Half way to the most: what is usual.
    return Math.ceil((texts * (1 + format.most)) / 2 + overheadOf(prompt, format) + media);
  };
  return { ofMessage, ofPrompt };
}

/** More than one request has, whose targets are told at most a few texts. */
const BOUNDS_KEPT = 64;

/**
 * The bounds of a request's texts, as long as it lives. Its messages are what stays the same while the rest of it differs by target; who
 * calls the library may also ask with the same ones again, and write on in them.
 */
function createBounds() {
  const known = new WeakMap<FittedRequest['messages'], Map<string, number>>();
  return {
    get({ messages }: FittedRequest, key: string): number | null {
      return known.get(messages)?.get(key) ?? null;
    },
    set({ messages }: FittedRequest, key: string, tokens: number): void {
      const ofMessages = known.get(messages) ?? new Map<string, number>();
      known.set(messages, ofMessages.set(key, tokens));
      const [oldest] = ofMessages.keys();
      if (ofMessages.size > BOUNDS_KEPT && oldest !== undefined) ofMessages.delete(oldest);
    },
  };
}
