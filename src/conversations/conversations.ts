// Stored conversations, as their owner sees them: who is not the owner finds nothing. A turn begins here, before anybody is asked
// and any money is spent; whoever comes second hears `conversation_changed`.

import { wellFormed } from '../core/check.ts';
import { isName } from '../core/check-words.ts';
import type { Chance } from '../core/clock.ts';
import { conversationJson, conversationMessageJson } from '../core/conversation-json.ts';
import type {
  ChatRequest,
  Claimed,
  Conversation,
  ConversationMessage,
  ConversationPage,
  MessagePage,
  Owner,
  ReadConversation,
  TurnClaim,
} from '../core/conversations.ts';
import { LLMError, llmError } from '../core/errors.ts';
import type { LLMRequest } from '../core/request.ts';
import { checkNext, historyOf, type Said, saidIn, titleFrom } from './history.ts';
import { toMarkdown } from './markdown.ts';
import { claimAt, Turn, type TurnParts } from './turn.ts';

export type ExportFormat = 'json' | 'markdown';

const TITLE_CHARACTERS = 200;

export interface ConversationsParts extends TurnParts {
  readonly chance: Chance;
}

export class Conversations {
  readonly #parts: ConversationsParts;
  /** Under way in this process. */
  readonly #turns = new Map<string, Turn>();

  constructor(parts: ConversationsParts) {
    this.#parts = parts;
  }

  /** Newest activity first. */
  async list(owner: Owner, page: ConversationPage = {}) {
    const { conversations, nextCursor } = await this.#parts.store.list(owner, page);
    return { conversations: conversations.map((conversation) => this.#asOfNow(conversation)), nextCursor };
  }

  /** With a page of what was said in it, oldest first. Throws `not_found`. */
  async read(owner: Owner, id: string, page: MessagePage = {}): Promise<ReadConversation> {
    const read = await this.#parts.store.read(owner, id, page);
    if (read === null) throw notFound();
    const conversation = this.#asOfNow(read.conversation);
    return { ...read, conversation, messages: read.messages.map((said) => withEnding(said, conversation.turn)) };
  }

  /** Throws `not_found`. */
  async rename(owner: Owner, id: string, title: string): Promise<Conversation> {
    const plain = typeof title === 'string' ? wellFormed(title).replace(/\s+/g, ' ').trim() : '';
    if (plain === '' || plain.length > TITLE_CHARACTERS || /\p{Cc}/u.test(plain)) {
      const message = `title has 1 to ${TITLE_CHARACTERS} characters, and none that cannot be seen`;
      throw llmError('invalid_request', message, { param: 'title' });
    }
    const renamed = await this.#parts.store.rename(owner, id, plain);
    if (renamed === null) throw notFound();
    return this.#asOfNow(renamed);
  }

  /** A turn of it that is under way goes on and is not kept. Throws `not_found`. */
  async delete(owner: Owner, id: string): Promise<void> {
    if (!(await this.#parts.store.delete(owner, id))) throw notFound();
  }

  /** All of it, as one text. Throws `not_found`. */
  async export(owner: Owner, id: string, format: ExportFormat): Promise<string> {
    const { conversation, messages } = await this.#readAll(owner, id);
    if (format === 'markdown') return toMarkdown(conversation, messages);
    const json = { ...conversationJson(conversation), messages: messages.map(conversationMessageJson) };
    return `${JSON.stringify(json, null, 2)}\n`;
  }

  /**
   * Claims the next turn of the conversation, or of a new one. What comes back is to be put before the log of the request, or to be
   * abandoned.
   */
  async begin(request: ChatRequest, owner: Owner): Promise<Turn> {
    const { chance, clock, store, report } = this.#parts;
    const said = saidIn(request);
    const requestId = chance.id('req');
    const { conversationId: id = chance.id('conv') } = request;
    try {
      const { conversation, messages } =
        request.conversationId === undefined
          ? await this.#create(id, owner, said, claimAt(requestId, clock.nowMs()))
          : await this.#claim(id, owner, requestId, request.conversationVersion ?? null);
      checkNext(messages, said);
      const begun = { conversation, requestId, said, request: requestFor(request, conversation, messages, said) };
      const turn = new Turn(begun, { store, clock, report });
      this.#turns.set(id, turn);
      void turn.saved.then(() => {
        if (this.#turns.get(id) === turn) this.#turns.delete(id);
      });
      return turn;
    } catch (error) {
      // Also one whose reply was lost on the way: nobody knows of it, and it would hold up the next.
      if (!isRefusal(error)) await store.release(id, requestId).catch(() => {});
      throw error;
    }
  }

  async #create(id: string, owner: Owner, said: Said, turn: TurnClaim) {
    const nowMs = this.#parts.clock.nowMs();
    const { tenant, userId } = owner;
    const conversation = {
      id,
      tenant,
      userId,
      title: titleFrom(said),
      systemPrompt: null,
      model: null,
      version: 0,
      messageCount: 0,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      turn,
    };
    await this.#parts.store.create(conversation);
    return { conversation, messages: [] };
  }

  async #claim(id: string, owner: Owner, requestId: string, version: number | null) {
    if (!isName(id)) throw notFound('conversationId');
    const attempt = (): Promise<Claimed> => {
      const nowMs = this.#parts.clock.nowMs();
      return this.#parts.store.claim(owner, id, claimAt(requestId, nowMs), nowMs, version);
    };
    let claimed = await attempt();
    const running = this.#turns.get(id);
    if (claimed.outcome === 'busy' && running?.givesWay() === true) {
      // Who stopped an answer and says the next thing at once is no second tab.
      await running.saved;
      claimed = await attempt();
    }
    switch (claimed.outcome) {
      case 'claimed':
        return claimed;
      case 'unknown':
        throw notFound('conversationId');
      case 'busy':
        throw changed('Another turn of this conversation is under way: wait for its end, read it and say it again');
      case 'changed': {
        const message = `The conversation is at version ${claimed.version}, not ${version}: read it and say it again`;
        throw changed(message);
      }
    }
  }

  async #readAll(owner: Owner, id: string) {
    const messages: ConversationMessage[] = [];
    for (let after = 0; ; ) {
      const page = await this.read(owner, id, { after });
      messages.push(...page.messages);
      if (page.nextAfter === null) return { conversation: page.conversation, messages };
      after = page.nextAfter;
    }
  }

  #asOfNow(conversation: Conversation): Conversation {
    const { turn } = conversation;
    const isAlive = turn !== null && turn.untilMs > this.#parts.clock.nowMs();
    return isAlive ? conversation : { ...conversation, turn: null };
  }
}

/** What has no ending and whose turn is not under way was left by a process that died. */
function withEnding(said: ConversationMessage, turn: TurnClaim | null): ConversationMessage {
  const { answer, requestId } = said;
  if (answer === null || answer.ending !== null || turn?.requestId === requestId) return said;
  return { ...said, answer: { ...answer, ending: 'broken' } };
}

/** System prompt and model hold from the turn that brings them until another does; an empty system prompt is none. */
function requestFor(
  request: ChatRequest,
  conversation: Conversation,
  messages: readonly ConversationMessage[],
  said: Said,
): LLMRequest {
  const { message, toolResults, conversationId, conversationVersion, systemPrompt, model, ...options } = request;
  const system = wellFormed(systemPrompt ?? conversation.systemPrompt ?? '');
  const asked = model ?? conversation.model;
  return {
    ...options,
    ...(system !== '' && { systemPrompt: system }),
    ...(asked !== null && { model: asked }),
    messages: historyOf(messages, said),
  };
}

function notFound(param = 'id'): LLMError {
  return llmError('not_found', 'There is no such conversation here', { param });
}

/** Nothing was claimed. */
function isRefusal(error: unknown): boolean {
  return error instanceof LLMError && (error.code === 'not_found' || error.code === 'conversation_changed');
}

function changed(message: string): LLMError {
  return llmError('conversation_changed', message, { param: 'conversationId' });
}
