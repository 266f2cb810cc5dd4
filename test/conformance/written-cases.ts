// What is shown by fixtures that were written by a vendor's documents, and by requests: what they ask for is sent, or refused.

import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { LLMError } from '../../src/core/errors.ts';
import { contentOf } from '../../src/core/events.ts';
import type { FittedRequest } from '../../src/core/request.ts';
import type { Answer } from '../../src/core/response.ts';
import {
  type AnswerFixture,
  bytesOf,
  codecOf,
  decodeStream,
  type ErrorFixture,
  essenceOf,
  eventsOf,
  FULL_REQUEST,
  framesOf,
  grammarFault,
  readFixtures,
  replyOf,
  SCHEMA_REQUEST,
  shortAnswer,
  splits,
  thrownBy,
} from '../contract/provider.ts';
import { EMPTY_REQUEST } from '../empty-request.ts';
import { type Case, type Feature, once } from './case.ts';
import type { Traits } from './dialects.ts';
import { featuresOf } from './recorded-cases.ts';
import { VENDORS, type Vendor } from './vendors.ts';

export function writtenCases(vendors: readonly Vendor[] = VENDORS): readonly Case[] {
  return vendors.flatMap((vendor) =>
    vendor.fixtures === null ? [] : [...fixtureCases(vendor, vendor.fixtures), ...askedCases(vendor)],
  );
}

function fixtureCases(vendor: Vendor, folder: string): readonly Case[] {
  const { answers, errors, broken } = readFixtures(new URL(`../fixtures/${folder}/`, import.meta.url));
  const of = (name: string) => ({ vendor: vendor.id, source: 'written', name: `${folder}/${name}` }) as const;
  return [
    ...answers.flatMap((fixture) => {
      const traits = traitsOf(codecOf(vendor.create()).decode(fixture.whole, {}));
      const judge = {
        whole: once(() => judgeWhole(vendor, fixture)),
        stream: once(() => judgeStream(vendor, fixture)),
      };
      return (['whole', 'stream'] as const).flatMap((how) =>
        featuresOf(traits, how === 'stream').map(
          (feature): Case => ({ ...of(`${fixture.name} (${how})`), feature, run: judge[how] }),
        ),
      );
    }),
    ...errors.flatMap((fixture) => errorCases(vendor, fixture, of(fixture.name))),
    ...broken.map(
      ({ name, code, stream }): Case => ({
        ...of(`broken/${name}`),
        feature: 'errors',
        run: () => equal(codeOf(thrownBy(() => decodeStream(codecOf(vendor.create()), bytesOf(stream)))), code),
      }),
    ),
  ];
}

function traitsOf({ parts, usage }: Answer): Traits {
  return {
    calls: parts.filter(({ type }) => type === 'tool-call').length,
    hasReasoning: parts.some(({ type }) => type === 'reasoning') || (usage?.reasoningTokens ?? 0) > 0,
    hasUsage: usage !== null && usage.inputTokens !== null && usage.outputTokens !== null,
    hasCachedUsage: (usage?.cacheReadTokens ?? 0) > 0,
  };
}

function judgeWhole(vendor: Vendor, { whole, answer }: AnswerFixture): void {
  const read = codecOf(vendor.create()).decode(whole, {});
  for (const [member, wanted] of Object.entries(answer))
    equal({ [member]: within(read, member, wanted) }, { [member]: wanted });
}

/** What is written may leave out what it does not judge, such as a figure of the usage. */
function within(read: Answer, member: string, wanted: unknown): unknown {
  const value: unknown = Object.entries(read).find(([name]) => name === member)?.[1];
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return value;
  const judged = Object.entries(value ?? {}).filter(([name]) => Object.hasOwn(wanted, name));
  return Object.fromEntries(judged.sort(([a], [b]) => Object.keys(wanted).indexOf(a) - Object.keys(wanted).indexOf(b)));
}

function judgeStream(vendor: Vendor, { whole, stream }: AnswerFixture): void {
  const codec = codecOf(vendor.create());
  const wanted = essenceOf(codec.decode(whole, {}));
  const bytes = bytesOf(stream);
  for (const split of splits()) equal(essenceOf(decodeStream(codec, bytes, split)), wanted, split.name);
  const frames = framesOf(bytes);
  equal(grammarFault(eventsOf(codec, frames)), null);
  const lastEvents = frames.length - 1;
  for (let left = 0; left < lastEvents; left++)
    equal(shortAnswer(codec, frames.slice(0, left), wanted), null, `cut after ${left} events`);
}

function errorCases(vendor: Vendor, fixture: ErrorFixture, of: Pick<Case, 'vendor' | 'source' | 'name'>): Case[] {
  const { status, headers = {}, body, code, retryAfterMs } = fixture;
  const told = () => codecOf(vendor.create()).decodeError(replyOf(status, body, headers));
  const errors: Case = { ...of, feature: 'errors', run: () => equal(told().code, code) };
  if (retryAfterMs === undefined) return [errors];
  return [errors, { ...of, feature: 'wait', run: () => equal(told().retryAfterMs, retryAfterMs) }];
}

interface Asked {
  readonly feature: Feature;
  readonly what: string;
  readonly request: FittedRequest;
  /** What must then be in the body. */
  readonly marker: string;
}

export const QUESTION: FittedRequest = {
  ...EMPTY_REQUEST,
  messages: [{ role: 'user', content: 'Why?' }],
  maxTokens: 100,
};
const PICTURE = { type: 'image', url: 'data:image/png;base64,iVBORw0KGgo=' } as const;
const ASKED: readonly Asked[] = [
  { feature: 'tools', what: 'tools', request: { ...QUESTION, tools: FULL_REQUEST.tools }, marker: 'run_code' },
  {
    feature: 'schema',
    what: 'a JSON schema',
    request: { ...QUESTION, responseFormat: SCHEMA_REQUEST.responseFormat },
    marker: 'property_of_the_schema',
  },
  {
    feature: 'images',
    what: 'a picture',
    request: { ...QUESTION, messages: [{ role: 'user', content: [PICTURE] }] },
    marker: 'iVBORw0KGgo=',
  },
];

/** Refused by a sentence that says of what, or sent whole. That it is sent shows something only where the vendor is known to take it. */
function askedCases(vendor: Vendor): readonly Case[] {
  const codec = codecOf(vendor.create());
  return ASKED.flatMap(({ feature, what, request, marker }): Case[] => {
    const of = { vendor: vendor.id, source: 'written', feature, name: `a request with ${what}` } as const;
    const encode = () => codec.encode(request, vendor.model ?? 'model-1', false);
    const sent = thrownBy(encode);
    if (sent instanceof Error)
      return [{ ...of, name: `${of.name}, refused`, isRefusal: true, run: () => judgeRefusal(sent) }];
    return vendor.model === null ? [] : [{ ...of, run: () => ok(JSON.stringify(encode().body).includes(marker)) }];
  });
}

export function judgeRefusal(thrown: unknown): void {
  ok(thrown instanceof LLMError && thrown.code === 'invalid_request', `refused by ${thrown}`);
  ok(
    thrown.detail.param !== undefined && thrown.message.length > 20,
    'the refusal does not say of what, or what to do',
  );
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof LLMError ? thrown.code : thrown;
}

/** For a stream that can be held in the middle of its text: the first that has one. */
export function textStreamOf(vendor: Vendor): string | null {
  if (vendor.fixtures === null) return null;
  const { answers } = readFixtures(new URL(`../fixtures/${vendor.fixtures}/`, import.meta.url));
  const codec = codecOf(vendor.create());
  return answers.find(({ whole }) => contentOf(codec.decode(whole, {}).parts) !== '')?.stream ?? null;
}
