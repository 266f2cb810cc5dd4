// Gemini against recorded traffic of its Developer API and of Vertex, which has the same shape. Whole and stream are read as they were
// recorded; every stream is cut after each of its bytes; what a model said goes back as it came.

import { describe, expect, it } from 'vitest';
import { collect, replay } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { Message } from '../../src/core/request.ts';
import { createGemini } from '../../src/providers/gemini.ts';
import {
  bytesOf,
  CANARY_KEY,
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
import { EMPTY_REQUEST } from '../empty-request.ts';
import { hasSharedData, sharedJson } from '../shared-data.ts';
import { eventsLeftByCuts, hasRecordings, type Recording } from './recorded.ts';
import {
  asContentReading,
  CONTENT_FAILURES,
  NOT_READ,
  readingOfContent,
  recordedContents,
} from './recorded-contents.ts';

const codec = codecOf(createGemini({ apiKey: CANARY_KEY }));

const recordings = recordedContents();
const isRead = ({ status, file }: Recording) => status === 200 && NOT_READ[file] === undefined;
const wholes = recordings.filter((recording) => isRead(recording) && recording.stream === null);
const streams = recordings.filter((recording) => isRead(recording) && recording.stream !== null);
const failures = recordings.filter(({ status }) => status >= 400);
const named = (all: readonly Recording[]) => all.map((recording) => [recording.file, recording] as const);

const wantedFinish = ({ calls, finishReason }: ReturnType<typeof readingOfContent>) => {
  if (finishReason === 'MAX_TOKENS') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
};

describe.skipIf(!hasRecordings)('recorded whole answers of Gemini', () => {
  it('are there', () => {
    expect(wholes.length).toBeGreaterThanOrEqual(15);
  });

  it.each(named(wholes))('%s is read as it stands', (_file, recording) => {
    const answer = codec.decode(recording.body, recording.headers);
    const reading = readingOfContent(recording);
    expect(asContentReading(answer)).toEqual(reading);
    expect(answer.finishReason).toBe(wantedFinish(reading));
    expect(collect(replay(answer))).toEqual(answer);
  });
});

describe.skipIf(!hasRecordings)('recorded streams of Gemini', () => {
  it('are there', () => {
    expect(streams.filter(({ provider }) => provider === 'google').length).toBeGreaterThanOrEqual(12);
    expect(streams.filter(({ provider }) => provider === 'google-vertex').length).toBeGreaterThanOrEqual(2);
  });

  it.each(named(streams))('%s is read as it stands, in whatever pieces it comes', (_file, recording) => {
    const bytes = bytesOf(recording.stream ?? '');
    const answer = decodeStream(codec, bytes);
    const reading = readingOfContent(recording);
    expect(asContentReading(answer)).toEqual(reading);
    expect(answer.finishReason).toBe(wantedFinish(reading));
    expect(answer.providerMetadata).not.toHaveProperty('missing_terminal');
    expect(grammarFault(eventsOf(codec, framesOf(bytes)))).toBeNull();
    expect(collect(replay(answer))).toEqual(answer);
    for (const split of splits()) expect(decodeStream(codec, bytes, split), split.name).toEqual(answer);
  });

  it.each(named(streams))('%s is never a short answer, after whichever byte it is cut', (_file, recording) => {
    const bytes = bytesOf(recording.stream ?? '');
    const whole = essenceOf(decodeStream(codec, bytes));
    const frames = framesOf(bytes);
    // What a cut leaves is a number of whole events: each number that a byte leads to is judged, once.
    const cuts = [...eventsLeftByCuts(bytes)].filter((left) => left < frames.length);
    expect(cuts).toHaveLength(frames.length);
    for (const left of cuts) {
      expect(shortAnswer(codec, frames.slice(0, left), whole), `${left} of ${frames.length} events`).toBeNull();
    }
  });

  it.each(Object.entries(NOT_READ))('%s is refused: %s', (file) => {
    const stream = recordings.find((each) => each.file === file)?.stream ?? '';
    expect(stream).not.toBe('');
    expect(thrownBy(() => decodeStream(codec, bytesOf(stream)))).toMatchObject({ code: 'provider_bad_reply' });
  });
});

/** What models said, in answers and in the histories of requests, as far as it is written in camelCase, as the API itself writes it. */
function saidIn({ body, request }: Recording): readonly (readonly Json[])[] {
  const answered = arrayAt(body, 'candidates') ?? [];
  const before = (arrayAt(request, 'contents') ?? []).filter((content) => stringAt(content, 'role') === 'model');
  const said = [...answered.map((candidate) => objectAt(candidate, 'content')), ...before];
  return said
    .map((content) => arrayAt(content ?? {}, 'parts') ?? [])
    .filter((parts) => !JSON.stringify(parts).includes('function_call'));
}

/** Without what is said by nothing: empty texts, and ids that we gave where Google gave none. */
function essential(parts: readonly Json[], given: readonly Json[]): readonly Json[] {
  return parts.flatMap((part, index): readonly Json[] => {
    if (!isObject(part)) return [part];
    const call = objectAt(part, 'functionCall');
    if (call === null) return part['text'] === '' && part['thoughtSignature'] === undefined ? [] : [part];
    const { id, ...rest } = call;
    const hasId = stringAt(objectAt(given[index], 'functionCall'), 'id') !== null;
    return [{ ...part, functionCall: hasId ? { id, ...rest } : rest }];
  });
}

describe.skipIf(!hasRecordings)('what recorded models said', () => {
  const said = recordings
    .filter(({ status }) => status === 200)
    .flatMap((recording) => saidIn(recording).map((parts, index) => [`${recording.file} (${index})`, parts] as const));

  it('is there, and much of it is signed', () => {
    expect(said.length).toBeGreaterThanOrEqual(25);
    expect(
      said.filter(([, parts]) => JSON.stringify(parts).includes('thoughtSignature')).length,
    ).toBeGreaterThanOrEqual(15);
  });

  it.each(said)('%s goes back as it came', (_name, parts) => {
    const candidate: JsonObject = { content: { role: 'model', parts }, finishReason: 'STOP' };
    const answer = codec.decode({ candidates: [candidate] }, {});
    const messages: Message[] = [
      { role: 'user', content: 'A question' },
      { role: 'assistant', content: answer.parts },
    ];
    // To a model that wants no signature where there was none.
    const { body } = codec.encode({ ...EMPTY_REQUEST, messages }, 'gemini-2.5-flash', false);
    const sent = arrayAt(body, 'contents')?.[1];
    const wanted = essential(parts, parts);
    if (wanted.length === 0) expect(sent).toBeUndefined();
    else expect(essential(arrayAt(sent ?? {}, 'parts') ?? [], wanted)).toEqual(wanted);
  });
});

describe.skipIf(!hasRecordings)('recorded errors of Gemini', () => {
  it('are all judged', () => {
    expect(failures.map(({ file }) => file).sort()).toEqual(Object.keys(CONTENT_FAILURES).sort());
  });

  it.each(named(failures))('%s has its code and its wait', (file, { status, headers, body }) => {
    const error = codec.decodeError(replyOf(status, body, headers));
    expect(error.code).toBe(CONTENT_FAILURES[file]?.code);
    expect(error.retryAfterMs).toBe(CONTENT_FAILURES[file]?.retryAfterMs ?? null);
    expect(error.message).not.toContain(stringAt(objectAt(body, 'error'), 'message') ?? 'no sentence');
  });
});

describe.skipIf(!hasSharedData)('errors of Gemini that others have quoted', () => {
  const quoted = (arrayAt(sharedJson('quoted-errors.json'), 'errors') ?? []).filter(
    (each) => stringAt(each, 'provider') === 'google',
  );

  it('are there', () => {
    expect(quoted.length).toBeGreaterThanOrEqual(2);
  });

  it.each(quoted.map((each) => [stringAt(objectAt(objectAt(each, 'body'), 'error'), 'message') ?? '', each] as const))(
    '"%s" is an overload, whole and in a stream, and waits as long as it says',
    (sentence, each) => {
      const body = objectAt(each, 'body') ?? {};
      const inStream = thrownBy(() => decodeStream(codec, bytesOf(`data: ${JSON.stringify(body)}\r\n\r\n`)));
      const asReply = codec.decodeError(replyOf(numberAt(each, 'status') ?? 0, body));
      expect(asReply.message).not.toContain(sentence);
      expect(asReply).toMatchObject({ code: 'provider_overloaded', detail: { providerStatus: 503 } });
      expect(inStream).toMatchObject({ code: 'provider_overloaded', detail: asReply.detail });
      expect(asReply.retryAfterMs).toBe(JSON.stringify(body).includes('"retryDelay":"40s"') ? 40_000 : null);
    },
  );
});
