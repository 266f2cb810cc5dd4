// What callers may say to a package of the AI SDK by `providerOptions`. Packages know options that raise what is billed (a budget of thought
// is added to max_tokens), name servers, and reach for what a vendor stores; new ones come with every version, and some packages send
// on what they do not know. So what may pass is listed, whatever the package, and anything more is the operator's to allow.

import { isObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import type { FittedRequest } from '../../core/request.ts';
import type { Warning } from '../../core/response.ts';
import { familyOf } from '../anthropic/families.ts';
import { leftOut } from '../options.ts';

const isFlag = (value: Json | undefined) => typeof value === 'boolean';
const isWord = (value: Json | undefined) => typeof value === 'string' && value.length <= 256;
const isOff = (value: Json | undefined) => value === false;

/** How much is thought and said within what is held, in which form, and who asks. */
const HARMLESS: ReadonlyMap<string, (value: Json | undefined) => boolean> = new Map([
  ['disableParallelToolUse', isFlag],
  ['effort', isWord],
  ['logitBias', isNumbers],
  ['parallelToolCalls', isFlag],
  ['promptCacheKey', isWord],
  ['reasoningEffort', isWord],
  ['reasoningFormat', isWord],
  ['reasoningSummary', isWord],
  ['safetyIdentifier', isWord],
  ['sendReasoning', isFlag],
  ['store', isOff],
  ['strictJsonSchema', isFlag],
  ['structuredOutputMode', isWord],
  ['structuredOutputs', isFlag],
  ['textVerbosity', isWord],
  ['thinking', isWithoutBudget],
  ['thinkingConfig', isOfGemini],
  ['toolStreaming', isFlag],
  ['user', isWord],
]);

/** `passes`: what the operator allows beside, as `package.option`. */
export function optionsFor(
  asked: Readonly<Record<string, JsonObject>>,
  passes: readonly string[],
  warnings: Warning[],
): Readonly<Record<string, JsonObject>> {
  const taken = Object.entries(asked).map(([name, options]): [string, JsonObject] => {
    const some = Object.entries(options).filter(([option, value]) => {
      const knob = `${name}.${option}`;
      if (passes.includes(knob) || HARMLESS.get(option)?.(value) === true) return true;
      warnings.push(leftOut(`providerOptions.${knob}`, NOT_PASSED));
      return false;
    });
    return [name, Object.fromEntries(some)];
  });
  return Object.fromEntries(taken);
}

const NOT_PASSED =
  'was left out: it is not known to cost no more than was held; the operator may let it pass (passesOptions)';

function isNumbers(value: Json | undefined): boolean {
  return isObject(value) && Object.values(value).every((bias) => typeof bias === 'number');
}

/** A budget of Gemini's is a part of what was held for the answer. */
function isOfGemini(value: Json | undefined): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([name, member]) => {
      if (name === 'includeThoughts') return isFlag(member);
      return (name === 'thinkingLevel' && isWord(member)) || (name === 'thinkingBudget' && Number.isInteger(member));
    })
  );
}

/** Whether its package would make a budget of an effort, and ask for so many tokens more than were held: Anthropic's does, where it must. */
export function thinksBeyond({ reasoningEffort }: FittedRequest, provider: string, model: string): boolean {
  if (reasoningEffort === null || reasoningEffort === 'none') return false;
  // `claude-sonnet-4.5`: as the names are elsewhere.
  const name = model.replaceAll('.', '-');
  return name.includes('claude-') ? familyOf(name).thinking === 'budget' : /anthropic/i.test(provider);
}

/** Here a budget is such a one as well. */
function isWithoutBudget(value: Json | undefined): boolean {
  if (!isObject(value)) return false;
  const isKnown = ['adaptive', 'disabled', 'between_tools'].includes(stringAt(value, 'type') ?? '');
  return isKnown && Object.keys(value).every((name) => name === 'type' || (name === 'display' && isWord(value[name])));
}
