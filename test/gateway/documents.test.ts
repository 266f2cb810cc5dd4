// The document of the API is held to the routes there are, and the page that shows it to asking nobody else.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatReply, conversationListReply, readReply } from '../../src/gateway/conversation-schemas.ts';
import { promptListReply } from '../../src/gateway/prompt-schemas.ts';
import { errorShape, ledgerReply, modelListReply } from '../../src/gateway/reply-schemas.ts';
import { asks, CHAT, COMPLETION, type RunningGateway, startGateway } from './start.ts';

const CONVERSE = '/api/v1/llm/chat';
const CONVERSATIONS = '/api/v1/llm/conversations';
const PROMPTS = '/api/v1/llm/prompts';

let running: RunningGateway;
beforeAll(async () => {
  running = await startGateway();
});
afterAll(() => running.close());

const ROUTES = [
  ['get', '/healthz'],
  ['get', '/readyz'],
  ['post', COMPLETION],
  ['post', CONVERSE],
  ['get', PROMPTS],
  ['get', `${PROMPTS}/{name}`],
  ['post', `${PROMPTS}/{name}/render`],
  ['post', `${PROMPTS}/{name}/completion`],
  ['get', CONVERSATIONS],
  ['get', `${CONVERSATIONS}/{id}`],
  ['patch', `${CONVERSATIONS}/{id}`],
  ['delete', `${CONVERSATIONS}/{id}`],
  ['get', `${CONVERSATIONS}/{id}/export`],
  ['post', CHAT],
  ['post', '/openai/v1/chat/completions'],
  ['post', '/v1/responses'],
  ['post', '/openai/v1/responses'],
  ['post', '/v1/embeddings'],
  ['post', '/openai/v1/embeddings'],
  ['post', '/v1/messages'],
  ['post', '/v1/messages/count_tokens'],
  ['get', '/v1/models'],
  ['get', '/v1/models/{*}'],
  ['get', '/openai/v1/models'],
  ['get', '/openai/v1/models/{*}'],
  ['get', '/api/v1/llm/usage/{user_id}'],
  ['get', '/api/v1/llm/limits/{user_id}'],
  ['get', '/api/v1/llm/identity'],
  ['get', '/api/v1/llm/generations/{id}/events'],
  ['delete', '/api/v1/llm/generations/{id}'],
  ['get', '/api/v1/admin/ledger'],
  ['post', '/api/v1/admin/ledger/reprice'],
  ['get', '/api/v1/admin/tenants'],
  ['get', '/api/v1/admin/tenants/{tenant}/usage'],
  ['get', '/metrics'],
  ['get', '/api/v1/admin/keys'],
  ['post', '/api/v1/admin/keys'],
  ['delete', '/api/v1/admin/cache'],
  ['delete', '/api/v1/admin/keys/{id}'],
];

describe('GET /openapi.json', () => {
  it('lists every route there is, and no other', async () => {
    const document = JSON.parse(await (await running.get('/openapi.json')).text());
    expect(document.openapi).toBe('3.1.0');
    const listed = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method, path]),
    );
    expect(listed.sort()).toEqual([...ROUTES].sort());
  });

  it('says which routes want a key, and in which headers it may stand', async () => {
    const document = JSON.parse(await (await running.get('/openapi.json')).text());
    expect(document.security).toEqual([{ bearer: [] }, { api_key: [] }]);
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      api_key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    });
    const open = Object.entries<Record<string, { security?: unknown[] }>>(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).some(({ security }) => security?.length === 0) ? [path] : [],
    );
    expect(open.sort()).toEqual(['/healthz', '/readyz']);
  });

  it('says what a completion takes and gives', async () => {
    const document = JSON.parse(await (await running.get('/openapi.json')).text());
    const { requestBody, responses } = document.paths[COMPLETION].post;
    const asked = requestBody.content['application/json'].schema;
    expect(asked.required).toEqual(['messages']);
    expect(asked.additionalProperties).toBe(false);
    expect(Object.keys(responses['200'].content)).toEqual(['application/json', 'text/event-stream']);
    expect(responses['200'].content['application/json'].schema.properties).toHaveProperty('cost_usd');
    expect(responses['4XX'].content['application/json'].schema.properties).toHaveProperty('error');
  });
});

describe('the prompts in the document', () => {
  it('are schemas by their names, to which the routes lead, each with an example that renders', async () => {
    const document = JSON.parse(await (await running.get('/openapi.json')).text());
    const { prompts } = promptListReply.parse(await (await running.get(PROMPTS)).json());
    const { schemas } = document.components;
    const { post } = document.paths[`${PROMPTS}/{name}/completion`];
    const { schema, examples } = post.requestBody.content['application/json'];
    expect(post.parameters[0].schema.enum).toEqual(prompts.map(({ name }) => name));
    const names = schema.properties.variables.anyOf.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1));
    expect(names).toContain('CodeReviewVariables');
    expect(names).toHaveLength(prompts.length);
    for (const name of names) expect(schemas[name].properties).toBeDefined();
    const review = prompts.find(({ name }) => name === 'code_review');
    expect(schemas.CodeReviewVariables).toMatchObject(review?.input_schema ?? {});
    expect(schemas.CodeReviewData).toMatchObject(review?.output_schema ?? {});
    for (const [name, { value }] of Object.entries<{ value: object }>(examples)) {
      const reply = await running.post(`${PROMPTS}/${name}/render`, value);
      expect([name, reply.status]).toEqual([name, 200]);
    }
  });
});

describe('GET /docs', () => {
  it('is a page that loads from here alone', async () => {
    const page = await running.get('/docs/');
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(html).not.toMatch(/https?:\/\//);
    const script = /<script src="([^"]+)"/.exec(html)?.[1] ?? '';
    const code = await running.get(`/docs/${script}`);
    expect([code.status, code.headers.get('content-type')]).toEqual([200, 'application/javascript; charset=utf-8']);
  });
});

describe('answers keep to the document', () => {
  it('for models, priced and unpriced', async () => {
    const { data } = modelListReply.parse(await (await running.get('/openai/v1/models')).json());
    expect(data.some(({ price }) => price !== null) && data.some(({ price }) => price === null)).toBe(true);
  });

  it('for conversations, with tools, images and an answer that broke', async () => {
    const cut = { kind: 'no-done' as const, afterEvents: 4 };
    const calls = [{ name: 'look', argumentsText: '{}' }];
    running.vendor.next(
      { says: { text: 'x', reasoning: 'Hm.', toolCalls: calls } },
      { says: { text: '1 2 3 4' }, fault: cut },
    );
    const image = { type: 'image_url', image_url: { url: 'https://example.org/a.png' } };
    const tools = [{ type: 'function', function: { name: 'look' } }];
    const begun = await running.post(CONVERSE, { message: 'Look.', tools, cache: 'off' });
    const { conversation_id, tool_calls } = chatReply.parse(await begun.json());
    const tool_results = tool_calls.map(({ id }) => ({ tool_call_id: id, content: 'rain' }));
    const message = [{ type: 'text', text: 'And?' }];
    const next = { message, tool_results, tools, conversation_id, cache: 'off', stream: true };
    await (await running.post(CONVERSE, next)).text();
    const path = `${CONVERSATIONS}/${conversation_id}`;
    const read = readReply.parse(await (await running.get(path)).json());
    expect(read.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user', 'assistant']);
    expect(read.messages[4]).toMatchObject({ finish_reason: 'broken', partial: true });
    const list = conversationListReply.parse(await (await running.get(CONVERSATIONS)).json());
    expect(list.conversations.map(({ id }) => id)).toContain(conversation_id);
    const exported = await (await running.get(`${path}/export`)).json();
    expect(readReply.parse(Object.assign({ next_cursor: null }, exported))).toEqual(read);
    // No model here takes images: the refusal names the field, and nothing of the turn is kept.
    const refused = await running.post(CONVERSE, { message: [image], conversation_id });
    expect(errorShape.parse(await refused.json()).error.code).toBe('invalid_request');
    expect(readReply.parse(await (await running.get(path)).json())).toEqual(read);
  });

  it('for the rows of the ledger, page by page', async () => {
    for (let n = 0; n < 101; n++)
      await (await running.post(COMPLETION, asks(`row ${n % 3}`, { user_id: 'pages', tags: { n: 'x' } }))).text();
    const first = ledgerReply.parse(await (await running.get('/api/v1/admin/ledger?user_id=pages')).json());
    expect(first.rows).toHaveLength(100);
    const second = ledgerReply.parse(
      await (
        await running.get(`/api/v1/admin/ledger?user_id=pages&cursor=${encodeURIComponent(first.next_cursor ?? '')}`)
      ).json(),
    );
    expect([second.rows.length, second.next_cursor]).toEqual([1, null]);
    for (const [limit, expected] of [
      [1, 1],
      [100, 100],
      [1_000, 101],
    ]) {
      const path = `/api/v1/admin/ledger?user_id=pages&limit=${limit}`;
      const page = ledgerReply.parse(await (await running.get(path)).json());
      expect(page.rows).toEqual([...first.rows, ...second.rows].slice(0, expected));
      expect(page.next_cursor === null).toBe(expected === 101);
    }
    const [asked] = first.rows;
    const one = ledgerReply.parse(
      await (await running.get(`/api/v1/admin/ledger?request_id=${asked?.request_id}`)).json(),
    );
    expect(one.rows).toEqual([asked]);
  });
});

describe('groq-sdk\u2019s path', () => {
  it('answers as OpenAI\u2019s does', async () => {
    const reply = await running.post('/openai/v1/chat/completions', asks('by the other path'));
    expect(await reply.json()).toMatchObject({ object: 'chat.completion' });
  });
});
