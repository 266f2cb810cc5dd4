// One call through the transport, as a test reads it: what was emitted, and how it ended. Every failure is searched for secrets.

import { inspect } from 'node:util';
import { afterEach, beforeEach } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { LLMError } from '../../src/core/errors.ts';
import type { AnswerEvent } from '../../src/core/events.ts';
import type { Ask, AskOptions, AskResult } from '../../src/core/parts.ts';
import { createAsk, type Transport, type TransportOptions } from '../../src/transport/ask.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { type Behaviour, type GroqMock, startGroqMock } from '../vendor/groq-mock.ts';
import { CANARY_KEY, CANARY_QUERY, optionsOf, plainCodec, requestOf, targetOf } from './plain-codec.ts';

export interface Outcome {
  readonly events: readonly AnswerEvent[];
  readonly text: string;
  readonly result: AskResult | null;
  /** Null when it went well. */
  readonly error: LLMError | null;
}

function textOfEvents(events: readonly AnswerEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

/** Asks the vendor at this address and waits for the end, whatever it is. Each failure is searched for secrets. */
export async function askOnce(
  ask: Ask,
  url: string,
  changes: Partial<AskOptions> = {},
  onEvent: (event: AnswerEvent) => void = () => {},
): Promise<Outcome> {
  const events: AnswerEvent[] = [];
  const emit = (event: AnswerEvent) => {
    events.push(event);
    onEvent(event);
  };
  try {
    const result = await ask(targetOf(plainCodec(url)), requestOf('Hello there'), optionsOf(changes), emit);
    return { events, text: textOfEvents(events), result, error: null };
  } catch (thrown) {
    if (!(thrown instanceof LLMError)) throw thrown;
    findSecrets(thrown);
    return { events, text: textOfEvents(events), result: null, error: thrown };
  }
}

/** A marker that the mock puts into bodies which must not be shown. */
export const VENDOR_BODY = 'canary0body';

function findSecrets(error: LLMError): void {
  const all =
    inspect(error, { depth: 12, showHidden: true }) + JSON.stringify({ ...error.detail, message: error.message });
  for (const secret of [CANARY_KEY, CANARY_QUERY, VENDOR_BODY]) {
    if (all.includes(secret)) throw new Error(`An error carries a secret (${secret}): ${error.code}`);
  }
}

const opened: Transport[] = [];

export function openTransport(options: Partial<TransportOptions> & { clock?: Clock } = {}): Transport {
  const transport = createAsk({ clock: systemClock, version: '0.1.0', ...options });
  opened.push(transport);
  return transport;
}

/** For `afterEach`. */
export async function closeTransports(): Promise<void> {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
}

/** Waits until something is so; fails by the test's own time-out. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A mock vendor for each test of the file, and two ways to ask it. */
export function useMock() {
  let mock: GroqMock | null = null;
  beforeEach(async () => {
    mock = await startGroqMock();
  });
  afterEach(async () => {
    await mock?.close();
    await closeTransports();
  });
  const running = () => {
    if (mock === null) throw new Error('The mock runs in tests only');
    return mock;
  };

  return {
    get mock() {
      return running();
    },

    /** One call with the real clock against the mock's next behaviour. */
    askWith(behaviour: Behaviour, changes: Partial<AskOptions> = {}) {
      running().next(behaviour);
      return askOnce(openTransport().ask, running().url, changes);
    },

    /** The same with a clock that stands until the test turns it. */
    askInSimulatedTime(behaviour: Behaviour, changes: Partial<AskOptions> = {}) {
      const clock = new SimulatedClock();
      running().next(behaviour);
      let received = 0;
      let ended = false;
      const outcome = askOnce(openTransport({ clock }).ask, running().url, changes, () => {
        received += 1;
      }).finally(() => {
        ended = true;
      });
      return { clock, outcome, received: () => received, ended: () => ended };
    },
  };
}
