// THE LIFE OF A REQUEST, from top to bottom. Every caller passes here: the library, the gateway, the command line; streamed or
// whole. Each step is one file under steps/; no step calls another. What a caller reads is written into a log; whoever listens
// to it or leaves, this function runs to its end, so nothing is left unsettled. It never throws: a failure is the log's last word.

import { Attempts } from './core/attempts.ts';
import type { Begun } from './core/begun.ts';
import { asLLMError, type LLMError, withDetail } from './core/errors.ts';
import { isContent, replay } from './core/events.ts';
import type { Fitted } from './core/fitted.ts';
import { Hold } from './core/hold.ts';
import type { EventLog, Parts } from './core/parts.ts';
import type { Call, LLMRequest } from './core/request.ts';
import type { ResponseSummary } from './core/response.ts';
import type { CachedAnswer } from './core/stores.ts';
import { admit } from './steps/admit.ts';
import { attempt } from './steps/attempt.ts';
import { fit } from './steps/fit.ts';
import { handOn } from './steps/hand-on.ts';
import { hold } from './steps/hold.ts';
import { recall, remember } from './steps/recall.ts';
import { reportFailure, reportSuccess } from './steps/report.ts';
import { route } from './steps/route.ts';
import { settleAnswer, settleBroken, settleCached, settleHold, summaryOf, summaryOfStopped } from './steps/settle.ts';

export async function live(request: LLMRequest, call: Call, parts: Parts, log: EventLog): Promise<void> {
  const held = new Hold(call, parts);
  const attempts = new Attempts();
  call.departure.onStop((reason) => log.append({ type: 'error', error: explain(reason, attempts, call, parts) }));
  try {
    const admitted = admit(held, parts); //                                   1. may this caller call now?
    const looking = lookUp(request, call, parts); //                          2, 3, 4. see below
    looking.catch(() => {}); // A refusal comes first; what was found meanwhile is then of no interest.
    await admitted;
    log.windows(held.states);
    const { asked, known } = await looking;
    if (known !== null) return replayKnown(known, asked, held, call, parts, log);
    const fitted = await hold(asked, held, call, parts); //                         5. hold the worst it can cost
    log.windows(held.states);
    const begun = await attempt(fitted, held, attempts, call, parts); //      6. ask, until one begins to answer
    const response = await deliver(begun, attempts, call, parts, log); // 7, 8: hand on, close the row
    log.append({ type: 'response-end', response });
    reportSuccess(response, call, parts);
  } catch (thrown) {
    const error = explain(thrown, attempts, call, parts);
    log.windows(held.states);
    log.append({ type: 'error', error });
    reportFailure(error, call, parts);
  } finally {
    call.departure.end();
    await settleHold(held, attempts, call, parts); //                         8. give back what was not used
  }
}

/** Steps 2 to 4 need nothing of step 1, so admission and cache are asked in one round trip; but a caller who may not call hears that. */
async function lookUp(request: LLMRequest, call: Call, parts: Parts) {
  const targets = route(request.model, call, parts); //                       2. who can answer
  const asked = fit(request, targets, call, parts); //                        3. make it fit
  const known = await recall(asked, call, parts); //                          4. answered before?
  return { asked, known };
}

async function deliver(
  begun: Begun,
  attempts: Attempts,
  call: Call,
  parts: Parts,
  log: EventLog,
): Promise<ResponseSummary> {
  const { fitted } = begun;
  call.departure.onStop(() => {
    log.append({ type: 'response-end', response: summaryOfStopped(begun, attempts, call, parts) });
  });
  try {
    const warnings = await handOn(begun, attempts.made.length, call, log);
    const { answer, costPicoUsd } = settleAnswer(begun, call, parts);
    const { provider, card } = begun.attempt.target;
    await remember(fitted, begun.attempt.target, answer, costPicoUsd, call, parts);
    const from = { provider: provider.id, model: card.model, cached: false };
    return summaryOf(answer, from, attempts, fitted, warnings, call, parts);
  } catch (thrown) {
    throw settleBroken(begun, thrown, parts);
  }
}

function replayKnown(known: CachedAnswer, fitted: Fitted, held: Hold, call: Call, parts: Parts, log: EventLog): void {
  const { provider, model, answer } = known;
  const { requestId: id, generationId } = call;
  const { maxTokens } = fitted;
  log.append({ type: 'response-start', id, generationId, provider, model, cached: true, attempts: 0, maxTokens });
  for (const event of replay(answer)) if (isContent(event)) log.append(event);
  const response = summaryOf(answer, { provider, model, cached: true }, new Attempts(), fitted, [], call, parts);
  log.append({ type: 'response-end', response });
  settleCached(known, fitted, held, call, parts);
  reportSuccess(response, call, parts);
}

/** All that is known of a failure, for the caller and the log. */
function explain(thrown: unknown, attempts: Attempts, call: Call, parts: Parts): LLMError {
  const { requestId, caller } = call;
  const timestamp = new Date(parts.clock.nowMs()).toISOString();
  return withDetail(asLLMError(thrown), {
    requestId,
    userId: caller.userId,
    timestamp,
    attempts: attempts.reports(),
  });
}
