// Step 1. Counts the call against the caller's windows. A refused call is not counted, an admitted one stays counted.

import type { Hold } from '../core/hold.ts';
import type { Parts } from '../core/parts.ts';
import { refusalOf } from '../core/refusal.ts';

/** Throws `rate_limited`, which says which window is full and when it has room again. */
export async function admit(hold: Hold, parts: Parts): Promise<void> {
  const refused = await hold.admit();
  if (refused !== null) throw refusalOf(refused, parts.clock.nowMs());
}
