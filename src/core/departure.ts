// Whoever listens to a request may leave before its end, or stop it. Then what is under way is stopped, unless that would save
// nothing: where the vendor bills the whole answer anyhow, it may be heard to its end, so that the row has the true figures.

/** Takes what is to be done when it lasts too long; gives what ends the hearing, or null where there is no room for it. */
export type HearOut = (stop: () => void) => (() => void) | null;

export class Departure {
  readonly #stop: (reason: Error) => void;
  #hearOut: HearOut | null = null;
  #endHearing: (() => void) | null = null;
  #hasLeft = false;
  #onStop: (reason: Error) => void = () => {};
  #isFollowed: (whenDeserted: () => void) => boolean = () => false;

  constructor(stop: (reason: Error) => void) {
    this.#stop = stop;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** From here on an attempt is under way that may be heard out. Null: none is, so leaving stops everything. */
  during(hearOut: HearOut | null): void {
    this.#endHearing?.();
    this.#endHearing = null;
    this.#hearOut = hearOut;
  }

  /** Others read along: what is under way goes on until they have left, too. */
  shareWith(isFollowed: (whenDeserted: () => void) => boolean): void {
    this.#isFollowed = isFollowed;
  }

  /** What a stop does first: it ends the log, however long the rest may take. */
  onStop(action: (reason: Error) => void): void {
    this.#onStop = action;
  }

  /** The request is over. An answer is kept for whoever comes back to it, but not what was asked. */
  end(): void {
    this.during(null);
    this.#onStop = () => {};
    this.#isFollowed = () => false;
  }

  /** Its owner wants no more of it. */
  stop(reason: Error): void {
    this.#onStop(reason);
    this.leave(reason);
  }

  leave(reason: Error): void {
    if (this.#hasLeft || this.#isFollowed(() => this.leave(reason))) return;
    this.#hasLeft = true;
    const stop = () => this.#stop(reason);
    this.#endHearing = this.#hearOut?.(stop) ?? null;
    if (this.#endHearing === null) stop();
  }
}
