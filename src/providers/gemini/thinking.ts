// How much a Gemini model thinks, by its family. Generation 2.5 takes a budget of tokens, later ones a level, and neither takes the
// other's field; few can be kept from thinking at all. A name that is not known is treated as the newest: Google's own clients do so.

import type { JsonObject } from '../../core/json.ts';
import type { ReasoningEffort } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { leftOut } from '../options.ts';

type Family =
  | { readonly takes: 'levels'; readonly levels: readonly Level[] }
  | { readonly takes: 'budget'; readonly leastTokens: number }
  | { readonly takes: 'nothing' };

const LEVELS = ['minimal', 'low', 'medium', 'high'] as const satisfies readonly ReasoningEffort[];
type Level = (typeof LEVELS)[number];

/** Read against the model's name; the first that matches counts. */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^gemini-2\.5-pro/, { takes: 'budget', leastTokens: 128 }],
  [/^gemini-2\.5-/, { takes: 'budget', leastTokens: 0 }],
  [/^gemini-[12][.-]/, { takes: 'nothing' }],
  [/^gemini-3(\.[0-6])?-flash/, { takes: 'levels', levels: LEVELS }],
  // Pro models, Flash from 3.7 on, generation 4, and the names that move without notice.
  [/^gemini-/, { takes: 'levels', levels: ['low', 'medium', 'high'] }],
  [/^gemma-4-/, { takes: 'levels', levels: ['minimal', 'high'] }],
];

/** What Google's OpenAI-compatible endpoint makes of an effort (ai.google.dev/gemini-api/docs/openai). */
const BUDGET_TOKENS: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
};

export interface Thinking {
  /** Null: nothing is said of it, and the model does as it does by itself. */
  readonly thinkingConfig: JsonObject | null;
  readonly warnings: readonly Warning[];
}

/** Who asks for an effort is also shown the thoughts: Google sends them on demand only. */
export function thinkingOf(effort: ReasoningEffort | null, model: string): Thinking {
  if (effort === null) return { thinkingConfig: null, warnings: [] };
  const family = FAMILIES.find(([name]) => name.test(model))?.[1] ?? { takes: 'nothing' };
  const shown = effort === 'none' ? {} : { includeThoughts: true };
  switch (family.takes) {
    case 'nothing': {
      const warning = leftOut('reasoning_effort', `is not known to ${model} and was left out`);
      return { thinkingConfig: null, warnings: [warning] };
    }
    case 'budget': {
      const asked = BUDGET_TOKENS[effort];
      const thinkingBudget = Math.max(asked, family.leastTokens);
      const instead = `a budget of ${thinkingBudget} tokens`;
      const warnings = thinkingBudget === asked ? [] : [notKnown(effort, model, instead)];
      return { thinkingConfig: { ...shown, thinkingBudget }, warnings };
    }
    case 'levels': {
      const thinkingLevel = levelFor(effort, family.levels);
      const warnings = thinkingLevel === effort ? [] : [notKnown(effort, model, `"${thinkingLevel}"`)];
      return { thinkingConfig: { ...shown, thinkingLevel }, warnings };
    }
  }
}

/** The highest that is not above what was asked, else the lowest: nobody pays for more thought than was wished, if that can be. */
function levelFor(effort: ReasoningEffort, levels: readonly Level[]): Level {
  const asked = effort === 'none' ? -1 : LEVELS.indexOf(effort);
  return levels.findLast((level) => LEVELS.indexOf(level) <= asked) ?? levels[0] ?? 'low';
}

function notKnown(effort: ReasoningEffort, model: string, instead: string): Warning {
  return leftOut(`reasoning_effort "${effort}"`, `is not known to ${model}; ${instead} was sent instead`);
}

/** From generation 3 on: signed function calls, and JSON beside tools. */
export function isThirdOrLater(model: string): boolean {
  return /^gemini-(?![12][.-])/.test(model);
}
