// Runs the scripts of the windows in the epoch that their tag has on the server, which another process may have changed or the
// server have lost. What this process remembers of it is a guess that saves a round trip; the script compares, and decides.

import { LRUCache } from 'lru-cache';
import { llmError } from '../../core/errors.ts';
import { UnseededError } from '../../core/window-store.ts';
import type { RedisClient, RedisScript } from './client.ts';
import { EPOCH_TTL_MS, epochKeyOf, kindsKeyOf, type WindowCall, type WindowPlace } from './window-keys.ts';
import { numberIn, SCRIPTS, type ScriptReply, scriptReply, textIn } from './window-scripts.ts';

/** Tags whose epoch is remembered: one that is forgotten costs a round trip. */
const TAGS_MOST = 50_000;
/** An answer "not that epoch" or "not that day" is asked again; more often than this in one call it is a fault of the server. */
const ROUNDS_MOST = 4;

/** These are not the windows that the tag has now, if it has any. */
export class EpochError extends Error {
  readonly reply: ScriptReply;

  constructor(reply: ScriptReply) {
    super(`The windows are of another epoch: ${reply.word}`);
    this.reply = reply;
  }
}

export interface RedisEpochsOptions {
  readonly isServerTime: boolean;
  readonly kindsOf: (tag: string) => readonly string[];
  readonly mayFill: () => Promise<unknown>;
  readonly onNewEpoch: (tag: string) => void;
}

export class RedisEpochs {
  readonly #client: RedisClient;
  readonly #options: RedisEpochsOptions;
  readonly #stopListening: () => void;
  readonly #epochs = new LRUCache<string, string>({ max: TAGS_MOST });
  /** Tags of which this process has ended an epoch by the rules that it has now. */
  readonly #ended = new LRUCache<string, true>({ max: TAGS_MOST });

  constructor(client: RedisClient, options: RedisEpochsOptions) {
    this.#client = client;
    this.#options = options;
    // Behind the next connection may be a server that was started anew, with what it had on disk: it is to look at the epochs again.
    this.#stopListening = client.onConnectionLost(() => this.forgetAll());
  }

  close(): void {
    this.#stopListening();
    this.forgetAll();
  }

  /** Each epoch is met anew: what this process counts may be more now than what was counted there. */
  forgetAll(): void {
    this.#epochs.clear();
    this.#ended.clear();
  }

  set(tag: string, epoch: string): void {
    this.#epochs.set(tag, epoch);
    this.#options.onNewEpoch(tag);
  }

  /** Work in the epoch of the tag, repeated where that was guessed wrong. Rejects with an UnseededError where it has none. */
  async in<T>(tag: string, work: (place: WindowPlace) => Promise<T>): Promise<T> {
    for (let round = 0; round < ROUNDS_MOST; round++) {
      try {
        return await work({ tag, epochKey: epochKeyOf(tag), epoch: this.#epochs.get(tag) ?? '' });
      } catch (error) {
        if (!(error instanceof EpochError)) throw error;
        this.#epochs.delete(tag);
        await this.#learn(tag, error.reply);
      }
    }
    throw goesRound();
  }

  /**
   * Takes up the epoch that the server named, where all is counted in it that this process counts. Where it is not, the epoch is ended
   * once; then it is enough that all was filled, or two processes of which each counts what the other does not would end each other's
   * for ever. Without the ledger none is ended: whoever counts by it goes on.
   */
  async #learn(tag: string, { word, values }: ScriptReply): Promise<void> {
    if (word === 'unseeded') throw new UnseededError(tag);
    const epoch = textIn(values, 0);
    let learnt = await this.#meet(tag, epoch, this.#ended.has(tag) ? 'take' : 'look');
    if (learnt === 'lacking') {
      await this.#options.mayFill().catch(() => {
        throw new UnseededError(tag);
      });
      learnt = await this.#meet(tag, epoch, 'end');
      this.#ended.set(tag, true);
    }
    if (learnt === 'unseeded') throw new UnseededError(tag);
    if (learnt === 'learnt') this.set(tag, epoch);
  }

  async #meet(tag: string, epoch: string, how: 'look' | 'take' | 'end'): Promise<string> {
    const keys = [epochKeyOf(tag), kindsKeyOf(tag)];
    const args = [epoch, EPOCH_TTL_MS, how, ...this.#options.kindsOf(tag)];
    return scriptReply(await this.#client.run(SCRIPTS.learn, keys, args)).word;
  }

  /** One script in the epoch of its tag, dated by the server; repeated where the caller named the days around another time. */
  run(
    tag: string,
    script: RedisScript,
    nowMs: number,
    call: (place: WindowPlace, atMs: number) => WindowCall,
  ): Promise<ScriptReply> {
    let atMs = nowMs;
    return this.in(tag, async (place) => {
      for (let round = 0; round < ROUNDS_MOST; round++) {
        const reply = await this.ask(place, script, nowMs, call(place, atMs));
        if (reply.word !== 'clock') return reply;
        // Our clock is out by more than a day: the days are named again, around the server's time.
        atMs = numberIn(reply.values, 0);
      }
      throw goesRound();
    });
  }

  /** What a script is told of the time: nothing, where it goes by the server's. */
  timeArg(nowMs: number): number | '' {
    return this.#options.isServerTime ? '' : nowMs;
  }

  /** One script in this epoch or draft; rejects with an EpochError where that is not in force. */
  async ask(place: WindowPlace, script: RedisScript, nowMs: number, { keys, args }: WindowCall): Promise<ScriptReply> {
    const answer = await this.#client.run(
      script,
      [place.epochKey, ...keys],
      [place.epoch, this.timeArg(nowMs), ...args],
    );
    const reply = scriptReply(answer);
    if (reply.word === 'unseeded' || reply.word === 'epoch') throw new EpochError(reply);
    return reply;
  }
}

function goesRound(): Error {
  return llmError(
    'store_unavailable',
    'Redis names another epoch or another day each time it is asked; look at its clock',
  );
}
