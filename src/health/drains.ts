// Answers that nobody waits for any more and that are heard to their end all the same, for their figures. Bounded in number and in
// time: they must not take connections from callers who do wait.

import type { Clock } from '../core/clock.ts';
import type { Drains } from '../core/parts.ts';

export interface DrainLimits {
  readonly most: number;
  readonly longestMs: number;
}

export function createDrains(clock: Clock, { most, longestMs }: DrainLimits): Drains {
  let underWay = 0;
  return {
    enter(stop) {
      if (underWay >= most) return null;
      underWay++;
      const cancelTimer = clock.after(longestMs, stop, true);
      return () => {
        underWay--;
        cancelTimer();
      };
    },
  };
}
