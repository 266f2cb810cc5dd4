// Ctrl-C, or a reader that went away (`… | head`), stops an answer in order: the vendor is told, what was used is booked. The next
// Ctrl-C finds nobody listening and ends the process at once, as everywhere.

export interface Stop extends Disposable {
  readonly signal: AbortSignal;
}

/** Listens until it is disposed of. */
export function stopOnInterrupt(): Stop {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  process.stdout.once('error', stop);
  if (!process.stdout.writable) stop();
  return {
    signal: abort.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop);
      process.stdout.off('error', stop);
    },
  };
}
