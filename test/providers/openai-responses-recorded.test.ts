// The Responses dialect against recorded traffic of OpenAI, Azure, xAI and DeepSeek: whole, in pieces, cut after each byte, and the
// requests that were sent.

import { describe, expect, it } from 'vitest';
import { collect, replay } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { Answer } from '../../src/core/response.ts';
import {
  bytesOf,
  codecOf,
  decodeStream,
  essenceOf,
  eventsOf,
  framesOf,
  grammarFault,
  replyOf,
  splits,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { asFittedRequest } from '../tokens/recorded-requests.ts';
import {
  asReading,
  eventsLeftByCuts,
  hasRecordings,
  payloadsOf,
  type Recording,
  recordingsOf,
  sentenceOf,
} from './recorded.ts';
import {
  RESPONSES_FAILURES,
  readingOfResponse,
  responsesProviderFor,
  statesOf,
  wholeOf,
} from './recorded-responses.ts';

const responsesCodecFor = ({ provider }: Recording) => codecOf(responsesProviderFor(provider));

const recordings = recordingsOf('responses');
const fails = ({ stream }: Recording) =>
  stream !== null && payloadsOf(stream).some((event) => stringAt(event, 'type') === 'error');
const named = (list: readonly Recording[]) => list.map((recording) => [recording.file, recording] as const);
const answers = recordings.filter((recording) => recording.status === 200 && !fails(recording));
const wholes = named(answers.filter(({ stream }) => stream === null));
const streams = named(answers.filter(({ stream }) => stream !== null));
const failures = named(recordings.filter(({ status }) => status >= 400));

const providerDataOf = ({ parts }: Answer, provider: string) =>
  parts.flatMap((part) =>
    part.type === 'text' || part.providerData === undefined ? [] : [part.providerData[provider]],
  );

const withoutCipher = (state: Json | undefined) =>
  isObject(state) && typeof state['encrypted_content'] === 'string' ? { ...state, encrypted_content: 'some' } : state;
const withoutStates = (answer: Answer) => ({
  ...essenceOf(answer),
  parts: answer.parts.map((part) => ({ ...part, providerData: null })),
});

describe.skipIf(!hasRecordings)('recorded whole responses', () => {
  it('are there', () => {
    expect(wholes.length).toBeGreaterThanOrEqual(15);
    for (const provider of ['openai', 'azure', 'deepseek'])
      expect(
        wholes.some(([file]) => file.startsWith(`${provider}/`)),
        provider,
      ).toBe(true);
  });

  it.each(wholes)('%s is read as it stands', (_file, recording) => {
    const answer = responsesCodecFor(recording).decode(recording.body, recording.headers);
    expect(asReading(answer)).toEqual(readingOfResponse(recording));
    expect(answer.id).toBe(stringAt(recording.body, 'id'));
    expect(answer.model).toBe(stringAt(recording.body, 'model'));
    expect(providerDataOf(answer, recording.provider)).toEqual(statesOf(recording));
    expect(collect(replay(answer))).toEqual(answer);
  });

  it.each(wholes)('%s goes back with the next request as it came', (_file, recording) => {
    const codec = responsesCodecFor(recording);
    const { parts } = codec.decode(recording.body, {});
    const messages = [{ role: 'assistant', content: parts }] as const;
    const { body } = codec.encode({ ...EMPTY_REQUEST, messages }, 'gpt-5', true);
    const items = arrayAt(body, 'input') ?? [];
    for (const state of statesOf(recording)) expect(items).toContainEqual(state);
    const calls = items.flatMap((item) =>
      stringAt(item, 'type') === 'function_call' ? [stringAt(item, 'call_id')] : [],
    );
    const called = (arrayAt(recording.body, 'output') ?? []).flatMap((item) =>
      stringAt(item, 'type') === 'function_call' ? [stringAt(item, 'call_id')] : [],
    );
    expect(calls).toEqual(called);
  });
});

describe.skipIf(!hasRecordings)('recorded streams of responses', () => {
  it('are there', () => {
    expect(streams.length).toBeGreaterThanOrEqual(9);
    for (const provider of ['openai', 'xai', 'deepseek'])
      expect(
        streams.some(([file]) => file.startsWith(`${provider}/`)),
        provider,
      ).toBe(true);
  });

  it.each(streams)('%s is what its last event repeats, in whatever pieces it comes', (_file, recording) => {
    const codec = responsesCodecFor(recording);
    const bytes = bytesOf(recording.stream ?? '');
    const answer = decodeStream(codec, bytes);
    expect(asReading(answer)).toEqual(readingOfResponse(recording));
    // The state is enciphered anew each time that it is told.
    expect(providerDataOf(answer, recording.provider).map(withoutCipher)).toEqual(
      statesOf(recording).map(withoutCipher),
    );
    const whole = codec.decode(wholeOf(recording), {});
    expect(withoutStates(answer)).toEqual(withoutStates(whole));
    expect(grammarFault(eventsOf(codec, framesOf(bytes)))).toBeNull();
    expect(collect(replay(answer))).toEqual(answer);
    for (const split of splits()) expect(decodeStream(codec, bytes, split), split.name).toEqual(answer);
  });

  it.each(streams)('%s is no answer, after whichever byte it is cut', (_file, recording) => {
    const codec = responsesCodecFor(recording);
    const bytes = bytesOf(recording.stream ?? '');
    const frames = framesOf(bytes);
    const ends = frames.findIndex(({ data }) => /"type":\s*"response\.(completed|incomplete)"/.test(data));
    const cuts = [...eventsLeftByCuts(bytes)].filter((left) => left <= ends);
    expect(cuts).toHaveLength(ends + 1);
    for (const left of cuts)
      expect(
        thrownBy(() => eventsOf(codec, frames.slice(0, left))),
        `${left} events`,
      ).toMatchObject({
        code: 'stream_broken',
      });
  });

  it.each(named(recordings.filter(fails)))('%s, which holds an error, ends in one', (_file, recording) => {
    const error = thrownBy(() => decodeStream(responsesCodecFor(recording), bytesOf(recording.stream ?? '')));
    expect(error).toMatchObject({ code: 'provider_rate_limited', detail: { providerCode: 'rate_limit_exceeded' } });
  });
});

describe.skipIf(!hasRecordings)('recorded requests for responses', () => {
  const asked = recordings.flatMap((recording) => {
    const { file, request } = recording;
    const fitted = request === null ? null : asFittedRequest('responses', request);
    return fitted === null || request === null ? [] : [[file, recording, request, fitted] as const];
  });

  it('are there', () => {
    expect(asked.length).toBeGreaterThanOrEqual(8);
  });

  it.each(asked)(
    '%s would be sent by us as it was sent, and nothing would be stored',
    (_file, recording, request, fitted) => {
      const { body } = responsesCodecFor(recording).encode(
        fitted,
        stringAt(request, 'model') ?? '',
        request['stream'] === true,
      );
      expect(body).toHaveProperty('store', false);
      expect(saidIn(body)).toEqual(saidIn(request));
      const toolsOf = (sent: typeof body) =>
        (arrayAt(sent, 'tools') ?? []).map((tool) => [
          stringAt(tool, 'type'),
          stringAt(tool, 'name'),
          objectAt(tool, 'parameters'),
        ]);
      expect(toolsOf(body)).toEqual(toolsOf(request));
    },
  );
});

/** Some clients call every system message the developer's or send it as `instructions`, others name the type of a message. */
function saidIn(sent: JsonObject) {
  const { instructions, input } = sent;
  const items: readonly Json[] = Array.isArray(input) ? input : [{ role: 'user', content: input ?? '' }];
  const all = typeof instructions === 'string' ? [{ role: 'system', content: instructions }, ...items] : items;
  return all.map((item) => {
    const type = stringAt(item, 'type');
    return {
      role: stringAt(item, 'role')?.replace('developer', 'system'),
      type: type === 'message' ? null : type,
      callId: stringAt(item, 'call_id'),
      name: stringAt(item, 'name'),
      written: stringAt(item, 'arguments'),
      output: stringAt(item, 'output'),
      told:
        stringAt(item, 'content') ??
        (arrayAt(item, 'content') ?? []).map((part) => stringAt(part, 'text') ?? '').join(''),
    };
  });
}

describe.skipIf(!hasRecordings)('recorded errors of responses', () => {
  it('are all judged', () => {
    expect(failures.map(([file]) => file).sort()).toEqual(Object.keys(RESPONSES_FAILURES).sort());
  });

  it.each(failures)('%s has its code', (file, recording) => {
    const error = responsesCodecFor(recording).decodeError(
      replyOf(recording.status, recording.body, recording.headers),
    );
    expect(error.code).toBe(RESPONSES_FAILURES[file]);
    expect(error.message).not.toContain(sentenceOf(recording.body));
    expect(numberAt({ status: error.detail.providerStatus ?? null }, 'status')).toBe(recording.status);
  });
});
