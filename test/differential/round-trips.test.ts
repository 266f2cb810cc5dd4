// What a vendor says of its own state comes back to it word for word with the next turn, whoever kept the conversation in between: a
// client of any dialect, which sends back what it was given, or the service itself; and also where the answer came from the cache.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayAt, isObject, type JsonObject, objectAt, parsedJson, stringAt } from '../../src/core/json.ts';
import { COMPLETION, eventsIn } from '../gateway/start.ts';
import { hasRecordings } from '../providers/recorded.ts';
import { EXCHANGES, type Exchange } from './exchanges.ts';
import type { Sdk } from './official-sdks.ts';
import { type SideBySide, startSideBySide } from './side-by-side.ts';
import { stateSentTo, stateToldBy } from './vendor-state.ts';

let sides: SideBySide;
beforeAll(async () => {
  if (hasRecordings) sides = await startSideBySide();
});
afterAll(() => sides?.[Symbol.asyncDispose]());

const question = { role: 'user', content: 'What was recorded?' };
const next = { role: 'user', content: 'And what came then?' };

/** The next turn, as each client's documentation says to make it of the answer. */
const NEXT_TURNS: {
  readonly [sdk in 'openai' | 'anthropic' | 'openai responses']: (answer: JsonObject) => JsonObject;
} = {
  openai: (answer) => {
    const message = objectAt(arrayAt(answer, 'choices')?.[0], 'message') ?? {};
    return { messages: [question, message, ...resultsOf(message)] };
  },
  anthropic: (answer) => {
    const content = arrayAt(answer, 'content') ?? [];
    const results = content.flatMap((block) =>
      stringAt(block, 'type') === 'tool_use'
        ? [{ type: 'tool_result', tool_use_id: stringAt(block, 'id'), content: 'Done.' }]
        : [],
    );
    const said = results.length > 0 ? { role: 'user', content: results } : next;
    return { messages: [question, { role: 'assistant', content }, said], max_tokens: 4_000 };
  },
  'openai responses': (answer) => {
    const output = arrayAt(answer, 'output') ?? [];
    const results = output.flatMap((item) =>
      stringAt(item, 'type') === 'function_call'
        ? [{ type: 'function_call_output', call_id: stringAt(item, 'call_id'), output: 'Done.' }]
        : [],
    );
    return { input: [question, ...output, ...(results.length > 0 ? results : [next])] };
  },
};

function resultsOf(message: JsonObject): readonly JsonObject[] {
  const calls = arrayAt(message, 'tool_calls') ?? [];
  if (calls.length === 0) return [next];
  return calls.map((call) => ({ role: 'tool', tool_call_id: stringAt(call, 'id'), content: 'Done.' }));
}

const tally = new Map<string, number>();
const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

/** What the vendor is asked with the turn after this one. */
type Keeper = (exchange: Exchange) => Promise<JsonObject>;

function keptBy(sdk: Sdk, nextTurn: (answer: JsonObject) => JsonObject): Keeper {
  return async (exchange) => {
    const { body } = await sides.through(exchange, sdk);
    const stream = exchange.recording.stream !== null;
    const { sent, failure } = await sides.through(exchange, sdk, { ...nextTurn(body), ...(stream && { stream }) });
    return sent ?? { refused: failure?.message };
  };
}

/** An answer of the native API, whole or put together from its events. */
async function answered(
  { recording, openAiApi, model }: Exchange,
  path: string,
  asks: JsonObject,
): Promise<JsonObject> {
  const stream = recording.stream !== null;
  sides.replay.play(recording);
  const reply = await sides.gateways[openAiApi].post(path, { model, stream, max_tokens: 4_000, ...asks });
  const text = await reply.text();
  sides.skip(recording);
  if (!stream || reply.status !== 200) return objectOf(text);
  const events = eventsIn(text).map(({ data }) => objectOf(data));
  const content = events.map((event) => (event['type'] === 'text-delta' ? stringAt(event, 'text') : '')).join('');
  return { ...events.at(-1), content };
}

function objectOf(text: string): JsonObject {
  const value = parsedJson(text);
  return isObject(value) ? value : {};
}

/** By a client that keeps the conversation, from an answer that was made for another before. */
const keptByNativeClient: Keeper = async (exchange) => {
  const asked = { role: 'user', content: `What was recorded in ${exchange.recording.file}?` };
  await answered(exchange, COMPLETION, { messages: [asked] });
  const answer = await answered(exchange, COMPLETION, { messages: [asked] });
  count(
    answer['cached'] === true ? 'of them from the cache' : 'of them anew, for only what has ended by itself is kept',
  );
  const { content, reasoning, reasoning_details, tool_calls } = answer;
  const said = {
    role: 'assistant',
    content,
    ...(reasoning_details ? { reasoning_details } : { reasoning }),
    tool_calls,
  };
  await answered(exchange, COMPLETION, { messages: [asked, said, ...resultsOf(answer)], cache: 'off' });
  return sides.replay.asked[0] ?? answer;
};

const keptByTheService: Keeper = async (exchange) => {
  const answer = await answered(exchange, '/api/v1/llm/chat', { message: `What is in ${exchange.recording.file}?` });
  const { conversation_id } = answer;
  const results = (arrayAt(answer, 'tool_calls') ?? []).map((call) => ({
    tool_call_id: stringAt(call, 'id'),
    content: 'Done.',
  }));
  await answered(exchange, '/api/v1/llm/chat', {
    conversation_id,
    ...(results.length > 0 ? { tool_results: results } : { message: next.content }),
  });
  return sides.replay.asked[0] ?? answer;
};

const KEEPERS: readonly (readonly [who: string, Keeper])[] = [
  ...(['openai', 'anthropic', 'openai responses'] as const).map((sdk) => [sdk, keptBy(sdk, NEXT_TURNS[sdk])] as const),
  ['a client of the native API', keptByNativeClient],
  ['the service', keptByTheService],
];

/** Its streamed input is no JSON, so Anthropic's clients cannot read it; nobody can ask for one here. */
const CUSTOM_TOOL = /tools-stream\/ai--openai-custom-tool/;

/** What no recording has: a thought that Anthropic hides, before one that it shows. */
const HIDDEN: Exchange = {
  recording: {
    file: 'a hidden thought, as Anthropic documents it',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    status: 200,
    headers: {},
    request: null,
    stream: null,
    body: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [
        { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP' },
        { type: 'thinking', thinking: 'Now in the open.', signature: 'EroBCkYIARgCKkBQ1ExmPHjhT5ZK9wq==' },
        { type: 'text', text: 'There.' },
      ],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 9 },
    },
  },
  sdk: 'anthropic',
  openAiApi: 'chat',
  model: 'anthropic/claude-sonnet-4-5',
};

describe.skipIf(!hasRecordings)('the state of a vendor comes back to it as it gave it', () => {
  const answers = [...EXCHANGES, HIDDEN].filter(({ recording }) => recording.status === 200);
  it.each(answers.map((exchange) => [exchange.recording.file, exchange] as const))('%s', async (_, exchange) => {
    const straight = await sides.straight(exchange);
    const told = straight.failure === null ? stateToldBy(exchange, straight) : [];
    if (told.length === 0) count('answers without a state');
    if (told.length === 0) return;
    for (const [who, asksOn] of KEEPERS) {
      if (who === 'anthropic' && CUSTOM_TOOL.test(exchange.recording.file)) continue;
      const sent = await asksOn(exchange);
      expect([who, stateSentTo(exchange, sent), sent['refused']]).toEqual([who, told, undefined]);
      count(`kept by ${who}`);
    }
  });

  it('in so many conversations', () => {
    console.log(`states of vendors that came back: ${JSON.stringify(Object.fromEntries(tally), null, 1)}`);
    const turns = [...tally].reduce((sum, [what, times]) => (what.startsWith('kept by') ? sum + times : sum), 0);
    expect(readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')).toContain(
      `in ${turns} conversations`,
    );
    expect(Object.fromEntries(tally)).toEqual({
      'answers without a state': 125,
      'kept by openai': 71,
      'kept by anthropic': 70,
      'kept by openai responses': 71,
      'kept by a client of the native API': 71,
      'of them from the cache': 44,
      'of them anew, for only what has ended by itself is kept': 27,
      'kept by the service': 71,
    });
  });
});
