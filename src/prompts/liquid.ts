// The template engine, with nothing of it that a prompt does not need: no files, no partials, no variables of its own, four filters.
// Values are never read as templates, and reach no function but the filters below.

import { Context, Liquid, LiquidError, type Template } from 'liquidjs';
import { llmError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { withoutHidden } from './checks/hidden.ts';
import { mark } from './marks.ts';

const TAGS: readonly string[] = ['if', 'unless', 'for', 'break', 'case', 'comment'];
export const FILTERS: readonly string[] = ['mark', 'quoted', 'size', 'join'];
const LIMITS = {
  templateCharacters: 200_000,
  /**
   * Of a template and of what it repeats, each as often as it is come to: for a loop in a loop in a loop. The prompts of the
   * package take less than a thousand with all lists at their longest. It is no time, so that what is rendered on one machine is rendered on each.
   */
  steps: 100_000,
  /** Characters that come of values, and lists that are made while it is rendered. */
  memoryUnits: 10_000_000,
} as const;

/** How the strings of one request are let in. */
export interface Marking {
  readonly token: string;
  /** Which characters were left out of them, each once: `U+200B`. */
  readonly hidden: Set<string>;
  /** Whether the instructions have to say what a marked line, and what a quoted string is. */
  usesMarks: boolean;
  usesQuotes: boolean;
}

interface FilterThis {
  readonly context: Context;
}

export class TemplateEngine {
  readonly #liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    dynamicPartials: false,
    // In the place of a file system.
    templates: {},
    parseLimit: LIMITS.templateCharacters,
    memoryLimit: LIMITS.memoryUnits,
  });
  /** By the object that holds the variables, the one thing that a filter sees of its request. */
  readonly #markings = new WeakMap<object, Marking>();

  constructor() {
    const { tags, filters } = this.#liquid;
    for (const name of Object.keys(tags)) if (!TAGS.includes(name)) delete tags[name];
    for (const name of Object.keys(filters)) if (!FILTERS.includes(name)) delete filters[name];
    const markings = this.#markings;
    this.#liquid.registerFilter('mark', function (this: FilterThis, value: unknown): string {
      const marking = markingIn(markings, this);
      if (value === null || value === undefined) return '';
      marking.usesMarks = true;
      return charged(mark(shown(value, marking), marking.token), this);
    });
    this.#liquid.registerFilter('quoted', function (this: FilterThis, value: unknown): string {
      const marking = markingIn(markings, this);
      if (value === null || value === undefined) return '';
      marking.usesQuotes = true;
      return charged(quoted(shown(value, marking)), this);
    });
  }

  /** Throws a LiquidError. */
  parse(text: string): Template[] {
    return this.#liquid.parse(text);
  }

  /** Throws `invalid_request` where more comes of the variables than may. */
  render(templates: Template[], variables: JsonObject, marking: Marking): string {
    const scope = Object.assign(Object.create(null), variables);
    this.#markings.set(scope, marking);
    const context = new Context(scope, this.#liquid.options, { sync: true });
    let steps = 0;
    // The engine asks it before each step, and would have the clock decide.
    context.renderLimit.check = () => {
      steps += 1;
      if (steps > LIMITS.steps) throw new Error(TOO_MUCH);
    };
    try {
      return String(this.#liquid.renderSync(templates, context));
    } catch (thrown) {
      if (LiquidError.is(thrown) && thrown.message.includes(TOO_MUCH)) throw tooMuch();
      throw thrown;
    }
  }
}

/** Also in the engine's own words, of its memory. */
const TOO_MUCH = 'limit exceeded';

function tooMuch() {
  const most = `more than ${LIMITS.steps} steps or ${LIMITS.memoryUnits} characters`;
  const message = `These variables make ${most} of the prompt's template: give shorter lists, or less text; if that is what they have to be, make the loops of the template fewer`;
  return llmError('invalid_request', message, { param: 'variables' });
}

function charged(text: string, { context }: FilterThis): string {
  context.memoryLimit.use(text.length);
  return text;
}

function markingIn(markings: WeakMap<object, Marking>, { context }: FilterThis): Marking {
  const marking = markings.get(context.environments);
  if (marking === undefined) throw new Error('A filter was called for a request that nobody rendered');
  return marking;
}

/** Of a value of the caller's, what a model is shown; the rest is told. */
export function shown(value: unknown, marking: Marking): string {
  if (typeof value === 'object') throw new Error('A list or an object cannot be marked or quoted as it is');
  const { text, hidden } = withoutHidden(String(value));
  for (const { character } of hidden) marking.hidden.add(character);
  return text;
}

/** On one line, whoever reads it: JSON leaves some characters as they are that end a line elsewhere. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Where and why a template cannot be read, without the excerpt that the engine adds. */
export function problemOf(thrown: unknown): string {
  if (!LiquidError.is(thrown)) throw thrown;
  const { message } = thrown;
  const [, what = message, line = '1'] = /^(.*?)(?:, line:(\d+), col:\d+)?$/s.exec(message) ?? [];
  const [, tag] = /^tag "(.*)" not found$/s.exec(what) ?? [];
  const [, filter] = /^undefined filter: (.*)$/s.exec(what) ?? [];
  if (tag !== undefined) return `line ${line}: there is no tag ${tag} here; what there is: ${TAGS.join(', ')}`;
  if (filter !== undefined)
    return `line ${line}: there is no filter ${filter} here; what there is: ${FILTERS.join(', ')}`;
  return `line ${line}: ${what}`;
}
