// The openai package by the Responses API: the stories of every client, and its own helper, which is strict about the order of events.

import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { type Client, type ClientKind, collected, type Heard, inputOf, type Question } from './client.ts';
import { FAMILIES, FAMILY_NAMES } from './families.ts';
import { failedByOpenAi, GENERATED_CLASSES } from './sdk-errors.ts';
import type { Call } from './speech.ts';
import { tellStories } from './stories.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Response = OpenAI.Responses.Response;

class ResponsesClient implements Client<Item> {
  readonly #openai: OpenAI;

  constructor(openai: OpenAI) {
    this.#openai = openai;
  }

  user(text: string, image?: string): Item {
    if (image === undefined) return { role: 'user', content: text };
    return {
      role: 'user',
      content: [
        { type: 'input_text', text },
        { type: 'input_image', image_url: image, detail: 'auto' },
      ],
    };
  }

  results(calls: readonly Call[], texts: readonly string[]): Item[] {
    return calls.map(({ id }, index) => ({ type: 'function_call_output', call_id: id, output: texts[index] ?? '' }));
  }

  async whole({ signal, ...question }: Question<Item>): Promise<Heard<Item>> {
    const asked = this.#openai.responses.create(bodyOf(question), { signal });
    const { data, request_id: requestId } = await asked.withResponse();
    return heardIn(data, requestId);
  }

  async stream({ signal, onText, ...question }: Question<Item>): Promise<Heard<Item>> {
    const asked = this.#openai.responses.create({ ...bodyOf(question), stream: true }, { signal });
    const { data, request_id: requestId } = await asked.withResponse();
    let text = '';
    let reasoning = '';
    for await (const event of data) {
      if (event.type === 'response.output_text.delta') {
        text += event.delta;
        onText?.();
      } else if (event.type === 'response.reasoning_summary_text.delta') reasoning += event.delta;
      else if (event.type === 'response.completed' || event.type === 'response.incomplete') {
        // What came piece by piece and what the last event says are the same.
        const heard = heardIn(event.response, requestId);
        expect(heard).toMatchObject({ text, reasoning });
        return heard;
      }
    }
    throw new Error('The stream ended without a last event');
  }
}

function bodyOf({ model, messages, tools, schema, maxTokens, temperature }: Question<Item>) {
  return {
    model,
    input: [...messages],
    ...(tools && {
      tools: tools.map(({ name, parameters }) => ({
        type: 'function' as const,
        name,
        parameters: { ...parameters },
        strict: true,
      })),
    }),
    ...(schema && {
      text: { format: { type: 'json_schema' as const, name: 'answer', schema: { ...schema }, strict: true } },
    }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
}

function heardIn(response: Response, requestId: string | null): Heard<Item> {
  const { output, usage, output_text: text } = response;
  const calls = output.filter((item) => item.type === 'function_call');
  const thoughts = output.filter((item) => item.type === 'reasoning');
  return {
    text: text ?? textIn(output),
    reasoning: thoughts.flatMap(({ summary }) => summary.map((part) => part.text)).join(''),
    calls: calls.map(({ call_id: id, name, arguments: input }) => ({ id, name, input: inputOf(input) })),
    finish: finishOf(response, calls.length),
    usage: {
      input: usage?.input_tokens,
      output: usage?.output_tokens,
      cached: usage?.input_tokens_details.cached_tokens,
      reasoning: usage?.output_tokens_details.reasoning_tokens,
    },
    said: output.filter(isSentBack),
    requestId,
  };
}

type SentBack = Extract<Response['output'][number], { type: 'message' | 'function_call' | 'reasoning' }>;

function isSentBack(item: Response['output'][number]): item is SentBack {
  return item.type === 'message' || item.type === 'function_call' || item.type === 'reasoning';
}

function textIn(output: Response['output']): string {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return parts.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
}

function finishOf({ status, incomplete_details: incomplete }: Response, calls: number): Heard<Item>['finish'] {
  if (status === 'completed') return calls > 0 ? 'tool_calls' : 'stop';
  return status === 'incomplete' && incomplete?.reason === 'max_output_tokens' ? 'length' : null;
}

const kind: ClientKind<Item> = {
  name: '`openai`, Responses',
  connect: ({ url, key, retries }) =>
    new ResponsesClient(new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: retries })),
  reads: ['input', 'output', 'cached', 'reasoning'],
  readsReasoning: true,
  readsRequestId: true,
  obeysShouldRetry: true,
  readsStreamCode: true,
  schemaTool: () => null,
  carries: () => true,
  failed: failedByOpenAi,
  classes: GENERATED_CLASSES,
};

const stage = tellStories(kind);
const openai = () =>
  new OpenAI({ apiKey: stage.families.keys.alice, baseURL: `${stage.families.running.url}/v1`, maxRetries: 0 });
const CALLS = [
  { id: 'call_1', name: 'weather', input: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', input: { city: 'Rome' } },
];

it.each(FAMILY_NAMES)(
  'on %s: its own helper takes every event, and ends with what the last one says',
  async (family) => {
    stage
      .vendor(family)
      .next({ says: { reasoning: 'Both of them.', text: 'I look.', state: 'c3RhdGU=', calls: CALLS } });
    const stream = openai().responses.stream(bodyOf(stage.ask(family)));
    const events = await collected(stream);
    const final = await stream.finalResponse();
    const shown = FAMILIES[family].showsReasoning || FAMILIES[family].state !== null;
    expect(final.output.map(({ type }) => type).filter((type) => type !== 'reasoning')).toEqual([
      'message',
      'function_call',
      'function_call',
    ]);
    expect(final.output.some(({ type }) => type === 'reasoning')).toBe(shown);
    expect(final.output_text).toBe('I look.');
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
    expect(events.filter(({ type }) => type === 'response.completed')).toHaveLength(1);
  },
);
