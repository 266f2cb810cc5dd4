// The types that code has of the prompts are the ones that their files say.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENTS, documentsOf } from '../../generate.ts';

const PROMPTS = fileURLToPath(new URL('../../prompts', import.meta.url));

const FILE = `
input:
  type: object
  required: [files]
  properties:
    files:
      type: array
      description: At most 20.
      items:
        type: object
        required: [path]
        properties: { path: { type: string }, language: { type: string } }
    level: { type: string, enum: [low, high], default: low }
    free: { type: object, additionalProperties: true }
    anything: {}
output:
  type: object
  required: [internal, comments]
  additionalProperties: false
  properties:
    internal: { type: object, required: [plan], additionalProperties: false, properties: { plan: { type: string } } }
    comments: { type: [array, 'null'], items: { type: [string, 'null'] } }
`;

describe('the types of the prompts', () => {
  it('are those that the files of /prompts say: run `npm run generate` after a change of a schema', async () => {
    expect(readFileSync(DOCUMENTS, 'utf8')).toBe(await documentsOf(PROMPTS));
  });
});

describe('the types of a prompt', () => {
  let folder = '';
  let written = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prompts-'));
    writeFileSync(join(folder, 'code_check.prompt.yaml'), FILE);
    written = await documentsOf(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const typeOf = (name: string) =>
    written
      .split('\n\n')
      .flatMap((part) => part.split(`export type ${name} = `)[1]?.trimEnd().replace(/;$/, '') ?? [])[0];

  it('let a caller leave out or write null for what is not required', () => {
    expect(typeOf('CodeCheckInput')).toBe(`{
  /** At most 20. */
  readonly files: readonly {
    readonly path: string;
    readonly language?: string | null;
  }[];
  readonly level?: 'low' | 'high' | null;
  readonly free?: JsonObject | null;
  readonly anything?: Json;
}`);
  });

  it('have every variable after the defaults, and null for what was not given', () => {
    expect(typeOf('CodeCheckVariables')).toContain('readonly language: string | null;');
    expect(typeOf('CodeCheckVariables')).toContain("readonly level: 'low' | 'high';");
  });

  it('deliver what was written without what is private', () => {
    expect(typeOf('CodeCheckWritten')).toContain('readonly internal: {\n    readonly plan: string;\n  };');
    expect(typeOf('CodeCheckData')).toBe('{\n  readonly comments: readonly (string | null)[] | null;\n}');
    expect(typeOf('CodeCheckDerived')).toBe('Record<string, never>');
  });

  it('stand in a table by the name of the prompt', () => {
    expect(written).toContain('readonly code_check: {\n    readonly input: CodeCheckInput;');
  });
});
