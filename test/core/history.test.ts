// What of a conversation is sent on. The properties hold for conversations of any make: tool calls whose results come late, out of
// order or never, pins and system messages anywhere.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistoryLimits, trimHistory } from '../../src/core/history.ts';
import { type Message, textOf, toolCallsOf } from '../../src/core/request.ts';

const lengthOf = (message: Message) => textOf(message).length;
const trim = (messages: readonly Message[], limits: Partial<HistoryLimits> = {}) =>
  trimHistory(messages, { maxMessages: 10, maxTokens: 4_000, ...limits }, lengthOf);

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const calling = (...ids: readonly string[]): Message => ({
  role: 'assistant',
  content: ids.map((toolCallId) => ({ type: 'tool-call', toolCallId, name: 'run', argumentsText: '{}' })),
});
const result = (toolCallId: string, content = '42'): Message => ({ role: 'tool', toolCallId, content });
/** Questions and answers, the last one unanswered. */
const chat = (turns: number) =>
  Array.from({ length: 2 * turns - 1 }, (_, index) =>
    index % 2 === 0 ? user(`question ${index / 2}`) : assistant(`answer ${(index - 1) / 2}`),
  );

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const words = fc.string({ maxLength: 40 });
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: words.map(user) },
  { weight: 3, arbitrary: words.map(assistant) },
  { weight: 2, arbitrary: fc.uniqueArray(ids, { minLength: 1, maxLength: 3 }).map((called) => calling(...called)) },
  { weight: 3, arbitrary: fc.tuple(ids, words).map(([id, content]) => result(id, content)) },
  { weight: 1, arbitrary: words.map((content): Message => ({ role: 'system', content })) },
);
const pinnable = fc
  .tuple(message, fc.integer({ min: 0, max: 9 }))
  .map(([each, chance]): Message => (chance === 0 ? { ...each, pinned: true } : each));
const conversation = fc.array(pinnable, { minLength: 1, maxLength: 60 });
const limits = fc.record({ maxMessages: fc.integer({ min: 1, max: 30 }), maxTokens: fc.integer({ min: 1, max: 600 }) });

describe('a history that is sent on', () => {
  it('is all of it, as it stands, while it fits', () => {
    const messages = chat(5);
    expect(trim(messages)).toBe(messages);
  });

  it('is at most as many messages as configured, the newest included', () => {
    for (let turns = 1; turns <= 60; turns++) {
      const kept = trim(chat(turns));
      expect(kept.length).toBeLessThanOrEqual(10);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(2 * turns - 1, 6));
      expect(kept.at(-1)).toEqual(user(`question ${turns - 1}`));
    }
  });

  it('begins with a user, where what fits has one in its older half', () => {
    for (let turns = 6; turns <= 60; turns++) expect(trim(chat(turns))[0]?.role).toBe('user');
  });

  it('keeps a pinned message, however old and long, and takes its room from the others', () => {
    const goal: Message = { ...user('Teach me recursion.'.repeat(400)), pinned: true };
    const kept = trim([goal, assistant('Gladly'), ...chat(30)]);
    expect(kept[0]).toBe(goal);
    expect(kept.at(-1)).toEqual(user('question 29'));
    expect(kept.length).toBeLessThanOrEqual(10);
  });

  it('keeps with a pinned result the call it answers, and all of its results', () => {
    const [call, first, second] = [calling('a', 'b'), result('a'), { ...result('b'), pinned: true }];
    const kept = trim([user('q'), call, first, second, assistant('done'), ...chat(30)]);
    expect(kept.slice(0, 3)).toEqual([call, first, second]);
  });

  it('never parts a call from a result that comes late, over a message of the user', () => {
    const late = [user('q'), calling('a'), user('well?'), result('a'), assistant('done')];
    for (let maxMessages = 1; maxMessages <= 8; maxMessages++) {
      const kept = trim([...late, ...chat(1)], { maxMessages });
      expect(kept.some(({ role }) => role === 'tool')).toBe(kept.some((each) => toolCallsOf(each).length > 0));
    }
  });
});

it('a client that counts its calls anew with each turn is trimmed like any other', () => {
  const messages = Array.from({ length: 30 }, () => [user('q'), calling('0'), result('0'), assistant('a')]).flat();
  const kept = trim([...messages, user('now?')]);
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept.length).toBeGreaterThanOrEqual(5);
});

describe('of any conversation', () => {
  const check = (property: (messages: readonly Message[], kept: readonly Message[], limits: HistoryLimits) => void) =>
    fc.assert(
      fc.property(conversation, limits, (messages, within) => property(messages, trim(messages, within), within)),
      { numRuns: 500 },
    );

  it('is kept: every system message, every pin, the last user message and all after it, in their order', () => {
    check((messages, kept) => {
      const lastUser = messages.findLastIndex(({ role }) => role === 'user');
      const must = messages.filter(
        (each, index) => each.role === 'system' || each.pinned === true || (lastUser >= 0 && index >= lastUser),
      );
      expect(kept.filter((each) => must.includes(each))).toEqual(must);
      expect(messages.filter((each) => kept.includes(each))).toEqual(kept);
    });
  });

  it('a tool call and its results are kept together or dropped together', () => {
    check((messages, kept) => {
      for (const [index, each] of messages.entries()) {
        if (each.role !== 'tool') continue;
        const call = messages.findLast(
          (other, at) => at < index && toolCallsOf(other).some(({ toolCallId }) => toolCallId === each.toolCallId),
        );
        if (call !== undefined) expect(kept.includes(each)).toBe(kept.includes(call));
      }
    });
  });

  it('what is dropped leaves no gap: apart from systems and pins, all that is kept is the newest', () => {
    check((messages, kept) => {
      const firstKept = messages.findIndex(
        (each) => kept.includes(each) && each.role !== 'system' && !isInPinned(each, messages),
      );
      if (firstKept < 0) return;
      expect(messages.slice(firstKept).filter((each) => !kept.includes(each))).toEqual([]);
    });
  });

  it('the limits hold for all that may be dropped', () => {
    check((messages, kept, { maxMessages, maxTokens }) => {
      const lastUser = messages.findLastIndex(({ role }) => role === 'user');
      const older = kept.filter((each) => each.role !== 'system' && messages.indexOf(each) < lastUser);
      const droppable = older.filter((each) => !isInPinned(each, messages) && !isInTurn(each, messages));
      if (lastUser < 0 || droppable.length === 0) return;
      expect(kept.filter(({ role }) => role !== 'system').length).toBeLessThanOrEqual(maxMessages);
      expect(droppable.reduce((sum, each) => sum + lengthOf(each), 0)).toBeLessThanOrEqual(maxTokens);
    });
  });
});

/** By the same words as above: a message that a pin, or the current turn, holds by its calls and results. */
function isInPinned(each: Message, messages: readonly Message[]): boolean {
  return linkedTo(each, messages).some(({ pinned }) => pinned === true);
}

function isInTurn(each: Message, messages: readonly Message[]): boolean {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  return linkedTo(each, messages).some((other) => messages.indexOf(other) >= lastUser);
}

/** All that must stay with this message: the shortest stretch around it that no call's results cross. */
function linkedTo(each: Message, messages: readonly Message[]): readonly Message[] {
  const at = messages.indexOf(each);
  const crosses = (cut: number) =>
    messages[cut]?.role === 'tool'
      ? true
      : messages.some(
          (call, index) =>
            index < cut &&
            toolCallsOf(call).some(({ toolCallId }) =>
              messages.some((other, later) => later >= cut && other.role === 'tool' && other.toolCallId === toolCallId),
            ),
        );
  let start = at;
  while (start > 0 && crosses(start)) start--;
  let end = at + 1;
  while (end < messages.length && crosses(end)) end++;
  return messages.slice(start, end);
}

describe('a stable beginning, for the prompt caches of vendors', () => {
  it('is a matter of the messages alone: the same conversation is cut at the same place', () => {
    fc.assert(
      fc.property(conversation, limits, (messages, within) => {
        expect(trim(structuredClone(messages), within)).toEqual(trim(messages, within));
      }),
    );
  });

  it.each([
    { maxMessages: 10, most: 0.55 },
    { maxMessages: 20, most: 0.3 },
    { maxMessages: 40, most: 0.15 },
  ])('changes seldom while a chat grows ($maxMessages messages)', ({ maxMessages, most }) => {
    const changed = changesOf((turns) => trim(chat(turns), { maxMessages }));
    console.log(
      `${maxMessages} messages: the beginning changes at ${(100 * changed).toFixed(0)} of 100 turns of a long chat`,
    );
    expect(changed).toBeLessThanOrEqual(most);
  });

  it('changes seldom also where tokens are the limit, and turns are of any length with tools between', () => {
    const texts = fc.array(fc.integer({ min: 20, max: 600 }), { minLength: 120, maxLength: 120 });
    let [changes, rounds] = [0, 0];
    fc.assert(
      fc.property(texts, (lengths) => {
        const turnsOf = (turns: number) =>
          lengths
            .slice(0, turns)
            .flatMap((length, turn) => [
              user('q'.repeat(length)),
              ...(length % 3 === 0 ? [calling(`call ${turn}`), result(`call ${turn}`, 'r'.repeat(length))] : []),
              assistant('a'.repeat(length)),
            ]);
        changes += changesOf((turns) => trim([...turnsOf(turns), user('now?')], { maxMessages: 1_000 }), 120);
        rounds++;
      }),
      { numRuns: 30 },
    );
    console.log(
      `4,000 tokens: the beginning changes at ${((100 * changes) / rounds).toFixed(0)} of 100 turns of a long chat`,
    );
    expect(changes / rounds).toBeLessThanOrEqual(0.6);
  });
});

/** How often the first message that is kept is another one than a turn before, of the turns at which something was dropped. */
function changesOf(sent: (turns: number) => readonly Message[], turns = 400): number {
  let changes = 0;
  let trims = 0;
  let before: string | undefined;
  for (let turn = 1; turn <= turns; turn++) {
    const kept = sent(turn);
    const first = JSON.stringify(kept[0]);
    if (before !== undefined && first !== before) changes++;
    if (changes > 0) trims++;
    before = first;
  }
  return changes / trims;
}
