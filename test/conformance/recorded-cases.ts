// What recorded traffic shows: each answer is read whole or as its stream, in pieces and cut short; each failure has its code.

import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { collect, contentOf, replay } from '../../src/core/events.ts';
import { parsedJson } from '../../src/core/json.ts';
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
  shortAnswer,
  splits,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { eventsLeftByCuts, type Recording } from '../providers/recorded.ts';
import { type Case, type Feature, once } from './case.ts';
import { DIALECTS, type Dialect, type Traits } from './dialects.ts';
import { saidWaitMs } from './waits.ts';

export function recordedCases(): readonly Case[] {
  return DIALECTS.flatMap((dialect) =>
    dialect.recordings
      .filter((recording) => dialect.isRead(recording))
      .flatMap((recording) => (recording.status === 200 ? answerCases : failureCases)(dialect, recording)),
  );
}

/** Features of an answer that is there in one piece or as a stream. */
export function featuresOf({ calls, hasReasoning, hasUsage, hasCachedUsage }: Traits, isStream: boolean) {
  const features: Feature[] = [isStream ? 'stream' : 'whole'];
  if (calls > 0) features.push(isStream ? 'streamedTools' : 'tools');
  if (calls > 1) features.push('parallel');
  if (hasReasoning) features.push('reasoning');
  if (hasUsage) features.push('usage');
  if (hasCachedUsage) features.push('cached');
  return features;
}

function answerCases(dialect: Dialect, recording: Recording): readonly Case[] {
  const { file: name, stream } = recording;
  const of = { vendor: dialect.vendorOf(recording), source: 'recorded', name } as const;
  const code = dialect.streamErrorOf(recording);
  if (code !== null) {
    const run = () => equal(codeOf(thrownBy(() => streamedAnswer(dialect, recording))), code);
    return [{ ...of, feature: 'errors', run }];
  }
  const run = once(() => (stream === null ? judgeWhole : judgeStream)(dialect, recording));
  const features = featuresOf(dialect.traitsOf(recording), stream !== null);
  return [...features.map((feature): Case => ({ ...of, feature, run })), ...requestCases(dialect, recording, of)];
}

function judgeWhole(dialect: Dialect, recording: Recording): void {
  const answer = wholeAnswer(dialect, recording);
  equal(dialect.asReading(answer), dialect.readingOf(recording));
  equal(collect(replay(answer)), answer);
}

function judgeStream(dialect: Dialect, recording: Recording): void {
  const codec = codecOf(dialect.providerFor(recording));
  const bytes = bytesOf(recording.stream ?? '');
  const answer = decodeStream(codec, bytes);
  equal(dialect.asReading(answer), dialect.readingOf(recording));
  const frames = framesOf(bytes);
  equal(grammarFault(eventsOf(codec, frames)), null);
  for (const split of splits()) equal(decodeStream(codec, bytes, split), answer, split.name);
  for (const left of eventsLeftByCuts(bytes))
    if (left < dialect.wholeFrom(frames))
      equal(shortAnswer(codec, frames.slice(0, left), essenceOf(answer)), null, `cut after ${left} events`);
}

/** What of a request only shows when it is sent: its pictures, and the schema that its answer keeps. */
function requestCases(
  dialect: Dialect,
  recording: Recording,
  of: Pick<Case, 'vendor' | 'source' | 'name'>,
): readonly Case[] {
  const { request } = recording;
  if (request === null) return [];
  const cases: Case[] = [];
  const images = dialect.imagesIn(request);
  if (images.length > 0) cases.push({ ...of, feature: 'images', run: () => judgeImages(dialect, recording, images) });
  const schema = dialect.schemaIn(request);
  if (schema !== null) cases.push({ ...of, feature: 'schema', run: () => judgeSchema(dialect, recording) });
  return cases;
}

function judgeImages(dialect: Dialect, recording: Recording, images: readonly string[]): void {
  const content = images.map((image) => ({
    type: 'image' as const,
    url: /^(data|https?):/.test(image) ? image : `data:image/png;base64,${image}`,
  }));
  const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'What is it?' }, ...content] }];
  const codec = codecOf(dialect.providerFor(recording));
  const { body } = codec.encode({ ...EMPTY_REQUEST, messages, maxTokens: 100 }, 'model-1', false);
  equal(dialect.imagesIn(body), images);
}

/** A stream of calls, or an answer that was cut, holds no JSON to be judged; its text is compared by the other cases. */
function judgeSchema(dialect: Dialect, recording: Recording): void {
  const { stream, request } = recording;
  const answer = (stream === null ? wholeAnswer : streamedAnswer)(dialect, recording);
  if (answer.finishReason === 'stop') ok(parsedJson(contentOf(answer.parts)) !== null, 'the answer is no JSON');
  const schema = request === null ? null : dialect.schemaIn(request);
  if (schema === null) return;
  const messages = [{ role: 'user' as const, content: 'Who?' }];
  const responseFormat = { type: 'json-schema' as const, name: 'answer', schema };
  const codec = codecOf(dialect.providerFor(recording));
  const { body } = codec.encode({ ...EMPTY_REQUEST, messages, responseFormat, maxTokens: 100 }, 'model-1', false);
  ok(dialect.schemaIn(body) !== null, 'the schema is not sent');
}

function wholeAnswer(dialect: Dialect, recording: Recording): Answer {
  return codecOf(dialect.providerFor(recording)).decode(recording.body, recording.headers);
}

function streamedAnswer(dialect: Dialect, recording: Recording): Answer {
  return decodeStream(codecOf(dialect.providerFor(recording)), bytesOf(recording.stream ?? ''));
}

function failureCases(dialect: Dialect, recording: Recording): readonly Case[] {
  const { file: name, status, headers, body } = recording;
  const of = { vendor: dialect.vendorOf(recording), source: 'recorded', name } as const;
  const told = () => codecOf(dialect.providerFor(recording)).decodeError(replyOf(status, body, headers));
  const errors: Case = { ...of, feature: 'errors', run: () => equal(told().code, dialect.failures[name]) };
  const waitMs = saidWaitMs(headers, body);
  return waitMs === null
    ? [errors]
    : [errors, { ...of, feature: 'wait', run: () => equal(told().retryAfterMs, waitMs) }];
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
}
