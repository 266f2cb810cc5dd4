// The processes that share a Redis, as far as answers under way are concerned: who does what, what became of it, and a word from one
// to another. A store knows names and texts alone; what they mean is the matter of generations/. Every call may reject with
// `store_unavailable`.

export interface LogEntry {
  /** Where the entry stands: what comes behind it is read with it. */
  readonly cursor: string;
  readonly text: string;
}

export interface Peers {
  /** This process, as the others know it. */
  readonly id: string;
  /** Makes the claim unless there is one already; resolves with the one that holds. Forgotten after `ttlMs`. */
  claim(name: string, claim: string, ttlMs: number): Promise<string>;
  /** Gives the claim up, if it is still this one. */
  release(name: string, claim: string): Promise<void>;
  /**
   * Adds to a log what takes it up to that count of entries. What reaches no further than the log does is there already, and is not added:
   * so what may have been added can be given again. It is forgotten when nothing was given for `ttlMs`.
   */
  append(log: string, upTo: number, text: string, ttlMs: number): Promise<void>;
  /** What stands behind the cursor, oldest first, not necessarily all of it; null: from the beginning. */
  read(log: string, after: string | null): Promise<readonly LogEntry[]>;
  /** Whether logs are taken: the store keeps what is worth more than they are, and may be nearly full. */
  hasRoom(): Promise<boolean>;
  /** Whether a process has said so within the last five seconds. */
  isAlive(peer: string): Promise<boolean>;
  /** A message that may be lost: whoever needs an answer asks again. Null: to all that hear it, this process too. */
  send(peer: string | null, message: string): void;
  /** Called with each message to this process or to all; what comes back ends that. */
  onMessage(listener: (message: string) => void): () => void;
}
