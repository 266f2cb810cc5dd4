// G2: what a page would load, run or lead to when it shows the text as Markdown: raw HTML, images, links elsewhere than to the allowed hosts.
// Strict where a renderer could differ; what is set as code for every renderer is not looked into.

import { contentOf, withoutSureCode } from './sure-code.ts';
import { trimmedEnd } from './trimmed.ts';

/** The first of it, in words for whoever has to mend it; null: there is none. */
export function markupIn(text: string, hosts: readonly string[]): string | null {
  const prose = withoutSureCode(text) ?? text;
  return (
    htmlIn(prose) ?? schemeIn(prose) ?? linkIn(prose, hosts) ?? angledLinkIn(prose, hosts) ?? bareLinkIn(prose, hosts)
  );
}

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button canvas ' +
    'caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font ' +
    'footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd label legend li link ' +
    'listing main map mark marquee math menu menuitem meta meter nav nobr noembed noframes noscript object ol optgroup option output p param picture ' +
    'plaintext portal pre progress q rp rt ruby s samp script search section select slot small source span strike strong style sub summary ' +
    'sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp'
  ).split(' '),
);

/** Not what a comparison (`a < b`) or a type (`List<int>`) looks like. */
const TAG = /<\/?([A-Za-z][A-Za-z0-9:-]*)(?=[\s/>"'`]|$)/g;
/** `List<?>` is a type. */
const DECLARATION = /<!(?:--|\[CDATA\[|[A-Za-z])|<\?(?!>)/;

function htmlIn(prose: string): string | null {
  const declaration = DECLARATION.exec(prose)?.[0];
  if (declaration !== undefined) return `has raw HTML (${declaration}); set code in backticks`;
  for (const { 0: tag, 1: name = '', index } of prose.matchAll(TAG)) {
    const before = prose.slice(Math.max(0, index - 1), index);
    if (isTag(name, insideOf(prose, index + tag.length), before))
      return `has the raw HTML tag <${name.toLowerCase()}>; set code in backticks`;
  }
  return null;
}

/** What stands there up to the next angle bracket, and with it where that ends a tag. */
function insideOf(prose: string, at: number): string {
  const inside = /[^<>]*>?/y;
  inside.lastIndex = at;
  return inside.exec(prose)?.[0] ?? '';
}

const ATTRIBUTE = /[\s/"'][A-Za-z_:@][\w:@.-]*\s*=(?!=)/;
const QUOTED_ATTRIBUTE = /[\s/"'][A-Za-z_:@][\w:@.-]*\s*=\s*["'`]/;

function isTag(name: string, inside: string, before: string): boolean {
  if (!ELEMENTS.has(name.toLowerCase()))
    return name.includes('-') || (inside.endsWith('>') ? ATTRIBUTE : QUOTED_ATTRIBUTE).test(inside);
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
  readonly isImage: boolean;
  /** The first of its line, in whatever lists and quotes that stands. */
  readonly isFirst: boolean;
}

/** Deeper than that no text that is meant to be read goes. */
const DEEPEST = 100;

/** In the form of Markdown: `[text](address)`, `![text](address)`, `[name]: address`. */
function linkIn(prose: string, hosts: readonly string[]): string | null {
  const open: Bracket[] = [];
  const firsts = firstsOf(prose);
  const hasDefinition = prose.includes(']:');
  for (let at = 0; at < prose.length; at += 1) {
    const next = prose[at];
    if (next === '\\') at += 1;
    else if (next === '[') {
      if (open.length === DEEPEST) return 'has too many brackets within each other';
      open.push({ isImage: prose[at - 1] === '!', isFirst: firsts.has(at) });
    } else if (next === ']') {
      // One that none opens here may have been opened where another renderer sees an address.
      const opening = open.pop() ?? { isImage: false, isFirst: false };
      // The name of an image may be defined anywhere.
      if (opening.isImage && (hasDefinition || /[([]/.test(prose[at + 1] ?? ''))) return 'has an image';
      const problem = bracketIn(prose, opening, at, hosts);
      if (problem !== null) return problem;
    }
  }
  return null;
}

function firstsOf(prose: string): ReadonlySet<number> {
  const firsts = new Set<number>();
  let at = 0;
  for (const line of prose.split('\n')) {
    firsts.add(at + line.length - contentOf(line).length);
    at += line.length + 1;
  }
  return firsts;
}

function bracketIn(prose: string, opening: Bracket, end: number, hosts: readonly string[]): string | null {
  const behind = prose[end + 1];
  const isLink = behind === '(';
  if (!isLink && !(behind === ':' && opening.isFirst)) return null;
  const address = addressAt(prose, end + 2, isLink ? /[ \t\n\v\f\r)]/ : SPACE);
  // A call or a word in brackets, as in `items[0](x)` or `[note]: see below`.
  if (!/[:/.#\\&%?]/.test(address)) return null;
  return leadsElsewhere(address, hosts);
}

/** An address that is longer is none to be shown. */
const ADDRESS_CHARACTERS = 512;
/** What ends an address for every renderer; other white space is part of it for some. */
const SPACE = /[ \t\n\v\f\r]/;

function addressAt(prose: string, at: number, end: RegExp): string {
  const margin = /[\s>]*/y;
  margin.lastIndex = at;
  const from = at + (margin.exec(prose)?.[0].length ?? 0);
  const text = prose.slice(from, from + ADDRESS_CHARACTERS);
  return (text.startsWith('<') ? text.slice(1).split(/[>\n\r]/, 1) : text.split(end, 1))[0] ?? '';
}

const ANGLED = /<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^ \t\n\v\f\r<>]*)>/g;
const ANGLED_MAIL = /<[^\s<>@]+@[\w.-]+>/;

/** `<https://…>`, `<tel:1>`, `<me@here.org>`. */
function angledLinkIn(prose: string, hosts: readonly string[]): string | null {
  if (ANGLED_MAIL.test(prose)) return 'has the address of a mailbox as a link';
  for (const [, address = ''] of prose.matchAll(ANGLED)) {
    const problem = leadsElsewhere(address, hosts);
    if (problem !== null) return problem;
  }
  return null;
}

const BARE = /(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/|\bwww\.(?=[A-Za-z0-9]))/g;

function bareLinkIn(prose: string, hosts: readonly string[]): string | null {
  for (const { 0: start, index } of prose.matchAll(BARE)) {
    const address = prose.slice(index, index + ADDRESS_CHARACTERS).split(/[ \t\n\v\f\r<]/, 1)[0] ?? '';
    const problem = leadsElsewhere(start.toLowerCase() === 'www.' ? `https://${address}` : address, hosts);
    if (problem !== null) return problem;
  }
  return null;
}

/** What may stand behind an address without being of it, and in no name of a host. */
const BEHIND = ')]}>"\'*_,.:;!~`|。，、；：！）」』';

/** By the letters of its host alone: what a parser makes of odd addresses, another might not. */
function leadsElsewhere(address: string, hosts: readonly string[]): string | null {
  const authority = /^https:\/\/([^/?#]*)/i.exec(address.length < ADDRESS_CHARACTERS ? address : '')?.[1];
  const host = authority === undefined ? undefined : trimmedEnd(authority.toLowerCase(), BEHIND).replace(/:443$/, '');
  if (host !== undefined && hosts.some((each) => each.toLowerCase() === host)) return null;
  const led = /^[\w.-]{1,80}$/.test(host ?? '') ? `has a link to ${host}` : 'has a link';
  return hosts.length === 0
    ? `${led}, and may have none`
    : `${led}; links may lead to https://${hosts.join(', https://')} alone`;
}
