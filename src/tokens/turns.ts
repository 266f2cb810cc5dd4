// Whose turn it is to count: one stretch of one long prompt in each turn of the event loop, however many such prompts wait. With an
// immediate of its own for each, a hundred of them would run in one turn and hold up every stream.

/** Resolves when everything else that waits has been seen to once. First come, first served. */
export type Turn = () => Promise<void>;

export function createTurns(): Turn {
  const waiting: (() => void)[] = [];
  const serve = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(serve);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(serve);
    });
}
