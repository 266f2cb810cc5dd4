// The dialect against recorded traffic: every answer of Groq, OpenAI and all others that speak it. Whole and stream are read as they
// were recorded; every stream is cut after each of its bytes.

import { describe, expect, it } from 'vitest';
import { LLMError } from '../../src/core/errors.ts';
import { collect, replay } from '../../src/core/events.ts';
import { arrayAt, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { HttpCodec } from '../../src/core/provider.ts';
import { createGroq } from '../../src/providers/groq.ts';
import { createOpenAiChat } from '../../src/providers/openai-chat/codec.ts';
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
import { hasSharedData, sharedJson } from '../shared-data.ts';
import { asFittedRequest } from '../tokens/recorded-requests.ts';
import {
  asReading,
  eventsLeftByCuts,
  FAILURES,
  hasRecordings,
  isErrorIn,
  payloadsOf,
  type Recording,
  readingOf,
  recordingsOf,
  sentenceOf,
} from './recorded.ts';

const groq = codecOf(createGroq({ apiKey: CANARY_KEY }));
/** The dialect and nothing else. */
const plain = codecOf(
  createOpenAiChat({
    id: 'plain',
    billAfterCancel: 'unknown',
    vendor: 'The vendor',
    baseUrl: 'https://vendor.example/v1',
    apiKey: CANARY_KEY,
    maxTokensField: 'max_tokens',
    reasoningField: null,
    optionFields: new Set(),
    extension: null,
    metadata: { body: [], usage: [], extension: [] },
    adapt: () => ({ fields: {}, warnings: [] }),
  }),
);

/** Answers that are read otherwise than they stand, and why. */
const EXCEPTIONS: Readonly<Record<string, { readonly why: string; readonly code?: string }>> = {
  'mistral/chat/prism--generate-text-with-reasoning-model-1.json': {
    why: "content is a list of parts, which is Mistral's own: refused, since leaving parts out would be a short answer",
    code: 'provider_bad_reply',
  },
  'openai/tools/openllmetry--test-open-ai-function-calls-4.json': {
    why: 'a function_call, which is only answered to `functions`, and we never send those',
  },
};

const recordings = recordingsOf('chat.completions');
const codecFor = ({ provider }: Recording): HttpCodec => (provider === 'groq' ? groq : plain);
const isAnswer = (recording: Recording) => recording.status === 200 && EXCEPTIONS[recording.file] === undefined;
const errorsIn = ({ stream }: Recording) => (stream === null ? false : payloadsOf(stream).some(isErrorIn));

const wholes = recordings.filter((recording) => isAnswer(recording) && recording.stream === null);
const streams = recordings.filter(
  (recording) => isAnswer(recording) && recording.stream !== null && !errorsIn(recording),
);
const brokenStreams = recordings.filter(errorsIn);
const failures = recordings.filter(({ status }) => status >= 400);

describe.skipIf(!hasRecordings)('recorded whole answers', () => {
  it('are there', () => {
    expect(wholes.filter(({ provider }) => provider === 'groq').length).toBeGreaterThanOrEqual(29);
    expect(wholes.filter(({ provider }) => provider === 'openai').length).toBeGreaterThanOrEqual(7);
  });

  it.each(wholes.map((recording) => [recording.file, recording] as const))(
    '%s is read as it stands',
    (_file, recording) => {
      const answer = codecFor(recording).decode(recording.body, recording.headers);
      expect(asReading(answer)).toEqual(readingOf(recording));
      expect(answer.id).toBe(stringAt(recording.body, 'id'));
      expect(answer.model).toBe(stringAt(recording.body, 'model'));
      expect(collect(replay(answer))).toEqual(answer);
    },
  );

  it.each(
    wholes.filter(({ provider }) => provider === 'groq').map((recording) => [recording.file, recording] as const),
  )('%s tells what only Groq tells', (_file, { body }) => {
    const { providerMetadata } = groq.decode(body, {});
    expect(providerMetadata['queue_time'] ?? null).toBe(numberAt(objectAt(body, 'usage'), 'queue_time'));
    expect(providerMetadata['x_groq_id'] ?? null).toBe(stringAt(objectAt(body, 'x_groq'), 'id'));
  });
});

describe.skipIf(!hasRecordings)('recorded requests to Groq', () => {
  const asked = recordings.flatMap(({ file, provider, request }) => {
    const fitted = provider === 'groq' && request !== null ? asFittedRequest('chat.completions', request) : null;
    return fitted === null || request === null ? [] : [[file, request, fitted] as const];
  });

  it('are there', () => {
    expect(asked.length).toBeGreaterThanOrEqual(25);
  });

  it.each(asked)('%s would be sent by us as it was sent', (_file, request, fitted) => {
    const { body } = groq.encode(fitted, stringAt(request, 'model') ?? '', request['stream'] === true);
    expect(body['messages']).toEqual(arrayAt(request, 'messages'));
    // `strict` is not among what the reader of recorded requests takes over.
    const { tools, response_format } = body;
    expect({ tools: request['tools'], response_format: request['response_format'] }).toMatchObject({
      tools,
      response_format,
    });
  });
});

describe.skipIf(!hasRecordings)('recorded streams', () => {
  it('are there', () => {
    expect(streams.filter(({ provider }) => provider === 'groq').length).toBeGreaterThanOrEqual(9);
    expect(streams.filter(({ provider }) => provider === 'openai').length).toBeGreaterThanOrEqual(10);
  });

  const cases = streams.map((recording) => [recording.file, recording] as const);

  it.each(cases)('%s is read as it stands, in whatever pieces it comes', (_file, recording) => {
    const codec = codecFor(recording);
    const bytes = bytesOf(recording.stream ?? '');
    const frames = framesOf(bytes);
    const answer = decodeStream(codec, bytes);
    expect(asReading(answer)).toEqual(readingOf(recording));
    expect(grammarFault(eventsOf(codec, frames))).toBeNull();
    for (const split of splits()) expect(decodeStream(codec, bytes, split), split.name).toEqual(answer);
  });

  it.each(cases)('%s is never a short answer, after whichever byte it is cut', (_file, recording) => {
    const codec = codecFor(recording);
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

  it.each(brokenStreams.map((recording) => [recording.file, recording] as const))(
    '%s, which holds an error, ends in one',
    (_file, recording) => {
      const error = thrownBy(() => decodeStream(codecFor(recording), bytesOf(recording.stream ?? '')));
      expect(error).toBeInstanceOf(LLMError);
      expect(error).toMatchObject({
        code: recording.provider === 'groq' ? 'provider_rejected_answer' : 'provider_rejected',
        detail: { providerStatus: 400 },
      });
    },
  );
});

describe.skipIf(!hasRecordings)('recorded exceptions', () => {
  it.each(Object.entries(EXCEPTIONS))('%s: %o', (file, { code }) => {
    const recording = recordings.find((each) => each.file === file);
    expect(recording).toBeDefined();
    const read = () => plain.decode(recording?.body ?? null, {});
    if (code === undefined) expect(read()).toMatchObject({ parts: [], finishReason: 'other' });
    else expect(thrownBy(read)).toMatchObject({ code });
  });
});

describe.skipIf(!hasRecordings)('recorded errors', () => {
  it('are all judged', () => {
    expect(failures.map(({ file }) => file).sort()).toEqual(Object.keys(FAILURES).sort());
  });

  it.each(failures.map((recording) => [recording.file, recording] as const))('%s has its code', (file, recording) => {
    const { status, headers, body } = recording;
    const error = codecFor(recording).decodeError(replyOf(status, body, headers));
    expect(error.code).toBe(FAILURES[file]);
    expect(error.message).not.toContain(sentenceOf(body));
  });
});

describe.skipIf(!hasSharedData)('errors that others have quoted', () => {
  const quoted = (arrayAt(sharedJson('quoted-errors.json'), 'errors') ?? []).filter(
    (each) => stringAt(each, 'provider') === 'groq',
  );

  it('are there', () => {
    expect(quoted.length).toBeGreaterThanOrEqual(12);
  });

  it.each(quoted.map((each) => [numberAt(each, 'status') ?? 0, sentenceOf(objectAt(each, 'body')), each] as const))(
    '%i %s',
    (status, sentence, each) => {
      const error = groq.decodeError(replyOf(status, objectAt(each, 'body') ?? {}));
      const code = stringAt(objectAt(objectAt(each, 'body'), 'error'), 'code');
      const wanted: Readonly<Record<string, string>> = {
        401: 'provider_auth',
        404: 'model_not_found',
        413: 'request_too_large',
        429: 'provider_rate_limited',
      };
      expect(error.code).toBe(code === 'model_decommissioned' ? 'model_not_found' : wanted[status]);
      expect(error.message).not.toContain(sentence);
      // Every 429 quoted says how long to wait, in its sentence.
      if (status === 429) expect(error.retryAfterMs).toBeGreaterThan(1_000);
    },
  );
});
