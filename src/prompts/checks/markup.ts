// G2: what a page would load, run or lead to when it shows the text as Markdown: raw HTML, images, links elsewhere than to the allowed hosts.
// Strict where a renderer could differ; what is set as code for every renderer is not looked into.

import { piecesOf } from './markdown.ts';

/** The first of it, in words for whoever has to mend it; null: there is none. */
export function markupIn(text: string, hosts: readonly string[]): string | null {
  const prose = piecesOf(text)
    .map((piece) => (piece.isSurelyCode ? ' ` ' : piece.kind === 'fence' ? `\n${piece.text}\n` : piece.text))
    .join('');
  return htmlIn(prose) ?? schemeIn(prose) ?? linkIn(prose, hosts) ?? bareLinkIn(prose, hosts);
}

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button canvas ' +
    'caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font ' +
    'footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd label legend li link ' +
    'listing main map mark marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param picture ' +
    'plaintext portal pre progress q rp rt ruby s samp script search section select slot small source span strike strong style sub summary ' +
    'sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp'
  ).split(' '),
);

/** Not what a comparison (`a < b`) or a type (`List<int>`) looks like. */
const TAG = /<\/?([A-Za-z][A-Za-z0-9:-]*)(?=[\s/>"'`]|$)/g;
const DECLARATION = /<!--|<!\[CDATA\[|<!doctype|<\?(?:xml|php|=)/i;
/** How far an attribute is looked for. */
const TAG_CHARACTERS = 300;

function htmlIn(prose: string): string | null {
  const declaration = DECLARATION.exec(prose)?.[0];
  if (declaration !== undefined) return `has raw HTML (${declaration}); set code in backticks`;
  for (const { 0: tag, 1: name = '', index } of prose.matchAll(TAG)) {
    const end = index + tag.length;
    const inside = prose.slice(end, end + TAG_CHARACTERS).split('>', 1)[0] ?? '';
    const before = prose.slice(Math.max(0, index - 1), index);
    if (isTag(name, inside, before)) return `has the raw HTML tag <${name.toLowerCase()}>; set code in backticks`;
  }
  return null;
}

const QUOTED_ATTRIBUTE = /\s[\w:@.-]{1,64}\s{0,8}=\s{0,8}["'`]/;
const ATTRIBUTE = /[\s/][\w:@.-]{1,64}\s{0,8}=/;

function isTag(name: string, inside: string, before: string): boolean {
  if (!ELEMENTS.has(name.toLowerCase())) return name.includes('-') || QUOTED_ATTRIBUTE.test(inside);
  // `x<a and y>b`, `Box<S>`: elements of one letter do nothing without an attribute.
  return name.length > 1 || !/[\w)\]]/.test(before) || ATTRIBUTE.test(inside);
}

const SCHEME =
  /\b(?:data:[\w.+-]{0,40}(?:\/[\w.+-]{1,80})?[;,]|(?:javascript|vbscript):[^\s*_]|(?:mailto|file):[\w/])/i;

function schemeIn(prose: string): string | null {
  const found = SCHEME.exec(prose)?.[0].split(':', 1)[0];
  return found === undefined ? null : `has a ${found.toLowerCase()}: address`;
}

interface Bracket {
  readonly at: number;
  readonly isImage: boolean;
}

/** Deeper than that no text that is meant to be read goes. */
const DEEPEST = 100;

/** In the form of Markdown: `[text](address)`, `![text](address)`, `[name]: address`. */
function linkIn(prose: string, hosts: readonly string[]): string | null {
  const open: Bracket[] = [];
  const hasDefinition = /^[ >]{0,3}\[[^\]\n\r\u2028\u2029]+\]:/m.test(prose);
  for (let at = 0; at < prose.length; at += 1) {
    const next = prose[at];
    if (next === '\\') at += 1;
    else if (next === '[') {
      if (open.length === DEEPEST) return 'has too many brackets within each other';
      open.push({ at, isImage: prose[at - 1] === '!' });
    } else if (next === ']') {
      const opening = open.pop();
      if (opening === undefined) continue;
      const problem = bracketIn(prose, opening, at, hasDefinition, hosts);
      if (problem !== null) return problem;
    }
  }
  return null;
}

function bracketIn(
  prose: string,
  opening: Bracket,
  end: number,
  hasDefinition: boolean,
  hosts: readonly string[],
): string | null {
  const behind = prose[end + 1];
  const isLink = behind === '(';
  if (opening.isImage && (isLink || behind === '[' || hasDefinition)) return 'has an image';
  const isDefinition = behind === ':' && /^[ >]{0,3}$/.test(lineBefore(prose, opening.at));
  if (!isLink && !isDefinition) return null;
  const address = addressAt(prose, end + 2);
  // A call or a word in brackets, as in `items[0](x)` or `[note]: see below`.
  if (!/[:/.#\\&%?]/.test(address)) return null;
  return leadsElsewhere(address, hosts);
}

function lineBefore(prose: string, at: number): string {
  return prose.slice(Math.max(prose.lastIndexOf('\n', at - 1) + 1, at - 4), at);
}

/** An address that is longer is none to be shown. */
const ADDRESS_CHARACTERS = 512;

function addressAt(prose: string, at: number): string {
  const text = prose.slice(at, at + ADDRESS_CHARACTERS).trimStart();
  return text.split(/[\s)>]/, 1)[0]?.replace('<', '') ?? '';
}

const BARE = /(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/|\bwww\.(?=[A-Za-z0-9]))/g;

function bareLinkIn(prose: string, hosts: readonly string[]): string | null {
  for (const { 0: start, index } of prose.matchAll(BARE)) {
    const address = prose.slice(index, index + ADDRESS_CHARACTERS).split(/[\s<>()"'`\]*,]/, 1)[0] ?? '';
    const problem = leadsElsewhere(start.toLowerCase() === 'www.' ? `https://${address}` : address, hosts);
    if (problem !== null) return problem;
  }
  return null;
}

/** By the letters of its host alone: what a parser makes of odd addresses, another might not. */
function leadsElsewhere(address: string, hosts: readonly string[]): string | null {
  const host = /^https:\/\/([^/?#]*)/i
    .exec(address)?.[1]
    ?.toLowerCase()
    .replace(/:443$/, '')
    .replace(/[.:;!]$/, '');
  if (host !== undefined && hosts.some((each) => each.toLowerCase() === host)) return null;
  const led = /^[\w.-]{1,80}$/.test(host ?? '') ? `has a link to ${host}` : 'has a link';
  return hosts.length === 0
    ? `${led}, and may have none`
    : `${led}; links may lead to https://${hosts.join(', https://')} alone`;
}
