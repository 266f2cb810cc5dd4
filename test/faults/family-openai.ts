// OpenAI's two dialects as their vendors speak them: Chat Completions, with what Groq adds, and Responses.

import type { JsonObject } from '../../src/core/json.ts';
import type { Family, FamilyId, Said, SaidCall } from './families.ts';
import { frame, piecesOf } from './vendor-frames.ts';

export function chat(id: FamilyId, model: string, ownUsage: boolean): Family {
  const headOf = (said: Said) => ({
    id: said.id ?? 'chatcmpl-1',
    created: 1_790_000_000,
    model: said.model ?? 'some-model',
  });
  const usage = (input: number, output: number) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
  });
  const callsOf = (said: Said) =>
    (said.calls ?? []).map(({ id: callId, name, argumentsText }, index) => ({
      index,
      ...(callId !== undefined && { id: callId }),
      type: 'function',
      function: { name, arguments: argumentsText },
    }));
  const finishOf = (said: Said) => said.finish ?? (said.calls === undefined ? 'stop' : 'tool_calls');
  const told = (said: Said) => (said.usage === undefined ? usage(10, 5) : said.usage);
  return {
    id,
    model,
    usage,
    stream(said) {
      const chunk = (delta: JsonObject, finish: string | null, more: JsonObject = {}) =>
        frame({
          object: 'chat.completion.chunk',
          ...headOf(said),
          choices: [{ index: 0, delta, finish_reason: finish }],
          ...more,
        });
      const figures = told(said);
      const last = ownUsage ? { x_groq: { id: 'req_1', ...(figures !== null && { usage: figures }) } } : {};
      const own = frame({ object: 'chat.completion.chunk', ...headOf(said), choices: [], usage: figures });
      return [
        chunk({ role: 'assistant', content: '' }, null),
        ...(said.text === undefined ? [] : piecesOf(said.text).map((content) => chunk({ content }, null))),
        ...callsOf(said).map((call) => chunk({ tool_calls: [call] }, null)),
        chunk({}, finishOf(said), last),
        ...(ownUsage || figures === null ? [] : [own]),
        'data: [DONE]\n\n',
      ];
    },
    whole(said) {
      const calls = callsOf(said);
      const message = {
        role: 'assistant',
        content: said.text ?? null,
        ...(calls.length > 0 && { tool_calls: calls }),
      };
      const figures = told(said);
      return {
        object: 'chat.completion',
        ...headOf(said),
        choices: [{ index: 0, message, finish_reason: finishOf(said) }],
        ...(figures !== null && { usage: figures }),
      };
    },
    errorFrame: frame(
      { error: { message: 'Too much to do', type: 'server_error', code: 'server_error' } },
      id === 'groq' ? 'error' : undefined,
    ),
    errorBody: { error: { message: 'Too much to do', type: 'server_error', code: 'server_error' } },
    terminal: 'data: [DONE]',
    finish: /"finish_reason":"stop"/,
  };
}

export function responses(): Family {
  const usage = (input: number, output: number) => ({
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  });
  const bodyOf = (said: Said, status: string, output: readonly JsonObject[]): JsonObject => ({
    id: said.id ?? 'resp_1',
    object: 'response',
    status,
    model: said.model ?? 'some-model',
    output,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: said.finish ?? '' } : null,
    usage: status === 'in_progress' ? null : said.usage === undefined ? usage(10, 5) : said.usage,
  });
  const textItem = (text: string) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  });
  const callItem = ({ id, name, argumentsText }: SaidCall) => ({
    id: 'fc_1',
    type: 'function_call',
    ...(id !== undefined && { call_id: id }),
    name,
    arguments: argumentsText,
  });
  const itemsOf = ({ text, calls = [] }: Said) => [
    ...(text === undefined ? [] : [textItem(text)]),
    ...calls.map(callItem),
  ];
  const statusOf = ({ finish }: Said) => (finish === undefined ? 'completed' : 'incomplete');
  return {
    id: 'responses',
    model: 'answers/tiny',
    usage,
    stream(said) {
      const event = (type: string, more: JsonObject) => frame({ type, ...more }, type);
      const { text, calls = [] } = said;
      const first = text === undefined ? 0 : 1;
      const deltas = piecesOf(text ?? '').map((delta) =>
        event('response.output_text.delta', { output_index: 0, content_index: 0, delta }),
      );
      const spoken = text === undefined ? [] : [...deltas];
      const called = calls.flatMap((call, index) => [
        event('response.output_item.added', {
          output_index: first + index,
          item: { ...callItem(call), arguments: '' },
        }),
        event('response.function_call_arguments.delta', {
          output_index: first + index,
          delta: call.argumentsText,
        }),
        event('response.output_item.done', { output_index: first + index, item: callItem(call) }),
      ]);
      return [
        event('response.created', { response: bodyOf(said, 'in_progress', []) }),
        ...spoken,
        ...(text === undefined ? [] : [event('response.output_item.done', { output_index: 0, item: textItem(text) })]),
        ...called,
        event(`response.${statusOf(said)}`, { response: bodyOf(said, statusOf(said), itemsOf(said)) }),
      ];
    },
    whole: (said) => bodyOf(said, statusOf(said), itemsOf(said)),
    errorFrame: frame(
      {
        type: 'response.failed',
        response: { id: 'resp_1', status: 'failed', error: { code: 'server_error', message: 'Too much' } },
      },
      'response.failed',
    ),
    errorBody: { error: { message: 'Too much to do', type: 'server_error', code: 'server_error' } },
    terminal: 'event: response.completed',
    finish: null,
  };
}
