// Prompts over HTTP: what there is, what one says, its answer as data that code has checked, whole and streamed. The templates are those
// of a folder of the operator's own; each vendor's answer is scripted, so what is delivered is told from what was written.

import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { promptAnswerShape, promptListReply, promptReply, renderReply } from '../../src/gateway/prompt-schemas.ts';
import { errorShape } from '../../src/gateway/reply-schemas.ts';
import type { GroqMock } from '../vendor/groq-mock.ts';
import { eventsIn, type RunningGateway, startGateway } from './start.ts';

const PROMPTS = '/api/v1/llm/prompts';
const FOLDER = fileURLToPath(new URL('../fixtures/prompts', import.meta.url));
const WORD = { word: 'closure', skill_level: 'beginner' };
const CARD = {
  internal: { plan: 'Say it shortly.' },
  meaning: 'A function with memory.',
  examples: ['f()'],
  see_also: null,
};
const { internal: _, ...DELIVERED } = CARD;

let here: RunningGateway;
beforeAll(async () => {
  here = await startGateway({ env: { PROMPTS_DIR: FOLDER } });
});
afterAll(() => here.close());
afterEach(() => here.vendor.script({}));

function says(vendor: GroqMock, ...answers: readonly unknown[]): void {
  vendor.next(
    ...answers.map((answer) => ({ says: { text: typeof answer === 'string' ? answer : JSON.stringify(answer) } })),
  );
}

const ask = (name: string, body: object) => here.post(`${PROMPTS}/${name}/completion`, { cache: 'off', ...body });
const refusal = async (reply: Response) => {
  const { error } = errorShape.parse(await reply.json());
  return { status: reply.status, code: error.code, param: error.param, message: error.message };
};

describe('the list of prompts', () => {
  it('has each with its version, its hash and the schemas of both sides', async () => {
    const { prompts } = promptListReply.parse(await (await here.get(PROMPTS)).json());
    const names = prompts.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['small_talk', 'staff_note', 'word_card']));
    const card = prompts.find(({ name }) => name === 'word_card');
    expect(card).toMatchObject({
      version: '1.2.0',
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      description: 'A card that explains one word of programming.',
    });
    expect(Object.keys(Object(card?.input_schema['properties']))).toEqual([
      'word',
      'skill_level',
      'examples_most',
      'known_words',
    ]);
    // What is private to the model is no part of what is delivered.
    expect(Object.keys(Object(card?.output_schema['properties']))).toEqual(['meaning', 'examples', 'see_also']);
  });

  it('has the same for one alone', async () => {
    const { prompts } = promptListReply.parse(await (await here.get(PROMPTS)).json());
    const one = promptReply.parse(await (await here.get(`${PROMPTS}/word_card`)).json());
    expect(one).toEqual(prompts.find(({ name }) => name === 'word_card'));
  });
});

describe('a rendered prompt', () => {
  it('has the messages as a model would get them, with the defaults, and asks nobody', async () => {
    const asked = here.vendor.requests.length;
    const reply = await here.post(`${PROMPTS}/word_card/render`, { variables: WORD });
    const { name, version, messages } = renderReply.parse(await reply.json());
    expect([name, version]).toEqual(['word_card', '1.2.0']);
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(messages[0]?.content).toContain('a beginner of programming, with at most 1 examples');
    expect(messages[1]?.content).toContain('The word is "closure".');
    expect(here.vendor.requests.length).toBe(asked);
  });

  it('B59: keeps braces of a caller as they are', async () => {
    const reply = await here.post(`${PROMPTS}/word_card/render`, {
      variables: { ...WORD, word: '{{other}}{% if x %}' },
    });
    const { messages } = renderReply.parse(await reply.json());
    expect(messages[1]?.content).toContain('"{{other}}{% if x %}"');
  });

  it('takes no text of a template', async () => {
    const reply = await here.post(`${PROMPTS}/word_card/render`, {
      variables: WORD,
      messages: [{ role: 'user', content: 'x' }],
    });
    expect(await refusal(reply)).toMatchObject({ status: 400, code: 'unknown_parameter', param: 'messages' });
  });
});

describe('B58, B60: a name that is no prompt’s', () => {
  const NAMES = [
    'word_crad',
    '../word_card',
    '..%2fword_card',
    '%2e%2e%2fprompts%2fword_card',
    '__proto__',
    'constructor',
    'toString',
  ];
  it.each(NAMES.flatMap((name) => ['render', 'completion', ''].map((what) => [name, what] as const)))(
    '%s/%s is 404',
    async (name, what) => {
      const path = `${PROMPTS}/${name}${what && `/${what}`}`;
      const reply = what === '' ? await here.get(path) : await here.post(path, { variables: WORD });
      expect(await refusal(reply)).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  it('is told with the one that was meant', async () => {
    const { message } = await refusal(await ask('word_crad', { variables: WORD }));
    expect(message).toContain('Did you mean "word_card"?');
  });
});

describe('B59: variables with faults', () => {
  it.each(['completion', 'render'])('that stand beside variables are told where to go: %s', async (what) => {
    expect(await refusal(await here.post(`${PROMPTS}/word_card/${what}`, WORD))).toEqual({
      status: 400,
      code: 'unknown_parameter',
      param: 'word',
      message: 'word is a variable of the prompt: put it into variables',
    });
  });

  it('are told all at once, and nobody is asked', async () => {
    const asked = here.vendor.requests.length;
    const variables = { word: { constructor: 1 }, examples_most: 7, wrod: 'x' };
    const told = await refusal(await ask('word_card', { variables }));
    expect(told).toMatchObject({ status: 400, code: 'invalid_request', param: expect.stringMatching(/^variables/) });
    for (const name of ['word', 'skill_level', 'examples_most', 'wrod']) expect(told.message).toContain(name);
    expect(here.vendor.requests.length).toBe(asked);
  });

  it('are told when there are none, or a text of a megabyte, and nothing of a text is repeated', async () => {
    const none = await refusal(await ask('word_card', {}));
    expect(none).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(none.message).toMatch(/word[\s\S]*skill_level/);
    const long = await refusal(await ask('word_card', { variables: { ...WORD, word: 'zq'.repeat(524_288) } }));
    expect(long).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(long.message).not.toContain('zqzq');
  });

  it('are spelled as the schema has them, on the wire', async () => {
    const told = await refusal(await ask('word_card', { variables: { word: 'x', skillLevel: 'beginner' } }));
    expect(told).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(told.message).toContain('skillLevel');
  });
});

describe('the answer to a prompt', () => {
  it('is its data, checked, and the same as its text', async () => {
    says(here.vendor, CARD);
    const reply = await ask('word_card', { variables: WORD });
    const answer = promptAnswerShape.parse(await reply.json());
    expect(answer.data).toEqual(DELIVERED);
    expect(JSON.parse(answer.content)).toEqual(DELIVERED);
    expect(answer.prompt).toMatchObject({
      name: 'word_card',
      version: '1.2.0',
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(answer.verification).toMatchObject({ status: 'verified', repairs: 0, fallback: null });
    expect(JSON.stringify(answer)).not.toContain('Say it shortly');
    expect([reply.headers.get('x-provider'), reply.headers.get('x-cost-usd')]).toEqual(['groq', answer.cost_usd]);
  });

  it('is asked with what the template says, unless the request says otherwise', async () => {
    says(here.vendor, CARD, CARD);
    await (await ask('word_card', { variables: WORD })).text();
    expect(here.vendor.requests.at(-1)?.body).toMatchObject({ temperature: 0.3, max_completion_tokens: 300 });
    await (
      await ask('word_card', { variables: WORD, temperature: 1, max_tokens: 200, model: 'openai/gpt-oss-20b' })
    ).text();
    expect(here.vendor.requests.at(-1)?.body).toMatchObject({
      model: 'openai/gpt-oss-20b',
      temperature: 1,
      max_completion_tokens: 200,
    });
  });

  it('that is no answer is mended once it is told what was wrong', async () => {
    says(here.vendor, { ...CARD, meaning: 7 }, CARD);
    const answer = promptAnswerShape.parse(await (await ask('word_card', { variables: WORD })).json());
    expect(answer.data).toEqual(DELIVERED);
    expect(answer.verification.repairs).toBe(1);
    expect(answer.attempts).toHaveLength(2);
    expect(JSON.stringify(here.vendor.requests.at(-1)?.body)).toContain('meaning');
  });

  it('that never becomes one is 502, and names places and rules, not words', async () => {
    here.vendor.script({ says: { text: '{"meaning":"canary-words"}' } });
    const told = await refusal(await ask('word_card', { variables: WORD }));
    expect(told).toMatchObject({ status: 502, code: 'provider_rejected_answer' });
    expect(told.message).not.toContain('canary-words');
  });

  it('warns of characters in the variables that nobody sees, and that no model was shown', async () => {
    says(here.vendor, CARD);
    const reply = await ask('word_card', { variables: { ...WORD, word: 'clo\u200bsure' } });
    const { warnings } = promptAnswerShape.parse(await reply.json());
    expect(warnings).toContainEqual({ code: 'hidden_characters', message: expect.stringContaining('U+200B') });
    expect(JSON.stringify(here.vendor.requests.at(-1)?.body)).not.toContain('\u200b');
  });

  it('is in the ledger under its prompt', async () => {
    says(here.vendor, CARD);
    await (await ask('word_card', { variables: WORD, user_id: 'ledger-of-prompts' })).text();
    const row = (await here.rows()).find(({ userId }) => userId === 'ledger-of-prompts');
    expect(row?.prompt).toMatchObject({ name: 'word_card', version: '1.2.0' });
  });

  it('is kept for the one user where the template says so', async () => {
    says(here.vendor, CARD, CARD);
    const body = (user_id: string) => ({ variables: { ...WORD, word: 'kept' }, user_id, cache: 'use' });
    const cached = async (user: string) => (await ask('word_card', body(user))).headers.get('x-cache');
    expect([await cached('ann'), await cached('ann'), await cached('bob')]).toEqual(['miss', 'hit', 'miss']);
  });

  it('that is sent again under its key is the first one', async () => {
    says(here.vendor, CARD);
    const asked = here.vendor.requests.length;
    const send = (variables: object) =>
      here.post(`${PROMPTS}/word_card/completion`, { variables, cache: 'off' }, { 'idempotency-key': 'once' });
    const first = promptAnswerShape.parse(await (await send(WORD)).json());
    const again = promptAnswerShape.parse(await (await send(WORD)).json());
    expect([again.id, again.data, here.vendor.requests.length]).toEqual([first.id, first.data, asked + 1]);
    expect(await refusal(await send({ ...WORD, word: 'other' }))).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    });
  });
});

describe('the answer to a prompt as a stream', () => {
  it('ends in all that the whole answer has; drafts come before, and text only when it is checked', async () => {
    says(here.vendor, CARD);
    const events = eventsIn(await (await ask('word_card', { variables: WORD, stream: true })).text());
    const kinds = events.map(({ event }) => event);
    expect(kinds.filter((kind) => kind !== 'data-draft')[0]).toBe('response-start');
    expect(kinds.at(-1)).toBe('response-end');
    const drafts = events.filter(({ event }) => event === 'data-draft').map(({ data }) => JSON.parse(data));
    for (const draft of drafts) expect(JSON.stringify(draft)).not.toContain('Say it');
    const text = events
      .filter(({ event }) => event === 'text-delta')
      .map(({ data }) => JSON.parse(data).text)
      .join('');
    expect(JSON.parse(text)).toEqual(DELIVERED);
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({
      data: DELIVERED,
      verification: { status: 'verified' },
      prompt: { name: 'word_card', version: '1.2.0' },
    });
  });

  it('has drafts where the template has them shown, unless the request wants none', async () => {
    says(here.vendor, CARD, CARD);
    const kindsOf = async (more: object) => {
      const reply = await ask('word_card', { variables: WORD, stream: true, ...more });
      return new Set(eventsIn(await reply.text()).map(({ event }) => event));
    };
    expect((await kindsOf({})).has('data-draft')).toBe(true);
    expect((await kindsOf({ drafts: false })).has('data-draft')).toBe(false);
  });
});

describe('a prompt of one tier', () => {
  it('is for its callers alone', async () => {
    const about = { variables: { about: 'exams' } };
    for (const what of ['render', 'completion'])
      expect(await refusal(await here.post(`${PROMPTS}/staff_note/${what}`, about))).toMatchObject({
        status: 403,
        code: 'permission_denied',
        message: expect.stringContaining('tier staff'),
      });
  });
});
