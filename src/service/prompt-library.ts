// The templates of a service, put together: those of the package with the rules that code has for them, over them those of the operator's
// folder. A template with a fault keeps a service from its start; one that becomes bad later is told, and stays as it was.

import { type Config, ConfigError } from '../config.ts';
import type { Report } from '../core/parts.ts';
import {
  type LibraryOptions,
  PromptError,
  type PromptFault,
  type PromptInfo,
  PromptLibrary,
} from '../prompts/library.ts';
import type { Stores } from './stores.ts';

export interface OpenPrompts {
  readonly library: PromptLibrary;
  /** What is wrong with templates whose versions of before stay in use; for operators. */
  readonly notes: readonly string[];
  /**
   * Reads another folder, or the same one again; what comes back takes what was read. Throws a ConfigError where the folder is another
   * and has a fault.
   */
  reread(config: Config): () => void;
}

/** Rejects with a ConfigError that has all that is wrong; the stores are closed then. */
export async function openPrompts(
  config: Config,
  stores: Stores,
  report: Report,
  secret = stores.identity.secretFor('marks in prompts'),
): Promise<OpenPrompts> {
  try {
    return promptsOf(config, secret, report);
  } catch (error) {
    await stores.close();
    throw error;
  }
}

function promptsOf(config: Config, secret: string, report: Report): OpenPrompts {
  const open = (dir: string | null) => opened({ dirs: dir === null ? [] : [dir], secret, report });
  let dir = config.promptsDir;
  let library = open(dir);
  let notes: readonly string[] = [];
  return {
    get library() {
      return library;
    },
    get notes() {
      return notes;
    },
    reread({ promptsDir }) {
      const other = promptsDir === dir ? null : open(promptsDir);
      return () => {
        dir = promptsDir;
        library = other ?? library;
        const faults = other === null ? library.reload() : [];
        notes = faults.map(({ file, problem }) => `${file}: ${problem}; what was read of it before stays in use`);
      };
    },
  };
}

export interface CheckedPrompts {
  /** With a fault anywhere there are none. */
  readonly prompts: readonly PromptInfo[];
  readonly faults: readonly PromptFault[];
}

/** What a service would find at its start; null: in no folder but the package's. */
export function checkPrompts(dir: string | null): CheckedPrompts {
  try {
    // Nothing is rendered with this secret.
    const library = PromptLibrary.load({ dirs: dir === null ? [] : [dir], secret: '' });
    return { prompts: library.list(), faults: [] };
  } catch (error) {
    if (error instanceof PromptError) return { prompts: [], faults: error.faults };
    throw error;
  }
}

function opened(options: LibraryOptions): PromptLibrary {
  try {
    return PromptLibrary.load(options);
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    throw new ConfigError(error.faults.map(({ file, problem }) => ({ where: file, found: null, write: problem })));
  }
}
