// The templates of a service: those of the package, and over them those of the operator's folder. A folder with a fault keeps a service
// from its start; later a template that has become bad is told and stays as it was, since somebody is being taught by it.

import { fileURLToPath } from 'node:url';
import type { Config, } from '../config.ts';
import type { Report } from '../core/parts.ts';
import type { PromptLibrary } from '../prompts/library.ts';

/** Of the package: beside `src` in the repository, and in what is published. */
const _OWN = fileURLToPath(new URL('../../prompts', import.meta.url));

export interface OpenPrompts {
  readonly library: PromptLibrary;
  /** What is wrong with templates whose versions of before stay in use; for operators. */
  readonly notes: readonly string[];
  /**
   * Looks at another folder, or at the same one again. What comes back takes what was found. Throws a ConfigError where the folder is
   * another and has a fault.
   */
  reread(config: Config): () => void;
}

export interface PromptsOptions {
  readonly config: Config;
  /** What nobody outside knows. */
  readonly secret: string;
  readonly report: Report;
}

/** Rejects with a ConfigError that has all that is wrong. */
export async function openPrompts({ config, secret, report }: PromptsOptions): Promise<OpenPrompts> {
  const open = (dir: string | null) => loadPrompts(dir, secret);
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
      if (promptsDir !== dir) {
        const read = open(promptsDir);
        return () => {
          dir = promptsDir;
          library = read;
          notes = [];
        };
      }
      return () => {
        const faults = library.reload();
        for (const { file, problem } of faults) report('error', 'prompt_not_reloaded', { file, problem });
        notes = faults.map(({ file, problem }) => `${file}: ${problem}; what was read of it before stays in use`);
      };
    },
  };
}
