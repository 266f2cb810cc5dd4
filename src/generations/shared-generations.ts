// Answers of other processes, as if they were here. Whose readers may come back is written where all processes can read it, so a client
// that lost its connection reads on wherever it comes in, also when the first process has ended since. A stop goes to whoever has it.

import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { type LLMError, llmError } from '../core/errors.ts';
import type { StreamEvent } from '../core/events.ts';
import { eventFrom, eventText } from './event-texts.ts';
import { Generation } from './generation.ts';
import type { LogListener, LogReader } from './log-reader.ts';
import type { Owner } from './registry.ts';
import type { SharedLogs } from './shared-logs.ts';

/** How long a process that was asked for another's answer goes on reading it when nobody here does. */
const UNREAD_MS = 10_000;
/** A process that has the answer says so at once; one that is as busy as this has lost the message. */
const STOPPED_WITHIN_MS = 1_000;

/** The first entry of a log. */
const header = z.object({
  peer: z.string(),
  requestId: z.string(),
  tenant: z.string(),
  userId: z.string(),
  conversationId: z.string().nullable(),
});

export interface RecordOptions {
  readonly owner: Owner;
  /** Null: it is no turn of one. */
  readonly conversationId: string | null;
  /** How long it can be read when it has ended. */
  readonly keptMs: number;
}

/** An answer that another process makes, or has made. */
export interface FoundElsewhere {
  readonly generation: Generation;
  readonly owner: Owner;
  readonly conversationId: string | null;
  readonly madeBy: string;
}

interface Reading extends FoundElsewhere {
  readonly reader: LogReader;
}

/** Stops an answer of this process. False: it had ended; null: it is not here, or not this owner's. */
export type StopHere = (id: string, owner: Partial<Owner>) => boolean | null;

export class SharedGenerations {
  readonly #logs: SharedLogs;
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly #found = new Map<string, Reading>();

  constructor(logs: SharedLogs, clock: Pick<Clock, 'after' | 'monotonicMs'>) {
    this.#logs = logs;
    this.#clock = clock;
  }

  /** Writes what comes of an answer: what comes back is to be called with each event. Who reads elsewhere is a reader like another. */
  record(generation: Generation, { owner, conversationId, keptMs }: RecordOptions): (event: StreamEvent) => void {
    const { id, requestId } = generation;
    let leave = () => {};
    const writer = this.#logs.write(logOf(id), {
      keptMs,
      cutWith: eventText({ type: 'error', error: untold(id) }),
      onFollowed() {
        leave = generation.subscribe(() => {}, generation.length);
      },
      onDeserted: () => leave(),
    });
    const { tenant, userId } = owner;
    const about: z.output<typeof header> = { peer: this.#logs.peers.id, requestId, tenant, userId, conversationId };
    writer.push(JSON.stringify(about));
    return (event) => {
      // A batch of vectors is megabytes, which the store would hold for a day and hardly anybody would ask for.
      const told = event.type === 'embedding' ? ({ type: 'error', error: untold(id) } as const) : event;
      writer.push(eventText(told));
      if (told.type === 'response-end' || told.type === 'error') writer.end();
    };
  }

  /**
   * With all that has come of it so far. Null: nobody has written it, or not any more, or it is another's: who asks for that keeps nothing
   * going. Rejects when nobody can say.
   */
  async find(id: string, owner: Partial<Owner> = {}): Promise<FoundElsewhere | null> {
    const reading = this.#found.get(id) ?? (await this.#read(id, owner));
    if (reading === null || !isOf(reading.owner, owner)) return null;
    const { generation, reader } = reading;
    // Whoever asks for it is about to read it, so it may not be given up meanwhile; and he may not come after all.
    const leave = generation.subscribe(() => {}, generation.length);
    await reader.pull();
    leave();
    return reading;
  }

  /** Resolves when all that is read here has ended, or nobody reads it any more. */
  async ended(): Promise<void> {
    await Promise.all(
      [...this.#found.values()].map(({ generation, reader }) => {
        generation.giveUp();
        return reader.closed;
      }),
    );
  }

  /** Stops it wherever it is made. False: it had ended; null: there is none. Rejects when whoever makes it cannot be told. */
  async stop(id: string, owner: Partial<Owner>): Promise<boolean | null> {
    const wasRunning = await this.#askToStop(id, owner);
    if (wasRunning !== null) return wasRunning;
    const found = await this.find(id, owner);
    if (found === null) return null;
    if (found.generation.ended || !(await this.#logs.peers.isAlive(found.madeBy))) return false;
    throw llmError('store_unavailable', 'The instance that makes this answer could not be told; ask again', {
      retryAfterMs: STOPPED_WITHIN_MS,
    });
  }

  /** Other processes may stop what is here. */
  onStop(stopHere: StopHere): void {
    this.#logs.onMessage((message) => {
      if (message.kind !== 'stop') return;
      const { log: id, from, owner } = message;
      const { tenant, userId } = owner;
      const wasRunning = stopHere(id, {
        ...(tenant !== undefined && { tenant }),
        ...(userId !== undefined && { userId }),
      });
      if (wasRunning !== null) this.#logs.send(from, { kind: 'stopped', log: id, owner, wasRunning });
    });
  }

  #askToStop(id: string, owner: Partial<Owner>): Promise<boolean | null> {
    return new Promise((resolve) => {
      const end = (wasRunning: boolean | null) => {
        cancel();
        forget();
        resolve(wasRunning);
      };
      const cancel = this.#clock.after(STOPPED_WITHIN_MS, () => end(null));
      const forget = this.#logs.onMessage((message) => {
        if (message.kind !== 'stopped' || message.log !== id) return;
        // Another may ask for the same stop, who is told nothing.
        const { tenant, userId } = message.owner;
        if (tenant === owner.tenant && userId === owner.userId) end(message.wasRunning);
      });
      this.#logs.send(null, { kind: 'stop', log: id, owner });
    });
  }

  async #read(id: string, by: Partial<Owner>): Promise<Reading | null> {
    const log = logOf(id);
    const [first] = await this.#logs.peers.read(log, null);
    const about = headerFrom(first?.text);
    if (about === null || !isOf(about, by)) return null;
    // Somebody else may have asked for it meanwhile.
    const known = this.#found.get(id);
    if (known !== undefined) return known;
    const { peer, requestId, tenant, userId, conversationId } = about;
    const owner = { tenant, userId };
    const forget = () => {
      reader.close();
      this.#found.delete(id);
    };
    const generation = new Generation({
      id,
      requestId,
      clock: this.#clock,
      graceMs: UNREAD_MS,
      abandon: forget,
      stop: () => this.#logs.send(peer, { kind: 'stop', log: id, owner }),
    });
    const reader = this.#logs.read(log, peer, listenerOf(generation, forget));
    const reading = { generation, owner, conversationId, madeBy: peer, reader };
    this.#found.set(id, reading);
    return reading;
  }
}

function listenerOf(generation: Generation, ended: () => void): LogListener {
  let isFirst = true;
  const lost = () => {
    ended();
    const message =
      'The instance that made this answer is gone, or cannot be reached, and has not written the rest of it';
    generation.append({ type: 'error', error: llmError('generation_lost', message) });
  };
  return {
    entry(entry) {
      const event = isFirst ? null : eventFrom(entry);
      if (isFirst) isFirst = false;
      else if (event === null) lost();
      else generation.append(event);
      if (generation.ended) ended();
    },
    lost,
  };
}

function logOf(id: string): string {
  return `generation_log:${id}`;
}

function headerFrom(text: string | undefined): z.output<typeof header> | null {
  try {
    const { entries } = z.object({ entries: z.array(z.unknown()) }).parse(JSON.parse(text ?? ''));
    return header.parse(entries[0]);
  } catch {
    return null;
  }
}

/** It is whole where it was made: embeddings, or an answer above what a log takes. */
function untold(id: string): LLMError {
  const message = `The answer ${id} is kept by the instance that made it alone, since embeddings and very long answers are not told to others; ask anew, under a new key`;
  return llmError('generation_lost', message);
}

export function isOf(of: Owner, { tenant, userId }: Partial<Owner>): boolean {
  return (tenant ?? of.tenant) === of.tenant && (userId ?? of.userId) === of.userId;
}
