// Anthropic against recorded traffic. Whole answers, streams and errors are read as they were recorded; every stream is cut after each
// of its bytes.

import { describe, expect, it } from 'vitest';
import { collect, replay } from '../../src/core/events.ts';
import { arrayAt, isObject, type Json, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { Message } from '../../src/core/request.ts';
import { createAnthropic } from '../../src/providers/anthropic.ts';
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
import { asFittedRequest } from '../tokens/recorded-requests.ts';
import { eventsLeftByCuts, hasRecordings, type Recording } from './recorded.ts';
import { asMessageReading, MESSAGE_FAILURES, readingOfMessage, recordedMessages } from './recorded-messages.ts';

const codec = codecOf(createAnthropic({ apiKey: CANARY_KEY, outputLimitOf: () => 64_000 }));

const recordings = recordedMessages();
const wholes = recordings.filter(({ status, stream }) => status === 200 && stream === null);
const streams = recordings.filter(({ status, stream }) => status === 200 && stream !== null);
const failures = recordings.filter(({ status }) => status >= 400);
const named = (list: readonly Recording[]) => list.map((recording) => [recording.file, recording] as const);

describe.skipIf(!hasRecordings)('recorded whole answers of Anthropic', () => {
  it('are there', () => {
    expect(wholes.length).toBeGreaterThanOrEqual(18);
  });

  it.each(named(wholes))('%s is read as it stands', (_file, recording) => {
    const answer = codec.decode(recording.body, recording.headers);
    expect(asMessageReading(answer)).toEqual(readingOfMessage(recording));
    expect(collect(replay(answer))).toEqual(answer);
  });

  it.each(named(wholes))('%s goes back as it came', (_file, recording) => {
    const { parts } = codec.decode(recording.body, recording.headers);
    const messages: readonly Message[] = [
      { role: 'user', content: 'First question' },
      { role: 'assistant', content: parts },
      { role: 'user', content: 'Another question' },
    ];
    const { body } = codec.encode({ ...EMPTY_REQUEST, messages, maxTokens: 10 }, 'claude-sonnet-4-6', false);
    const sent = (arrayAt(body, 'messages') ?? []).find((message) => stringAt(message, 'role') === 'assistant');
    expect(kept(arrayAt(sent ?? null, 'content') ?? [])).toEqual(kept(arrayAt(recording.body, 'content') ?? []));
  });
});

/** All texts of one, whose pieces stand together with their sources; and what is neither text nor the vendor's own work. */
function kept(content: readonly Json[]): readonly Json[] {
  const isOf = (type: string) => (block: Json) => stringAt(block, 'type') === type;
  const text = content
    .filter(isOf('text'))
    .map((block) => stringAt(block, 'text'))
    .join('');
  return [text, ...content.filter(isOf('thinking')), ...content.filter(isOf('tool_use'))].map(withoutCaller);
}

/** Who may call a tool is told beside newer calls, and needs not go back. */
function withoutCaller(block: Json): Json {
  if (!isObject(block)) return block;
  const { caller: _caller, ...rest } = block;
  return rest;
}

describe.skipIf(!hasRecordings)('recorded streams of Anthropic', () => {
  it('are there', () => {
    expect(streams.length).toBeGreaterThanOrEqual(17);
  });

  it.each(named(streams))('%s is read as it stands, in whatever pieces it comes', (_file, recording) => {
    const bytes = bytesOf(recording.stream ?? '');
    const answer = decodeStream(codec, bytes);
    expect(asMessageReading(answer)).toEqual(readingOfMessage(recording));
    expect(grammarFault(eventsOf(codec, framesOf(bytes)))).toBeNull();
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
});

describe.skipIf(!hasRecordings)('recorded errors of Anthropic', () => {
  it('are all judged', () => {
    expect(failures.map(({ file }) => file).sort()).toEqual(Object.keys(MESSAGE_FAILURES).sort());
  });

  it.each(named(failures))('%s has its code', (file, { status, headers, body }) => {
    const error = codec.decodeError(replyOf(status, body, headers));
    expect(error.code).toBe(MESSAGE_FAILURES[file]);
    expect(error.message).not.toContain(stringAt(objectAt(body, 'error') ?? {}, 'message'));
    expect(error.message).toContain(stringAt(body, 'request_id'));
  });
});

describe.skipIf(!hasSharedData)('errors of Anthropic that others have quoted', () => {
  const quoted = (arrayAt(sharedJson('quoted-errors.json'), 'errors') ?? []).filter(
    (each) => stringAt(each, 'provider') === 'anthropic',
  );

  it('are there', () => {
    expect(quoted.length).toBeGreaterThanOrEqual(4);
  });

  it.each(quoted.map((each) => [numberAt(each, 'status') ?? 0, stringAt(each, 'quoted_in'), each] as const))(
    '%i at %s is an overload',
    (status, _where, each) => {
      const body = isObject(each) ? (each['body'] ?? null) : null;
      const error =
        status === 200
          ? thrownBy(() => decodeStream(codec, bytesOf(String(body))))
          : codec.decodeError(replyOf(status, body));
      expect(error).toMatchObject({ code: 'provider_overloaded' });
    },
  );
});

describe.skipIf(!hasRecordings)('recorded requests to Anthropic', () => {
  const asked = recordings.flatMap(({ file, status, request }) => {
    const fitted = status === 200 && request !== null ? asFittedRequest('messages', request) : null;
    return fitted === null || request === null ? [] : [[file, request, fitted] as const];
  });

  it('are there', () => {
    expect(asked.length).toBeGreaterThanOrEqual(15);
  });

  it.each(asked)('%s would be sent by us as it was sent', (_file, request, fitted) => {
    const { body } = codec.encode(fitted, stringAt(request, 'model') ?? '', request['stream'] === true);
    expect(plain(body['messages'])).toEqual(plain(request['messages']));
    expect(plain(body['system'])).toEqual(plain(asBlocks(request['system'])));
    expect(plain(body['tools'])).toEqual(plain(request['tools']));
  });
});

/** What the reader of recorded requests does not take over. A thought that lost its signature is left out by us. */
const NOT_READ: ReadonlySet<string> = new Set(['cache_control', 'citations', 'is_error', 'strict']);

/** A text that stands for a list with one block is that list. */
function plain(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.filter((each) => stringAt(each, 'type') !== 'thinking').map(plain);
  if (!isObject(value)) return value ?? null;
  const members = Object.entries(value).filter(([name]) => !NOT_READ.has(name));
  return Object.fromEntries(
    members.map(([name, member]) => [name, name === 'content' ? plain(asBlocks(member)) : plain(member)]),
  );
}

function asBlocks(content: Json | undefined): Json {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? null);
}
