// Gemini's API. A signature stands on the first call, or on a last part without text.

import { arrayAt, type JsonObject, numberAt, objectAt, stringAt } from '../../../src/core/json.ts';
import { dataEvent, piecesOf, type Said, type Seen, USAGE, WAIT_SECONDS, type Wire } from '../speech.ts';

const failure = (code: number, status: string, message: string, details: readonly JsonObject[] = []) => ({
  status: code,
  body: { error: { code, status, message, details } },
});

export const geminiWire: Wire = {
  whole: (said, model) => chunk(partsOf(said), model, finishOf(said)),
  events,
  failures: {
    'rate limited': failure(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted', [
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${WAIT_SECONDS}s` },
    ]),
    // So Google says it.
    'wrong key': failure(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
    ]),
    broken: failure(500, 'INTERNAL', 'An internal error has occurred'),
    overloaded: failure(503, 'UNAVAILABLE', 'The model is overloaded'),
  },
  seen,
};

const usageMetadata = {
  promptTokenCount: USAGE.input,
  cachedContentTokenCount: USAGE.cached,
  candidatesTokenCount: USAGE.output - USAGE.reasoning,
  thoughtsTokenCount: USAGE.reasoning,
  totalTokenCount: USAGE.input + USAGE.output,
};

/** A call that ends an answer ends it as any answer ends. */
function finishOf({ isCut }: Said): string {
  return isCut === true ? 'MAX_TOKENS' : 'STOP';
}

function chunk(parts: readonly JsonObject[], modelVersion: string, finishReason: string | null): JsonObject {
  const candidate = { index: 0, content: { role: 'model', parts }, ...(finishReason !== null && { finishReason }) };
  return { candidates: [candidate], usageMetadata, modelVersion, responseId: 'answer1' };
}

function callsOf({ calls, state }: Said): readonly JsonObject[] {
  return (calls ?? []).map(({ id, name, input: args }, index) => ({
    functionCall: { id, name, args },
    ...(index === 0 && state !== undefined && { thoughtSignature: state }),
  }));
}

function signatureAfterText({ calls, state }: Said): readonly JsonObject[] {
  return calls === undefined && state !== undefined ? [{ text: '', thoughtSignature: state }] : [];
}

function partsOf(said: Said): readonly JsonObject[] {
  const { reasoning, text } = said;
  return [
    ...(reasoning === undefined ? [] : [{ text: reasoning, thought: true }]),
    ...(text === undefined ? [] : [{ text }]),
    ...callsOf(said),
    ...signatureAfterText(said),
  ];
}

/** Calls come whole. The last chunk has the finish reason. */
function events(said: Said, model: string): readonly string[] {
  const pieces = [
    ...piecesOf(said.reasoning).map((text) => [{ text, thought: true }]),
    ...piecesOf(said.text).map((text) => [{ text }]),
  ];
  const last = [...callsOf(said), ...signatureAfterText(said)];
  return [
    ...pieces.map((parts) => dataEvent(chunk(parts, model, null))),
    dataEvent(chunk(last.length === 0 ? [{ text: '' }] : last, model, finishOf(said))),
  ];
}

function seen(body: JsonObject): Seen {
  const parts = (arrayAt(body, 'contents') ?? []).flatMap((content) => arrayAt(content, 'parts') ?? []);
  const config = objectAt(body, 'generationConfig');
  const declared = (arrayAt(body, 'tools') ?? []).flatMap((tool) => arrayAt(tool, 'functionDeclarations') ?? []);
  const wantsJson = stringAt(config ?? undefined, 'responseMimeType') === 'application/json';
  return {
    calls: parts.flatMap((part) => {
      const call = objectAt(part, 'functionCall');
      if (call === null) return [];
      return [
        { id: stringAt(call, 'id') ?? '', name: stringAt(call, 'name') ?? '', input: objectAt(call, 'args') ?? {} },
      ];
    }),
    results: parts.flatMap((part) => {
      const result = objectAt(part, 'functionResponse');
      if (result === null) return [];
      return [
        { id: stringAt(result, 'id') ?? '', text: stringAt(objectAt(result, 'response') ?? undefined, 'output') ?? '' },
      ];
    }),
    states: parts.flatMap((part) => stringAt(part, 'thoughtSignature') ?? []),
    images: parts.flatMap((part) => stringAt(objectAt(part, 'inlineData') ?? undefined, 'data') ?? []),
    maxTokens: config === null ? null : numberAt(config, 'maxOutputTokens'),
    tools: declared.map((tool) => stringAt(tool, 'name') ?? ''),
    format: wantsJson ? (objectAt(config, 'responseJsonSchema') ?? objectAt(config, 'responseSchema') ?? 'any') : null,
  };
}
