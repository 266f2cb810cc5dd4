// A folder of templates of a test's own, and a library over it with nothing of the package.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LibraryOptions, type LibraryParts, PromptLibrary } from '../../src/prompts/library.ts';

export class FolderAtHand implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'prompts-'));

  write(name: string, text: string): void {
    writeFileSync(join(this.path, `${name}.prompt.yaml`), text);
  }

  /** This folder in the place of the package's. */
  library(options: Partial<LibraryOptions> = {}, parts: Partial<LibraryParts> = {}): PromptLibrary {
    return PromptLibrary.load({ dirs: [], secret: 'secret', ...options }, { bundled: this.path, rules: {}, ...parts });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Wording {
  readonly name?: string;
  readonly version?: string;
  /** YAML of the properties of its input, each a line of its own. */
  readonly input?: readonly string[];
  readonly system?: string;
  readonly user?: string;
  /** Further fields of the file. */
  readonly more?: readonly string[];
}

/** A template that says a greeting. */
export function templateOf({
  name = 'greeting',
  version = '1.0.0',
  input = ['name: { type: string, maxLength: 100000 }'],
  system = 'Greet.',
  user = 'Name: {{ name | quoted }}',
  more = [],
}: Wording = {}): string {
  return [
    `name: ${name}`,
    `version: ${version}`,
    'description: Greets somebody.',
    ...more,
    'input:',
    '  type: object',
    '  properties:',
    ...input.map((line) => `    ${line}`),
    'output: { type: object, required: [greeting], additionalProperties: false, properties: { greeting: { type: string } } }',
    'messages:',
    `  - { role: system, content: ${JSON.stringify(system)} }`,
    `  - { role: user, content: ${JSON.stringify(user)} }`,
    '',
  ].join('\n');
}
