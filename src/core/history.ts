// What of a conversation is sent on: the system messages, the pins, the current turn, and of what is older as much as the limits
// allow. Decided by the messages alone, so every process decides alike and nothing is remembered between two requests.

import { type Message, toolCallsOf } from './request.ts';

export interface HistoryLimits {
  /** Of all messages that are sent but the system's, the newest included. */
  readonly maxMessages: number;
  /** Of what is older than the current turn. */
  readonly maxTokens: number;
}

/**
 * The current turn is the last user message and all after it. A tool call and its results stay or go together, and so do they with a
 * pin among them. What is dropped is dropped from the oldest on, without gaps.
 */
export function trimHistory(
  messages: readonly Message[],
  limits: HistoryLimits,
  tokensOf: (message: Message) => number,
): readonly Message[] {
  const cuts = cutsOf(messages);
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  const turn = cuts.findLast((cut) => cut <= lastUser) ?? 0;
  if (turn === 0) return messages;
  const units = unitsOf(messages, cuts, turn);
  const earliest = earliestStart(units, messages.length - turn, limits, tokensOf);
  if (earliest === 0) return messages;
  const start = steadyStart(messages, cuts, earliest, turn);
  const stays = new Set(units.filter(({ isPinned }) => isPinned).flatMap((unit) => unit.messages));
  return messages.filter((message, index) => index >= start || message.role === 'system' || stays.has(message));
}

/** Where a history may begin: nowhere between a tool call and its last result. */
function cutsOf(messages: readonly Message[]): readonly number[] {
  // Some clients begin to count the ids anew with each turn: a result answers the latest call of its id.
  const latestCall = new Map<string, number>();
  const lastResult = new Map<number, number>();
  let answered: number | undefined;
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      // Results that follow at once belong to the call before them, also where their ids don't say so.
      const call = latestCall.get(message.toolCallId) ?? answered;
      if (call !== undefined) lastResult.set(call, index);
      continue;
    }
    const calls = toolCallsOf(message);
    for (const { toolCallId } of calls) latestCall.set(toolCallId, index);
    answered = calls.length > 0 ? index : undefined;
  }
  const cuts: number[] = [];
  let reach = -1;
  for (const index of messages.keys()) {
    if (index > reach) cuts.push(index);
    reach = Math.max(reach, lastResult.get(index) ?? -1);
  }
  return cuts;
}

interface Unit {
  readonly start: number;
  /** Without the system's, which always stay. */
  readonly messages: readonly Message[];
  readonly isPinned: boolean;
}

/** What is older than the current turn, oldest first. */
function unitsOf(messages: readonly Message[], cuts: readonly number[], turn: number): readonly Unit[] {
  return cuts
    .filter((cut) => cut < turn)
    .map((start, index) => {
      const unit = messages.slice(start, cuts[index + 1] ?? turn);
      return {
        start,
        messages: unit.filter(({ role }) => role !== 'system'),
        isPinned: unit.some(({ pinned }) => pinned === true),
      };
    });
}

/** The oldest message from which on all fits. Pins take of the room first: they stay in any case. */
function earliestStart(
  units: readonly Unit[],
  turnLength: number,
  { maxMessages, maxTokens }: HistoryLimits,
  tokensOf: (message: Message) => number,
): number {
  const sizeOf = ({ messages }: Unit) => messages.reduce((sum, message) => sum + tokensOf(message), 0);
  const pinned = units.filter(({ isPinned }) => isPinned);
  let room = maxMessages - turnLength - pinned.reduce((sum, { messages }) => sum + messages.length, 0);
  let tokensLeft = maxTokens - pinned.reduce((sum, unit) => sum + sizeOf(unit), 0);
  let earliest: number | null = null;
  for (const unit of units.toReversed()) {
    if (!unit.isPinned) {
      room -= unit.messages.length;
      tokensLeft -= sizeOf(unit);
      if (unit.messages.length > 0 && (room < 0 || tokensLeft < 0)) break;
    }
    earliest = unit.start;
  }
  return earliest ?? Number.POSITIVE_INFINITY;
}

/**
 * Vendors bill less for a prompt whose beginning they have just read. So a history that has outgrown its limits doesn't lose a message
 * with each turn: of the places in the older half of what fits, it begins at the one with the roundest number, which is the same for
 * several turns. At a user's turn where one is in reach, since some vendors take no other beginning.
 */
function steadyStart(messages: readonly Message[], cuts: readonly number[], earliest: number, turn: number): number {
  const latest = earliest + Math.floor((turn - earliest) / 2);
  const numbered = cuts.map((cut, number) => ({ cut, number }));
  const turns = numbered
    .filter(({ cut }) => messages[cut]?.role === 'user')
    .map(({ cut }, number) => ({ cut, number }));
  const inReach = ({ cut }: { readonly cut: number }) => cut >= earliest && cut <= latest;
  const ofTurns = turns.filter(inReach);
  const candidates = ofTurns.length > 0 ? ofTurns : numbered.filter(inReach);
  const [first, ...others] = candidates;
  if (first === undefined) return turn;
  return others.reduce((best, place) => (roundness(place.number) > roundness(best.number) ? place : best), first).cut;
}

/** How often a number can be halved. */
function roundness(number: number): number {
  return number === 0 ? Number.POSITIVE_INFINITY : 31 - Math.clz32(number & -number);
}
