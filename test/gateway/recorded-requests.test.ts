// What clients of Anthropic's Messages and OpenAI's Responses API were recorded asking: each is read, or refused for a thing that is
// nobody's here, and what is left out is named. Read where it lies; a clone without it says so and skips.

import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../src/core/check.ts';
import { mediaOf } from '../../src/core/media.ts';
import { fromCount, fromMessages } from '../../src/gateway/anthropic-request.ts';
import { fromChat } from '../../src/gateway/openai-request.ts';
import { fromResponses } from '../../src/gateway/responses-request.ts';
import type { SpokenAsked } from '../../src/gateway/spoken-fields.ts';
import { hasRecordings, type Recording, recordingsOf } from '../providers/recorded.ts';

/** Tools that a vendor runs, and pictures in results. */
const NOBODYS =
  /only tools that the client runs|only function tools|a vendor’s own tools are not taken|list of text and image blocks|a list of input_text and input_image$/;
/** What is known to be left out, and why it may be: where nobody heeds it, nothing is wrong in the answer. */
const LEFT_OUT = /(^|\.)(cache_control|budget_tokens|display|effort)$/;

const KINDS: readonly [string, number, (body: unknown) => SpokenAsked][] = [
  ['messages', 20, (body) => fromMessages(body, {}, undefined)],
  ['count_tokens', 2, fromCount],
  ['responses', 18, (body) => fromResponses(body, {}, undefined)],
];

describe.skipIf(!hasRecordings)('recorded requests', () => {
  it.each(KINDS)('of %s are read, at least %i of them, or refused by what they ask', (api, least, read) => {
    const requests = recordingsOf(api).flatMap(({ file, request }: Recording) =>
      // Google has a count of tokens of its own.
      request === null || file.startsWith('google/') ? [] : [{ file, request }],
    );
    const outcomes = requests.map(({ file, request }) => ({
      file,
      ...outcomeOf(() => read(structuredClone(request))),
    }));
    expect(outcomes.filter(({ refusal }) => refusal !== null && !NOBODYS.test(refusal))).toEqual([]);
    expect(outcomes.filter(({ refusal }) => refusal === null).length).toBeGreaterThanOrEqual(least);
    expect(outcomes.flatMap(({ ignored }) => ignored.filter((name) => !LEFT_OUT.test(name)))).toEqual([]);
  });
});

it.skipIf(!hasRecordings)('recorded chats are read with every picture and every sound that they hold', () => {
  const held = recordingsOf('chat.completions').flatMap(({ file, request }) => {
    // Mistral's own shape is another: there the picture is a text.
    const count = JSON.stringify(request).match(/"type":"(image_url|input_audio)"/g)?.length ?? 0;
    return request === null || count === 0 || file.startsWith('mistral/') ? [] : [{ file, request, count }];
  });
  expect(held.length).toBeGreaterThanOrEqual(4);
  for (const { file, request, count } of held) {
    const { messages } = fromChat(structuredClone(request), {}, undefined).request;
    expect([file, checkRequest({ messages }).messages.flatMap(mediaOf).length]).toEqual([file, count]);
  }
});

function outcomeOf(read: () => SpokenAsked): { readonly refusal: string | null; readonly ignored: readonly string[] } {
  try {
    return { refusal: null, ignored: read().ignored };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error), ignored: [] };
  }
}
