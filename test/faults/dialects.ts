// The four dialects that clients speak to the gateway, each read as strictly as its grammar can be: exactly one last event, nothing
// after it, every event whole. What is read is the same for all of them, so that one story can be told of all.

import { expect } from 'vitest';
import { z } from 'zod';
import { readMessage } from '../gateway/message-reader.ts';
import { CHAT, COMPLETION, eventsIn } from '../gateway/start.ts';

export interface Told {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly argumentsText: string }[];
  readonly model: string | null;
  /** It ended as whole; else it ended in an error. */
  readonly isWhole: boolean;
  readonly code: string | null;
  readonly attempts: readonly (readonly [model: string, outcome: string, code: string | null])[];
}

export interface Dialect {
  readonly id: 'native' | 'openai' | 'responses' | 'anthropic';
  readonly path: string;
  body(model: string, stream: boolean, text?: string): object;
  readStream(text: string): Told;
  readWhole(body: unknown): Told;
}

const attempt = z.object({ model: z.string(), outcome: z.string(), code: z.string().nullable() });
const attempts = z
  .array(attempt)
  .transform((list) => list.map(({ model, outcome, code }) => [model, outcome, code] as const));
const xGateway = z.object({ attempts });
const callShape = z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) });
const failureShape = z.looseObject({
  error: z.looseObject({ code: z.string().optional(), details: z.object({ error_code: z.string() }).optional() }),
  attempts: attempts.optional(),
  x_gateway: xGateway.optional(),
});
type Call = Told['calls'][number];
const callOf = ({ id, function: { name, arguments: argumentsText } }: z.infer<typeof callShape>): Call => ({
  id,
  name,
  argumentsText,
});

function failureOf(body: unknown, said: Partial<Told> = {}): Told {
  const { error, attempts: own, x_gateway: beside } = failureShape.parse(body);
  const code = error.details?.error_code ?? error.code ?? null;
  return { text: '', calls: [], model: null, ...said, isWhole: false, code, attempts: own ?? beside?.attempts ?? [] };
}

const isFailure = (body: unknown): boolean => failureShape.safeParse(body).success;

const user = (text: string) => [{ role: 'user', content: text }];

const native: Dialect = {
  id: 'native',
  path: COMPLETION,
  body: (model, stream, text = 'Why?') => ({ model, stream, messages: user(text), max_tokens: 100 }),
  readStream(text) {
    const events = eventsIn(text).map(({ event, id, data }, index) => {
      const read = z.looseObject({ type: z.string() }).parse(JSON.parse(data));
      expect([read.type, id]).toEqual([event, String(index + 1)]);
      return read;
    });
    const last = events.at(-1);
    const terminals = events.filter(({ type }) => type === 'response-end' || type === 'error');
    expect(terminals).toEqual([last]);
    const content = events
      .flatMap((event) => (event.type === 'text-delta' ? z.string().parse(event['text']) : []))
      .join('');
    const started = events.find(({ type }) => type === 'response-start')?.['model'];
    const model = typeof started === 'string' ? started : null;
    if (last?.type === 'error') return failureOf(last, { text: content, model });
    return { ...this.readWhole({ ...last, content }), text: content };
  },
  readWhole(body) {
    if (isFailure(body)) return failureOf(body);
    const shape = z.object({
      content: z.string(),
      model: z.string(),
      tool_calls: z.array(callShape).default([]),
      attempts,
    });
    const { content, model, tool_calls, attempts: tries } = shape.parse(body);
    return { text: content, calls: tool_calls.map(callOf), model, isWhole: true, code: null, attempts: tries };
  },
};

const chunkCall = z.object({
  index: z.number(),
  id: z.string().optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }).optional(),
});
const chunk = z.looseObject({
  model: z.string(),
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish(), tool_calls: z.array(chunkCall).optional() }),
      finish_reason: z.string().nullable(),
    }),
  ),
  x_gateway: xGateway.optional(),
});

const openai: Dialect = {
  id: 'openai',
  path: CHAT,
  body: (model, stream, text = 'Why?') => ({ model, stream, messages: user(text), max_tokens: 100 }),
  readStream(text) {
    const datas = eventsIn(text).map(({ event, data }) => {
      expect(event).toBe(null);
      return data;
    });
    const isWhole = datas.at(-1) === '[DONE]';
    const bodies: unknown[] = (isWhole ? datas.slice(0, -1) : datas).map((data) => JSON.parse(data));
    const failures = bodies.filter(isFailure);
    expect(failures).toHaveLength(isWhole ? 0 : 1);
    if (!isWhole) expect(bodies.at(-1)).toBe(failures[0]);
    const chunks = bodies.slice(0, isWhole ? undefined : -1).map((body) => chunk.parse(body));
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    const content = deltas.map((delta) => delta.content ?? '').join('');
    const calls: { id: string; name: string; argumentsText: string }[] = [];
    for (const { index, id, function: called } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
      calls[index] ??= { id: id ?? '', name: called?.name ?? '', argumentsText: '' };
      calls[index].argumentsText += called?.arguments ?? '';
    }
    const said = { text: content, calls, model: chunks[0]?.model ?? null };
    if (!isWhole) return failureOf(failures[0], said);
    const finishes = chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []));
    expect(finishes).toHaveLength(1);
    const tries = chunks.findLast(({ x_gateway }) => x_gateway !== undefined)?.x_gateway?.attempts ?? [];
    return { ...said, isWhole, code: null, attempts: tries };
  },
  readWhole(body) {
    if (isFailure(body)) return failureOf(body);
    const message = z.object({ content: z.string().nullable(), tool_calls: z.array(callShape).default([]) });
    const shape = z.object({ model: z.string(), choices: z.tuple([z.object({ message })]), x_gateway: xGateway });
    const { model, choices, x_gateway } = shape.parse(body);
    const { content, tool_calls } = choices[0].message;
    return { text: content ?? '', calls: tool_calls.map(callOf), model, isWhole: true, code: null, ...x_gateway };
  },
};

const item = z.looseObject({
  type: z.string(),
  content: z.array(z.looseObject({ text: z.string() })).optional(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
});
const responseBody = z.looseObject({ model: z.string(), status: z.string(), output: z.array(item) });

const responses: Dialect = {
  id: 'responses',
  path: '/v1/responses',
  body: (model, stream, text = 'Why?') => ({ model, stream, input: text, max_output_tokens: 100 }),
  readStream(text) {
    const events = eventsIn(text).map(({ event, data }, index) => {
      const read = z.looseObject({ type: z.string(), sequence_number: z.number() }).parse(JSON.parse(data));
      expect([read.type, read.sequence_number]).toEqual([event, index]);
      return read;
    });
    const last = events.at(-1);
    const terminals = events.filter(({ type }) => /^response\.(completed|incomplete|failed)$/.test(type));
    expect(terminals).toEqual([last]);
    const delta = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? String(event['delta']) : [],
    );
    if (last?.type === 'response.failed') return failureOf(last, { text: delta.join('') });
    const told = this.readWhole({ ...z.looseObject({}).parse(last?.['response']), x_gateway: last?.['x_gateway'] });
    expect(told.text).toBe(delta.join(''));
    return told;
  },
  readWhole(body) {
    if (isFailure(body)) return failureOf(body);
    const { model, output, x_gateway } = responseBody.extend({ x_gateway: xGateway }).parse(body);
    const ofType = (type: string) => output.filter((each) => each.type === type);
    const content = ofType('message').flatMap((each) => each.content ?? []);
    const calls = ofType('function_call').map((each) => ({
      id: each.call_id ?? '',
      name: each.name ?? '',
      argumentsText: each.arguments ?? '',
    }));
    return { text: content.map((each) => each.text).join(''), calls, model, isWhole: true, code: null, ...x_gateway };
  },
};

const anthropic: Dialect = {
  id: 'anthropic',
  path: '/v1/messages',
  body: (model, stream, text = 'Why?') => ({ model, stream, messages: user(text), max_tokens: 100 }),
  readStream(text) {
    const { start, blocks, end, error } = readMessage(text);
    expect([end === null, error === null]).toContain(true);
    const said = {
      text: blocks.flatMap((block) => (block.type === 'text' ? block.text : [])).join(''),
      calls: blocks.flatMap((block) =>
        block.type === 'tool_use'
          ? [{ id: block.id ?? '', name: block.name ?? '', argumentsText: block.argumentsText }]
          : [],
      ),
      model: z.string().catch('').parse(start?.['model']),
    };
    if (error !== null) return failureOf(error, said);
    return { ...said, isWhole: end !== null, code: null, attempts: xGateway.parse(end?.x_gateway).attempts };
  },
  readWhole(body) {
    if (isFailure(body)) return failureOf(body);
    const block = z.looseObject({ type: z.string() });
    const { model, content, x_gateway } = z
      .object({ model: z.string(), content: z.array(block), x_gateway: xGateway })
      .parse(body);
    const calls = content.flatMap((each) =>
      each.type === 'tool_use'
        ? [{ id: String(each['id']), name: String(each['name']), argumentsText: JSON.stringify(each['input']) }]
        : [],
    );
    const said = content.flatMap((each) => (each.type === 'text' ? String(each['text']) : [])).join('');
    return { text: said, calls, model, isWhole: true, code: null, ...x_gateway };
  },
};

export const DIALECTS: readonly Dialect[] = [native, openai, responses, anthropic];

/** One answer, read by its grammar. A failure before the first event keeps its status. */
export async function readReply(reply: Response, dialect: Dialect): Promise<Told> {
  const text = await reply.text();
  const isStream = reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
  return isStream ? dialect.readStream(text) : dialect.readWhole(JSON.parse(text));
}
