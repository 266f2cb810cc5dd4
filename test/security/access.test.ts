// Who may do what, tried out route by route and field by field. The routes come from the router and the fields from the schemas, so
// what is new and not decided fails here.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Access, mayUse } from '../../src/gateway/access.ts';
import { messagesRequest } from '../../src/gateway/anthropic-request.ts';
import { createGateway } from '../../src/gateway/index.ts';
import { nativeChat, nativeRequest } from '../../src/gateway/native-wire.ts';
import { chatRequest } from '../../src/gateway/openai-request.ts';
import { responsesRequest } from '../../src/gateway/responses-request.ts';
import type { Route } from '../../src/gateway/route-table.ts';
import { newKey } from '../../src/gateway/routes/keys.ts';
import type { Role } from '../../src/index.ts';
import { failureIn } from '../gateway/failures.ts';
import { sendRaw } from '../gateway/raw-http.ts';
import { ADMIN_KEY, type SignedIn, startSignedIn, type Who } from '../gateway/signed-in.ts';
import { asks, CHAT, COMPLETION, MODEL } from '../gateway/start.ts';

const CONVERSATION = '/api/v1/llm/chat';
const MESSAGES = '/v1/messages';
const RESPONSES = '/v1/responses';
const EMBEDDINGS = '/v1/embeddings';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 400);

let here: SignedIn;
beforeAll(async () => {
  here = await startSignedIn();
});
afterAll(() => here.running.close());

const ROLES: Readonly<Record<Who, Role | null>> = {
  nobody: null,
  user: 'user',
  neighbour: 'user',
  'foreign user': 'user',
  server: 'server',
  'foreign server': 'server',
  admin: 'admin',
  operator: 'admin',
};
const EVERYBODY: readonly Who[] = [
  'nobody',
  'user',
  'neighbour',
  'foreign user',
  'server',
  'foreign server',
  'admin',
  'operator',
];

/** What each route with a body takes; one without an entry fails. */
const BODIES: ReadonlyMap<string, () => object> = new Map<string, () => object>([
  [COMPLETION, () => asks('hi')],
  [CHAT, () => asks('hi', { model: MODEL })],
  [`/openai${CHAT}`, () => asks('hi', { model: MODEL })],
  [MESSAGES, () => asks('hi', { model: MODEL, max_tokens: 9 })],
  [RESPONSES, () => ({ input: 'hi', model: MODEL })],
  [`/openai${RESPONSES}`, () => ({ input: 'hi', model: MODEL })],
  [EMBEDDINGS, () => ({ input: 'hi', model: MODEL })],
  [`/openai${EMBEDDINGS}`, () => ({ input: 'hi', model: MODEL })],
  [`${MESSAGES}/count_tokens`, () => asks('hi', { model: MODEL })],
  [CONVERSATION, () => ({ message: 'hi' })],
  ['/api/v1/llm/prompts/:name/render', () => ({ variables: {} })],
  ['/api/v1/llm/prompts/:name/completion', () => ({ variables: {} })],
  ['/api/v1/llm/conversations/:id', () => ({ title: 'Mine' })],
  ['/api/v1/admin/keys', () => ({ tenant: 'acme', user_id: 'new' })],
  ['/api/v1/admin/ledger/reprice', () => ({ from: '2026-01-01', to: '2026-01-02', dry_run: true })],
]);
/** In the place of each parameter: what belongs to alice, who is somebody else in each tenant. */
const PARAMETERS: Readonly<Record<string, string>> = {
  ':user_id': 'alice',
  ':tenant': 'acme',
  ':id': 'key_none',
  ':name': 'exercise_generation',
  '*': MODEL,
};

function pathOf({ path }: Route): string {
  return path
    .split('/')
    .map((segment) =>
      /^[:*]/.test(segment) ? (PARAMETERS[segment] ?? expect.unreachable(`What is ${segment}?`)) : segment,
    )
    .join('/');
}

async function ask(route: Route, headers: Record<string, string>, path = pathOf(route)) {
  const body = ['POST', 'PATCH'].includes(route.method)
    ? (BODIES.get(route.path)?.() ?? expect.unreachable(`${route.path} has no body`))
    : null;
  const reply = await fetch(here.running.url + path, {
    method: route.method,
    redirect: 'manual',
    headers: { ...headers, ...(body !== null && { 'content-type': 'application/json' }) },
    ...(body !== null && { body: JSON.stringify(body) }),
  });
  await reply.arrayBuffer();
  return reply.status;
}

describe('S10: every route and every role', () => {
  it('has a rule for each route that the router knows', () => {
    const routes = here.running.gateway.routes();
    expect(routes.length).toBeGreaterThan(20);
    const open = routes.filter(({ access }) => access === 'public').map(({ path }) => path);
    for (const path of new Set(open))
      expect(path).toMatch(/^\/$|^\/healthz$|^\/readyz$|^\/openapi\.json$|^\/docs(\/|$)/);
  });

  it('stands in docs/identity.md as it is', () => {
    const text = readFileSync(new URL('../../docs/identity.md', import.meta.url), 'utf8');
    const told = [...text.matchAll(/^\| `([A-Z]+ \/\S*)` \| (\w+) \|$/gm)].map(
      ([, route, access]) => `${route} ${access}`,
    );
    const real = here.running.gateway
      .routes()
      .filter(({ access, method }) => access !== 'public' && method !== 'HEAD')
      .map(({ method, path, access }) => `${method} ${path} ${access}`);
    expect(told.sort()).toEqual(real.sort());
  });

  it('lets each in or not as the table says, whoever asks', async () => {
    const wrong: string[] = [];
    for (const route of here.running.gateway.routes()) {
      for (const who of EVERYBODY) {
        const role = ROLES[who];
        const status = await ask(route, here.headers(who));
        const isRefused = status === 401 || status === 403;
        const isOthers = route.path.includes(':user_id') && who === 'neighbour';
        const expected =
          route.access === 'public'
            ? 'in'
            : role === null
              ? '401'
              : !mayUse(role, route.access)
                ? '403'
                : isOthers
                  ? '404'
                  : 'in';
        const got =
          isRefused || (isOthers && status === 404) ? String(status) : status < 500 ? 'in' : `fault ${status}`;
        if (got !== expected) wrong.push(`${route.method} ${route.path} by ${who}: ${got}, not ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each<[Role, Access, boolean]>([
    ['user', 'public', true],
    ['user', 'user', true],
    ['user', 'server', false],
    ['user', 'admin', false],
    ['server', 'user', true],
    ['server', 'server', true],
    ['server', 'admin', false],
    ['admin', 'user', true],
    ['admin', 'server', true],
    ['admin', 'admin', true],
  ])('a %s key on a route for %s: %s', (role, access, may) => expect(mayUse(role, access)).toBe(may));

  it('does not start with a route that does not say who may use it', async () => {
    const gateway = createGateway(here.running.service);
    gateway.app.get('/api/v1/llm/forgotten', () => 'everything');
    await expect(gateway.listen({ host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /GET \/api\/v1\/llm\/forgotten does not say who/,
    );
    await gateway.close();
  });

  it('guards a route that somebody adds as it says', async () => {
    const gateway = createGateway(here.running.service);
    gateway.app.get('/mine', { config: { access: 'server' } }, () => 'data');
    const url = await gateway.listen({ host: '127.0.0.1', port: 0 });
    const status = async (who: Who) => (await fetch(`${url}/mine`, { headers: here.headers(who) })).status;
    expect([await status('nobody'), await status('user'), await status('server'), await status('admin')]).toEqual([
      401, 403, 200, 200,
    ]);
    await gateway.close();
  });
});

describe('S11, S12, I29: the decision', () => {
  const spellings: ((key: string) => string)[] = [
    (key) => `Authorization: Bearer ${key}`,
    (key) => `authorization: bearer ${key}`,
    (key) => `AUTHORIZATION: BEARER ${key}`,
    (key) => `x-api-key: ${key}`,
    (key) => `X-Api-Key:${key}`,
  ];
  /** What names no other route and carries no credentials: it must change nothing. */
  const noise = [
    'X-Forwarded-Host: localhost',
    'X-Forwarded-For: 127.0.0.1',
    'X-Original-URL: /healthz',
    'X-Rewrite-URL: /healthz',
    'X-HTTP-Method-Override: GET',
    'Forwarded: for=127.0.0.1;host=localhost',
    `api-key: ${ADMIN_KEY}`,
    `Cookie: session=${ADMIN_KEY}; token=${ADMIN_KEY}`,
    `Proxy-Authorization: Bearer ${ADMIN_KEY}`,
  ];
  const hosts = ['127.0.0.1', 'localhost', 'gateway.example', 'evil.example:1', '[::1]:4000'];
  const encodings: ((path: string) => string)[] = [
    (path) => path,
    (path) => `${path}?key=${ADMIN_KEY}&api_key=${ADMIN_KEY}&access=public`,
    (path) => `${path}?%2e%2e%2fhealthz`,
    (path) => `http://127.0.0.1${path}`,
    (path) => `http://healthz.example${path}?x`,
    (path) => path.replace('api', '%61pi').replace('v1', '%761'),
    (path) => path.toUpperCase(),
    (path) => `${path}/`,
    (path) => `/${path}`,
    (path) => `/healthz/..${path}`,
    (path) => `/healthz/%2e%2e${path}`,
    (path) => `/.${path}`,
    (path) => path.replace(/\/(?=[^/]*$)/, '%2f'),
    (path) => `${path};/healthz`,
    (path) => `${path}%00`,
    (path) => `${path}%2fhealthz`,
    (path) => `${path}.`,
    (path) => `${path}#/healthz`,
  ];

  it('depends on who asks and on the route alone: not on headers’ spelling, other headers, Host, query, or the path’s spelling', async () => {
    const routes = here.running.gateway
      .routes()
      .filter(({ access, method }) => access !== 'public' && method === 'GET');
    const seen = { same: 0, elsewhere: 0 };
    const variant = fc.record({
      route: fc.constantFrom(...routes),
      who: fc.constantFrom(...EVERYBODY),
      spell: fc.constantFrom(...spellings),
      host: fc.constantFrom(...hosts),
      noise: fc.subarray(noise),
      encode: fc.constantFrom(...encodings),
    });
    await fc.assert(
      fc.asyncProperty(variant, async ({ route, who, spell, host, noise, encode }) => {
        const key = here.keys.get(who) ?? null;
        const expected = await ask(route, here.headers(who));
        const lines = [`Host: ${host}`, 'Connection: close', ...noise, ...(key === null ? [] : [spell(key)])];
        const { status } = await sendRaw(here.running.port, [
          `GET ${encode(pathOf(route))} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
        ]);
        // What the router takes for another path is none, or takes another method, and what is no path at all is refused: neither lets anybody in.
        if (status === expected) seen.same++;
        else seen.elsewhere++;
        if (status !== expected) expect([400, 404, 405]).toContain(status);
      }),
      { numRuns: RUNS },
    );
    expect(seen.same).toBeGreaterThan(100);
    expect(seen.elsewhere).toBeGreaterThan(20);
  });
});

describe('S09: every writable field and every role', () => {
  const NATIVE: Readonly<Record<string, unknown>> = {
    messages: [{ role: 'user', content: 'hi' }],
    system_prompt: 'Be brief.',
    model: MODEL,
    temperature: 0,
    max_tokens: 100,
    top_p: 1,
    seed: 1,
    stop: ['x'],
    tools: [{ type: 'function', function: { name: 'look' } }],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    response_format: { type: 'text' },
    reasoning_effort: 'low',
    stream: false,
    cache: 'off',
    user_id: 'somebody',
    tags: { tenant: 'other', role: 'admin' },
  };
  const CHATS: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(
      Object.entries(NATIVE).filter(([name]) => !['system_prompt', 'cache', 'user_id', 'tags'].includes(name)),
    ),
    max_completion_tokens: 100,
    stream_options: null,
    service_tier: 'auto',
    user: 'somebody',
    safety_identifier: 'somebody',
    metadata: { user_id: 'somebody', tenant: 'other' },
  };
  const OF_ANTHROPIC: Readonly<Record<string, unknown>> = {
    model: MODEL,
    messages: [{ role: 'user', content: 'hi' }],
    system: 'Be brief.',
    tools: [{ name: 'look', input_schema: {} }],
    tool_choice: { type: 'auto' },
    thinking: { type: 'adaptive' },
    output_config: { effort: 'low' },
    output_format: null,
    max_tokens: 100,
    temperature: 0,
    top_p: 1,
    stop_sequences: ['x'],
    stream: false,
    metadata: { user_id: 'somebody' },
  };
  const OF_RESPONSES: Readonly<Record<string, unknown>> = {
    model: MODEL,
    input: 'hi',
    instructions: 'Be brief.',
    max_output_tokens: 100,
    temperature: 0,
    top_p: 1,
    stream: false,
    tools: [{ type: 'function', name: 'look' }],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    text: { format: { type: 'text' } },
    reasoning: { effort: 'low' },
    service_tier: 'auto',
    user: 'somebody',
    safety_identifier: 'somebody',
    metadata: { user_id: 'somebody', tenant: 'other' },
  };
  const { messages: _, ...OPTIONS } = NATIVE;
  const TURNS: Readonly<Record<string, unknown>> = {
    ...OPTIONS,
    message: 'hi',
    tool_results: [],
    conversation_id: undefined,
    conversation_version: undefined,
    prompt: undefined,
    variables: undefined,
  };
  const asksIn = (path: string, text: string): object => {
    if (path === CONVERSATION) return { message: text, model: MODEL };
    if (path === RESPONSES) return { input: text, model: MODEL };
    return asks(text, { model: MODEL, ...(path === MESSAGES && { max_tokens: 100 }) });
  };
  const NAMES = new Set(['user_id', 'user', 'safety_identifier', 'metadata']);

  it.each([
    [COMPLETION, Object.keys(nativeRequest.shape), NATIVE],
    [CHAT, Object.keys(chatRequest.shape), CHATS],
    [MESSAGES, Object.keys(messagesRequest.shape), OF_ANTHROPIC],
    [RESPONSES, Object.keys(responsesRequest.shape), OF_RESPONSES],
    [CONVERSATION, Object.keys(nativeChat.shape), TURNS],
  ])(
    '%s: none makes its sender another tenant, and only a server’s makes it another user',
    async (path, fields, samples) => {
      expect(Object.keys(samples).sort()).toEqual([...fields].sort());
      for (const who of ['user', 'foreign user', 'server', 'admin'] as const) {
        const isUser = ROLES[who] === 'user';
        const tenant = who === 'foreign user' ? 'other' : 'acme';
        const keyId = here.ids.get(who);
        for (const field of fields) {
          const body = { ...asksIn(path, `${who} ${field}`), [field]: samples[field] };
          const reply = await here.running.post(path, body, here.headers(who));
          const isForbidden = isUser && field === 'user_id';
          expect([who, field, reply.status]).toEqual([who, field, isForbidden ? 403 : 200]);
          await reply.arrayBuffer();
          if (isForbidden) continue;
          const userId = isUser ? 'alice' : NAMES.has(field) ? 'somebody' : `key:${keyId}`;
          expect((await here.running.rows()).at(-1)).toMatchObject({ tenant, userId, keyId });
        }
      }
    },
  );

  it('of a key: for an admin alone, and each is what was sent', async () => {
    const samples: Readonly<Record<string, unknown>> = {
      tenant: 'school',
      user_id: 'zoe',
      role: 'user',
      tier: null,
      allowed_models: [MODEL],
      expires_at: '2099-01-01T00:00:00.000Z',
    };
    expect(Object.keys(newKey.shape).sort()).toEqual(Object.keys(samples).sort());
    for (const field of Object.keys(samples)) {
      const body = { tenant: 'acme', user_id: 'x', [field]: samples[field] };
      for (const who of ['nobody', 'user', 'server'] as const) {
        const reply = await here.running.post('/api/v1/admin/keys', body, here.headers(who));
        expect([who, field, reply.status]).toEqual([who, field, who === 'nobody' ? 401 : 403]);
      }
      const made = await (await here.running.post('/api/v1/admin/keys', body, here.headers('admin'))).json();
      expect(made).toMatchObject(body);
    }
    const { keys } = await here.running.service.keys.list({ tenant: 'acme', limit: 1_000 });
    expect(keys.filter(({ userId }) => userId === 'x')).toHaveLength(4);
  });

  it('that there is not: what reaches for more is refused to everybody, with its name', async () => {
    const fields = [
      'role',
      'tenant',
      'tenant_id',
      'user_role',
      'tier',
      'budget',
      'max_budget',
      'allowed_models',
      'allowed_routes',
    ];
    for (const who of ['user', 'server', 'admin', 'operator'] as const) {
      for (const path of [COMPLETION, CHAT, RESPONSES, MESSAGES, CONVERSATION]) {
        for (const field of fields) {
          const body = { ...asksIn(path, 'hi'), [field]: 'admin' };
          const reply = await here.running.post(path, body, here.headers(who));
          const { code, param } = failureIn(await reply.json());
          expect([who, path, reply.status, code, param]).toEqual([who, path, 400, 'unknown_parameter', field]);
        }
      }
    }
  });
});
