// Many tabs of several users, at two instances over one store: whatever they do at once, no conversation is torn, nobody is asked for
// a turn that came second, and nobody reaches what is another's.

import { describe, expect, it } from 'vitest';
import type { ConversationStore, Owner } from '../../src/core/conversations.ts';
import { LLMError } from '../../src/core/errors.ts';
import { textOf } from '../../src/core/request.ts';
import { openSqliteConversations } from '../../src/stores/sqlite/conversations.ts';
import { ChatWorld } from '../conversations/chat-world.ts';
import { drawnSeed, seededRandom } from '../faults/seeded-random.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, breaks, fails, type Turn } from '../world.ts';

/** A history is some fifty requests. */
const RUNS = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 2_000) / 50);
const ROUNDS = 8;
const OWNERS: readonly Owner[] = [
  { tenant: 'acme', userId: 'ann' },
  { tenant: 'acme', userId: 'bob' },
  { tenant: 'other', userId: 'ann' },
];

/** What became of one message. */
type Fate = 'kept' | 'kept or not' | 'not kept';

class Tabs {
  readonly #random: () => number;
  readonly #clock = new SimulatedClock();
  readonly #instances: readonly ChatWorld[];
  readonly #fates = new Map<string, Fate>();
  readonly #places = new Map<string, string>();
  readonly #deleted = new Set<string>();
  readonly #owned = new Map<string, Owner>();
  #said = 0;

  constructor(random: () => number, store: ConversationStore) {
    this.#random = random;
    const turn: Turn = (emit, options, request) =>
      this.#turnOf(textOf(request.messages.at(-1) ?? NOTHING))(emit, options, request);
    const turns = Array.from({ length: 1_000 }, () => turn);
    this.#instances = [0, 1].map(() => new ChatWorld({ turns, clock: this.#clock }, store));
  }

  async play(): Promise<void> {
    for (const owner of OWNERS)
      this.#owned.set((await this.#instance().say({ message: 'whole first' }, owner)).conversationId, owner);
    for (let round = 0; round < ROUNDS; round++) {
      const acts = Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => this.#act());
      const all = Promise.all(acts);
      let isOver = false;
      void all.finally(() => {
        isOver = true;
      });
      while (!isOver) await this.#clock.advanceAsync(100);
      await all;
      // Who was left says its last words.
      await this.#clock.advanceAsync(6_000);
      for (const [id, owner] of this.#owned) await this.#check(id, owner);
    }
  }

  #act(): Promise<void> {
    const id = this.#pick([...this.#owned.keys()]);
    const owner = this.#random() < 0.2 ? this.#pick(OWNERS) : (this.#owned.get(id) ?? this.#pick(OWNERS));
    const dice = this.#random();
    if (dice < 0.9) return this.#speak(id, owner);
    if (dice < 0.98) return this.#rename(id, owner);
    return this.#delete(id, owner);
  }

  async #speak(conversationId: string, owner: Owner): Promise<void> {
    const message = `${this.#pick(['whole', 'whole', 'slow', 'broken', 'failed'])} m${this.#said++}`;
    this.#fates.set(message, 'not kept');
    this.#places.set(message, conversationId);
    const here = this.#instance();
    const asked = () =>
      this.#instances
        .flatMap(({ world }) => world.asked)
        .filter(({ request }) => textOf(request.messages.at(-1) ?? NOTHING) === message);
    try {
      const { generation, leave, life } = await here.start({ message, conversationId }, owner);
      const left = new AbortController();
      const goes = () => {
        leave();
        left.abort();
      };
      if (this.#random() < 0.2) this.#clock.after(Math.floor(this.#random() * 2_000), goes);
      const ended = await generation.whole(left.signal).catch((error: unknown) => error);
      await life;
      this.#fates.set(message, fateOf(ended));
    } catch (error) {
      const isOthers = this.#owned.get(conversationId) !== owner;
      // What is deleted at the same time is there or not.
      const codes = isOthers
        ? ['not_found']
        : ['conversation_changed', ...this.#ifDeleted(conversationId, 'not_found')];
      expect(codes).toContain(error instanceof LLMError ? error.code : error);
      expect(asked()).toEqual([]);
    }
  }

  async #rename(id: string, owner: Owner): Promise<void> {
    const renamed = await this.#instance()
      .conversations.rename(owner, id, `by ${owner.tenant}/${owner.userId}`)
      .catch(() => null);
    const isOwn = this.#owned.get(id) === owner;
    expect([isOwn, ...this.#ifDeleted(id, false)]).toContain(renamed !== null);
  }

  #ifDeleted<T>(id: string, then: T): readonly T[] {
    return this.#deleted.has(id) ? [then] : [];
  }

  async #delete(id: string, owner: Owner): Promise<void> {
    const isThere = this.#owned.get(id) === owner && !this.#deleted.has(id);
    if (isThere) this.#deleted.add(id);
    await this.#instance()
      .conversations.delete(owner, id)
      .then(
        () => expect(isThere).toBe(true),
        () => expect(isThere).toBe(false),
      );
  }

  async #check(id: string, owner: Owner): Promise<void> {
    const { conversations } = this.#instance();
    for (const other of OWNERS) {
      const seen = (await conversations.list(other)).conversations.map((conversation) => conversation.id);
      expect(seen.includes(id)).toBe(other === owner && !this.#deleted.has(id));
      if (other !== owner) await expect(conversations.read(other, id)).rejects.toMatchObject({ code: 'not_found' });
    }
    if (this.#deleted.has(id)) return;
    const { conversation, messages } = await conversations.read(owner, id);
    expect(messages.map(({ position }) => position)).toEqual(messages.map((_, index) => index + 1));
    expect(conversation).toMatchObject({ version: messages.length / 2, messageCount: messages.length, turn: null });
    const questions = messages.filter(({ message }) => message.role === 'user').map(({ message }) => textOf(message));
    const replies = messages.filter(({ message }) => message.role === 'assistant');
    expect(new Set(questions).size).toBe(questions.length);
    for (const [index, question] of questions.entries()) {
      const reply = replies[index];
      if (reply === undefined) throw new Error(`${question} has no answer`);
      expect(`to ${question}`.startsWith(textOf(reply.message))).toBe(true);
      expect(reply.position).toBe(2 * index + 2);
      expect(this.#fates.get(question)).not.toBe('not kept');
    }
  }

  /** Every message that has to be in a conversation which is still there is in one. */
  async missing(): Promise<readonly string[]> {
    const said = new Set<unknown>();
    const there = [...this.#owned].filter(([id]) => !this.#deleted.has(id));
    for (const [id, owner] of there) for (const text of await this.#instance().texts(id, owner)) said.add(text);
    const isDue = (message: string) => !this.#deleted.has(this.#places.get(message) ?? '') && !said.has(message);
    return [...this.#fates].filter(([message, fate]) => fate === 'kept' && isDue(message)).map(([message]) => message);
  }

  get kept(): number {
    return [...this.#fates.values()].filter((fate) => fate === 'kept').length;
  }

  #turnOf(question: string): Turn {
    if (question.startsWith('broken')) return breaks(`to ${question.slice(0, 4)}`);
    if (question.startsWith('failed')) return fails('provider_quota');
    if (question.startsWith('slow')) return this.#slowly(question);
    return answers(`to ${question}`);
  }

  #slowly(question: string): Turn {
    return async (emit, options, request) => {
      emit({ type: 'text-delta', text: 'to ' });
      await new Promise<void>((resolve, reject) => {
        this.#clock.after(500 + Math.floor(this.#random() * 3_000), resolve);
        options.signal.addEventListener('abort', () => reject(options.signal.reason), { once: true });
      });
      return answers(question)(emit, options, request);
    };
  }

  #instance(): ChatWorld {
    return this.#pick(this.#instances);
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from');
    return picked;
  }
}

const NOTHING = { role: 'user' as const, content: '' };

function fateOf(ended: unknown): Fate {
  if (ended instanceof LLMError)
    return ended.code === 'stream_broken' ? 'kept' : ended.code === 'cancelled' ? 'kept or not' : 'not kept';
  const warnings: unknown = typeof ended === 'object' && ended !== null ? Reflect.get(ended, 'warnings') : null;
  return Array.isArray(warnings) && warnings.length > 0 ? 'not kept' : 'kept';
}

describe('conversations', () => {
  it(`are torn by no tab and seen by no stranger, in ${RUNS} histories`, async () => {
    const seed = drawnSeed();
    console.info(`conversations: SEED=${seed}`);
    const random = seededRandom(seed);
    let kept = 0;
    for (let run = 0; run < RUNS; run++) {
      const store = openSqliteConversations(':memory:');
      const tabs = new Tabs(random, store);
      await tabs.play();
      expect(await tabs.missing()).toEqual([]);
      kept += tabs.kept;
      await store.close();
    }
    expect(kept).toBeGreaterThan(5 * RUNS);
  }, 600_000);
});
