// X11: what the code of an exercise reaches for beside its arguments. A pattern is no sandbox: it keeps out what a model writes by habit, such
// as a solution that reads a file, and whoever runs exercises still runs them where nothing can be reached.

import { trimmedEnd } from '../checks/trimmed.ts';
import { bareCode, knownLanguage, withoutComments } from './bare-code.ts';
import { placesOf } from './whole-names.ts';

/** `chance`, `input` and `dynamic` can be asked for by nobody: what such code gives back cannot be expected, or not be read from it. */
const REACHES = ['files', 'network', 'processes', 'chance', 'input', 'dynamic'] as const;
type Reach = (typeof REACHES)[number];

export interface Reached {
  readonly what: string;
  readonly reach: Reach | 'import';
}

interface Surface {
  readonly modules: Readonly<Partial<Record<Reach, readonly string[]>>>;
  readonly words: readonly (readonly [Reach, RegExp])[];
  readonly imports: RegExp;
  /** Under another name. */
  readonly aliases: RegExp;
  /** What patterns may read otherwise than the language does, so that a text or a comment seems to go on over code. */
  readonly isDoubtful: (code: string) => boolean;
}

const PYTHON: Surface = {
  modules: {
    files: [
      'os',
      'pathlib',
      'shutil',
      'tempfile',
      'glob',
      'fileinput',
      'sqlite3',
      'shelve',
      'dbm',
      'mmap',
      'zipfile',
      'tarfile',
    ],
    network:
      'socket ssl http urllib requests aiohttp httpx ftplib smtplib poplib imaplib socketserver xmlrpc webbrowser'.split(
        ' ',
      ),
    processes: 'subprocess sys signal multiprocessing threading concurrent asyncio pty resource atexit'.split(' '),
    chance: ['random', 'secrets', 'uuid', 'time'],
    dynamic: ['ctypes', 'importlib', 'builtins', 'pickle', 'marshal', 'runpy', 'code', 'inspect', 'gc'],
  },
  words: [
    ['files', /(?<![\w.])open\s*\(/g],
    ['input', /(?<![\w.])(?:input|breakpoint)\s*\(/g],
    [
      'dynamic',
      /(?<![\w.])(?:eval|exec|compile|__import__|globals|locals|vars)\s*\(|__(?:builtins|globals|subclasses|code|loader)__/g,
    ],
    ['processes', /(?<![\w.])(?:exit|quit)\s*\(/g],
    ['chance', /\.(?:now|utcnow|today)\s*\(/g],
  ],
  imports:
    /^[ \t]*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*))|[;:][ \t]*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.]+))/gm,
  aliases: /=[ \t]*(open|input|eval|exec|compile|__import__|exit|quit)[ \t]*(?=$|[;#])/gm,
  isDoubtful: (code) => /\\["'\n]/.test(code) || code.split('\n').some(hasTextInText),
};

/** Of the kind that may be in the same quotes as what it stands in. */
function hasTextInText(line: string): boolean {
  const at = line.search(/\b(?:f|rf|fr)["']/i);
  return at >= 0 && /\{[^{}]*(?:["']|$)/.test(line.slice(at));
}

const SCRIPT: Surface = {
  modules: {
    files: ['fs', 'fs/promises', 'path', 'sqlite', 'zlib'],
    network: ['net', 'http', 'https', 'http2', 'dgram', 'dns', 'tls', 'undici', 'axios', 'node-fetch', 'ws'],
    processes: ['child_process', 'cluster', 'worker_threads', 'os', 'process', 'inspector'],
    input: ['readline', 'readline/promises'],
    dynamic: ['vm', 'v8', 'module', 'wasi', 'repl'],
  },
  words: [
    ['network', /(?<![\w.])(?:fetch\s*\(|XMLHttpRequest\b|WebSocket\b|EventSource\b|navigator\b|importScripts\b)/g],
    ['processes', /(?<![\w.])(?:process\s*[.[]|Deno\b|Bun\b|Worker\s*\()/g],
    ['files', /(?<![\w.])(?:localStorage|sessionStorage|indexedDB|document|window)\s*[.[]/g],
    ['input', /(?<![\w.])(?:prompt|alert|confirm)\s*\(/g],
    [
      'chance',
      /\bMath\s*\.\s*random\b|\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?=[;,)\n]))|\bperformance\s*\.|\bcrypto\s*\./g,
    ],
    ['dynamic', /(?<![\w.])(?:eval\s*\(|Function\s*\(|import\s*\(|globalThis\b|WebAssembly\b)|\.constructor\s*\(/g],
  ],
  imports: /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["'`]([^"'`\n]+)["'`]/g,
  aliases: /=[ \t]*(fetch|eval|Function|process|prompt|alert)[ \t]*(?=$|[;,])/gm,
  // A pattern, or a division.
  isDoubtful: (code) => /\\\n|(?<!\/)\/(?![/*]|[ \t]*$)/m.test(code),
};

/** Null: nothing here knows that language. `allowed`: imports that were asked for by name; null: any that reach for nothing. */
export function reachedIn(
  code: string,
  language: string,
  asked: { readonly reach: readonly string[]; readonly allowed: readonly string[] | null },
): Reached[] | null {
  const known = knownLanguage(language);
  if (known === null) return null;
  const surface = known === 'python' ? PYTHON : SCRIPT;
  const isDoubtful = surface.isDoubtful(code);
  const words = [bareCode(code, language), ...(isDoubtful ? [code] : [])].flatMap((text) => wordsIn(text, surface));
  const texts = [withoutComments(code, language), ...(isDoubtful ? [code.replace(/\\\n/g, ' ')] : [])];
  const imported = texts
    .flatMap((text) => importsIn(text, surface.imports))
    .flatMap((name): Reached[] => {
      if (asked.allowed?.some((each) => sameModule(each, name))) return [];
      if (asked.allowed !== null) return [{ what: name, reach: 'import' }];
      const reach = reachOf(name, surface);
      return reach === null ? [] : [{ what: name, reach }];
    });
  const found = new Map([...words, ...imported].map((each) => [`${each.reach} ${each.what}`, each]));
  return [...found.values()].filter(({ reach }) => !asked.reach.includes(reach));
}

function wordsIn(text: string, surface: Surface): Reached[] {
  const reachedBy = (called: string) =>
    surface.words.flatMap(([reach, pattern]) =>
      [...called.matchAll(pattern)].map(([what]) => ({ what: trimmedEnd(what, ' \t\n\r([.'), reach })),
    );
  const aliases = [...text.matchAll(surface.aliases)]
    .map(([, name = '']) => name)
    .filter((name) => !isOwnName(name, text));
  return [...reachedBy(text), ...[...new Set(aliases)].flatMap((name) => reachedBy(`${name}(.`))];
}

/** `open` is what many call a bracket that opens. */
function isOwnName(name: string, text: string): boolean {
  return text.split('\n').some((line) => {
    const [at] = placesOf(name, line);
    if (at === undefined) return false;
    return /\b(?:def|for|function)\b/.test(line.slice(0, at)) || /^[^=;]*=(?!=)/.test(line.slice(at));
  });
}

function importsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) =>
    match
      .slice(1)
      .flatMap((names) => (names ?? '').split(','))
      .map((name) => name.trim().split(/\s/)[0] ?? '')
      .filter((name) => name !== ''),
  );
}

function reachOf(name: string, surface: Surface): Reach | null {
  for (const reach of REACHES) if (surface.modules[reach]?.some((each) => sameModule(each, name))) return reach;
  return null;
}

function sameModule(known: string, name: string): boolean {
  const plain = name.replace(/^node:/, '');
  const wanted = known.replace(/^node:/, '');
  return plain === wanted || plain.startsWith(`${wanted}.`) || plain.startsWith(`${wanted}/`);
}
