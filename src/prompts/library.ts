// The templates of a service by name: those of the package, and over them those of the operator's folders. A template that has become bad
// keeps the version of before, since somebody is being taught by it; at the start there is none, so there it is an error.

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CacheWish } from '../core/cache-key.ts';
import { llmError } from '../core/errors.ts';
import { canonicalJson, type Json, type JsonObject, objectAt } from '../core/json.ts';
import type { Judge } from '../core/judge.ts';
import { didYouMean } from '../core/near-names.ts';
import type { Report } from '../core/parts.ts';
import type { PromptVersion } from '../core/request.ts';
import type { Warning } from '../core/response.ts';
import { withoutWords } from './document-schemas.ts';
import { createJudge } from './judge.ts';
import type { AnyRules } from './rules.ts';
import type { TemplateFault } from './schema-lint.ts';
import { type PromptInfo, type PromptRequest, PromptTemplate, type RenderedPrompt } from './template.ts';
import { readTemplateFile, type TemplateFile } from './template-file.ts';
import { type FolderFile, type PromptFault, readFolder } from './template-folder.ts';
import { tutorRules } from './tutor-rules.ts';

export { type PromptInfo, PromptTemplate, type RenderedPrompt } from './template.ts';
export type { PromptFault } from './template-folder.ts';

/** Of the package: beside `src` in the repository, and in what is published. */
export const BUNDLED = fileURLToPath(new URL('../../prompts', import.meta.url));

export interface LibraryOptions {
  /** Of the operator; what is in a later one stands over what is in those before it, and all over the package's. */
  readonly dirs: readonly string[];
  /** What nobody outside knows: marks and canaries are made of it. */
  readonly secret: string;
  readonly report?: Report;
}

/** What stands behind the templates. */
export interface LibraryParts {
  /** The package's own folder. */
  readonly bundled: string;
  readonly rules: Readonly<Record<string, AnyRules>>;
}

const OWN_PARTS: LibraryParts = { bundled: BUNDLED, rules: tutorRules };

export interface PreparedPrompt {
  readonly version: PromptVersion;
  readonly rendered: RenderedPrompt;
  readonly request: PromptRequest;
  readonly cache: CacheWish;
  /** Null: everybody may use it. */
  readonly tier: string | null;
  readonly drafts: boolean;
  readonly judge: Judge;
  /** What the caller should know of its variables. */
  readonly warnings: readonly Warning[];
}

/** All that is wrong with the templates, where there is no version of before. */
export class PromptError extends Error {
  readonly faults: readonly PromptFault[];

  constructor(faults: readonly PromptFault[]) {
    const lines = faults.map(({ file, problem }) => `  ${file}: ${problem}`);
    super(`The templates have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`);
    this.name = 'PromptError';
    this.faults = faults;
  }
}

interface Loaded {
  readonly path: string;
  readonly template: PromptTemplate;
}

export class PromptLibrary {
  readonly #options: LibraryOptions;
  readonly #parts: LibraryParts;
  #loaded: ReadonlyMap<string, Loaded> = new Map();
  /** What is wrong, and was told already: folders are read again for every change in them. */
  #told: ReadonlySet<string> = new Set();

  private constructor(options: LibraryOptions, parts: LibraryParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Throws a PromptError with all that is wrong. */
  static load(options: LibraryOptions, parts: LibraryParts = OWN_PARTS): PromptLibrary {
    const library = new PromptLibrary(options, parts);
    const { loaded, faults } = library.#read();
    if (faults.length > 0) throw new PromptError(faults);
    library.#loaded = loaded;
    return library;
  }

  /** By name. */
  list(): readonly PromptInfo[] {
    return [...this.#loaded.values()].map(({ template }) => template.info);
  }

  find(name: string): PromptTemplate | null {
    return this.#loaded.get(name)?.template ?? null;
  }

  /** Throws `not_found`; `param` is what the caller named it in. */
  get(name: unknown, param = 'name'): PromptTemplate {
    const template = typeof name === 'string' ? this.find(name) : null;
    if (template !== null) return template;
    const near = didYouMean(String(name), this.#loaded.keys());
    throw llmError('not_found', `There is no such prompt here.${near}`, { param });
  }

  /** Reads the folders again. What is bad now stays as it was, and is told. */
  reload(): readonly PromptFault[] {
    const before = this.#loaded;
    const { loaded, faults } = this.#read();
    this.#loaded = loaded;
    const { report } = this.#options;
    const lineOf = ({ file, problem }: PromptFault) => `${file}: ${problem}`;
    for (const fault of faults) if (!this.#told.has(lineOf(fault))) report?.('error', 'prompt_kept', { ...fault });
    this.#told = new Set(faults.map(lineOf));
    for (const change of changesBetween(before, loaded)) report?.('info', 'prompt_changed', change);
    return faults;
  }

  /** Throws `not_found`, and `invalid_request` that names all that is wrong with the variables. */
  prepare(name: string, variables: unknown): PreparedPrompt {
    return this.prepareBy(this.get(name), variables);
  }

  /** By a template that was found before, whatever has been read since: a caller was let in to that one. */
  prepareBy(template: PromptTemplate, variables: unknown): PreparedPrompt {
    const filled = template.filled(variables, this.#options.secret);
    const { file, rules } = template;
    const { version, hash, cache, tier, drafts } = file;
    const { rendered, request, asked, secrets, hidden } = filled;
    return {
      version: { name: file.name, version, hash },
      ...{ rendered, request, cache, tier, drafts },
      judge: createJudge({ template: file, rules, asked, secrets, systemText: rendered.systemPrompt }),
      warnings: hidden.length === 0 ? [] : [{ code: 'hidden_characters', message: hiddenText(hidden) }],
    };
  }

  #read(): { loaded: ReadonlyMap<string, Loaded>; faults: readonly PromptFault[] } {
    const { bundled } = this.#parts;
    const found = new Map<string, Loaded>();
    const faults: PromptFault[] = [];
    const own = new Map<string, TemplateFile>();
    for (const folder of [bundled, ...this.#options.dirs]) {
      const read = readFolder(folder);
      faults.push(...read.faults);
      // What cannot be read at all was there a moment ago.
      for (const { file } of read.faults) this.#keep(found, (path) => path === file || path.startsWith(`${file}/`));
      for (const file of read.files) {
        const { template, faults: wrong } = this.#templateOf(file, own.get(file.name) ?? null);
        if (template === null) {
          faults.push(...wrong.map(({ path, problem }) => ({ file: file.path, problem: `${path} ${problem}`.trim() })));
          this.#keep(found, (path) => path === file.path);
          continue;
        }
        if (folder === bundled) own.set(file.name, template.file);
        found.set(file.name, { path: file.path, template });
      }
    }
    return { loaded: new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))), faults };
  }

  #keep(found: Map<string, Loaded>, isMeant: (path: string) => boolean): void {
    for (const [name, loaded] of this.#loaded) if (isMeant(loaded.path)) found.set(name, loaded);
  }

  #templateOf({ name, path, text }: FolderFile, own: TemplateFile | null) {
    const { file, faults } = readTemplateFile(text, basename(path));
    if (file === null) return { template: null, faults };
    const rules = Object.hasOwn(this.#parts.rules, name) ? (this.#parts.rules[name] ?? null) : null;
    const unlike = rules === null || own === null ? [] : unlikeSides(file, own);
    if (unlike.length > 0) return { template: null, faults: unlike };
    const isDerived = Object.keys(objectAt(file.derived, 'properties') ?? {}).length > 0;
    if (isDerived && (rules?.derive ?? null) === null)
      return { template: null, faults: [{ path: 'derived', problem: 'has nobody who works it out: leave it out' }] };
    return PromptTemplate.from(file, rules);
  }
}

function hiddenText(hidden: readonly string[]): string {
  return `Characters in the variables that nobody sees were not shown to the model: ${hidden.join(', ')}`;
}

/** Rules are written for the documents of one prompt: words may be changed over them, and documents may not. */
function unlikeSides(file: TemplateFile, own: TemplateFile): readonly TemplateFault[] {
  const sides = ['input', 'derived', 'output', 'data'] as const;
  return sides.flatMap((side) => {
    if (textOf(file[side]) === textOf(own[side])) return [];
    const remedy = `leave the schema as it is in the package, or give the template another name`;
    return [{ path: side, problem: `is another than that which this prompt's rules are written for; ${remedy}` }];
  });
}

function textOf(schema: JsonObject): string {
  return canonicalJson(withoutWords(schema));
}

type Change = { readonly name: string } & Readonly<Record<'from' | 'to', Json>>;

function changesBetween(before: ReadonlyMap<string, Loaded>, after: ReadonlyMap<string, Loaded>): readonly Change[] {
  const of = (loaded: Loaded | undefined) => {
    if (loaded === undefined) return null;
    const { version, hash } = loaded.template.file;
    return `${version} ${hash}`;
  };
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const change = { name, from: of(before.get(name)), to: of(after.get(name)) };
    return change.from === change.to ? [] : [change];
  });
}
