// X6: whether a solution uses the concepts that were asked for, by what such a program can't do without. Told and never refused for: people
// who tagged the same programs agreed with rules like these in 43 of 50 cases, so a miss is as likely ours.

import { bareCode } from './bare-code.ts';
import { functionsIn } from './signature.ts';
import { placesOf } from './whole-names.ts';

type Witness = (bare: string, language: string) => boolean;

const spoken =
  (...patterns: readonly RegExp[]): Witness =>
  (bare) =>
    patterns.some((pattern) => pattern.test(bare));

/** A loop within one pair of brackets. */
const hasComprehension: Witness = (bare) =>
  bare.split(/(?=[[\]{}])/).some((piece) => {
    const opening = piece.search(/[[{(]/);
    const loop = opening < 0 ? '' : piece.slice(opening);
    const head = loop.search(/\bfor\b/);
    return head >= 0 && /\bin\b/.test(loop.slice(head));
  });

/** The first that the concept's name fits is asked. */
const WITNESSES: readonly (readonly [RegExp, Witness])[] = [
  [/recursi/, (bare, language) => functionsIn(bare, language).some(({ name }) => callsOf(bare, name) > 1)],
  [/comprehension/, hasComprehension],
  [/generator|yield/, spoken(/\byield\b|function\s*\*/)],
  [/lambda|arrow/, spoken(/\blambda\b|=>/)],
  [/exception|error|raise|throw|try/, spoken(/\b(?:raise|throw|try|except|catch)\b/)],
  [/loop|iterat|for-?each|\bwhile\b/, spoken(/\b(?:for|while|do)\b|\.(?:map|forEach|reduce|filter)\s*\(/)],
  [/condition|if-?else|branch|ternary/, spoken(/\bif\b|\?[^.?]|\bcase\b|\bmatch\b/)],
  [/class|object-?orient/, spoken(/\bclass\s+\w/)],
  [
    /dict|hash-?map|\bmaps?\b|objects?\b/,
    spoken(/\{[^{}]*:/, /\{\s*\}/, /\b(?:dict|Map)\b|defaultdict|Counter|Object\./),
  ],
  [/\bsets?\b/, spoken(/\bset\s*\(/, /\bSet\b|frozenset/, /\{[^:{},]*,[^:{}]*\}/)],
  [/tuple/, spoken(/\([^(),]*,[^()]*\)|\btuple\b/)],
  [/list|array/, spoken(/\[|\blist\b|\bArray\b|\.(?:map|filter|reduce|push|append)\s*\(/)],
  [
    /string|text/,
    spoken(
      /""|`|\bstr\b|\bString\b/,
      /\.(?:join|split|replace|upper|lower|toUpperCase|toLowerCase|strip|trim|slice)\s*\(/,
    ),
  ],
  [/bool|logic/, spoken(/\b(?:and|or|not|True|False|true|false)\b|&&|\|\||!|[<>]=?|==/)],
  [/number|arithmetic|integer|float|math/, spoken(/\d|[+*/%-]/)],
];

/** Of the concepts whose traces are known those that leave none. */
export function unwitnessed(
  concepts: readonly string[],
  solution: string,
  language: string,
): { readonly missing: string[]; readonly unknown: string[] } {
  const bare = bareCode(solution, language);
  const missing: string[] = [];
  const unknown: string[] = [];
  for (const concept of concepts) {
    const name = concept.toLowerCase().split('/').at(-1) ?? '';
    const witness = WITNESSES.find(([pattern]) => pattern.test(name))?.[1];
    if (witness === undefined) unknown.push(concept);
    else if (!witness(bare, language)) missing.push(concept);
  }
  return { missing, unknown };
}

function callsOf(bare: string, name: string): number {
  const isCalled = (at: number) =>
    bare[at - 1] !== '.' && /^\s*\(/.test(bare.slice(at + name.length, at + name.length + 40));
  return placesOf(name, bare).filter(isCalled).length;
}
