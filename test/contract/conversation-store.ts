// What every ConversationStore keeps: one turn at a time, written whole and told back as it was given, to its owner and to nobody
// else; and what is deleted is gone, also under a turn that runs.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  AnswerFacts,
  Claimed,
  Conversation,
  ConversationMessage,
  ConversationStore,
  Owner,
  TurnClaim,
  TurnWrite,
} from '../../src/core/conversations.ts';
import { picoUsd } from '../../src/core/money.ts';
import { drawnSeed, seededRandom } from '../faults/seeded-random.ts';
import { NOON_MS } from './windows-at-hand.ts';

const ALICE: Owner = { tenant: 'acme', userId: 'alice' };
const LEASE_MS = 30_000;
/** Each is 25 steps. */
const RUNS = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 750) / 25);

const claimOf = (requestId: string, atMs = NOON_MS): TurnClaim => ({ requestId, untilMs: atMs + LEASE_MS });

function newConversation(id: string, about: Partial<Conversation> = {}): Conversation & { readonly turn: TurnClaim } {
  return {
    id,
    ...ALICE,
    title: 'Loops',
    systemPrompt: null,
    model: null,
    version: 0,
    messageCount: 0,
    createdAtMs: NOON_MS,
    updatedAtMs: NOON_MS,
    ...about,
    turn: about.turn ?? claimOf('req_1'),
  };
}

const FACTS: AnswerFacts = {
  generationId: 'gen_1',
  provider: 'groq',
  model: 'openai/gpt-oss-120b',
  ending: 'stop',
  code: null,
  inputTokens: 10,
  outputTokens: 5,
  usageSource: 'provider',
  costPicoUsd: picoUsd(123_456_789n),
  cached: false,
};

function asked(position: number, requestId: string, content = `question ${requestId}`): ConversationMessage {
  return { position, requestId, message: { role: 'user', content }, atMs: NOON_MS, answer: null };
}

function answered(position: number, requestId: string, content = `answer ${requestId}`): ConversationMessage {
  return { position, requestId, message: { role: 'assistant', content }, atMs: NOON_MS + 1, answer: FACTS };
}

/** A whole turn behind so many messages. */
function turnAfter(conversation: { id: string; version: number; messageCount: number }, requestId: string): TurnWrite {
  const { id: conversationId, version, messageCount } = conversation;
  return {
    conversationId,
    requestId,
    version: version + 1,
    messageCount: messageCount + 2,
    systemPrompt: null,
    model: null,
    messages: [asked(messageCount + 1, requestId), answered(messageCount + 2, requestId)],
    atMs: NOON_MS + 2,
    untilMs: null,
  };
}

export function testConversationStore(name: string, open: () => Promise<ConversationStore>): void {
  let store: ConversationStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const begun = async (id: string, about: Partial<Conversation> = {}) => {
    const conversation = newConversation(id, about);
    await store.create(conversation);
    return conversation;
  };
  const kept = async (id: string, about: Partial<Conversation> = {}) => {
    const conversation = await begun(id, about);
    const turn = { ...turnAfter(conversation, conversation.turn.requestId), atMs: conversation.createdAtMs };
    expect(await store.write(turn)).toBe('kept');
    return turn;
  };
  const textsOf = async (id: string) =>
    ((await store.read(ALICE, id))?.messages ?? []).map(({ message }) => message.content);
  const idsOf = async (owner: Owner) => (await store.list(owner)).conversations.map(({ id }) => id);

  describe(`the conversations ${name}: a turn`, () => {
    it('is told back as it was written, and ends its claim', async () => {
      const turn = await kept('conv_1');
      expect(await store.read(ALICE, 'conv_1')).toEqual({
        conversation: {
          ...newConversation('conv_1'),
          version: 1,
          messageCount: 2,
          turn: null,
        },
        messages: turn.messages,
        nextAfter: null,
      });
    });

    it('keeps every kind of message and every figure, null as null', async () => {
      const conversation = await begun('conv_1');
      const state = { signature: 'a'.repeat(2_000), '10': 1.5, '2': { z: null, a: [1e21, 'NUL \u0000, \ud800'] } };
      const parts = [
        { type: 'reasoning' as const, text: 'Hm. \u0000', providerData: state },
        { type: 'text' as const, text: '\ud83d\ude00 half: \ud83d' },
        {
          type: 'tool-call' as const,
          toolCallId: 'call_1',
          name: 'look',
          argumentsText: '{"a":1',
          providerData: state,
        },
      ];
      const untold = { provider: null, model: null, inputTokens: null, outputTokens: null, costPicoUsd: null };
      const image = { type: 'image' as const, url: 'https://example.org/a.png', detail: 'low' as const };
      const pdf = 'data:application/pdf;base64,JVBERi0=';
      const file = { type: 'file' as const, mediaType: 'application/pdf' as const, url: pdf, filename: 'a.pdf' };
      const audio = { type: 'audio' as const, format: 'wav' as const, data: 'UklGRg==' };
      const messages: ConversationMessage[] = [
        {
          ...asked(1, 'req_1'),
          message: { role: 'tool', toolCallId: `O'Brien $1 ? :x`, content: "'; DROP TABLE conversations; --" },
        },
        {
          ...asked(2, 'req_1'),
          message: { role: 'user', content: [{ type: 'text', text: 'this' }, image, file, audio] },
        },
        {
          ...answered(3, 'req_1'),
          message: { role: 'assistant', content: parts },
          answer: { ...FACTS, ...untold, ending: 'broken', code: 'stream_broken', usageSource: 'none', cached: true },
        },
        {
          ...asked(4, 'req_1'),
          message: { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: 'that' }, image] },
        },
        { ...answered(5, 'req_1'), answer: { ...FACTS, costPicoUsd: picoUsd(9_007_199_254_740_993n), inputTokens: 0 } },
      ];
      await store.write({ ...turnAfter(conversation, 'req_1'), messages, messageCount: 5 });
      const read = await store.read(ALICE, 'conv_1');
      expect(read?.messages).toEqual(messages);
      const [, , answer] = read?.messages ?? [];
      // To the letter: also the order of the keys.
      expect(JSON.stringify(answer?.message.content)).toBe(JSON.stringify(parts));
    });

    it('brings its system prompt and its model, which then hold', async () => {
      const conversation = await begun('conv_1');
      await store.write({ ...turnAfter(conversation, 'req_1'), systemPrompt: 'Be brief. %_', model: 'tutor' });
      expect((await store.read(ALICE, 'conv_1'))?.conversation).toMatchObject({
        systemPrompt: 'Be brief. %_',
        model: 'tutor',
        updatedAtMs: NOON_MS + 2,
      });
    });

    it('can be written as it grows, and repeated at any time: it stands as it was written last', async () => {
      const conversation = await begun('conv_1');
      const whole = turnAfter(conversation, 'req_1');
      const underWay = { ...answered(2, 'req_1', 'one'), answer: { ...FACTS, ending: null } };
      const first = { ...whole, messages: [asked(1, 'req_1'), underWay], untilMs: NOON_MS + 1 };
      expect(await store.write(first)).toBe('kept');
      expect(await store.write(first)).toBe('kept');
      expect(await textsOf('conv_1')).toEqual(['question req_1', 'one']);
      const claimed = (await store.read(ALICE, 'conv_1'))?.conversation;
      expect(claimed).toMatchObject({
        version: 1,
        messageCount: 2,
        turn: { requestId: 'req_1', untilMs: NOON_MS + 1 },
      });
      const last = { ...whole, messages: [answered(2, 'req_1', 'one two')] };
      expect(await store.write(last)).toBe('kept');
      // Its reply was lost, and nobody knows that it was kept.
      expect(await store.write(last)).toBe('kept');
      expect(await textsOf('conv_1')).toEqual(['question req_1', 'one two']);
      expect((await store.read(ALICE, 'conv_1'))?.conversation).toMatchObject({ version: 1, turn: null });
    });

    it('is claimed by one: the next one waits until it ends or its time is over', async () => {
      await kept('conv_1');
      const claim = (requestId: string, nowMs: number) =>
        store.claim(ALICE, 'conv_1', claimOf(requestId, nowMs), nowMs, null);
      const first = await claim('req_2', NOON_MS);
      expect(first).toMatchObject({ outcome: 'claimed', conversation: { version: 1, turn: claimOf('req_2') } });
      expect(messagesOf(first)).toHaveLength(2);
      expect(await claim('req_3', NOON_MS + LEASE_MS - 1)).toEqual({ outcome: 'busy' });
      expect(await claim('req_3', NOON_MS + LEASE_MS)).toMatchObject({ outcome: 'claimed' });
      await store.release('conv_1', 'req_3');
      expect(await claim('req_4', NOON_MS)).toMatchObject({ outcome: 'claimed' });
    });

    it('whose claim was renewed keeps it; one whose claim is another’s cannot', async () => {
      await begun('conv_1');
      expect(await store.renew('conv_1', claimOf('req_1', NOON_MS + 20_000))).toBe(true);
      const claim = (nowMs: number) => store.claim(ALICE, 'conv_1', claimOf('req_2', nowMs), nowMs, null);
      expect(await claim(NOON_MS + LEASE_MS)).toEqual({ outcome: 'busy' });
      expect(await claim(NOON_MS + LEASE_MS + 20_000)).toMatchObject({ outcome: 'claimed' });
      expect(await store.renew('conv_1', claimOf('req_1', NOON_MS + 90_000))).toBe(false);
      await store.release('conv_1', 'req_1');
      expect(await claim(NOON_MS + LEASE_MS + 20_000)).toEqual({ outcome: 'busy' });
    });

    it('that somebody has overtaken writes nothing', async () => {
      const late = turnAfter(await begun('conv_1'), 'req_1');
      const afterMs = NOON_MS + LEASE_MS;
      const taken = await store.claim(ALICE, 'conv_1', claimOf('req_2', afterMs), afterMs, 0);
      expect(taken.outcome).toBe('claimed');
      expect(await store.write(late)).toBe('changed');
      expect(await textsOf('conv_1')).toEqual([]);
      expect(await store.write({ ...late, ...turnAfter(newConversation('conv_1'), 'req_2') })).toBe('kept');
      expect(await store.write(late)).toBe('changed');
      expect(await textsOf('conv_1')).toEqual(['question req_2', 'answer req_2']);
    });

    it('is not begun at a version that has passed', async () => {
      await kept('conv_1');
      const claim = (version: number) => store.claim(ALICE, 'conv_1', claimOf('req_2'), NOON_MS, version);
      expect(await claim(0)).toEqual({ outcome: 'changed', version: 1 });
      expect(await claim(2)).toEqual({ outcome: 'changed', version: 1 });
      expect(await claim(1)).toMatchObject({ outcome: 'claimed' });
    });

    it('is one of many that begin at once', async () => {
      await kept('conv_1');
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          store.claim(ALICE, 'conv_1', claimOf(`req_${number + 2}`), NOON_MS, null),
        ),
      );
      expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
      expect(claims.filter(({ outcome }) => outcome === 'busy')).toHaveLength(19);
    });
  });

  describe(`the conversations ${name}: two tabs`, () => {
    it(`never tear one, in ${RUNS} histories of claims, writes, lapses, releases and deletions`, async () => {
      const seed = drawnSeed();
      console.info(`conversations ${name}: SEED=${seed}`);
      const random = seededRandom(seed);
      for (let run = 0; run < RUNS; run++) await history(`conv_${run}`, random);
    });

    /** What a model of one conversation says at each step, the store says too. */
    async function history(id: string, random: () => number): Promise<void> {
      let nowMs = NOON_MS;
      let requests = 1;
      const saved: string[] = [];
      await begun(id, { turn: claimOf('req_1') });
      const tabs: TurnWrite[] = [turnAfter(newConversation(id), 'req_1')];
      let holder: { requestId: string; untilMs: number } | null = claimOf('req_1');
      let isThere = true;
      for (let step = 0; step < 25; step++) {
        const turn = tabs[Math.floor(random() * tabs.length)];
        const dice = random();
        if (dice < 0.4) {
          const claim = claimOf(`req_${++requests}`, nowMs);
          const isFree: boolean = holder === null || holder.untilMs <= nowMs;
          const result = await store.claim(ALICE, id, claim, nowMs, null);
          expect(result.outcome).toBe(!isThere ? 'unknown' : isFree ? 'claimed' : 'busy');
          if (result.outcome !== 'claimed') continue;
          expect(result.messages.map(({ message }) => message.content)).toEqual(saved);
          holder = claim;
          tabs.push(turnAfter(result.conversation, claim.requestId));
        } else if (dice < 0.8 && turn !== undefined) {
          const isHolder = holder?.requestId === turn.requestId;
          const wasKept = saved.includes(`answer ${turn.requestId}`);
          const result = await store.write(turn);
          expect(result).toBe(!isThere ? 'gone' : isHolder || wasKept ? 'kept' : 'changed');
          if (!isHolder || !isThere) continue;
          saved.push(`question ${turn.requestId}`, `answer ${turn.requestId}`);
          holder = null;
        } else if (dice < 0.88) nowMs += LEASE_MS;
        else if (dice < 0.95 && turn !== undefined) {
          await store.release(id, turn.requestId);
          if (holder?.requestId !== turn.requestId) continue;
          holder = null;
          isThere &&= saved.length > 0;
        } else if (dice > 0.985) {
          expect(await store.delete(ALICE, id)).toBe(isThere);
          isThere = false;
          saved.length = 0;
        }
        const read = await store.read(ALICE, id);
        expect(read !== null).toBe(isThere);
        if (read === null) continue;
        expect(read.messages.map(({ message }) => message.content)).toEqual(saved);
        expect(read.messages.map(({ position }) => position)).toEqual(saved.map((_, index) => index + 1));
        expect(read.conversation).toMatchObject({ version: saved.length / 2, messageCount: saved.length });
      }
    }
  });

  describe(`the conversations ${name}: their owner`, () => {
    const OTHERS: readonly Owner[] = [
      { tenant: 'acme', userId: 'bob' },
      { tenant: 'other', userId: 'alice' },
      { tenant: 'acme', userId: 'Alice' },
      { tenant: '%', userId: '_____' },
      { tenant: 'acme', userId: `' OR 1=1 --` },
    ];

    it('S38: is the only one who sees, claims, renames or deletes them', async () => {
      await kept('conv_1');
      for (const other of OTHERS) {
        expect(await store.read(other, 'conv_1')).toBeNull();
        expect(await store.claim(other, 'conv_1', claimOf('req_2'), NOON_MS, null)).toEqual({ outcome: 'unknown' });
        expect(await store.claim(other, 'conv_1', claimOf('req_2'), NOON_MS, 7)).toEqual({ outcome: 'unknown' });
        expect(await store.rename(other, 'conv_1', 'Mine')).toBeNull();
        expect(await store.delete(other, 'conv_1')).toBe(false);
        expect(await store.list(other)).toEqual({ conversations: [], nextCursor: null });
      }
      expect((await store.read(ALICE, 'conv_1'))?.conversation).toMatchObject({ title: 'Loops', turn: null });
      for (const near of ['', 'conv_', 'conv_%', 'CONV_1', 'conv_1 ', 'conv_1\u0000'])
        expect(await store.read(ALICE, near)).toBeNull();
    });

    it('is told of them newest activity first, and of none without a message', async () => {
      await kept('conv_1', { createdAtMs: NOON_MS + 1 });
      await kept('conv_2', { createdAtMs: NOON_MS + 3 });
      await kept('conv_3', { createdAtMs: NOON_MS + 2 });
      await kept('conv_4', { userId: 'bob' });
      await begun('conv_5');
      expect(await idsOf(ALICE)).toEqual(['conv_2', 'conv_3', 'conv_1']);
      expect((await store.list(ALICE)).conversations[0]).toEqual((await store.read(ALICE, 'conv_2'))?.conversation);
    });

    it('renames one, which is no activity', async () => {
      await kept('conv_1');
      await kept('conv_2', { createdAtMs: NOON_MS + 9 });
      const title = `'"; <b> 😀 %_`;
      expect(await store.rename(ALICE, 'conv_1', title)).toMatchObject({ id: 'conv_1', title, version: 1 });
      expect(await idsOf(ALICE)).toEqual(['conv_2', 'conv_1']);
      expect(await store.rename(ALICE, 'conv_9', title)).toBeNull();
    });

    it('gets them in pages that miss none and repeat none, 100 at most', async () => {
      for (let number = 0; number < 7; number++)
        await kept(`conv_${number}`, { createdAtMs: NOON_MS + Math.floor(number / 4) });
      const all: string[] = [];
      const sizes: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await store.list(ALICE, { limit: 3, ...(cursor !== undefined && { cursor }) });
        all.push(...page.conversations.map(({ id }) => id));
        sizes.push(page.conversations.length);
        cursor = page.nextCursor;
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(all).toEqual(await idsOf(ALICE));
      expect((await store.list(ALICE, { limit: -1 })).conversations).toHaveLength(1);
      expect((await store.list(ALICE, { limit: 1e9 })).conversations).toHaveLength(7);
    });

    it.each(['', 'x', '%%%%', `' OR 1=1 --`, 'OTk6', Buffer.from('x:conv_1').toString('base64url')])(
      'B66: gets an empty page from a place that no page named: %s',
      async (cursor) => {
        await kept('conv_1');
        expect(await store.list(ALICE, { cursor })).toEqual({ conversations: [], nextCursor: null });
      },
    );

    it('gets what was said in pages, oldest first', async () => {
      const conversation = await begun('conv_1');
      const messages = Array.from({ length: 250 }, (_, index) => asked(index + 1, 'req_1', `said ${index + 1}`));
      await store.write({ ...turnAfter(conversation, 'req_1'), messages, messageCount: 250 });
      const pages: number[][] = [];
      for (let after: number | null = 0; after !== null; ) {
        const page = await store.read(ALICE, 'conv_1', { after });
        pages.push((page?.messages ?? []).map(({ position }) => position));
        after = page?.nextAfter ?? null;
      }
      expect(pages.map(({ length }) => length)).toEqual([100, 100, 50]);
      expect(pages.flat()).toEqual(messages.map(({ position }) => position));
      expect(await store.read(ALICE, 'conv_1', { after: 250 })).toMatchObject({ messages: [], nextAfter: null });
      expect((await store.read(ALICE, 'conv_1', { limit: 0 }))?.messages).toHaveLength(1);
    });
  });

  describe(`the conversations ${name}: an end`, () => {
    it('of one that was deleted is that of all that was said in it, and of the turn that runs', async () => {
      const conversation = await begun('conv_1');
      const turn = turnAfter(conversation, 'req_1');
      await store.write({ ...turn, untilMs: NOON_MS + 1 });
      await kept('conv_2');
      expect(await store.delete(ALICE, 'conv_1')).toBe(true);
      expect(await store.delete(ALICE, 'conv_1')).toBe(false);
      expect(await store.write(turn)).toBe('gone');
      expect(await store.renew('conv_1', claimOf('req_1'))).toBe(false);
      await store.release('conv_1', 'req_1');
      expect(await store.read(ALICE, 'conv_1')).toBeNull();
      // Whoever got the same id by chance would begin with nothing.
      await begun('conv_1');
      expect(await textsOf('conv_1')).toEqual([]);
      expect(await textsOf('conv_2')).toHaveLength(2);
    });

    it('of a first turn with nothing said leaves no conversation', async () => {
      await begun('conv_1');
      await store.release('conv_1', 'req_1');
      expect(await store.read(ALICE, 'conv_1')).toBeNull();
      await kept('conv_2');
      await store.claim(ALICE, 'conv_2', claimOf('req_2'), NOON_MS, null);
      await store.release('conv_2', 'req_2');
      expect(await textsOf('conv_2')).toHaveLength(2);
    });

    it('that nobody told of is found when its owner begins another', async () => {
      await begun('conv_1');
      await begun('conv_2', { userId: 'bob' });
      await begun('conv_3', { createdAtMs: NOON_MS + LEASE_MS - 1, turn: claimOf('req_3', NOON_MS + LEASE_MS) });
      expect(await store.read(ALICE, 'conv_1')).not.toBeNull();
      await begun('conv_4', { createdAtMs: NOON_MS + LEASE_MS, turn: claimOf('req_4', NOON_MS + LEASE_MS) });
      expect(await store.read(ALICE, 'conv_1')).toBeNull();
      expect(await store.read({ tenant: 'acme', userId: 'bob' }, 'conv_2')).not.toBeNull();
      expect(await store.read(ALICE, 'conv_3')).not.toBeNull();
    });

    it('of the store is told: it is not there, and not "no such conversation"', async () => {
      const turn = turnAfter(await begun('conv_1'), 'req_1');
      await store.close();
      const away = { code: 'store_unavailable' };
      await expect(store.create(newConversation('conv_2'))).rejects.toMatchObject(away);
      await expect(store.claim(ALICE, 'conv_1', claimOf('req_2'), NOON_MS, null)).rejects.toMatchObject(away);
      await expect(store.write(turn)).rejects.toMatchObject(away);
      await expect(store.renew('conv_1', claimOf('req_1'))).rejects.toMatchObject(away);
      await expect(store.release('conv_1', 'req_1')).rejects.toMatchObject(away);
      await expect(store.list(ALICE)).rejects.toMatchObject(away);
      await expect(store.read(ALICE, 'conv_1')).rejects.toMatchObject(away);
      await expect(store.rename(ALICE, 'conv_1', 'x')).rejects.toMatchObject(away);
      await expect(store.delete(ALICE, 'conv_1')).rejects.toMatchObject(away);
    });
  });
}

function messagesOf(claimed: Claimed): readonly ConversationMessage[] {
  return claimed.outcome === 'claimed' ? claimed.messages : [];
}
