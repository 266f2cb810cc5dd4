// Which part of a stretch of time is read from hourly roll-ups and which from the rows. Both together are the stretch, exactly
// once: an hour is taken from its roll-up only if it lies wholly inside, and its rows are then left out.

export const HOUR_MS = 3_600_000;

/** from <= moment < to. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the first whole hour to the end of the last one; empty (`fromMs` >= `toMs`) where there is none. */
export function wholeHours({ fromMs, toMs }: Stretch): Stretch {
  return { fromMs: Math.ceil(fromMs / HOUR_MS) * HOUR_MS, toMs: Math.floor(toMs / HOUR_MS) * HOUR_MS };
}

/** What is left of the stretch without these hours, in order and joined where it touches. The hours lie inside it, ascending. */
export function withoutHours({ fromMs, toMs }: Stretch, hours: readonly number[]): Stretch[] {
  const left: Stretch[] = [];
  let restFromMs = fromMs;
  for (const hourMs of hours) {
    if (hourMs > restFromMs) left.push({ fromMs: restFromMs, toMs: hourMs });
    restFromMs = hourMs + HOUR_MS;
  }
  if (toMs > restFromMs) left.push({ fromMs: restFromMs, toMs });
  return left;
}
