// The templates of a service: found by name, overridden and extended by an operator's folders, and read again while somebody is taught.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LLMError } from '../../src/core/errors.ts';
import { PromptError } from '../../src/prompts/library.ts';
import type { AnyRules } from '../../src/prompts/rules.ts';
import { FolderAtHand, templateOf } from './folder-at-hand.ts';

const GREETED: AnyRules = {
  unrun: [],
  derive: null,
  decide: (written) => ({ faults: [], data: written, checks: [], dropped: [] }),
  sample: () => ({ greeting: 'A sample.' }),
  standIn: null,
};

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof PromptError)
      return error.faults.map(({ file, problem }) => `${file.split('/').at(-1)}: ${problem}`);
    throw error;
  }
  return [];
}

function refusalOf(ask: () => unknown): readonly unknown[] {
  try {
    ask();
  } catch (error) {
    if (error instanceof LLMError) return [error.status, error.code, error.message];
    throw error;
  }
  return [];
}

describe('a library of templates', () => {
  it('B58: refuses an unknown name with 404 and a name that is like it', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    expect(refusalOf(() => folder.library().prepare('greting', {}))).toEqual([
      404,
      'not_found',
      'There is no such prompt here. Did you mean "greeting"?',
    ]);
  });

  it.each([
    '../x',
    '../greeting',
    './greeting',
    '/etc/passwd',
    '__proto__',
    'constructor',
    'toString',
    '',
    'greeting\0',
  ])('B60, S23, S25: knows no template called %j', (name) => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    const library = folder.library({}, { rules: { greeting: GREETED } });
    expect(library.find(name)).toBeNull();
    expect(refusalOf(() => library.prepare(name, {}))[0]).toBe(404);
  });

  it('lists what it has by name, and prepares it with the settings of its file', () => {
    using folder = new FolderAtHand();
    const more = [
      'temperature: 0.3',
      'max_tokens: 500',
      'cache: { scope: user, ttl_seconds: 60 }',
      'tier: staff',
      'model: tutor',
      'drafts: true',
    ];
    folder.write('greeting', templateOf({ more }));
    folder.write('another', templateOf({ name: 'another' }));
    const library = folder.library({}, { rules: { greeting: GREETED } });
    expect(library.list().map(({ name }) => name)).toEqual(['another', 'greeting']);
    const { version, request, cache, tier, drafts, rendered, judge } = library.prepare('greeting', { name: 'ann' });
    expect(version).toEqual({ name: 'greeting', version: '1.0.0', hash: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(rendered).toMatchObject(version);
    expect(request).toMatchObject({ model: 'tutor', temperature: 0.3, maxTokens: 500, messages: rendered.messages });
    expect(judge.sample?.()).toBe('{"greeting":"A sample."}');
    expect({ cache, tier, drafts }).toEqual({ cache: { scope: 'user', ttlMs: 60_000 }, tier: 'staff', drafts: true });
    expect(judge.key).not.toBe(library.prepare('greeting', { name: 'bob' }).judge.key);
  });

  it('makes a sample for the offline provider alone, which asks for it: preparing a prompt makes none', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    let made = 0;
    const sample = () => {
      made += 1;
      return { greeting: 'A sample.' };
    };
    const { request, judge } = folder
      .library({}, { rules: { greeting: { ...GREETED, sample } } })
      .prepare('greeting', { name: 'ann' });
    expect([JSON.stringify(request).includes('A sample.'), judge.key.length, made]).toEqual([false, 64, 0]);
    expect([judge.sample?.(), made]).toEqual(['{"greeting":"A sample."}', 1]);
  });

  it('judges by what the file says where a template has no rules', async () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    const { judge } = folder.library().prepare('greeting', { name: 'ann' });
    const verdict = (text: string) =>
      judge.verdictOn(text, { provider: 'groq', repairs: 0 }, new AbortController().signal);
    expect(await verdict('{"greeting":"Hello."}')).toMatchObject({ isAccepted: true, data: { greeting: 'Hello.' } });
    expect(await verdict('{"greting":"Hello."}')).toMatchObject({ isAccepted: false });
  });

  it('takes templates of a later folder over those before it, and further ones beside them', () => {
    using own = new FolderAtHand();
    using operator = new FolderAtHand();
    own.write('greeting', templateOf());
    own.write('kept', templateOf({ name: 'kept' }));
    operator.write('greeting', templateOf({ version: '2.0.0', system: 'Greet loudly.' }));
    operator.write('extra', templateOf({ name: 'extra' }));
    const library = own.library({ dirs: [operator.path] }, { rules: { greeting: GREETED } });
    expect(library.list().map(({ name, version }) => `${name} ${version}`)).toEqual([
      'extra 1.0.0',
      'greeting 2.0.0',
      'kept 1.0.0',
    ]);
    expect(library.prepare('greeting', {}).rendered.systemPrompt).toMatch(/^Greet loudly\./);
    expect(library.find('greeting')?.rules).toBe(GREETED);
  });

  it('refuses other documents under the name of a prompt whose rules are written for its own', () => {
    using own = new FolderAtHand();
    using operator = new FolderAtHand();
    own.write('greeting', templateOf());
    const input = ['name: { type: string, maxLength: 5 }'];
    operator.write('greeting', templateOf({ input }));
    const open = (rules: Record<string, AnyRules>) => own.library({ dirs: [operator.path] }, { rules });
    expect(faultsOf(() => open({ greeting: GREETED }))).toEqual([
      "greeting.prompt.yaml: input is another than that which this prompt's rules are written for; leave the schema as it is in the package, or give the template another name",
    ]);
    expect(faultsOf(() => open({}))).toEqual([]);
  });

  it('tells everything that is wrong with all templates at once', () => {
    using folder = new FolderAtHand();
    folder.write('one', templateOf({ name: 'two', user: '{{ name }}' }));
    folder.write('three', 'name: three');
    folder.write('Four', templateOf());
    folder.write(
      'derived',
      templateOf({
        name: 'derived',
        more: ['derived: { type: object, properties: { level: { type: integer } } }'],
        user: '{{ level }} {{ name | quoted }}',
      }),
    );
    const faults = faultsOf(() => folder.library());
    expect(faults).toContain('one.prompt.yaml: name must be one, as the file is called');
    expect(faults).toContain('three.prompt.yaml: messages is missing');
    expect(faults).toContain('derived.prompt.yaml: derived has nobody who works it out: leave it out');
    expect(faults).toContain(
      'Four.prompt.yaml: is no name for a template: a-z, 0-9 and _, a letter first, at most 64 characters',
    );
    expect(faultsOf(() => folder.library({ dirs: ['/no/such/folder'] }))).toContain('folder: cannot be read: ENOENT');
  });
});

describe('a folder of templates', () => {
  it('S25: is not left, whatever its files lead to', () => {
    using folder = new FolderAtHand();
    using elsewhere = new FolderAtHand();
    elsewhere.write('secret', templateOf({ name: 'secret' }));
    symlinkSync(join(elsewhere.path, 'secret.prompt.yaml'), join(folder.path, 'secret.prompt.yaml'));
    mkdirSync(join(folder.path, 'folder.prompt.yaml'));
    expect(faultsOf(() => folder.library())).toEqual([
      'folder.prompt.yaml: is no file',
      'secret.prompt.yaml: leads out of its folder',
    ]);
  });

  it('may hold links to its own files, as containers mount them', () => {
    using folder = new FolderAtHand();
    mkdirSync(join(folder.path, '..data'));
    writeFileSync(join(folder.path, '..data/greeting.prompt.yaml'), templateOf());
    symlinkSync('..data/greeting.prompt.yaml', join(folder.path, 'greeting.prompt.yaml'));
    expect(folder.library().list()).toHaveLength(1);
  });

  it('is read up to a size and a number', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', `${templateOf()}# ${'x'.repeat(262_144)}`);
    expect(faultsOf(() => folder.library())[0]).toMatch(/has \d+ bytes, at most 262144 are read/);
    rmSync(join(folder.path, 'greeting.prompt.yaml'));
    for (let index = 0; index <= 200; index++) folder.write(`g${index}`, '');
    expect(faultsOf(() => folder.library())).toEqual([
      expect.stringMatching(/has 201 templates, at most 200 are read/),
    ]);
  });
});

describe('reading the templates again', () => {
  it('takes what has changed, also under the same version, and tells what it was', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    folder.write('gone', templateOf({ name: 'gone' }));
    const told: unknown[] = [];
    const library = folder.library({ report: (level, event, fields) => told.push([level, event, fields]) });
    const before = library.find('greeting')?.info.hash;
    folder.write('greeting', templateOf({ system: 'Greet warmly.' }));
    folder.write('new', templateOf({ name: 'new' }));
    rmSync(join(folder.path, 'gone.prompt.yaml'));
    expect(library.reload()).toEqual([]);
    const after = library.find('greeting')?.info.hash;
    expect(after).not.toBe(before);
    expect(told).toEqual([
      ['info', 'prompt_changed', { name: 'gone', from: expect.any(String), to: null }],
      ['info', 'prompt_changed', { name: 'greeting', from: `1.0.0 ${before}`, to: `1.0.0 ${after}` }],
      ['info', 'prompt_changed', { name: 'new', from: null, to: expect.any(String) }],
    ]);
    expect(library.reload()).toEqual([]);
    expect(told).toHaveLength(3);
  });

  it('keeps a template that has become bad as it was, tells it, and takes it when it is mended', () => {
    using own = new FolderAtHand();
    using operator = new FolderAtHand();
    own.write('greeting', templateOf());
    operator.write('greeting', templateOf({ version: '2.0.0' }));
    const told: unknown[] = [];
    const library = own.library({ dirs: [operator.path], report: (level, event) => told.push(`${level} ${event}`) });
    operator.write('greeting', templateOf({ version: '3.0.0', user: '{{ name }}' }));
    expect(library.reload()).toEqual([
      {
        file: join(operator.path, 'greeting.prompt.yaml'),
        problem: expect.stringContaining('messages[1].content line 1: name holds words'),
      },
    ]);
    expect(library.find('greeting')?.info.version).toBe('2.0.0');
    expect(told).toEqual(['error prompt_kept']);
    operator.write('greeting', templateOf({ version: '4.0.0' }));
    expect(library.reload()).toEqual([]);
    expect(library.find('greeting')?.info.version).toBe('4.0.0');
  });

  it('tells a fault once, however often it reads the folder, and again when it comes back', () => {
    using folder = new FolderAtHand();
    folder.write('greeting', templateOf());
    const told: string[] = [];
    const library = folder.library({ report: (_, event) => told.push(event) });
    const [good, bad] = [templateOf(), templateOf({ user: '{{ name }}' })];
    for (const text of [bad, bad, good, bad]) {
      folder.write('greeting', text);
      library.reload();
    }
    expect(told).toEqual(['prompt_kept', 'prompt_kept']);
    folder.write('other', templateOf({ name: 'other' }));
    expect(library.reload()).toHaveLength(1);
    expect(told.slice(2)).toEqual(['prompt_changed']);
  });

  it.each(['t', 'p', 'yaml', 'prompt'])('takes a template that is called %s, as its file is', (name) => {
    using folder = new FolderAtHand();
    folder.write(name, templateOf({ name }));
    expect(folder.library().find(name)?.info.name).toBe(name);
    folder.write(name, templateOf({ name: 'another' }));
    expect(faultsOf(() => folder.library())).toEqual([
      `${name}.prompt.yaml: name must be ${name}, as the file is called`,
    ]);
  });

  it('keeps all of a folder that cannot be read any more, and falls back to the package where a template was taken away', () => {
    using own = new FolderAtHand();
    using operator = new FolderAtHand();
    own.write('greeting', templateOf());
    operator.write('greeting', templateOf({ version: '2.0.0' }));
    const library = own.library({ dirs: [operator.path] });
    rmSync(operator.path, { recursive: true });
    expect(library.reload()).toEqual([{ file: operator.path, problem: 'cannot be read: ENOENT' }]);
    expect(library.find('greeting')?.info.version).toBe('2.0.0');
    mkdirSync(operator.path);
    expect(library.reload()).toEqual([]);
    expect(library.find('greeting')?.info.version).toBe('1.0.0');
  });
});
