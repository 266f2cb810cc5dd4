// Step 7. Event by event into the generation's log, from which callers read, and to those who read along. Nothing here waits for a reader.

import type { Begun } from '../core/begun.ts';
import { type AnswerEvent, isContent } from '../core/events.ts';
import type { Lead } from '../core/flight.ts';
import type { EventLog } from '../core/parts.ts';
import type { Call } from '../core/request.ts';
import type { Warning } from '../core/response.ts';

/** Resolves when the answer is whole; rejects with `stream_broken` when it isn't. */
export async function handOn(
  begun: Begun,
  attempts: number,
  lead: Lead | null,
  call: Call,
  log: EventLog,
): Promise<readonly Warning[]> {
  const { provider, card } = begun.attempt.target;
  const { maxTokens, defaulted } = begun.fitted;
  const { requestId: id, generationId } = call;
  log.append({
    type: 'response-start',
    id,
    generationId,
    provider: provider.id,
    model: card.model,
    cached: false,
    shared: false,
    attempts,
    maxTokens,
  });
  lead?.append({ type: 'begun', start: { provider: provider.id, model: card.model } });
  const { warnings } = await begun.listen((event: AnswerEvent) => {
    if (!isContent(event)) return;
    log.append(event);
    lead?.append(event);
  });
  // That a model does not take what nobody asked for is no news to the caller.
  return warnings.filter(({ param }) => param === undefined || !defaulted.includes(param));
}
