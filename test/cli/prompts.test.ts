// `codementor-llm prompts`, as its users have it: alone, and beside a running server, with the same answers.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { promptListReply } from '../../src/gateway/prompt-schemas.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { Folder, vendorEnv, withVendor } from './command.ts';

const PROMPTS_DIR = fileURLToPath(new URL('../fixtures/prompts', import.meta.url));
const CARD = {
  internal: { plan: 'Short.' },
  meaning: 'A function\nwith memory.',
  examples: ['f()', 'g()'],
  see_also: null,
};
const CLOSURE = ['--var', 'word=closure', '--var', 'skill_level=beginner'];

describe('prompts', () => {
  it('gives over HTTP what it gives alone', { timeout: 240_000 }, async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: JSON.stringify(CARD) } });
    await using folder = new Folder({ ...vendorEnv(vendor.url), PROMPTS_DIR });
    folder.write('word.txt', 'closure');
    const commands = [
      ['list'],
      ['show', 'word_card'],
      ['show', 'word_card', '--json'],
      [
        'render',
        'word_card',
        '--var',
        'word=@word.txt',
        '--var',
        'skill_level=beginner',
        '--var',
        'known_words=["loop"]',
      ],
      ['run', 'word_card', '--no-cache', ...CLOSURE],
      ['run', 'word_card', '--no-cache', '--stream', ...CLOSURE],
      ['run', 'word_crad', ...CLOSURE],
      ['run', 'word_card', '--vars', '{"word":"x","skill":1}'],
      ['run', 'staff_note', '--var', 'about=exams'],
    ];
    const all = async () => {
      const ended = [];
      for (const args of commands) ended.push(await folder.run(['prompts', ...args]));
      return ended;
    };
    const alone = await all();
    expect(alone.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 1]);
    await folder.serve();
    expect(await all()).toEqual(alone);
    const [list, show, , render, run, stream, unknown, faulty, staff] = alone;
    expect(list?.stdout).toMatch(/^word_card +1\.2\.0 +[0-9a-f]{12} +A card/m);
    expect(show?.stdout).toMatch(/^skill_level +beginner \| intermediate \| advanced/m);
    expect(show?.stdout).toMatch(/^examples_most\? +integer +1/m);
    expect(render?.stdout).toMatch(/--- system\n[\s\S]*--- user\n[\s\S]*"closure"[\s\S]*"loop"/);
    expect(run?.stdout).toBe('meaning:\n  A function\n  with memory.\nexamples:\n  - f()\n  - g()\nsee_also: -\n');
    expect(run?.stderr).toMatch(/^verified: \d+ checks passed/);
    expect(JSON.parse(stream?.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      data: { examples: ['f()', 'g()'] },
    });
    expect(stream?.stdout).toMatch(/^\{"draft":/);
    expect(unknown?.stderr).toMatch(/Did you mean "word_card"\?\n.*prompts list/);
    expect(faulty?.stderr).toMatch(/skill_level[\s\S]*prompts show/);
    expect(staff?.stderr).toContain('tier staff');
  });

  it('prints the whole answer as JSON', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: JSON.stringify(CARD) } });
    await using folder = new Folder({ ...vendorEnv(vendor.url), PROMPTS_DIR });
    const input = JSON.stringify({ word: 'closure', skill_level: 'advanced' });
    const { code, stdout } = await folder.run(['prompts', 'run', 'word_card', '--json', '-m', 'openai/gpt-oss-20b'], {
      input,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'openai/gpt-oss-20b',
      data: { meaning: CARD.meaning },
      verification: { status: 'verified', repairs: 0 },
      prompt: { name: 'word_card', version: '1.2.0' },
    });
  });

  it.each([
    [['--var', 'wrod=x'], /no variable "wrod"\. Did you mean "word"\?\nThere are word, skill_level/],
    [
      ['--var', 'known_words=loop'],
      /known_words is no JSON, and array is wanted\nWrite it as JSON, such as .*known_words=\["…"\]/,
    ],
    [['--var', 'word'], /--var word has no value/],
    [['--var', 'word=@nowhere.txt'], /there is no file nowhere\.txt/],
    [['--vars', '[1]'], /--vars holds no JSON object/],
  ])('says what is wrong with %j', async (args, says) => {
    await using folder = new Folder({ PROMPTS_DIR });
    const { code, stderr, stdout } = await folder.run(['prompts', 'render', 'word_card', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

describe('prompts run --format', () => {
  it('writes a review as other tools read it, and is refused for a prompt that is none', {
    timeout: 120_000,
  }, async () => {
    await using folder = new Folder();
    folder.write('main.py', 'def f(x):\n    return x + 1\n');
    const asked = ['--var', 'code=@main.py', '--var', 'language=python'];
    const run = (...args: string[]) => folder.run(['prompts', 'run', ...args]);
    const sarif = JSON.parse((await run('code_review', ...asked, '--format', 'sarif')).stdout);
    expect([sarif.version, sarif.runs.length]).toEqual(['2.1.0', 1]);
    const rdjson = JSON.parse((await run('code_review', ...asked, '--format', 'rdjson')).stdout);
    expect(rdjson.diagnostics.length).toBe(sarif.runs[0].results.length);
    const paths = rdjson.diagnostics.map(({ location }: { location: { path: string } }) => location.path);
    expect(new Set(paths)).toEqual(new Set(['main.py']));
    const { code, stderr } = await run('tutor_greeting', '--format', 'rdjson');
    expect([code, stderr]).toEqual([2, expect.stringContaining('rdjson is a format of code_review')]);
  });
});

describe('prompts run --help', () => {
  it('says whose the settings are that are left out', async () => {
    await using folder = new Folder();
    const { stdout } = await folder.run(['prompts', 'run', '--help']);
    expect(stdout.replace(/\s+/g, ' ')).toContain("(default: the template's, else LLM_MAX_TOKENS)");
  });
});

describe('prompts check', () => {
  it('lists what a folder has, and asks nobody', async () => {
    await using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(['prompts', 'check', PROMPTS_DIR]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^✓ word_card 1\.2\.0 \([0-9a-f]{12}\)$/m);
  });

  it('tells everything that is wrong, and fails', async () => {
    await using folder = new Folder();
    mkdirSync(join(folder.path, 'mine'));
    const card = readFileSync(join(PROMPTS_DIR, 'word_card.prompt.yaml'), 'utf8');
    folder.write(
      'mine/word_card.prompt.yaml',
      card.replace('version: 1.2.0', 'version: one').replace('drafts: true', 'draft: true'),
    );
    folder.write('mine/other.prompt.yaml', card.replace('{{ word | quoted }}', '{{ word }} {% assign x = 1 %}'));
    const { code, stdout, stderr } = await folder.run(['prompts', 'check', 'mine']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/word_card\.prompt\.yaml: .*version/);
    expect(stdout).toMatch(/word_card\.prompt\.yaml: .*draft.*Did you mean "drafts"/);
    expect(stdout).toMatch(/other\.prompt\.yaml: .*name/);
    expect(stderr).toMatch(/^error: The templates of mine have \d faults/);
  });
});

describe('a server whose templates change', () => {
  it('takes the new version, and keeps the old one of a template that has become bad', async () => {
    await using folder = new Folder();
    mkdirSync(join(folder.path, 'mine'));
    const card = readFileSync(join(PROMPTS_DIR, 'word_card.prompt.yaml'), 'utf8');
    folder.write('mine/word_card.prompt.yaml', card);
    const server = await folder.serve({ PROMPTS_DIR: 'mine' });
    const version = async () => {
      const { prompts } = promptListReply.parse(await (await fetch(`${server.url}/api/v1/llm/prompts`)).json());
      return prompts.find(({ name }) => name === 'word_card')?.version;
    };
    expect(await version()).toBe('1.2.0');
    folder.write('mine/word_card.prompt.yaml', card.replace('1.2.0', '1.3.0-new'));
    await server.sees('stderr', /read again/);
    expect(await version()).toBe('1.3.0-new');
    folder.write('mine/word_card.prompt.yaml', 'name: word_card\n');
    await server.sees('stderr', /word_card\.prompt\.yaml: .*stays in use/);
    expect(await version()).toBe('1.3.0-new');
    server.signal('SIGTERM');
    expect((await server.ended).stdout).toContain('prompt_kept');
  });
});
