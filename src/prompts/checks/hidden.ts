// Characters that nobody sees and a model reads: they are taken out of what it is shown, and told. What makes an emoji of several, and what
// Arabic and Indic scripts join by, is kept: without it honest text falls apart. And what speaks to the model in sight of all is told, too.

export interface Hidden {
  /** From 1. */
  readonly line: number;
  /** As `U+200B`. */
  readonly character: string;
}

/** The text without them, and each kind once for each line. */
export function withoutHidden(text: string): { readonly text: string; readonly hidden: readonly Hidden[] } {
  if (!SUSPECT.test(text)) return { text, hidden: [] };
  const kept: string[] = [];
  const hidden = new Map<string, Hidden>();
  let line = 1;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\n') line += 1;
    const length = hiddenLengthAt(text, at);
    if (length === 0) continue;
    const character = nameOf(text.codePointAt(at) ?? 0);
    hidden.set(`${line} ${character}`, { line, character });
    kept.push(text.slice(from, at), LINE_ENDS.has(text[at] ?? '') ? '\n' : '');
    at += length - 1;
    from = at + 1;
  }
  kept.push(text.slice(from));
  return { text: kept.join(''), hidden: [...hidden.values()] };
}

/** Whether the code unit there is one of a hidden character. */
export function hiddenAt(text: string, at: number): boolean {
  if (hiddenLengthAt(text, at) > 0) return true;
  return at > 0 && isLowSurrogate(text.charCodeAt(at)) && hiddenLengthAt(text, at - 1) === 2;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Line ends that some readers take for one and others do not: a line of its own for all. */
const LINE_ENDS: ReadonlySet<string> = new Set(['\u0085', '\u2028', '\u2029']);

/** Controls, and what is drawn as nothing: by kind (`Cf`, `Cc`, variation selectors) and the fillers of Hangul and Khmer. */
const SUSPECT =
  /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Variation_Selector}]|[\u2028\u2029\u115f\u1160\u17b4\u17b5\u3164\uffa0]|\u034f|[\u{e0000}-\u{e0fff}]/u;

/** How many code units the hidden character there has; 0: it is none, or one that belongs where it stands. */
function hiddenLengthAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  // Letters, digits and signs of plain text, without asking further.
  if (unit >= 0x20 && unit < 0x7f) return 0;
  const code = text.codePointAt(at) ?? 0;
  const character = String.fromCodePoint(code);
  if (!SUSPECT.test(character)) return 0;
  return belongs(text, at, code, character.length) ? 0 : character.length;
}

const ZERO_WIDTH_NON_JOINER = 0x200c;
const ZERO_WIDTH_JOINER = 0x200d;
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Component}]$/u;
const EMOJI_AHEAD = /^\p{Extended_Pictographic}/u;
/** Scripts whose letters take another form beside a joiner. */
const JOINED =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Syriac}\p{Script=Mongolian}]$/u;
/** A black flag and its letters, up to their end: England, Scotland, Wales. */
const FLAG_BEHIND = /\u{1f3f4}[\u{e0020}-\u{e007e}]{0,7}$/u;
const FLAG = /^\u{1f3f4}[\u{e0020}-\u{e007e}]{2,7}\u{e007f}/u;
const LONGEST_FLAG = 18;

function belongs(text: string, at: number, code: number, length: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  if (code === ZERO_WIDTH_JOINER)
    return (EMOJI.test(before) && EMOJI_AHEAD.test(text.slice(at + length, at + length + 2))) || JOINED.test(before);
  if (code === ZERO_WIDTH_NON_JOINER) return JOINED.test(before);
  // How an emoji is drawn; a lone one, or one behind another, carries something else.
  if (code === 0xfe0e || code === 0xfe0f) return /[\p{Emoji}]$/u.test(before);
  if (code >= 0xe0100 && code <= 0xe01ef) return /\p{Script=Han}$/u.test(before);
  if (code >= 0xe0020 && code <= 0xe007f) return isInFlag(text, at);
  return false;
}

function isInFlag(text: string, at: number): boolean {
  const behind = FLAG_BEHIND.exec(text.slice(Math.max(0, at - LONGEST_FLAG), at));
  if (behind === null) return false;
  const start = at - behind[0].length;
  return FLAG.test(text.slice(start, start + LONGEST_FLAG));
}

function nameOf(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

export interface Suspicion {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/** Above that nobody reads them. */
const MOST = 20;
/** Of a line, what is looked at. */
const LINE_CHARACTERS = 4_000;

/** Signs that a text of a learner's speaks to the model that reads it, in the order of lines. Heuristics, which tell and never block: the same
 * words stand in honest comments, and whoever tries gets by. What protects is that nothing which counts is the model's to say. */
export function injectionSuspectedIn(text: string): readonly Suspicion[] {
  const hidden = withoutHidden(text);
  const found: Suspicion[] = hidden.hidden.map(({ line, character }) => ({
    line,
    why: `a character that nobody sees (${character})`,
  }));
  for (const [index, line] of hidden.text.split('\n').entries()) {
    const why = suspicionIn(line.slice(0, LINE_CHARACTERS));
    if (why !== null) found.push({ line: index + 1, why });
    if (found.length >= MOST * 2) break;
  }
  return found.sort((one, other) => one.line - other.line).slice(0, MOST);
}

function suspicionIn(line: string): string | null {
  const words = line.toLowerCase().match(WORDS) ?? [];
  return SIGNS.find((sign) => sign.isIn(line, words))?.why ?? null;
}

const WORDS = /[\p{L}\p{N}+]+/gu;

interface Sign {
  readonly why: string;
  readonly isIn: (line: string, words: readonly string[]) => boolean;
}

/** One of some words, and not much later one of others. */
function within(reach: number, first: string, then: string): Sign['isIn'] {
  const firsts = new Set(first.split(' '));
  const thens = new Set(then.split(' '));
  return (_, words) => {
    let at = Number.NEGATIVE_INFINITY;
    return words.some((word, index) => {
      if (index - at <= reach && thens.has(word)) return true;
      if (firsts.has(word)) at = index;
      return false;
    });
  };
}

function phrase(...phrases: readonly string[]): Sign['isIn'] {
  return (_, words) => {
    const spaced = ` ${words.join(' ')} `;
    return phrases.some((each) => spaced.includes(` ${each} `));
  };
}

function looks(pattern: RegExp): Sign['isIn'] {
  return (line) => pattern.test(line);
}

const EARLIER = 'asks to leave instructions aside';
const ROLE = 'writes as another speaker';
const SPEAKS = 'speaks to the one who reviews it';
const MARKS = 'asks for marks or praise';

const SIGNS: readonly Sign[] = [
  {
    why: EARLIER,
    isIn: within(
      7,
      'ignore disregard forget override bypass skip ignoriere ignorieren vergiss missachte ignora olvida ignorez ignore oubliez oublie zignoruj ' +
        'zapomnij',
      'instruction instructions prompt prompts rules guidelines guideline directives directive above previous system anweisung anweisungen ' +
        'instruktionen vorgaben regeln instrucciones instrucción reglas istruzioni regole consignes règles instrukcje polecenia zasady',
    ),
  },
  { why: EARLIER, isIn: within(1, 'new updated real actual following', 'instructions') },
  { why: EARLIER, isIn: phrase('developer mode', 'jailbreak', 'jailbroken', 'do anything now') },
  { why: ROLE, isIn: looks(/^[\s#*/"'>-]{0,20}(?:system|assistant|developer)(?: message| prompt)?\s?:/i) },
  {
    why: ROLE,
    isIn: looks(
      /<\|?(?:im_start|im_end|system|assistant|endoftext|eot_id|start_header_id)\|?>|\[\/?INST\]|<<\/?SYS>>/i,
    ),
  },
  {
    why: SPEAKS,
    isIn: within(
      10,
      'ai llm gpt chatgpt reviewer grader autograder tutor bot assistant',
      'must should shall please need never always ignore respond reply say output print mark give grade rate score',
    ),
  },
  {
    why: SPEAKS,
    isIn: phrase(
      'you are now',
      'you are an',
      'you are a',
      'you are no longer',
      'act as',
      'behave as',
      'pretend to be',
      'pretend you',
      'respond as',
      'reply as',
      'from now on',
    ),
  },
  {
    why: MARKS,
    isIn: within(
      7,
      'give award assign grant rate grade score mark',
      'full maximum perfect highest top 100 10 a+ passed passing',
    ),
  },
  {
    why: 'asks for the instructions',
    isIn: within(6, 'reveal show print repeat output tell leak', 'prompt instructions'),
  },
  {
    why: 'asks for the solution',
    isIn: within(5, 'reveal show give write tell', 'solution'),
  },
  { why: 'an HTML comment', isIn: looks(/<!--/) },
  {
    why: 'an image from elsewhere',
    isIn: (line) => line.indexOf('](http', line.indexOf('![') + 1) > 0 && line.includes('!['),
  },
  {
    why: 'a long text in base64 or the like',
    isIn: (line) => line.split(NO_BASE64).some(({ length }) => length >= BLOB),
  },
];

const NO_BASE64 = /[^A-Za-z0-9+/]/;
const BLOB = 120;
