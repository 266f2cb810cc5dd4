// A folder of templates, as text. Only what lies in it is read, whatever its files are called or lead to, and only so much.

import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { FILE_END, TEMPLATE_NAME } from './template-file.ts';

const MOST_FILES = 200;
const MOST_BYTES = 262_144;

/** Something that is wrong with a file of a folder, or with the folder. */
export interface PromptFault {
  /** The whole path. */
  readonly file: string;
  /** Where in it, what is wrong and what to do. */
  readonly problem: string;
}

export interface FolderFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

export interface ReadFolder {
  readonly files: readonly FolderFile[];
  readonly faults: readonly PromptFault[];
}

export function readFolder(folder: string): ReadFolder {
  const files: FolderFile[] = [];
  const faults: PromptFault[] = [];
  try {
    const within = realpathSync(folder) + sep;
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name.endsWith(FILE_END));
    if (entries.length > MOST_FILES)
      return refused(folder, `has ${entries.length} templates, at most ${MOST_FILES} are read`);
    for (const entry of entries.sort(byName)) {
      const path = join(folder, entry.name);
      const read = readOne(path, within);
      if ('text' in read) files.push({ name: basename(path, FILE_END), path, text: read.text });
      else faults.push({ file: path, problem: read.problem });
    }
  } catch (thrown) {
    return refused(folder, `cannot be read: ${reasonOf(thrown)}`);
  }
  return { files, faults };
}

function refused(file: string, problem: string): ReadFolder {
  return { files: [], faults: [{ file, problem }] };
}

function readOne(path: string, within: string): { text: string } | { problem: string } {
  if (!TEMPLATE_NAME.test(basename(path, FILE_END)))
    return { problem: 'is no name for a template: a-z, 0-9 and _, a letter first, at most 64 characters' };
  try {
    // Links within the folder are how containers are given files.
    if (!realpathSync(path).startsWith(within)) return { problem: 'leads out of its folder' };
    const status = statSync(path);
    if (!status.isFile()) return { problem: 'is no file' };
    if (status.size > MOST_BYTES) return { problem: `has ${status.size} bytes, at most ${MOST_BYTES} are read` };
    return { text: readFileSync(path, 'utf8') };
  } catch (thrown) {
    return { problem: `cannot be read: ${reasonOf(thrown)}` };
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
