// Recorded traffic of each vendor, read with what its preset knows: what the plain dialect must refuse or cannot see is read here.

import { describe, expect, it } from 'vitest';
import { collect, replay } from '../../src/core/events.ts';
import { arrayAt, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import {
  bytesOf,
  codecOf,
  decodeStream,
  essenceOf,
  eventsOf,
  framesOf,
  grammarFault,
  replyOf,
  shortAnswer,
  splits,
  thrownBy,
} from '../contract/provider.ts';
import { asFittedRequest } from '../tokens/recorded-requests.ts';
import {
  asReading,
  eventsLeftByCuts,
  FAILURES,
  hasRecordings,
  isErrorIn,
  payloadsOf,
  type Recording,
  recordingsOf,
  sentenceOf,
} from './recorded.ts';
import { chatProviderFor, FUNCTION_CALL, meantBy } from './recorded-chat.ts';

const codecFor = ({ provider }: Recording) => codecOf(chatProviderFor(provider));

const recordings = recordingsOf('chat.completions').filter(({ provider }) => provider !== 'groq');
const answers = recordings.filter(({ status, file }) => status === 200 && file !== FUNCTION_CALL);
const errorsIn = ({ stream }: Recording) => (stream === null ? false : payloadsOf(stream).some(isErrorIn));
const named = (list: readonly Recording[]) => list.map((recording) => [recording.file, recording] as const);
const wholes = named(answers.filter(({ stream }) => stream === null));
const streams = named(answers.filter((recording) => recording.stream !== null && !errorsIn(recording)));
const failures = named(recordings.filter(({ status }) => status >= 400));

describe.skipIf(!hasRecordings)('recorded whole answers of other vendors', () => {
  it('are there, also the list of parts that the plain dialect refuses', () => {
    for (const vendor of ['openai', 'azure', 'mistral', 'xai', 'deepseek', 'together', 'openrouter', 'cerebras', 'zai'])
      expect(
        wholes.some(([file]) => file.startsWith(`${vendor}/`)),
        vendor,
      ).toBe(true);
    const lists = wholes.filter(([, { body }]) =>
      (arrayAt(body, 'choices') ?? []).some((choice) => arrayAt(objectAt(choice, 'message'), 'content') !== null),
    );
    expect(lists).not.toEqual([]);
  });

  it.each(wholes)('%s is read as its vendor means it', (_file, recording) => {
    const answer = codecFor(recording).decode(recording.body, recording.headers);
    expect(asReading(answer)).toEqual(meantBy(recording));
    expect(answer.id).toBe(stringAt(recording.body, 'id'));
    expect(answer.finishReason).not.toBe('other');
    expect(collect(replay(answer))).toEqual(answer);
  });

  it('count the reasoning of xAI into the answer, since it is billed beside it', () => {
    const xai = wholes.filter(([file]) => file.startsWith('xai/'));
    expect(xai).not.toEqual([]);
    for (const [, recording] of xai) {
      const { usage } = codecFor(recording).decode(recording.body, {});
      const told = objectAt(recording.body, 'usage');
      expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(numberAt(told, 'total_tokens'));
    }
  });
});

describe.skipIf(!hasRecordings)('recorded streams of other vendors', () => {
  it('are there', () => {
    for (const vendor of ['openai', 'azure', 'mistral', 'deepseek', 'openrouter', 'ollama', 'perplexity', 'alibaba'])
      expect(
        streams.some(([file]) => file.startsWith(`${vendor}/`)),
        vendor,
      ).toBe(true);
  });

  it.each(streams)('%s is read as its vendor means it, in whatever pieces it comes', (_file, recording) => {
    const codec = codecFor(recording);
    const bytes = bytesOf(recording.stream ?? '');
    const answer = decodeStream(codec, bytes);
    expect(asReading(answer)).toEqual(meantBy(recording));
    expect(answer.finishReason).not.toBe('other');
    expect(grammarFault(eventsOf(codec, framesOf(bytes)))).toBeNull();
    for (const split of splits()) expect(decodeStream(codec, bytes, split), split.name).toEqual(answer);
  });

  it.each(streams)('%s is never a short answer, after whichever byte it is cut', (_file, recording) => {
    const codec = codecFor(recording);
    const bytes = bytesOf(recording.stream ?? '');
    const whole = essenceOf(decodeStream(codec, bytes));
    const frames = framesOf(bytes);
    const cuts = [...eventsLeftByCuts(bytes)].filter((left) => left < frames.length);
    expect(cuts).toHaveLength(frames.length);
    for (const left of cuts)
      expect(shortAnswer(codec, frames.slice(0, left), whole), `${left} of ${frames.length} events`).toBeNull();
  });

  it.each(named(answers.filter(errorsIn)))('%s, which holds an error, ends in one', (_file, recording) => {
    expect(thrownBy(() => decodeStream(codecFor(recording), bytesOf(recording.stream ?? '')))).toMatchObject({
      code: 'provider_rejected',
    });
  });
});

describe.skipIf(!hasRecordings)('recorded errors of other vendors', () => {
  it.each(failures)('%s has its code, and says who told it', (file, recording) => {
    const { status, headers, body } = recording;
    const error = codecFor(recording).decodeError(replyOf(status, body, headers));
    expect(error.code).toBe(FAILURES[file]);
    expect(error.message).not.toContain(sentenceOf(body));
  });
});

describe.skipIf(!hasRecordings)('recorded requests to other vendors', () => {
  const asked = recordings.flatMap((recording) => {
    const { file, request } = recording;
    const fitted = request === null ? null : asFittedRequest('chat.completions', request);
    return fitted === null || request === null ? [] : [[file, recording, request, fitted] as const];
  });

  it('are there', () => {
    expect(asked.length).toBeGreaterThanOrEqual(30);
  });

  it.each(asked)('%s would be sent by us as it was sent', (_file, recording, request, fitted) => {
    const { body } = codecFor(recording).encode(fitted, stringAt(request, 'model') ?? '', request['stream'] === true);
    expect(saidIn(body)).toEqual(saidIn(request));
    const namesOf = (sent: JsonObject) =>
      (arrayAt(sent, 'tools') ?? []).map((tool) => stringAt(objectAt(tool, 'function'), 'name'));
    expect(namesOf(body)).toEqual(namesOf(request));
  });
});

/** Clients differ in whether content that is none is empty, null or left out, and in what they call a system message. */
function saidIn(sent: JsonObject) {
  return (arrayAt(sent, 'messages') ?? []).map((message) => ({
    role: stringAt(message, 'role')?.replace('developer', 'system'),
    content:
      stringAt(message, 'content') ??
      (arrayAt(message, 'content') ?? []).map((part) => stringAt(part, 'text') ?? '').join(''),
    toolCallId: stringAt(message, 'tool_call_id'),
    calls: (arrayAt(message, 'tool_calls') ?? []).map((call) => [stringAt(call, 'id'), objectAt(call, 'function')]),
  }));
}
