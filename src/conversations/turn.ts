// One turn of a conversation while its answer is made. It stands before the log of the request: the log's last word is handed on
// when the turn is kept, so whoever has heard it can say the next thing. What was delivered so far is written every second or so: a
// process that dies loses no more, and what it leaves is marked as broken by itself, since it has no ending.

import type { Clock } from '../core/clock.ts';
import type {
  AnswerFacts,
  Conversation,
  ConversationMessage,
  ConversationStore,
  TurnClaim,
  TurnWrite,
} from '../core/conversations.ts';
import type { ErrorCode } from '../core/errors.ts';
import { Collector, type StreamEvent } from '../core/events.ts';
import type { EventLog, LogKeeper, Report } from '../core/parts.ts';
import type { AssistantMessage, LLMRequest } from '../core/request.ts';
import type { AttemptReport, ResponseSummary, Warning } from '../core/response.ts';
import { factsOfAnswer, factsOfPart, factsUnderWay, type Start } from './answer-facts.ts';
import type { Said } from './history.ts';

/** How long a turn is another's before its process is taken for dead. Renewed while it lives. */
const LEASE_MS = 30_000;
const RENEW_AFTER_MS = 10_000;
const TICK_MS = 1_000;
/** What was delivered is written again when it has grown by this part: all writes of a long answer are a few times its size. */
const WORTH_WRITING = 1 / 8;
/** How long the end of a request that was left may take: a vendor is told to stop at once. */
const FAREWELL_MS = 500;
/** The answer is delivered by then, and its last event waits for this. */
const SAVE_WITHIN_MS = 5_000;
const SAVE_AGAIN_MS = [100, 300, 600, 1_000] as const;

export function claimAt(requestId: string, nowMs: number): TurnClaim {
  return { requestId, untilMs: nowMs + LEASE_MS };
}

export interface TurnParts {
  readonly store: ConversationStore;
  readonly clock: Clock;
  readonly report: Report;
}

export interface BegunTurn {
  /** As it was when the turn was claimed. */
  readonly conversation: Conversation;
  readonly requestId: string;
  readonly said: Said;
  /** What the model is asked. */
  readonly request: LLMRequest;
}

/** Why a turn that was made is not in its conversation; null: it is. */
type Lost = Warning | null;

type Ended = Extract<StreamEvent, { type: 'response-end' | 'error' }>;

export class Turn implements LogKeeper {
  readonly conversationId: string;
  readonly requestId: string;
  readonly request: LLMRequest;
  /** Resolves when the conversation is free for the next turn. */
  readonly saved: Promise<void>;
  /** Resolves when the log has its last event. */
  readonly ended: Promise<void>;
  readonly #begun: BegunTurn;
  readonly #parts: TurnParts;
  readonly #collector = new Collector();
  readonly #beganAtMs: number;
  #start: Start = null;
  #characters = 0;
  #writtenCharacters = 0;
  #isSaidWritten = false;
  #renewedMonotonicMs: number;
  #writing: Promise<void> = Promise.resolve();
  #cancelTick: () => void = () => {};
  #cancelFarewell: () => void = () => {};
  #saving: Promise<Lost> | null = null;
  #hasLeft = false;
  #giveUp: () => boolean = () => false;
  #resolveSaved: () => void;
  #resolveEnded: () => void;

  constructor(begun: BegunTurn, parts: TurnParts) {
    this.conversationId = begun.conversation.id;
    this.requestId = begun.requestId;
    this.request = begun.request;
    this.#begun = begun;
    this.#parts = parts;
    this.#beganAtMs = parts.clock.nowMs();
    this.#renewedMonotonicMs = parts.clock.monotonicMs();
    const saved = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.saved = saved.promise;
    this.ended = ended.promise;
    this.#resolveSaved = saved.resolve;
    this.#resolveEnded = ended.resolve;
  }

  over(log: EventLog): EventLog {
    this.#tickLater();
    return { windows: (states) => log.windows(states), append: (event) => this.#take(event, log) };
  }

  endsBy(giveUp: () => boolean): void {
    this.#giveUp = giveUp;
  }

  /** The caller says the next thing. True: nobody waits for this answer any more, and it ends. */
  givesWay(): boolean {
    return this.#hasLeft || this.#giveUp();
  }

  left(): void {
    this.#hasLeft = true;
    if (this.#saving !== null) return;
    // An answer may be heard out for its figures alone, which takes its time; the conversation goes on without it.
    const save = () => void this.#save(() => this.#factsOfPart('cancelled'));
    this.#cancelFarewell = this.#parts.clock.after(FAREWELL_MS, save, true);
  }

  /** No request came of it. */
  async abandon(): Promise<void> {
    await this.#save(() => null);
    this.#resolveEnded();
  }

  #take(event: StreamEvent, log: EventLog): void {
    if (event.type === 'response-end' || event.type === 'error') {
      void this.#end(event, log);
      return;
    }
    // It was stopped, or left: what comes now is not in what is kept.
    if (this.#saving !== null) return;
    if (event.type === 'response-start') this.#start = event;
    else {
      this.#collector.add(event);
      if ('text' in event) this.#characters += event.text.length;
      else if ('argumentsText' in event) this.#characters += event.argumentsText.length;
    }
    log.append(event);
  }

  async #end(event: Ended, log: EventLog): Promise<void> {
    const lost = await this.#save(() =>
      event.type === 'error'
        ? this.#factsOfPart(event.error.code, event.error.detail.attempts)
        : factsOfAnswer(this.#start, event.response),
    );
    if (event.type === 'error') log.append(event);
    else log.append({ type: 'response-end', response: this.#marked(event.response, lost) });
    this.#resolveEnded();
  }

  #marked(response: ResponseSummary, lost: Lost): ResponseSummary {
    const { id: conversationId, version } = this.#begun.conversation;
    return {
      ...response,
      warnings: lost === null ? response.warnings : [...response.warnings, lost],
      conversationId,
      conversationVersion: lost === null ? version + 1 : version,
    };
  }

  /** Null: nothing was delivered, so nothing was said. */
  #factsOfPart(code: ErrorCode, attempts?: readonly AttemptReport[]): AnswerFacts | null {
    return this.#collector.parts().length === 0 ? null : factsOfPart(this.#start, code, attempts);
  }

  // --- writing -------------------------------------------------------------------------------------------------------

  /** Ends the turn in the store, once: whatever ends it first counts. */
  #save(factsOf: () => AnswerFacts | null): Promise<Lost> {
    this.#saving ??= this.#saveAs(factsOf());
    return this.#saving;
  }

  async #saveAs(facts: AnswerFacts | null): Promise<Lost> {
    this.#cancelTick();
    this.#cancelFarewell();
    await this.#writing;
    const lost = facts === null ? await this.#release() : await this.#writeLast(facts);
    this.#resolveSaved();
    return lost;
  }

  async #writeLast(facts: AnswerFacts): Promise<Lost> {
    const { store, clock } = this.#parts;
    const turn = this.#write(facts, null);
    const untilMonotonicMs = clock.monotonicMs() + SAVE_WITHIN_MS;
    for (let tries = 0; ; tries++) {
      try {
        return this.#lostBy(await store.write(turn));
      } catch (error) {
        const pauseMs = SAVE_AGAIN_MS[Math.min(tries, SAVE_AGAIN_MS.length - 1)] ?? SAVE_WITHIN_MS;
        if (clock.monotonicMs() + pauseMs >= untilMonotonicMs) return this.#lostBy('away', error);
        await new Promise<void>((resolve) => clock.after(pauseMs, resolve, true));
      }
    }
  }

  #lostBy(outcome: keyof typeof REASONS | 'kept', error?: unknown): Lost {
    if (outcome === 'kept') return null;
    const { tenant, userId, id } = this.#begun.conversation;
    const who = { request_id: this.requestId, tenant, user_id: userId, conversation_id: id };
    this.#parts.report(outcome === 'away' ? 'error' : 'warn', 'conversation_turn_not_saved', {
      ...who,
      reason: outcome,
      ...(error !== undefined && { error }),
    });
    return { code: 'not_saved', message: `This turn is not kept in its conversation: ${REASONS[outcome]}` };
  }

  async #release(): Promise<null> {
    const { store, report } = this.#parts;
    const { conversationId: conversation_id, requestId: request_id } = this;
    // What cannot be given back now runs out.
    await store
      .release(conversation_id, request_id)
      .catch((error: unknown) => report('warn', 'conversation_not_released', { request_id, conversation_id, error }));
    return null;
  }

  #tickLater(): void {
    this.#cancelTick = this.#parts.clock.after(TICK_MS, () => {
      this.#writing = this.#tick().then(() => {
        if (this.#saving === null) this.#tickLater();
      });
    });
  }

  /** Puts on record what was delivered so far, and that this turn lives. What fails is tried again at the next tick. */
  async #tick(): Promise<void> {
    const { store, clock } = this.#parts;
    const characters = this.#characters;
    const hasGrown = characters - this.#writtenCharacters > this.#writtenCharacters * WORTH_WRITING;
    const isDue = clock.monotonicMs() - this.#renewedMonotonicMs >= RENEW_AFTER_MS;
    if (!hasGrown && !isDue) return;
    const claim = claimAt(this.requestId, clock.nowMs());
    try {
      if (hasGrown) {
        await store.write(this.#write(factsUnderWay(this.#start), claim.untilMs));
        this.#writtenCharacters = characters;
        this.#isSaidWritten = true;
      } else await store.renew(this.conversationId, claim);
      this.#renewedMonotonicMs = clock.monotonicMs();
    } catch (error) {
      // Nobody knows what came of it: all is written again.
      this.#isSaidWritten = false;
      const { requestId: request_id, conversationId: conversation_id } = this;
      this.#parts.report('warn', 'conversation_away', { request_id, conversation_id, error });
    }
  }

  #write(answer: AnswerFacts, untilMs: number | null): TurnWrite {
    const { conversation, said, request } = this.#begun;
    const before = conversation.messageCount;
    const { requestId } = this;
    const asked = said.map((message, index): ConversationMessage => {
      return { position: before + index + 1, requestId, message, atMs: this.#beganAtMs, answer: null };
    });
    const atMs = this.#parts.clock.nowMs();
    const position = before + said.length + 1;
    const message = messageFrom(this.#collector);
    return {
      conversationId: conversation.id,
      requestId,
      version: conversation.version + 1,
      messageCount: position,
      systemPrompt: request.systemPrompt ?? null,
      model: request.model ?? null,
      messages: [...(this.#isSaidWritten ? [] : asked), { position, requestId, message, atMs, answer }],
      atMs,
      untilMs,
    };
  }
}

const REASONS = {
  away: 'the store could not be reached in time',
  changed: 'another turn has overtaken it',
  gone: 'the conversation was deleted meanwhile',
} as const;

/** As a text where it is nothing else. */
function messageFrom(collector: Collector): AssistantMessage {
  const parts = collector.parts();
  const isPlain = parts.every((part) => part.type === 'text');
  return { role: 'assistant', content: isPlain ? parts.map((part) => part.text).join('') : parts };
}
