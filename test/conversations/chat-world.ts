// A process in a box that keeps conversations: the world of the stories, and a real store behind a switch.

import { Conversations } from '../../src/conversations/conversations.ts';
import { systemChance } from '../../src/core/clock.ts';
import type { ChatRequest, ConversationMessage, ConversationStore, Owner } from '../../src/core/conversations.ts';
import { llmError } from '../../src/core/errors.ts';
import type { LLMResponse } from '../../src/core/response.ts';
import { openSqliteConversations } from '../../src/stores/sqlite/conversations.ts';
import { type Started, World, type WorldOptions } from '../world.ts';

export const ANN: Owner = { tenant: 'default', userId: 'ann' };

export class ChatWorld {
  readonly world: World;
  readonly store: ConversationStore;
  readonly conversations: Conversations;
  /** `loses_replies`: what was asked is done, and nobody hears of it. */
  state: 'up' | 'away' | 'loses_replies' = 'up';

  /** `store`: that of another process. */
  constructor(options: WorldOptions = {}, store: ConversationStore = openSqliteConversations(':memory:')) {
    this.world = new World(options);
    this.store = store;
    const { clock, report } = this.world.parts;
    // Two worlds count alike, and share a store.
    this.conversations = new Conversations({ store: this.#switched(store), clock, chance: systemChance, report });
  }

  /** The next turn, whose answer is under way. */
  async start(request: ChatRequest, owner: Owner = ANN, stream = true): Promise<Started & { readonly id: string }> {
    const turn = await this.conversations.begin(request, owner);
    const started = this.world.start(turn.request, stream, owner, { turn });
    return { ...started, id: turn.conversationId };
  }

  /** The next turn to its end; time flies while it waits. */
  async say(request: ChatRequest, owner: Owner = ANN): Promise<LLMResponse & { readonly conversationId: string }> {
    const { generation, life, id } = await this.start(request, owner);
    const answer = generation.whole();
    answer.catch(() => {});
    while (!generation.ended) await this.world.clock.advanceAsync(100);
    await life;
    return { ...(await answer), conversationId: id };
  }

  async messages(id: string, owner: Owner = ANN): Promise<readonly ConversationMessage[]> {
    return (await this.conversations.read(owner, id)).messages;
  }

  /** Each side's words, in order. */
  async texts(id: string, owner: Owner = ANN): Promise<readonly unknown[]> {
    return (await this.messages(id, owner)).map(({ message }) => message.content);
  }

  #switched(store: ConversationStore): ConversationStore {
    return new Proxy(store, {
      get: (_target, name) => {
        const member: unknown = Reflect.get(store, name);
        if (typeof member !== 'function') return member;
        return async (...asked: unknown[]) => {
          if (this.state === 'away') throw llmError('store_unavailable', 'The store is away');
          const reply: unknown = await member.apply(store, asked);
          if (this.state === 'loses_replies') throw llmError('store_unavailable', 'The reply was lost');
          return reply;
        };
      },
    });
  }
}
