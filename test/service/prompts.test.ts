// Prompts in the library: functions from variables to checked data, in camelCase; templates of the operator's folder over those of the
// package; what a reload does to them.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/gateway/prompt-examples.ts';
import { createLLMService, createLogs, type LLMService, type StreamEvent } from '../../src/index.ts';
import type { AnyRules } from '../../src/prompts/rules.ts';
import { tutorRules as rulesOfPackage } from '../../src/prompts/tutor-rules.ts';
import { type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/prompts', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../prompts', import.meta.url));
const CARD = { internal: { plan: 'Short.' }, meaning: 'A function with memory.', examples: [], see_also: 'scope' };
const WORD = { word: 'closure', skillLevel: 'beginner' };

const tutorRules: Readonly<Record<string, AnyRules>> = rulesOfPackage;

let folder: string;
let vendor: GroqMock;
const open: LLMService[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-prompts-'));
  for (const name of ['word_card', 'small_talk', 'staff_note'])
    copyFileSync(join(FIXTURES, `${name}.prompt.yaml`), join(folder, `${name}.prompt.yaml`));
  vendor = await startGroqMock();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<LLMService> {
  const service = await createLLMService({
    cwd: folder,
    dataDir: 'memory',
    logs: createLogs({ level: 'silent', secrets: [] }),
    env: { GROQ_API_KEY: `gsk_${'s'.repeat(52)}`, GROQ_BASE_URL: vendor.url, PROMPTS_DIR: folder, ...env },
  });
  open.push(service);
  return service;
}
const file = (name: string) => join(folder, `${name}.prompt.yaml`);
const change = (name: string, from: string, to: string) =>
  writeFileSync(file(name), readFileSync(file(name), 'utf8').replace(from, to));
const willWrite = (value: unknown) => vendor.next({ says: { text: JSON.stringify(value) } });

describe('a prompt as a function', () => {
  it('takes and gives camelCase, and takes the spelling of the schema as well', async () => {
    const { prompts } = await start();
    willWrite(CARD);
    const { data, verification, prompt } = await prompts.run('word_card', WORD);
    expect(data).toEqual({ meaning: 'A function with memory.', examples: [], seeAlso: 'scope' });
    expect(verification.status).toBe('verified');
    expect(prompt).toMatchObject({ name: 'word_card', version: '1.2.0' });
    expect(prompts.render('word_card', WORD)).toEqual(
      prompts.render('word_card', { word: 'closure', skill_level: 'beginner' }),
    );
  });

  it('has the fields of its data in its type, and no others; of a name that is not known, any JSON', async () => {
    const { prompts } = await start({ PROMPTS_DIR: '', LLM_PRIMARY_PROVIDER: 'offline' });
    const { data } = await prompts.tutorGreeting({ language: 'python', skillLevel: 'beginner' });
    // @ts-expect-error The field is called mentionsInterest.
    expect([data.mentionsInterest, data.mentionInterest]).toEqual([false, undefined]);
    const named = await prompts.run('tutor_greeting', { language: 'python', skillLevel: 'beginner' });
    // @ts-expect-error The field is called message.
    expect([named.data.message, named.data.mesage]).toEqual([data.message, undefined]);
    const name: string = 'tutor_greeting';
    const any = await prompts.run(name, { language: 'python', skillLevel: 'beginner' });
    expect(any.data['message']).toBe(data.message);
  });

  it('refuses an option that there is none of, as HTTP does a field, and variables that are none', async () => {
    const { prompts } = await start();
    // @ts-expect-error JavaScript has no compiler to say so.
    await expect(prompts.run('word_card', WORD, { maxTokenz: 3 })).rejects.toMatchObject({
      code: 'unknown_parameter',
      param: 'options.maxTokenz',
      message: 'There is no field "maxTokenz" in options. Did you mean "maxTokens"?',
    });
    // @ts-expect-error The same.
    await expect(prompts.run('word_card')).rejects.toThrow(/variables are missing$/);
    expect(vendor.requests).toHaveLength(0);
  });

  it.each(Object.entries(EXAMPLES))(
    '%s: with a wrong key code stands in and says so, or it fails',
    async (name, variables) => {
      const { prompts } = await start({ PROMPTS_DIR: '' });
      vendor.script({ fault: { kind: 'status', status: 401 } });
      const asked = prompts.run(name, variables, { names: 'wire' });
      if (tutorRules[name]?.standIn === null) {
        await expect(asked).rejects.toMatchObject({ code: 'provider_auth', status: 502 });
        return;
      }
      const { verification, warnings, provider, costUsd } = await asked;
      expect(verification).toMatchObject({
        fallback: 'deterministic',
        status: expect.stringMatching(/^(verified|partly)$/),
      });
      expect(warnings).toContainEqual({ code: 'stand_in', message: expect.stringContaining('(provider_auth)') });
      expect([provider, Number(costUsd)]).toEqual(['groq', 0]);
    },
  );

  it('streams its drafts and its data in camelCase as well', async () => {
    const { prompts } = await start();
    willWrite(CARD);
    const events: StreamEvent[] = [];
    for await (const event of prompts.stream('word_card', WORD)) events.push(event);
    const drafts = events.flatMap((event) => (event.type === 'data-draft' ? [event.data] : []));
    expect(drafts.length).toBeGreaterThan(0);
    for (const draft of drafts) expect(draft).not.toHaveProperty('see_also');
    // Who answers is known when an answer was accepted.
    const types = events.map(({ type }) => type);
    expect(types.lastIndexOf('data-draft')).toBeLessThan(types.indexOf('response-start'));
    const last = events.at(-1);
    expect(last?.type === 'response-end' && last.response.data).toMatchObject({ seeAlso: 'scope' });
  });

  it('has the same marks for the same variables, and others where the secret is another', async () => {
    const one = await start({ LLM_KEY_PEPPER: 'p'.repeat(32) });
    const same = await start({ LLM_KEY_PEPPER: 'p'.repeat(32) });
    const other = await start({ LLM_KEY_PEPPER: 'q'.repeat(32) });
    const rendered = (service: LLMService) => service.prompts.render('word_card', WORD).messages;
    expect(rendered(same)).toEqual(rendered(one));
    expect(rendered(other)).not.toEqual(rendered(one));
    expect(JSON.stringify(rendered(one))).not.toContain('p'.repeat(32));
  });

  it('is for callers of its tier alone', async () => {
    writeFileSync(join(folder, 'codementor-llm.yaml'), 'tiers: { staff: {} }\nusers: { ann: { tier: staff } }\n');
    const { prompts } = await start();
    willWrite({ note: 'Bring a pen.' });
    const about = { about: 'exams' };
    expect((await prompts.run('staff_note', about, { userId: 'ann' })).data).toEqual({ note: 'Bring a pen.' });
    await expect(prompts.run('staff_note', about, { userId: 'bob' })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(vendor.requests).toHaveLength(1);
  });

  it('speaks in a chat', async () => {
    const service = await start();
    willWrite({ message: 'What is a loop?', asks_question: true });
    const answer = await service.chat({ prompt: 'small_talk', message: 'Hello' });
    expect([answer.content, answer.data]).toEqual([
      'What is a loop?',
      { message: 'What is a loop?', asksQuestion: true },
    ]);
  });
});

describe('S25: the templates of a folder', () => {
  it('stand over those of the package of the same name', async () => {
    const { prompts: own } = await start({ PROMPTS_DIR: '' });
    const theirs = readFileSync(join(PACKAGE, 'tutor_greeting.prompt.yaml'), 'utf8');
    writeFileSync(file('tutor_greeting'), theirs.replace(/^version: .*$/m, 'version: 9.0.0-ours'));
    const { prompts } = await start();
    expect(prompts.find('tutor_greeting').version).toBe('9.0.0-ours');
    expect(prompts.find('tutor_greeting').hash).not.toBe(own.find('tutor_greeting').hash);
    expect(prompts.list().map(({ name }) => name)).toEqual(expect.arrayContaining(own.list().map(({ name }) => name)));
  });

  it('keep a service from its start as long as one has a fault, and all faults are told', async () => {
    change('word_card', 'version: 1.2.0', 'version: new');
    change('small_talk', '{{ mood }}', '{{ mod }}');
    const failure = await start().catch((error: unknown) => error);
    expect(String(failure)).toMatch(/word_card\.prompt\.yaml[\s\S]*version/);
    expect(String(failure)).toMatch(/small_talk\.prompt\.yaml[\s\S]*mod/);
  });

  it('that is not there keeps it from its start too', async () => {
    await expect(start({ PROMPTS_DIR: join(folder, 'nowhere') })).rejects.toThrow(/PROMPTS_DIR|nowhere/);
  });
});

describe('a reload', () => {
  it('takes what has changed and what is new', async () => {
    const service = await start();
    change('word_card', 'version: 1.2.0', 'version: 1.3.0');
    writeFileSync(file('twin'), readFileSync(file('word_card'), 'utf8').replace('name: word_card', 'name: twin'));
    await service.reload();
    expect([service.prompts.find('word_card').version, service.prompts.find('twin').version]).toEqual([
      '1.3.0',
      '1.3.0',
    ]);
    expect(service.status().notes.join()).not.toContain('prompt');
  });

  it('keeps the old version of what has become bad, takes the others, and says so as long as it is so', async () => {
    const service = await start();
    change('word_card', 'version: 1.2.0', 'version: new');
    change('small_talk', 'version: 0.1.0', 'version: 0.2.0');
    await service.reload();
    expect([service.prompts.find('word_card').version, service.prompts.find('small_talk').version]).toEqual([
      '1.2.0',
      '0.2.0',
    ]);
    expect(service.status().notes).toContainEqual(expect.stringMatching(/word_card\.prompt\.yaml: .*stays in use/));
    change('word_card', 'version: new', 'version: 2.0.0');
    await service.reload();
    expect(service.prompts.find('word_card').version).toBe('2.0.0');
    expect(service.status().notes.join()).not.toContain('word_card');
  });

  it('changes nothing of an answer that is under way: its data is read by the schema that it was made for', async () => {
    const service = await start();
    const held = Promise.withResolvers<void>();
    vendor.next({ says: { text: JSON.stringify(CARD) }, heldUntil: held.promise });
    const answer = service.prompts.run('word_card', WORD);
    while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(file('word_card'), readFileSync(file('word_card'), 'utf8').replaceAll('see_also', 'other_word'));
    await service.reload();
    held.resolve();
    expect((await answer).data).toMatchObject({ seeAlso: 'scope' });
  });
});
