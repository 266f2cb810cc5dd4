// X11: what the code of an exercise reaches for beside its arguments. A pattern is no sandbox: it keeps out what a model writes by habit, such
// as a solution that reads a file, and whoever runs exercises still runs them where nothing can be reached.

import { trimmedEnd } from '../checks/trimmed.ts';
import { bareCode, knownLanguage, withoutComments } from './bare-code.ts';

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
    /^[ \t]*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*))|;\s*import\s+([\w.]+)/gm,
};

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
  const bare = bareCode(code, language);
  const words = surface.words.flatMap(([reach, pattern]) =>
    [...bare.matchAll(pattern)].map(([what]) => ({ what: trimmedEnd(what, ' \t\n\r([.'), reach })),
  );
  const imported = importsIn(code, language, surface.imports).flatMap((name): Reached[] => {
    if (asked.allowed?.some((each) => sameModule(each, name))) return [];
    if (asked.allowed !== null) return [{ what: name, reach: 'import' }];
    const reach = reachOf(name, surface);
    return reach === null ? [] : [{ what: name, reach }];
  });
  return [...words, ...imported].filter(({ reach }) => !asked.reach.includes(reach));
}

function importsIn(code: string, language: string, pattern: RegExp): string[] {
  const found = withoutComments(code, language).matchAll(pattern);
  return [...found].flatMap((match) =>
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
