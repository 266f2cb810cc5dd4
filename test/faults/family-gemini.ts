// The Gemini API as Google speaks it.

import type { JsonObject } from '../../src/core/json.ts';
import type { Family, Said, SaidCall } from './families.ts';
import { frame, piecesOf, readOrText } from './vendor-frames.ts';

export function gemini(): Family {
  const usage = (input: number, output: number) => ({
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output,
  });
  const chunkOf = (said: Said, parts: readonly JsonObject[], finishReason: string | null): JsonObject => {
    const figures = said.usage === undefined ? usage(10, 5) : said.usage;
    return {
      candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason !== null && { finishReason }) }],
      ...(figures !== null && { usageMetadata: figures }),
      modelVersion: said.model ?? 'some-model',
      responseId: said.id ?? 'reply_1',
    };
  };
  const callPart = ({ id, name, argumentsText }: SaidCall) => ({
    functionCall: { ...(id !== undefined && { id }), name, args: readOrText(argumentsText) },
  });
  return {
    id: 'gemini',
    model: 'gemini-3.8-flash',
    usage,
    stream(said) {
      const { text, calls = [], finish = 'STOP' } = said;
      const texts = text === undefined ? [] : piecesOf(text).map((piece) => chunkOf(said, [{ text: piece }], null));
      return [...texts, chunkOf(said, calls.map(callPart), finish)].map((chunk) => frame(chunk));
    },
    whole: (said) =>
      chunkOf(
        said,
        [...(said.text === undefined ? [] : [{ text: said.text }]), ...(said.calls ?? []).map(callPart)],
        said.finish ?? 'STOP',
      ),
    errorFrame: frame({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }),
    errorBody: { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
    terminal: null,
    finish: /"finishReason": ?"STOP"/,
  };
}
