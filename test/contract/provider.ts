// What every provider keeps. A codec is held to it by recorded or written answers, each whole and as a stream of the same answer:
// however the bytes are cut into pieces the answer is the same, and however the stream is cut short it is never a short answer.
//
// A folder of fixtures holds, for each answer, `name.json` ({"whole": the vendor's body, "answer": what it is in our words}) and
// `name.sse`; `errors.json` (a list of {name, status, headers, body, code}); and `broken/name.code.sse`, streams that must end in
// an error of that code.

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, LLMError } from '../../src/core/errors.ts';
import { type AnswerEvent, Collector, collect, replay } from '../../src/core/events.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Direct, ErrorReply, Frame, HttpCodec, LLMProvider, ReplyHeaders } from '../../src/core/provider.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import { FrameParser } from '../../src/transport/frames.ts';
import { seededRandom } from '../faults/seeded-random.ts';

export interface AnswerFixture {
  readonly name: string;
  readonly whole: Json;
  readonly stream: string;
  /** What must come out, of the whole and of the stream; what is left out is not compared. */
  readonly answer: Partial<Answer>;
}

export interface ErrorFixture {
  readonly name: string;
  readonly status: number;
  readonly headers?: ReplyHeaders;
  /** Text as it is, anything else as JSON. */
  readonly body: Json;
  readonly code: ErrorCode;
  readonly retryAfterMs?: number;
}

export interface BrokenStream {
  readonly name: string;
  readonly stream: string;
  readonly code: ErrorCode;
}

export interface ProviderFixtures {
  readonly answers: readonly AnswerFixture[];
  readonly errors: readonly ErrorFixture[];
  readonly broken: readonly BrokenStream[];
}

export interface ProviderContract {
  /** With a key of the right form; CANARY_KEY is one that is found wherever it leaks. */
  readonly create: (apiKey: string) => LLMProvider;
  /** One that can do all that the provider can. */
  readonly model: string;
  readonly fixtures: ProviderFixtures;
  /** Knobs of FULL_REQUEST beside KNOBS that this vendor lacks: how the warnings of them begin. */
  readonly otherKnobs?: readonly string[];
}

export const CANARY_KEY = 'gsk_canary0key0that0must0stay0here';

export function readFixtures(folder: URL): ProviderFixtures {
  const path = fileURLToPath(folder);
  const read = (file: string) => readFileSync(join(path, file), 'utf8');
  const answers = globSync('*.sse', { cwd: path })
    .sort()
    .map((file) => {
      const name = basename(file, '.sse');
      return { name, stream: read(file), ...JSON.parse(read(`${name}.json`)) };
    });
  const broken = globSync('broken/*.sse', { cwd: path })
    .sort()
    .map((file) => {
      const [name = '', code = ''] = basename(file, '.sse').split('.');
      if (!isErrorCode(code)) throw new Error(`${file} names no code of the table`);
      return { name, code, stream: read(file) };
    });
  return { answers, broken, errors: JSON.parse(read('errors.json')) };
}

export function testProvider(name: string, { create, model, fixtures, otherKnobs = [] }: ProviderContract): void {
  const provider = create(CANARY_KEY);
  const codec = codecOf(provider);

  describe(`the provider ${name}`, () => {
    it('bears the name it is registered under', () => {
      expect(provider.id).toBe(name);
      expect(fixtures.answers.length).toBeGreaterThan(0);
      expect(fixtures.errors.length).toBeGreaterThan(0);
    });
    for (const fixture of fixtures.answers) testAnswer(codec, fixture);
    for (const broken of fixtures.broken) {
      it(`ends the stream "${broken.name}" in ${broken.code}`, () => {
        expect(thrownBy(() => decodeStream(codec, bytesOf(broken.stream)))).toMatchObject({ code: broken.code });
      });
    }
    testErrors(codec, fixtures.errors);
    testEncoding(codec, model, otherKnobs);
  });
}

function testAnswer(codec: HttpCodec, { name, whole, stream, answer }: AnswerFixture): void {
  describe(`reading "${name}"`, () => {
    const decoded = () => essenceOf(codec.decode(whole, {}));

    it('makes of the whole answer what it is', () => {
      expect(codec.decode(whole, {})).toMatchObject(answer);
      // Matching looks at what is expected only: a part too many must be seen too.
      if (answer.parts !== undefined) expect(codec.decode(whole, {}).parts).toEqual(answer.parts);
    });

    it('makes the same of its stream, in whatever pieces and with whatever line ends it comes', () => {
      const wanted = decoded();
      for (const text of [stream, stream.replaceAll('\n', '\r\n'), stream.replaceAll('\n', '\r')]) {
        for (const split of splits()) {
          expect(essenceOf(decodeStream(codec, bytesOf(text), split)), split.name).toEqual(wanted);
        }
      }
    });

    it('keeps the order of events', () => {
      expect(grammarFault(eventsOfStream(codec, bytesOf(stream)))).toBeNull();
    });

    it('loses nothing when it is replayed and collected', () => {
      const read = decodeStream(codec, bytesOf(stream));
      expect(collect(replay(read))).toEqual(read);
      expect(collect(replay(codec.decode(whole, {})))).toEqual(codec.decode(whole, {}));
    });

    it('never makes a short answer of a stream that was cut, wherever it was cut', () => {
      const bytes = bytesOf(stream);
      for (let end = 0; end < bytes.length; end++) {
        expect(shortAnswer(codec, framesOf(bytes.subarray(0, end)), decoded()), `cut after ${end} bytes`).toBeNull();
      }
    });
  });
}

function testErrors(codec: HttpCodec, errors: readonly ErrorFixture[]): void {
  for (const { name, status, headers = {}, body, code, retryAfterMs } of errors) {
    it(`calls "${name}" (${status}) ${code}`, () => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const error = codec.decodeError({ status, headers, body: text });
      expect(error).toMatchObject({ code, detail: { providerStatus: status } });
      expect(error.retryAfterMs).toBe(retryAfterMs ?? null);
    });
  }

  it('makes an error of any status and any body, and passes nothing of the body on', () => {
    const canary = 'canary body: <b>secret</b>';
    const bodies = [
      ...['', canary, `<html>${canary}</html>`, '[', 'null', '[]', '7', `"${canary}"`, '{"error":null}', '{"error":7}'],
      JSON.stringify({ error: canary, message: canary }),
      JSON.stringify({ error: { message: canary, code: canary, type: canary, param: canary } }),
      JSON.stringify({ error: { message: [canary], code: { canary }, type: 7, param: null } }),
      '{"error":'.repeat(5_000),
    ];
    for (let status = 100; status < 600; status++) {
      for (const body of bodies) {
        const error = codec.decodeError({ status, headers: {}, body });
        expect(isErrorCode(error.code)).toBe(true);
        expect(`${error.message} ${JSON.stringify(error.detail)}`).not.toContain('canary');
      }
    }
  });

  it('makes null or a wait of at most a day of any headers, where it reads what is left', () => {
    const values = [
      '0',
      '',
      '-1',
      '1e9',
      'NaN',
      '5s',
      '24h0m0s',
      '99999999h',
      '2026-13-45T99:00:00Z',
      'x'.repeat(10_000),
    ];
    const names = RATE_LIMIT_HEADERS.flatMap((prefix) => ['limit', 'remaining', 'reset'].map((of) => prefix(of)));
    for (const value of values) {
      for (const remaining of ['0', value]) {
        const headers = Object.fromEntries(names.map((name) => [name, name.includes('remaining') ? remaining : value]));
        const forMs = codec.drainedForMs?.(headers) ?? null;
        if (forMs !== null) expect(forMs).toSatisfy((ms: number) => ms >= 0 && ms <= 86_400_000);
      }
    }
    expect(codec.drainedForMs?.({}) ?? null).toBeNull();
  });

  it('lets a retry after a 429, a 503 and a 529 go on, and after a 400 not', () => {
    const ruleOf = (status: number) => codec.decodeError({ status, headers: {}, body: '' }).rule;
    for (const status of [429, 500, 502, 503, 529]) expect(ruleOf(status).retry).toBe(true);
    for (const status of [400, 401, 403, 413, 422]) expect(ruleOf(status).retry).toBe(false);
  });
}

/** As the vendors call them. */
const RATE_LIMIT_HEADERS: readonly ((of: string) => string)[] = [
  (of) => `x-ratelimit-${of}-requests`,
  (of) => `x-ratelimit-${of}-tokens`,
  (of) => `anthropic-ratelimit-requests-${of}`,
  (of) => `anthropic-ratelimit-tokens-${of}`,
];

/** Every text is one that stands nowhere else, so that finding it in the body means that it was sent. */
export const FULL_REQUEST: FittedRequest = {
  systemPrompt: 'text of the system prompt',
  messages: [
    { role: 'system', content: 'text of a system message' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'text of a question' },
        { type: 'image', url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'text of a thought' },
        { type: 'text', text: 'text of an answer' },
        { type: 'tool-call', toolCallId: 'call_of_a_tool', name: 'run_code', argumentsText: '{"code":"print(1)"}' },
      ],
    },
    { role: 'tool', toolCallId: 'call_of_a_tool', content: 'text of a result' },
    { role: 'user', content: 'text of another question' },
  ],
  temperature: 0.125,
  maxTokens: 4321,
  topP: 0.875,
  seed: 987_654,
  stop: ['text to stop at'],
  tools: [
    {
      name: 'run_code',
      description: 'text about the tool',
      parameters: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] },
    },
  ],
  toolChoice: { name: 'run_code' },
  parallelToolCalls: false,
  responseFormat: { type: 'text' },
  reasoningEffort: 'high',
  serviceTier: 'flex',
  embedding: null,
  providerOptions: {},
};

export const SCHEMA_REQUEST: FittedRequest = {
  ...FULL_REQUEST,
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  responseFormat: {
    type: 'json-schema',
    name: 'name_of_the_schema',
    schema: {
      type: 'object',
      properties: { property_of_the_schema: { type: 'string' } },
      required: ['property_of_the_schema'],
      additionalProperties: false,
    },
    strict: true,
  },
};

const CONTENT = [
  ...[
    'text of the system prompt',
    'text of a system message',
    'text of a question',
    'iVBORw0KGgo=',
    'text of an answer',
  ],
  ...['call_of_a_tool', 'print(1)', 'text of a result', 'text of another question'],
];
const TOOLS = ['run_code', 'text about the tool', '"code":{"type":"string"}'];
const SCHEMA = ['property_of_the_schema'];
/** A provider may lack these, but not silently. */
const KNOBS = ['0.125', '4321', '0.875', '987654', 'text to stop at', '"high"', '"flex"'];
/** Warnings of knobs that have no value of their own by which they could be found in the text. */
const UNSEEN_KNOB = /^(parallel_tool_calls|image_detail) /;

function testEncoding(codec: HttpCodec, model: string, otherKnobs: readonly string[]): void {
  it.each([
    ['tools', FULL_REQUEST, [...CONTENT, ...TOOLS]],
    ['a JSON schema', SCHEMA_REQUEST, [...CONTENT, ...SCHEMA]],
  ])('sends all of a request with %s, and warns of each knob that it leaves out', (_what, request, wanted) => {
    const { body, warnings } = codec.encode(request, model, true);
    const text = JSON.stringify(body);
    for (const marker of wanted) expect(text.replaceAll('\\"', '"')).toContain(marker);
    const isOther = ({ message }: { readonly message: string }) =>
      UNSEEN_KNOB.test(message) || otherKnobs.some((knob) => message.startsWith(knob));
    const seen = warnings.filter((warning) => !isOther(warning));
    expect(KNOBS.filter((knob) => !text.includes(knob)).length).toBe(seen.length);
  });

  it('makes the same of the same request, and leaves the request alone', () => {
    const request = frozen(structuredClone(FULL_REQUEST));
    for (const stream of [true, false]) {
      expect(codec.encode(request, model, stream)).toEqual(codec.encode(request, model, stream));
    }
  });

  it('puts the key into the headers and nowhere else', () => {
    const { headers, ...rest } = codec.encode(FULL_REQUEST, model, true);
    expect(JSON.stringify(headers)).toContain(CANARY_KEY);
    expect(JSON.stringify(rest)).not.toContain(CANARY_KEY);
  });
}

/** What a provider without a wire keeps. */
export function testDirectProvider(name: string, create: () => LLMProvider, model: string): void {
  const ask = (request: FittedRequest, signal?: AbortSignal) => eventsOfDirect(create(), request, model, signal);

  describe(`the provider ${name}`, () => {
    it('bears the name it is registered under', () => {
      expect(create().id).toBe(name);
    });

    it.each([
      ['a question', { ...FULL_REQUEST, tools: [], toolChoice: null }],
      ['a tool that must be called', FULL_REQUEST],
      ['a JSON schema', SCHEMA_REQUEST],
    ])('keeps the order of events for %s, and ends its answer', async (_what, request) => {
      const events = await ask(request);
      expect(grammarFault(events)).toBeNull();
      const answer = collect(events);
      expect(answer?.parts).not.toEqual([]);
      expect(answer === null ? null : collect(replay(answer))).toEqual(answer);
    });

    it('leaves the request alone', async () => {
      const request = frozen(structuredClone(FULL_REQUEST));
      await expect(ask(request)).resolves.not.toEqual([]);
    });

    it('stops when nobody waits any more', async () => {
      await expect(ask(FULL_REQUEST, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    });
  });
}

// --- what the suites of recorded traffic use too --------------------------------------------------------------------

export interface Split {
  readonly name: string;
  readonly sizes: () => number;
}

/** The ways in which bytes are handed over. */
export function splits(seed = 20_261_122): readonly Split[] {
  const random = seededRandom(seed);
  return [
    { name: 'all at once', sizes: () => Number.POSITIVE_INFINITY },
    { name: 'byte by byte', sizes: () => 1 },
    { name: 'in pieces of 7 bytes', sizes: () => 7 },
    { name: `in random pieces (seed ${seed})`, sizes: () => 1 + Math.floor(random() * 97) },
  ];
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function framesOf(bytes: Uint8Array, split?: Split): readonly Frame[] {
  const frames: Frame[] = [];
  const parser = new FrameParser((frame) => frames.push(frame));
  const size = split?.sizes ?? (() => bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + size());
    parser.push(bytes.subarray(at, end));
    at = end;
  }
  parser.end();
  return frames;
}

export function eventsOf(codec: HttpCodec, frames: readonly Frame[]): readonly AnswerEvent[] {
  const events: AnswerEvent[] = [];
  const decoder = codec.decodeStream();
  const emit = (event: AnswerEvent) => events.push(event);
  for (const frame of frames) decoder.frame(frame, emit);
  decoder.end(emit);
  return events;
}

function eventsOfStream(codec: HttpCodec, bytes: Uint8Array): readonly AnswerEvent[] {
  return eventsOf(codec, framesOf(bytes));
}

export async function eventsOfDirect(
  provider: LLMProvider,
  request: FittedRequest,
  model: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  const listener = { warn: () => {}, wanted: () => null };
  await directOf(provider).answer(request, model, (event) => events.push(event), signal, listener);
  return events;
}

export function answerOf(events: readonly AnswerEvent[]): Answer {
  const collector = new Collector();
  for (const event of events) collector.add(event);
  const answer = collector.answer();
  if (answer === null) throw new Error('The stream ended without its answer-end and without an error');
  return answer;
}

export function decodeStream(codec: HttpCodec, bytes: Uint8Array, split?: Split): Answer {
  return answerOf(eventsOf(codec, framesOf(bytes, split)));
}

/** What stream and whole must have in common. */
export function essenceOf({ parts, finishReason, finishReasonRaw, usage }: Answer) {
  return { parts, finishReason, finishReasonRaw, usage };
}

/** Decodes what came before a cut. Null: it ended in an error, or in the whole answer with a note that its marker is missing. */
export function shortAnswer(
  codec: HttpCodec,
  frames: readonly Frame[],
  whole: ReturnType<typeof essenceOf>,
): string | null {
  let answer: Answer;
  try {
    answer = answerOf(eventsOf(codec, frames));
  } catch (thrown) {
    return thrown instanceof LLMError ? null : `threw ${thrown}`;
  }
  const { parts, finishReason, finishReasonRaw } = essenceOf(answer);
  const isWhole =
    JSON.stringify({ parts, finishReason, finishReasonRaw }) ===
    JSON.stringify({ parts: whole.parts, finishReason: whole.finishReason, finishReasonRaw: whole.finishReasonRaw });
  if (!isWhole) return `took ${JSON.stringify({ parts, finishReason })} for the whole answer`;
  return answer.providerMetadata['missing_terminal'] === 1 ? null : 'said nothing of the missing marker';
}

/**
 * What is wrong with the order of events; null when nothing is. Calls may be open side by side and beside anything else; reasoning
 * is closed before anything else follows.
 */
export function grammarFault(events: readonly AnswerEvent[]): string | null {
  const faults: string[] = [];
  const begunCalls = new Set<string>();
  /** With what their starts told of their state. */
  const openCalls = new Map<string, JsonObject | undefined>();
  let isReasoning = false;
  for (const [index, event] of events.entries()) {
    const expected = (isSo: boolean, otherwise: string) => {
      if (!isSo) faults.push(`${index}: ${event.type} ${otherwise}`);
    };
    expected((event.type === 'answer-start') === (index === 0), 'in the wrong place');
    expected((event.type === 'answer-end') === (index === events.length - 1), 'is not the end');
    const { type } = event;
    if (type !== 'reasoning-delta' && type !== 'reasoning-end' && type !== 'usage-told') {
      expected(!isReasoning, 'while reasoning is open');
    }
    switch (event.type) {
      case 'text-delta':
        expected(event.text !== '', 'is empty');
        break;
      case 'reasoning-delta':
        isReasoning = true;
        break;
      case 'reasoning-end':
        expected(isReasoning, 'while none is open');
        isReasoning = false;
        break;
      case 'tool-call-start':
        expected(!begunCalls.has(event.toolCallId), 'of a call that was begun before');
        begunCalls.add(event.toolCallId);
        openCalls.set(event.toolCallId, event.providerData);
        break;
      case 'tool-call-delta':
        expected(openCalls.has(event.toolCallId), 'of a call that is not open');
        break;
      case 'tool-call-end': {
        const told = openCalls.get(event.toolCallId);
        expected(openCalls.delete(event.toolCallId), 'of a call that is not open');
        expected(told === undefined || isDeepStrictEqual(told, event.providerData), 'without the state of its start');
        break;
      }
      case 'answer-end':
        expected(openCalls.size === 0, 'while a call is open');
        break;
    }
  }
  return faults.length === 0 ? null : faults.join('\n');
}

export function thrownBy(action: () => unknown): unknown {
  try {
    return `nothing was thrown: ${JSON.stringify(action())}`;
  } catch (thrown) {
    return thrown;
  }
}

export function codecOf(provider: LLMProvider): HttpCodec {
  if (provider.transport.kind !== 'http') throw new Error(`${provider.id} does not speak HTTP`);
  return provider.transport;
}

function directOf(provider: LLMProvider): Direct {
  if (provider.transport.kind !== 'direct') throw new Error(`${provider.id} does not answer in this process`);
  return provider.transport;
}

export function replyOf(status: number, body: Json, headers: ReplyHeaders = {}): ErrorReply {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}
