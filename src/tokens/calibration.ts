// What vendors really billed beside what was reckoned, by model, for the life of the process. It sharpens two figures: what a long
// prompt will probably come to, and, upwards only, the bound that is held. A bound never sinks below what the recordings say: one
// user's thin prompts would else pay for another's dense one.

/** The model that was asked least recently is forgotten. */
const MODELS_MOST = 256;
/** A shorter prompt is mostly the vendor's format, which says nothing about a long one. */
const TELLING_TOKENS = 512;
/** Further off is no prose or code but a flood of one character, or a vendor that tells nonsense: nothing to learn from. */
const ODD_RATIO = 2;
/** So far the guess about one caller's prompt may follow what others sent. */
const RATIO_MOST = 1.25;
const SMOOTHING = 1 / 16;
/** Until so many were seen the error is taken to be what it was on 2,900 texts. */
const SEEN_ENOUGH = 8;
const FIRST_ERROR = 0.1;
const LEAST_ERROR = 0.02;
const ERRORS_AWAY = 3;
/** What a vendor puts before every prompt is at most so long in any recording (Llama 4's texts about tools); more grows with the prompt. */
const HIDDEN_MOST = 1_024;
const FACTOR_MOST = 2;

interface Known {
  ratio: number;
  error: number;
  seen: number;
  /** Tokens that the bound fell short of, whatever the prompt. */
  hidden: number;
  /** What it fell short of beyond these, as a share of the bound. */
  factor: number;
}

export interface Calibration {
  /** What a prompt of this estimate probably comes to at the most. */
  likely(model: string, estimate: number): number;
  raised(model: string, bound: number): number;
  /** `bound` is null where none was reckoned. */
  learn(model: string, estimate: number, bound: number | null, billed: number): void;
}

export function createCalibration(): Calibration {
  const models = new Map<string, Known>();
  return {
    likely(model, estimate) {
      const { ratio = 1, error = FIRST_ERROR, seen = 0 } = models.get(model) ?? {};
      const margin =
        seen < SEEN_ENOUGH ? FIRST_ERROR : Math.min(FIRST_ERROR, Math.max(LEAST_ERROR, ERRORS_AWAY * error));
      return Math.ceil(estimate * Math.min(RATIO_MOST, Math.max(1 / RATIO_MOST, ratio)) * (1 + margin));
    },
    raised(model, bound) {
      const { hidden = 0, factor = 1 } = models.get(model) ?? {};
      return Math.ceil(bound * factor + hidden);
    },
    learn(model, estimate, bound, billed) {
      const known = models.get(model) ?? { ratio: 1, error: 0, seen: 0, hidden: 0, factor: 1 };
      models.delete(model);
      models.set(model, known);
      const [oldest] = models.keys();
      if (models.size > MODELS_MOST && oldest !== undefined) models.delete(oldest);
      const ratio = billed / estimate;
      if (estimate >= TELLING_TOKENS && ratio >= 1 / ODD_RATIO && ratio <= ODD_RATIO) {
        const weight = Math.max(SMOOTHING, 1 / (known.seen + 1));
        known.error += (Math.abs(ratio / known.ratio - 1) - known.error) * weight;
        known.ratio += (ratio - known.ratio) * weight;
        known.seen += 1;
      }
      if (bound === null || billed <= bound * known.factor + known.hidden) return;
      const short = billed - bound;
      known.hidden = Math.max(known.hidden, Math.min(HIDDEN_MOST, short));
      known.factor = Math.min(FACTOR_MOST, Math.max(known.factor, 1 + (short - known.hidden) / Math.max(1, bound)));
    },
  };
}
