// THE LIFE OF A REQUEST, from top to bottom. Every caller passes here: the library, the gateway, the command line; streamed or
// whole. Each step is one file under steps/; no step calls another. What a caller reads is written into a log; whoever listens
// to it or leaves, this function runs to its end, so nothing is left unsettled. It never throws: a failure is the log's last word.

import { Attempts } from './core/attempts.ts';
import type { Begun } from './core/begun.ts';
import { asLLMError, type LLMError, withDetail } from './core/errors.ts';
import type { Fitted } from './core/fitted.ts';
import { endOf, type Found, type Lead, type Seat } from './core/flight.ts';
import { Hold } from './core/hold.ts';
import type { EventLog, Parts } from './core/parts.ts';
import type { Call, LLMRequest } from './core/request.ts';
import type { ResponseSummary } from './core/response.ts';
import { summaryOf, summaryOfStopped } from './core/summary.ts';
import { admit } from './steps/admit.ts';
import { attempt } from './steps/attempt.ts';
import { fit } from './steps/fit.ts';
import { handOn } from './steps/hand-on.ts';
import { hold } from './steps/hold.ts';
import { type Recalled, recall, remember, replayed } from './steps/recall.ts';
import { reportFailure, reportSuccess } from './steps/report.ts';
import { route } from './steps/route.ts';
import { settleAnswer, settleBroken, settleHold, settleUnasked } from './steps/settle.ts';
import { leads, share } from './steps/share.ts';
import { standIn } from './steps/stand-in.ts';

export async function live(request: LLMRequest, call: Call, parts: Parts, log: EventLog): Promise<void> {
  const held = new Hold(call, parts);
  const attempts = new Attempts();
  let lead: Lead | null = null;
  let sendable: Fitted | null = null;
  call.departure.onStop((reason) => log.append({ type: 'error', error: explain(reason, attempts, call, parts) }));
  try {
    const admitted = admit(held, parts); //                                   1. may this caller call now?
    const looking = lookUp(request, call, parts); //                          2, 3, 4. see below
    looking.catch(() => {}); // A refusal comes first; what was found meanwhile is then of no interest.
    await admitted;
    log.windows(held.states);
    const { asked, ...recalled } = await looking;
    sendable = asked;
    const seat = await takeSeat(asked, recalled, call, parts, log); //        4. kept, or under way? else: it leads
    if (seat.found !== null) return endUnasked(seat.found, recalled.key, asked, held, call, parts, log);
    lead = seat.lead;
    const fitted = await hold(asked, held, call, parts); //                         5. hold the worst it can cost
    log.windows(held.states);
    leads(lead, fitted, call);
    const begun = await attempt(fitted, held, attempts, call, parts, log); // 6. ask, until one begins to answer
    const response = await deliver(begun, attempts, lead, call, parts, log); // 7, 8: hand on, close the row
    log.append({ type: 'response-end', response });
    reportSuccess(response, call, parts);
  } catch (thrown) {
    lead?.end(endOf(thrown));
    const error = explain(thrown, attempts, call, parts);
    log.windows(held.states);
    const response = standIn(error, sendable, attempts, call, parts, log); //  or what code knows, if the template has that
    log.append(response === null ? { type: 'error', error } : { type: 'response-end', response });
    reportFailure(error, response !== null, call, parts);
  } finally {
    call.departure.end();
    await settleHold(held, attempts, call, parts); //                         8. give back what was not used
  }
}

/** Steps 2 to 4 need nothing of step 1, so admission and cache are asked in one round trip; but a caller who may not call hears that. */
async function lookUp(request: LLMRequest, call: Call, parts: Parts) {
  const routed = route(request.model, call, parts); //                        2. who can answer
  const asked = fit(request, routed, call, parts); //                         3. make it fit
  const recalled = await recall(asked, call, parts); //                       4. answered before?
  return { asked, ...recalled };
}

/** Whoever leads after another looks once more: that one may have kept the answer between the look and the seat. */
async function takeSeat(
  asked: Fitted,
  { flight, known }: Recalled,
  call: Call,
  parts: Parts,
  log: EventLog,
): Promise<Seat> {
  for (let kept = known; ; ) {
    if (kept !== null) return replayed(kept, asked, call, log);
    const seat = await share(flight, asked, call, parts, log);
    if (seat !== null && (seat.found !== null || !seat.looksAgain)) return seat;
    kept = (await recall(asked, call, parts)).known;
    if (seat === null) continue;
    if (kept === null) return seat;
    // All who wait look at once, rather than each in his turn.
    seat.lead?.end({ type: 'kept' });
  }
}

async function deliver(
  begun: Begun,
  attempts: Attempts,
  lead: Lead | null,
  call: Call,
  parts: Parts,
  log: EventLog,
): Promise<ResponseSummary> {
  const { fitted } = begun;
  call.departure.onStop(() => {
    log.append({ type: 'response-end', response: summaryOfStopped(begun, attempts, call, parts) });
  });
  try {
    const warnings = await handOn(begun, attempts.made.length, lead, call, log);
    const found = settleAnswer(begun, call, parts);
    const cacheKey = await remember(fitted, begun.attempt.target, found, call, parts);
    // Only now: whoever comes later finds it in the cache.
    lead?.end({ type: 'landed', answer: found });
    const from = { provider: found.provider, model: found.model, cached: false, shared: false, cacheKey };
    return summaryOf(found.answer, from, attempts, fitted, warnings, call, parts);
  } catch (thrown) {
    throw settleBroken(begun, thrown, parts);
  }
}

/** The answer is in the log already, kept or read along. */
function endUnasked(
  found: Found,
  key: string | null,
  fitted: Fitted,
  held: Hold,
  call: Call,
  parts: Parts,
  log: EventLog,
): void {
  const { answer, provider, model } = found.answer;
  const cached = found.ledBy === null;
  const from = { provider, model, cached, shared: !cached, cacheKey: cached ? key : null };
  const response = summaryOf(answer, from, new Attempts(), fitted, [], call, parts);
  log.append({ type: 'response-end', response });
  settleUnasked(found, fitted, held, call, parts);
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
