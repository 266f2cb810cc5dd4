// The documentation is held to the code: the page of errors to the table, every relative link to a file, every example and every
// command of the README to what really happens.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, errorType, llmError } from '../src/core/errors.ts';
import { EXAMPLES } from '../src/gateway/prompt-examples.ts';
import { tutorRules } from '../src/prompts/tutor-rules.ts';
import { COMPLETION, type RunningGateway, startGateway } from './gateway/start.ts';
import { startEmbeddingsVendor } from './vendor/embeddings-vendor.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const run = promisify(execFile);
/** As in a fresh clone: no key and no configuration. */
const bare = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_API_KEY$|^(LLM|GROQ)_|^LOG_LEVEL$/.test(name)),
);
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })].sort();

describe('docs/errors.md', () => {
  const AGAIN = { true: 'yes', false: 'no', once: 'once', larger: 'a larger one' } as const;
  const told = new Map(
    [...text('docs/errors.md').matchAll(/^### `(\w+)`\n(.+)\n\n\S/gm)].map(([, code, facts]) => [code, facts]),
  );

  it('has every code, and none that does not exist', () => {
    expect([...told.keys()].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(Object.entries(ERRORS))('says of %s what the table says', (code, { status, retry, failover }) => {
    const known = Object.keys(ERRORS).find((name): name is keyof typeof ERRORS => name === code) ?? 'internal';
    const { name } = llmError(known, 'x');
    const facts = `${status} · \`${errorType(known)}\` · \`${name}\` · same target again: ${AGAIN[`${retry}`]} · next target: ${AGAIN[`${failover}`]}`;
    expect(told.get(code)).toBe(facts);
  });
});

describe('docs/metrics.md', () => {
  it('has every metric of ours, and none that does not exist', async () => {
    const told = [...text('docs/metrics.md').matchAll(/^\| `(codementor_\w+)` /gm)].map(([, name]) => name);
    const running = await startGateway();
    const scraped = await running.service.metrics.scrape();
    await running.close();
    const known = [...scraped.matchAll(/^# TYPE (codementor_\w+) /gm)].map(([, name]) => name);
    expect(told.sort()).toEqual(known.sort());
  });
});

describe('docs/conversations.md', () => {
  it('has a body that begins a conversation', async () => {
    const [, body = ''] = /api\/v1\/llm\/chat[^`]*-d '([^']+)'/.exec(text('docs/conversations.md')) ?? [];
    const running = await startGateway();
    const reply = await running.post('/api/v1/llm/chat', body);
    const begun = await reply.json();
    await running.close();
    expect(begun).toMatchObject({ conversation_id: expect.stringMatching(/^conv_/), conversation_version: 1 });
  });
});

describe('docs/clients.md', () => {
  const asked = [...text('docs/clients.md').matchAll(/^curl http:\/\/127\.0\.0\.1:4000(\S+)[^`]*?-d '([^']+)'$/gm)];
  const wrong = asked.find(
    ([, path = '']) => !/^\/v1\/(chat\/completions|responses|embeddings|messages(\/count_tokens)?)$/.test(path),
  );

  it('has a line for each dialect', () => expect([asked.length, wrong]).toEqual([5, undefined]));

  it.each(asked.map(([, path = '', body = '']) => [path, body] as const))(
    'has a body that %s answers, with nothing left out',
    async (path, body) => {
      await using vendor = await startEmbeddingsVendor();
      const running = await startGateway({ env: { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: vendor.url } });
      const reply = await running.post(path, body);
      const answered = await reply.text();
      await running.close();
      expect([reply.status, reply.headers.get('x-ignored-params')]).toEqual([200, null]);
      expect(answered).toMatch(/"(output|input|prompt)_tokens"/);
    },
  );
});

describe('docs/prompts.md', () => {
  const page = text('docs/prompts.md');
  const fence = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'codementor-prompts-'));
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine/word_card.prompt.yaml'), fence('yaml'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a program that runs', async () => {
    const env = { ...bare, DATA_DIR: join(folder, 'program'), LOG_LEVEL: 'silent' };
    const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', fence('ts')], {
      cwd: root,
      env,
    });
    expect(stdout).toMatch(/unverified\nmessage question mentionsInterest suggestedActions\n$/);
  });

  it('has a program that makes messages without a service', async () => {
    const [, program = ''] = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
    const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      cwd: root,
      env: bare,
    });
    expect(stdout).toMatch(/^hint_generation \d+\.\d+\.\d+ true true\n$/);
  });

  it('has every check that an answer can tell of, and none that is not made', async () => {
    const [, table = ''] = /^### The checks\n([\s\S]*?)^## /m.exec(page) ?? [];
    const told = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, ids = '']) => ids.replaceAll('`', '').split(', '));
    const running = await startGateway({ env: { LLM_PRIMARY_PROVIDER: 'offline' } });
    const made: string[] = [];
    for (const [name, variables] of Object.entries(EXAMPLES)) {
      const { verification } = await running.service.prompts.run(name, variables);
      made.push(...verification.checks.map(({ id }) => id));
    }
    await running.close();
    expect(made.filter((id) => !told.includes(id))).toEqual([]);
    const sources = globSync('src/prompts/**/*.ts', { cwd: root }).map(text).join('');
    expect(told.filter((id) => !sources.includes(`'${id}'`))).toEqual([]);
  });

  it('says of which prompts code stands in, and of which not', () => {
    const [, section = ''] = /^### When code stands in\n([\s\S]*?)^### /m.exec(page) ?? [];
    const [can = '', cannot = ''] = section.split('not as a failure.');
    for (const [name, { standIn }] of Object.entries(tutorRules))
      expect([name, can.includes(`\`${name}\``), cannot.includes(`\`${name}\``)]).toEqual([
        name,
        standIn !== null,
        standIn === null,
      ]);
  });

  it('has commands that do what they say', { timeout: 240_000 }, async () => {
    const commands = [...page.matchAll(/^(PROMPTS_DIR=mine )?npx codementor-llm (prompts .*)$/gm)];
    expect(commands.length).toBeGreaterThan(6);
    for (const [, mine, words = ''] of commands) {
      const args = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([whole]) => whole.replaceAll("'", ''));
      const env = { ...bare, ...(mine && { PROMPTS_DIR: 'mine' }) };
      const { stdout } = await run(process.execPath, [join(root, 'start.mjs'), ...args], { cwd: folder, env });
      expect([words, stdout.length > 20]).toEqual([words, true]);
    }
  });

  it('has requests that are answered', async () => {
    const running = await startGateway({ env: { LLM_PRIMARY_PROVIDER: 'offline' } });
    const asked = [...page.matchAll(/^curl http:\/\/127\.0\.0\.1:4000(\S+)(?:[^`\n]* -d '([^'\n]+)')?$/gm)];
    expect(asked.length).toBe(5);
    const told = [];
    for (const [, path = '', body] of asked)
      told.push([path, (body === undefined ? await running.get(path) : await running.post(path, body)).status]);
    await running.close();
    expect(told).toEqual(asked.map(([, path]) => [path, 200]));
  });

  it('has every prompt of the package, and each only what it takes', async () => {
    const running = await startGateway();
    const prompts = running.service.prompts.list();
    await running.close();
    const rows = new Map(
      [...page.matchAll(/^\| `(\w+)` \| (.*) \| .* \|$/gm)].map(([, name = '', takes = '']) => [name, takes]),
    );
    for (const { name, inputSchema } of prompts) {
      const known = Object.keys(Object(inputSchema['properties']));
      const told = [...(rows.get(name) ?? '').matchAll(/`(\w+)`/g)].map(([, word]) => word);
      expect([name, told.length > 0, told.filter((word) => !known.includes(word ?? ''))]).toEqual([name, true, []]);
    }
  });
});

describe('docs/identity.md', () => {
  it('has a body from which a key is made', async () => {
    const [, body = ''] = /api\/v1\/admin\/keys[^`]*-d '([^']+)'/.exec(text('docs/identity.md')) ?? [];
    const running = await startGateway();
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${running.url}/api/v1/admin/keys`, { method: 'POST', headers, body });
    const made = await reply.json();
    await running.close();
    expect(made).toMatchObject(JSON.parse(body.replace('00Z', '00.000Z')));
  });
});

describe('docs/cache.md', () => {
  it('has commands that there are, one for each of what can be selected', async () => {
    const commands = [...text('docs/cache.md').matchAll(/^npx codementor-llm cache invalidate (--[a-z-]+)/gm)];
    const { stdout } = await run(process.execPath, ['start.mjs', 'cache', 'invalidate', '--help'], {
      cwd: root,
      env: bare,
    });
    const selecting = [...stdout.matchAll(/^ {2}(--(?!json|key)[a-z-]+)/gm)].map(([, option]) => option);
    expect(new Set(commands.map(([, option]) => option))).toEqual(new Set(selecting));
  });
});

describe('the pages', () => {
  it.each(pages)('%s says something, and links only to what is there', (page) => {
    expect(text(page).trim()).not.toBe('');
    const links = [...text(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].flatMap(([, link]) =>
      link === undefined ? [] : [link],
    );
    const missing = links.filter(
      (link) => statSync(join(root, dirname(page), link), { throwIfNoEntry: false }) === undefined,
    );
    expect(missing).toEqual([]);
  });
});

describe('the examples', () => {
  const SAYS: Readonly<Record<string, RegExp>> = {
    'examples/ai-sdk.ts': /What is a closure\?\noffline, \$0\.00\n$/,
    'examples/budget-refused.ts': /answer 1: \$0\.\d+, [\s\S]* 402 budget_exceeded: The budget of this user/,
    'examples/context.ts':
      /^\d of 41 messages, about \d+ tokens; \d+ dropped\n {2}user: I want to understand recursion\.\n[\s\S]*And after step 19\?\n22 tokens, estimated \d+\n$/,
    'examples/failover.ts':
      /^A closure is [^\n]*\nfull: failed, provider_overloaded, \$0\.00\nsteady: completed, \$0\.0000048\n$/,
    'examples/openai-sdk.ts': /What is a closure\?/,
    'examples/stream.ts': /What is a generator\?\nstop, \$0\.00/,
    'examples/tools.ts': /^run_tests\(\{.*\}\)\n[\s\S]*fizzbuzz/,
    'examples/tutor.ts':
      /^tutor_greeting \d+\.\d+\.\d+, unverified\n(\w+ )+\w+\n[^\n]+\n[\s\S]*language is missing[\s\S]*skill_level/,
    'examples/whole-answer.ts': /list comprehensions\noffline, \d+ tokens, \$0\.00, cached: false/,
  };

  it('are all known here', () => {
    expect(globSync('examples/*.ts', { cwd: root }).sort()).toEqual(Object.keys(SAYS));
  });

  it.each(Object.entries(SAYS))('%s runs offline and says what it should', async (file, says) => {
    const { stdout } = await run(process.execPath, [file], { cwd: root, env: { ...bare, LOG_LEVEL: 'silent' } });
    expect(stdout).toMatch(says);
  });
});

describe('README.md', () => {
  const fences = [...text('README.md').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', code = '']) => ({
      language,
      code,
    }),
  );
  const inLanguage = (wanted: string) => fences.filter(({ language }) => language === wanted).map(({ code }) => code);
  const [offline = '', groq = '', refused = ''] = inLanguage('json');
  const [snippet = ''] = inLanguage('ts');
  const [yaml = ''] = inLanguage('yaml');
  const shell = inLanguage('sh').join('');
  const question = /-d '([^']+)'/.exec(shell)?.[1] ?? '';

  let folder = '';
  let server: ChildProcess;
  let origin = '';
  let withGroq: RunningGateway;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'codementor-llm-'));
    writeFileSync(join(folder, 'codementor-llm.yaml'), yaml);
    withGroq = await startGateway({ cwd: folder });
    const env = { ...bare, PORT: '0', DATA_DIR: join(folder, 'data') };
    server = spawn(process.execPath, ['start.mjs', 'serve'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    for await (const chunk of server.stderr ?? []) {
      said += chunk;
      origin = /^ {2}url +(\S+)$/m.exec(said)?.[1] ?? '';
      if (origin !== '') break;
    }
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await Promise.all([ended, withGroq.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const ask = async (url: string, body: string) =>
    (await fetch(url + COMPLETION, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();

  it('shows the answer that its curl line gets from a fresh clone', async () => {
    expect(await ask(origin, question)).toMatchObject(JSON.parse(offline));
  });

  it('shows the answer that it gets from Groq', async () => {
    const { content, prompt_tokens, completion_tokens, tokens_used } = JSON.parse(groq);
    const usage = { prompt_tokens, completion_tokens, total_tokens: tokens_used };
    withGroq.vendor.next({ says: { text: content, usage } });
    expect(await ask(withGroq.url, question)).toMatchObject(JSON.parse(groq));
  });

  it('shows the refusal that its budget leads to', async () => {
    const asked = withGroq.vendor.requests.length;
    const answer = await ask(withGroq.url, question.replace('user123', 'alice').replace('Explain', 'Show'));
    // The day ends when it ends.
    const midnight = /\d{4}-\d\d-\d\dT00:00:00\.000Z/;
    expect(JSON.parse(JSON.stringify(answer).replace(midnight, 'midnight'))).toMatchObject(
      JSON.parse(refused.replace(midnight, 'midnight')),
    );
    expect(withGroq.vendor.requests.length).toBe(asked);
  });

  it('has a program that runs', async () => {
    const env = { ...bare, DATA_DIR: join(folder, 'program'), LOG_LEVEL: 'silent' };
    const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', snippet], {
      cwd: root,
      env,
    });
    expect(stdout).toMatch(/list comprehensions \d+ 0\.00\n$/);
  });

  it('names commands that there are', { timeout: 240_000 }, async () => {
    const commands = [...shell.matchAll(/^npx codementor-llm (\w+)( .*?)?(?: +#.*)?$/gm)];
    expect(commands.length).toBeGreaterThan(3);
    const env = { ...bare, DATA_DIR: join(folder, 'shell') };
    for (const [, command = '', words = ''] of commands) {
      const path = [command, ...(/^ ([a-z]+) --/.exec(words)?.slice(1) ?? [])];
      const help = await run(process.execPath, ['start.mjs', ...path, '--help'], { cwd: root, env });
      expect(help.stdout).toContain(`codementor-llm ${path.join(' ')}`);
      for (const [option] of words.matchAll(/--[a-z-]+/g)) expect(help.stdout).toContain(option);
    }
    const [, words = ''] = /npx codementor-llm complete "(.*)"/.exec(shell) ?? [];
    const { stdout } = await run(process.execPath, ['start.mjs', 'complete', words], { cwd: root, env });
    expect(stdout).toContain(words);
  });
});
