// Finds the regular expressions written in a TypeScript text. A slash begins one where an expression may begin; whether it may is
// told by what stands before it. That guess is wrong only after `)` and `}`, where no source of this project has one.

interface RegExpLiteral {
  readonly source: string;
  readonly flags: string;
  readonly line: number;
}

const BEFORE_EXPRESSION = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'instanceof',
  'void',
  'delete',
  'throw',
  'do',
  'else',
  'await',
  'yield',
]);
const WORD = /[\w$#]+/y;
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const COMMENT = /^#!.*|\/\/.*|\/\*[\s\S]*?\*\//y;
const LITERAL = /\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/y;
/** The text of a template up to its end or to an expression inside it. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/y;

export function regExpLiterals(text: string): RegExpLiteral[] {
  const found: RegExpLiteral[] = [];
  /** For each open `{`: does a template go on after its `}`? */
  const braces: boolean[] = [];
  let at = 0;
  let operandBefore = false;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const template = () => {
    operandBefore = true;
    if (take(TEMPLATE)?.[1] !== '${') return;
    braces.push(true);
    operandBefore = false;
  };

  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) at++;
    else if (take(COMMENT) !== null) continue;
    else if (take(STRING) !== null) operandBefore = true;
    else if (character === '/' && !operandBefore) {
      const line = text.slice(0, at).split('\n').length;
      const literal = take(LITERAL);
      if (literal === null)
        throw new Error(`Line ${line} has a slash that begins neither a comment nor a regular expression`);
      found.push({ source: literal[1] ?? '', flags: literal[2] ?? '', line });
      operandBefore = true;
    } else {
      const word = take(WORD);
      if (word !== null) {
        operandBefore = !BEFORE_EXPRESSION.has(word[0]);
        continue;
      }
      at++;
      if (character === '`' || (character === '}' && braces.pop() === true)) template();
      else {
        if (character === '{') braces.push(false);
        operandBefore = ')]}'.includes(character);
      }
    }
  }
  return found;
}
