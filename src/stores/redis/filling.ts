// Fills the windows of a tag, in Redis, under an epoch that nobody knows yet, and puts them in force in one step: so nobody sees half
// of it, two who fill at the same time do no harm, and what was filled for nothing is taken back.

import type { Chance } from '../../core/clock.ts';
import { llmError } from '../../core/errors.ts';
import type { GrantedHold, WindowCharge } from '../../core/window-store.ts';
import type { Window } from '../../core/windows.ts';
import { isRedisOutage, type RedisClient } from './client.ts';
import { EpochError, type RedisEpochs } from './epochs.ts';
import {
  adoption,
  countKey,
  draftKeyOf,
  EPOCH_TTL_MS,
  epochKeyOf,
  holdKeys,
  kindsKeyOf,
  recordedDraws,
  type WindowPlace,
} from './window-keys.ts';
import { SCRIPTS, scriptReply, textIn } from './window-scripts.ts';

/** Some 2 ms of the server's time: nobody waits longer for a tenant to be filled. */
const RECORDED_AT_ONCE = 200;
const CHARGES_AT_ONCE = 500;
const ADOPTED_AT_ONCE = 20;
/** Longer than any filling takes. */
const DRAFT_TTL_MS = 600_000;

export interface WindowFill {
  readonly tag: string;
  readonly charges: readonly WindowCharge[];
  readonly holds: readonly GrantedHold[];
  /** These kinds of windows, which this process counts. */
  readonly kinds: readonly string[];
  /** And these, which others count. */
  readonly othersKinds: readonly string[];
}

export class RedisFilling {
  readonly #client: RedisClient;
  readonly #chance: Chance;
  readonly #epochs: RedisEpochs;

  constructor(client: RedisClient, chance: Chance, epochs: RedisEpochs) {
    this.#client = client;
    this.#chance = chance;
    this.#epochs = epochs;
  }

  /** False: somebody else was earlier. */
  async seed({ tag, charges, holds, kinds, othersKinds }: WindowFill, nowMs: number): Promise<boolean> {
    const id = this.#chance.id('epoch');
    const epochKey = draftKeyOf(tag, id);
    const begun = [id, DRAFT_TTL_MS, this.#epochs.timeArg(nowMs)];
    const epoch = textIn(scriptReply(await this.#client.run(SCRIPTS.draft, [epochKey], begun)).values, 0);
    const draft = { tag, epoch, epochKey };
    try {
      for (const some of slicesOf(charges)) await this.record(draft, some);
      for (let from = 0; from < holds.length; from += ADOPTED_AT_ONCE) {
        const some = holds.slice(from, from + ADOPTED_AT_ONCE);
        await Promise.all(some.map((hold) => this.#epochs.ask(draft, SCRIPTS.adopt, nowMs, adoption(draft, hold))));
      }
    } catch (error) {
      throw error instanceof EpochError ? lostItsData() : error;
    }
    const keys = [epochKeyOf(tag), draft.epochKey, kindsKeyOf(tag)];
    const filled = [kinds.length, ...kinds, ...othersKinds];
    const { word } = scriptReply(await this.#client.run(SCRIPTS.publish, keys, [epoch, EPOCH_TTL_MS, ...filled]));
    // Emptied while it was being filled: part of it is gone, so none of it may be put in force.
    if (word === 'lost') throw lostItsData();
    if (word === 'seeded') this.#epochs.set(tag, epoch);
    else await this.#discard(draft, charges, holds);
    return word === 'seeded';
  }

  async record(place: WindowPlace, charges: readonly WindowCharge[]): Promise<void> {
    const draws = recordedDraws(place, charges);
    for (let from = 0; from < draws.length; from += RECORDED_AT_ONCE) {
      const some = draws.slice(from, from + RECORDED_AT_ONCE);
      const keys = [place.epochKey, ...some.map(({ key }) => key)];
      const args = some.map(({ arg, amount }) => `${arg},${amount}`);
      const reply = scriptReply(await this.#client.run(SCRIPTS.record, keys, [place.epoch, ...args]));
      if (reply.word !== 'done') throw new EpochError(reply);
    }
  }

  /** Takes back what was filled for nothing. What cannot be taken back now dies by its time to live. */
  async #discard(draft: WindowPlace, charges: readonly WindowCharge[], holds: readonly GrantedHold[]): Promise<void> {
    const keysOf = (windows: readonly Window[]) => windows.map((window) => countKey(draft, window));
    const unlink = async (keys: readonly string[]) => {
      for (let from = 0; from < keys.length; from += RECORDED_AT_ONCE)
        await this.#client.ask((connection) => connection.unlink(...keys.slice(from, from + RECORDED_AT_ONCE)));
    };
    try {
      for (const some of slicesOf(charges)) await unlink([...new Set(some.flatMap(({ windows }) => keysOf(windows)))]);
      await unlink(holds.flatMap(({ holdId, windows }) => [...holdKeys(draft, holdId), ...keysOf(windows)]));
    } catch (error) {
      if (!isRedisOutage(error)) throw error;
    }
  }
}

/** Putting a whole tenant of a hundred thousand users into words at once would hold everybody up for a second. */
function* slicesOf(charges: readonly WindowCharge[]): Generator<readonly WindowCharge[]> {
  for (let from = 0; from < charges.length; from += CHARGES_AT_ONCE) yield charges.slice(from, from + CHARGES_AT_ONCE);
}

function lostItsData(): Error {
  return llmError(
    'store_unavailable',
    'Redis lost its data while limits and budgets were being filled; ask again in a moment',
  );
}
