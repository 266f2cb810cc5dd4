// The Messages API as Anthropic speaks it.

import type { JsonObject } from '../../src/core/json.ts';
import type { Family, Said } from './families.ts';
import { frame, piecesOf, readOrText } from './vendor-frames.ts';

export function anthropic(): Family {
  const usage = (input: number, output: number) => ({ input_tokens: input, output_tokens: output });
  const messageOf = (said: Said) => ({
    id: said.id ?? 'msg_1',
    type: 'message',
    role: 'assistant',
    model: said.model ?? 'some-model',
  });
  const told = (said: Said) => (said.usage === undefined ? usage(10, 5) : said.usage);
  const finishOf = (said: Said) => said.finish ?? (said.calls === undefined ? 'end_turn' : 'tool_use');
  return {
    id: 'anthropic',
    model: 'claude-haiku-4-5',
    usage,
    stream(said) {
      const event = (type: string, more: JsonObject = {}) => frame({ type, ...more }, type);
      const { text, calls = [] } = said;
      const first = text === undefined ? 0 : 1;
      const block = (index: number, content_block: JsonObject, deltas: readonly JsonObject[]) => [
        event('content_block_start', { index, content_block }),
        ...deltas.map((delta) => event('content_block_delta', { index, delta })),
        event('content_block_stop', { index }),
      ];
      const figures = told(said);
      return [
        event('message_start', {
          message: { ...messageOf(said), content: [], ...(figures !== null && { usage: figures }) },
        }),
        event('ping'),
        ...(text === undefined
          ? []
          : block(
              0,
              { type: 'text', text: '' },
              piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece })),
            )),
        ...calls.flatMap(({ id, name, argumentsText }, index) =>
          block(first + index, { type: 'tool_use', ...(id !== undefined && { id }), name, input: {} }, [
            { type: 'input_json_delta', partial_json: argumentsText },
          ]),
        ),
        event('message_delta', {
          delta: { stop_reason: finishOf(said), stop_sequence: null },
          ...(figures !== null && { usage: figures }),
        }),
        event('message_stop'),
      ];
    },
    whole(said) {
      const { text, calls = [] } = said;
      const figures = told(said);
      return {
        ...messageOf(said),
        content: [
          ...(text === undefined ? [] : [{ type: 'text', text }]),
          ...calls.map(({ id, name, argumentsText }) => ({
            type: 'tool_use',
            ...(id !== undefined && { id }),
            name,
            input: readOrText(argumentsText),
          })),
        ],
        stop_reason: finishOf(said),
        stop_sequence: null,
        ...(figures !== null && { usage: figures }),
      };
    },
    errorFrame: frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error'),
    errorBody: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    terminal: 'event: message_stop',
    finish: /"stop_reason":"end_turn"/,
  };
}
