// The same stories of every official client on every family of vendors: what its user reads is what the vendor said, and what its user
// sends reaches the vendor, whichever wires lie between. One gateway for a file; a story that a family cannot tell asserts the refusal.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../gateway/start.ts';
import { type ClientKind, failureOf, type Tool, WAYS } from './client.ts';
import { FAMILIES, FAMILY_NAMES, type FamilyName } from './families.ts';
import { type Call, type Failing, type Said, USAGE } from './speech.ts';
import { Backdrop, Stage } from './stage.ts';
import type { Turn } from './vendor.ts';

const TEXT = 'One two three four five six seven eight.';
const THOUGHT = 'They want it twice. Once will do.';
const STATE = 'c3RhdGUgb2YgYSB0aG91Z2h0';
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';
const OSLO: Call = { id: 'call_1', name: 'weather', input: { city: 'Oslo' } };
const ROME: Call = { id: 'call_2', name: 'weather', input: { city: 'Rome' } };
const WEATHER: Tool = {
  name: 'weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};
const SCHEMA = {
  type: 'object',
  properties: { answer: { type: 'number' } },
  required: ['answer'],
  additionalProperties: false,
};

export function tellStories<M>(kind: ClientKind<M>, backdrop = new Backdrop()): Stage<M> {
  const stage = new Stage(kind, backdrop);
  describe.each(FAMILY_NAMES)('on %s', (family) => {
    tellOfTexts(stage, kind, family);
    tellOfTools(stage, family);
    tellOfThoughts(stage, kind, family);
    tellOfBrokenAnswers(stage, kind, family);
    tellOfVendorFailures(stage, kind, family);
  });
  tellOfRefusals(stage, kind);
  it('docs/clients.md says of it what is told here', () => {
    expect(CLIENTS_PAGE).toContain(
      `| ${[kind.name, ...FAMILY_NAMES.map((family) => cellOf(kind, family))].join(' | ')} |`,
    );
  });
  return stage;
}

const CLIENTS_PAGE = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');

/** What is not the same everywhere, in the words of the page. */
function cellOf<M>(kind: ClientKind<M>, family: FamilyName): string {
  const { showsReasoning, state, takesImages } = FAMILIES[family];
  const states = (['beside a text', 'on a call'] as const).flatMap((where) =>
    WAYS.map((way) => kind.carries(family, where, way)),
  );
  const words = [
    showsReasoning && kind.readsReasoning && 'thoughts',
    state !== null && states.includes(true) && (states.includes(false) ? 'state in part' : 'state'),
    takesImages && 'pictures',
  ].filter((word) => word !== false);
  return words.join(', ') || '–';
}

function tellOfTexts<M>(stage: Stage<M>, kind: ClientKind<M>, family: FamilyName): void {
  it('a text is the same whole and streamed, and so are its usage and its end', async () => {
    const usage = Object.fromEntries(kind.reads.map((figure) => [figure, USAGE[figure]]));
    for (const way of WAYS) {
      const { heard } = await stage.heard(family, way, { says: { text: TEXT } });
      expect(heard).toMatchObject({ text: TEXT, calls: [], finish: 'stop', usage });
      if (kind.readsRequestId) expect(heard.requestId).toMatch(/^req_/);
    }
  });

  it('an answer that was cut by its bound says so, and the bound reaches the vendor', async () => {
    for (const way of WAYS) {
      const { heard, seen } = await stage.heard(family, way, { says: { text: TEXT, isCut: true } }, { maxTokens: 321 });
      expect(heard).toMatchObject({ text: TEXT, finish: 'length' });
      expect(seen.maxTokens).toBe(321);
    }
  });

  it('JSON by a schema: the schema reaches the vendor, the JSON the user', async () => {
    for (const way of WAYS) {
      const tool = kind.schemaTool(family);
      const answer = { answer: 42 };
      const says =
        tool === null ? { text: JSON.stringify(answer) } : { calls: [{ id: 'call_1', name: tool, input: answer }] };
      const { heard, seen } = await stage.heard(family, way, { says }, { schema: SCHEMA });
      expect(JSON.parse(heard.text)).toEqual(answer);
      if (tool === null) expect(seen.format).toMatchObject({ properties: SCHEMA.properties });
      else expect(seen.tools).toEqual([tool]);
    }
  });

  it(`a picture by a data: URL ${FAMILIES[family].takesImages ? 'reaches the vendor' : 'is refused'}`, async () => {
    const client = stage.client();
    const messages = [client.user(stage.question(), `data:image/png;base64,${PICTURE}`)];
    if (!FAMILIES[family].takesImages) {
      const asked = stage.vendor(family).requests.length;
      const failure = await failureOf(client.whole(stage.ask(family, { messages })));
      expect(kind.failed(failure)).toMatchObject({ is: kind.classes[400], status: 400 });
      expect(stage.vendor(family).requests).toHaveLength(asked);
      return;
    }
    const { seen } = await stage.heard(family, 'whole', { says: { text: TEXT } }, { messages });
    expect(seen.images).toEqual([PICTURE]);
  });
}

function tellOfTools<M>(stage: Stage<M>, family: FamilyName): void {
  it.each([
    ['a call', [OSLO], ['rain']],
    ['two calls at once', [OSLO, ROME], ['rain', 'sun']],
  ] as const)('%s: whole and streamed, and what came of it goes back', async (_what, calls, texts) => {
    const client = stage.client();
    for (const way of WAYS) {
      const tools = [WEATHER];
      const { question, heard, seen } = await stage.heard(family, way, { says: { calls } }, { tools });
      expect(heard).toMatchObject({ text: '', finish: 'tool_calls' });
      expect(heard.calls).toEqual(calls);
      expect(seen.tools).toEqual(['weather']);
      const messages = [...question.messages, ...heard.said, ...client.results(heard.calls, texts)];
      const next = await stage.heard(family, way, { says: { text: TEXT } }, { messages, tools });
      expect(next.heard).toMatchObject({ text: TEXT, finish: 'stop' });
      expect(next.seen.calls).toEqual(calls);
      expect(next.seen.results).toEqual(calls.map(({ id }, index) => ({ id, text: texts[index] })));
    }
  });
}

function tellOfThoughts<M>(stage: Stage<M>, kind: ClientKind<M>, family: FamilyName): void {
  const { showsReasoning, state } = FAMILIES[family];
  const shown = showsReasoning && kind.readsReasoning ? THOUGHT : '';
  const says = (more: Said): Turn => ({
    says: { reasoning: THOUGHT, ...(state !== null && { state: STATE }), ...more },
  });

  it('a thought is shown where it is told, and its state goes back with the next turn', async () => {
    const client = stage.client();
    for (const way of WAYS) {
      const carried = state !== null && kind.carries(family, 'beside a text', way);
      const { question, heard } = await stage.heard(family, way, says({ text: TEXT }));
      expect(heard).toMatchObject({ text: TEXT, reasoning: shown, finish: 'stop' });
      const messages = [...question.messages, ...heard.said, client.user('And then?')];
      const { seen } = await stage.heard(family, way, { says: { text: TEXT } }, { messages });
      expect(seen.states.filter((sent) => sent === STATE)).toEqual(carried ? [STATE] : []);
    }
  });

  it.skipIf(state === null)(
    'a thought that is hidden is shown to nobody, and its state goes back all the same',
    async () => {
      const client = stage.client();
      for (const way of WAYS) {
        const turn = { says: { state: STATE, text: TEXT } };
        const { question, heard } = await stage.heard(family, way, turn);
        expect(heard).toMatchObject({ text: TEXT, reasoning: '' });
        const messages = [...question.messages, ...heard.said, client.user('And then?')];
        const { seen } = await stage.heard(family, way, { says: { text: TEXT } }, { messages });
        const carried = kind.carries(family, 'beside a text', way);
        expect(seen.states.filter((sent) => sent === STATE)).toEqual(carried ? [STATE] : []);
      }
    },
  );

  it.each([
    ['a call', [OSLO], ['rain']],
    ['two calls at once', [OSLO, ROME], ['rain', 'sun']],
  ] as const)('a thought before %s: its state goes back with what came of it', async (_what, calls, texts) => {
    const client = stage.client();
    for (const way of WAYS) {
      const carried = state !== null && kind.carries(family, 'on a call', way);
      const tools = [WEATHER];
      const { question, heard } = await stage.heard(family, way, says({ calls }), { tools });
      expect(heard).toMatchObject({ reasoning: shown, finish: 'tool_calls' });
      const messages = [...question.messages, ...heard.said, ...client.results(heard.calls, texts)];
      const { seen } = await stage.heard(family, way, { says: { text: TEXT } }, { messages, tools });
      expect(seen.calls).toEqual(calls);
      expect(seen.states.filter((sent) => sent === STATE)).toEqual(carried ? [STATE] : []);
    }
  });
}

function tellOfBrokenAnswers<M>(stage: Stage<M>, kind: ClientKind<M>, family: FamilyName): void {
  it('a stream that stops in the middle is an error, never a short answer', async () => {
    stage.vendor(family).next({ says: { text: TEXT }, ends: 'cut' });
    let pieces = 0;
    const failure = await failureOf(stage.client().stream(stage.ask(family, { onText: () => pieces++ })));
    expect(pieces).toBeGreaterThan(0);
    const code = kind.readsStreamCode ? 'stream_broken' : null;
    expect(kind.failed(failure)).toEqual({ is: kind.classes['in a stream'], status: null, code });
  });

  it.each(WAYS)('a client that leaves takes the vendor’s connection with it (%s)', async (way) => {
    const vendor = stage.vendor(family);
    const asked = vendor.requests.length;
    vendor.next({ says: { text: TEXT }, ends: 'never' });
    const leaving = new AbortController();
    const onText = () => leaving.abort();
    const failing = failureOf(stage.client()[way](stage.ask(family, { signal: leaving.signal, onText })));
    if (way === 'whole') {
      await until(() => vendor.requests.length > asked, 'the vendor to be asked');
      leaving.abort();
    }
    await failing;
    await vendor.requests.at(-1)?.left;
    expect(leaving.signal.aborted).toBe(true);
    expect(vendor.requests).toHaveLength(asked + 1);
  });
}

const OF_VENDORS: readonly (readonly [Failing, 429 | 502 | 503, string])[] = [
  ['rate limited', 429, 'provider_rate_limited'],
  ['wrong key', 502, 'provider_auth'],
  ['broken', 503, 'provider_overloaded'],
  ['overloaded', 503, 'provider_overloaded'],
];

function tellOfVendorFailures<M>(stage: Stage<M>, kind: ClientKind<M>, family: FamilyName): void {
  it.each(OF_VENDORS)(
    'a vendor that answers "%s": its own class, with our status and code',
    async (fails, status, code) => {
      for (const way of WAYS) {
        stage.vendor(family).next({ fails });
        const failure = await failureOf(stage.client()[way](stage.ask(family)));
        stage.families.waitForVendor();
        expect(kind.failed(failure)).toEqual({ is: kind.classes[status], status, code });
      }
    },
  );

  if (kind.obeysShouldRetry)
    it('what no retry mends is asked once, however patient the client', async () => {
      const asked = stage.vendor(family).requests.length;
      stage.vendor(family).next({ fails: 'wrong key' });
      await failureOf(stage.client('alice', 2).whole(stage.ask(family)));
      expect(stage.vendor(family).requests).toHaveLength(asked + 1);
    });
}

function tellOfRefusals<M>(stage: Stage<M>, kind: ClientKind<M>): void {
  it.each([
    ['a field that is wrong', 'alice', { tools: [{ ...WEATHER, name: 'no such name!' }] }, 400, 'invalid_request'],
    ['a key that was never given', 'wrong', {}, 401, 'unauthenticated'],
    ['a budget that is spent', 'poor', {}, 402, 'budget_exceeded'],
    ['a model that the key may not ask', 'barred', {}, 403, 'permission_denied'],
    ['a model that is none', 'alice', { model: 'no-such-model' }, 404, 'model_not_found'],
  ] as const)('%s: the client’s own class, and no vendor is asked', async (_what, who, more, status, code) => {
    const asked = stage.vendor('groq').requests.length;
    for (const way of WAYS) {
      const failure = await failureOf(stage.client(who, 2)[way](stage.ask('groq', more)));
      expect(kind.failed(failure)).toEqual({ is: kind.classes[status], status, code });
    }
    expect(stage.vendor('groq').requests).toHaveLength(asked);
  });

  it('a window that is used up: the client’s own class for it', async () => {
    const ask = (retries: number) => stage.client('hasty', retries).whole(stage.ask('groq'));
    await failureOf(ask(0));
    expect(kind.failed(await failureOf(ask(0)))).toEqual({ is: kind.classes[429], status: 429, code: 'rate_limited' });
  });

  it('tools and pictures are refused for a server that takes none', async () => {
    const client = stage.client();
    const picture = client.user('Look.', `data:image/png;base64,${PICTURE}`);
    for (const more of [{ tools: [WEATHER] }, { messages: [picture] }]) {
      const failure = await failureOf(client.whole(stage.ask(null, more)));
      expect(kind.failed(failure)).toMatchObject({ is: kind.classes[400], status: 400, code: 'invalid_request' });
    }
  });
}
