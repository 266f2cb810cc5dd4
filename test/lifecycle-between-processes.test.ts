// The stories of one answer in several processes: who asks the same anywhere reads along; and whatever dies, is away or says nothing
// on the way, nobody waits for ever and nobody gets a part of an answer for the whole.

import { describe, expect, it } from 'vitest';
import { llmError } from '../src/core/errors.ts';
import { createSharedFlights } from '../src/generations/shared-flights.ts';
import { SharedLogs } from '../src/generations/shared-logs.ts';
import { createMemoryCache } from '../src/stores/memory/cache.ts';
import { PeerNetwork } from './generations/peer-network.ts';
import { BAD, DATA, GOOD, judge, PROMPT, SAID } from './judge-at-hand.ts';
import { content, last, scripted } from './scripted-vendor.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { answers, type Started, type Turn, usage, World } from './world.ts';

/** Processes that share claims, logs and the cache. */
function processes(...turnsOf: readonly (readonly Turn[])[]) {
  const [clock, cache] = [new SimulatedClock(), createMemoryCache()];
  const network = new PeerNetwork(clock);
  const worlds = turnsOf.map((turns, index) => {
    const name = `p${index}`;
    const logs = new SharedLogs(network.join(name), clock);
    const flights = createSharedFlights({ logs, longestMs: 180_000 });
    return new World({ turns, clock, cache, flights, process: name });
  });
  const settle = (byMs = 1) => clock.advanceAsync(byMs);
  const asked = () => worlds.reduce((sum, world) => sum + world.asked.length, 0);
  return { worlds: worlds as [World, World, ...World[]], network, settle, asked, clock };
}

const ends = (all: readonly Started[]) => Promise.all(all.map(({ life }) => life));
const code = (one: Started) => {
  const event = last(one);
  return event?.type === 'error' ? event.error.code : event?.type;
};

describe('the same question in several processes', () => {
  it('F62, I13: is asked once, answered to all alike, and paid for once', async () => {
    const vendor = scripted();
    const { worlds, settle, asked } = processes([vendor.turn], [], []);
    const first = worlds[0].start();
    await vendor.asked;
    const others = Array.from({ length: 60 }, (_, index) => (worlds[index % 3] ?? worlds[0]).start());
    await settle();
    for (const word of ['one ', 'two ', 'three']) {
      vendor.say(word);
      await settle();
    }
    expect(new Set(others.map(({ events }) => content(events)))).toEqual(new Set(['one two three']));
    vendor.end();
    await ends([first, ...others]);
    expect(asked()).toBe(1);
    for (const one of others)
      expect(last(one)).toMatchObject({
        response: { shared: true, costUsd: '0.00', tokensUsed: 15, finishReason: 'stop' },
      });
    const rows = worlds.flatMap((world) => world.rowList());
    expect(rows.filter(({ outcome }) => outcome === 'completed')).toHaveLength(1);
    expect(rows.filter(({ outcome }) => outcome === 'joined')).toHaveLength(60);
    expect(new Set(rows.map(({ generationId }) => generationId))).toEqual(new Set([first.generation.id]));
  });

  it('is judged once for all, who have what its judge made of it; where it came to nothing each has what stands in', async () => {
    for (const [text, said, repairs] of [
      [GOOD, SAID, 0],
      [BAD, 'Read it again.', 0],
    ] as const) {
      const vendor = scripted();
      const { worlds, settle, asked } = processes([vendor.turn, answers(text), answers(text)], []);
      const how = { judge: judge({ stand: true }), prompt: PROMPT };
      const leader = worlds[0].start({}, true, undefined, how);
      await vendor.asked;
      const follower = worlds[1].start({}, true, undefined, how);
      await settle();
      vendor.say(text);
      vendor.end();
      await settle();
      await ends([leader, follower]);
      expect([content(leader.events), content(follower.events)]).toEqual([said, said]);
      const data = text === GOOD ? DATA : { say: 'again' };
      expect(last(follower)).toMatchObject({ response: { data, verification: { repairs }, prompt: PROMPT } });
      expect(asked()).toBe(text === GOOD ? 1 : 3);
    }
  });

  it('is asked once by all who ask at the same moment', async () => {
    const { worlds, settle, asked, network } = processes([answers('one two')], [answers('one two')]);
    const all = Array.from({ length: 40 }, (_, index) => (worlds[index % 2] ?? worlds[0]).start());
    await settle();
    await ends(all);
    expect(asked()).toBe(1);
    expect(new Set(all.map(({ events }) => content(events)))).toEqual(new Set(['one two']));
    expect(network.claims.size).toBe(0);
  });

  it('is looked up by all at once, who had just missed that it is kept', async () => {
    const { worlds, settle, asked, network } = processes([answers('one')], []);
    await ends([worlds[0].start()]);
    const { cache } = worlds[1].parts;
    let looks = 0;
    const late: typeof cache = {
      get: async (key, nowMs) => (looks++ < 40 ? null : cache.get(key, nowMs)),
      set: (key, kept) => cache.set(key, kept),
      invalidate: (selector, atMs) => cache.invalidate(selector, atMs),
      close: () => cache.close(),
    };
    Object.assign(worlds[1].parts, { cache: late });
    const claimsBefore = network.claimed;
    const all = Array.from({ length: 40 }, () => worlds[1].start());
    await settle();
    await ends(all);
    expect(new Set(all.map(({ events }) => content(events)))).toEqual(new Set(['one']));
    expect([asked(), looks, network.claimed - claimsBefore]).toEqual([1, 80, 1]);
  });

  it('that fails is told to all, with the failure as it was', async () => {
    const vendor = scripted();
    const { worlds, settle } = processes([vendor.turn], []);
    const all = [worlds[0].start(), worlds[1].start()];
    await vendor.asked;
    await settle();
    vendor.fail(llmError('provider_auth', 'the key is wrong', { providerStatus: 401 }));
    await settle();
    await ends(all);
    expect(all.map(code)).toEqual(['provider_auth', 'provider_auth']);
    expect(last(all[1] as Started)).toMatchObject({ error: { status: 502, detail: { providerStatus: 401 } } });
  });

  it('is not written for others as long as nobody else asks', async () => {
    const { worlds, settle, network } = processes([answers('one')], []);
    await ends([worlds[0].start()]);
    await settle();
    expect([network.logs.size, network.claims.size]).toEqual([0, 0]);
  });
});

describe('a leader elsewhere', () => {
  /** The first leads in one process, the second reads along in another; the vendor has said so much. */
  async function together(said: string, ...more: readonly Turn[]) {
    const vendor = scripted();
    const box = processes([vendor.turn], more);
    const first = box.worlds[0].start();
    await vendor.asked;
    const second = box.worlds[1].start();
    await box.settle();
    if (said !== '') vendor.say(said);
    await box.settle();
    expect(content(second.events)).toBe(said);
    return { ...box, vendor, first, second };
  }

  it('may leave: the others hear the answer to its end', async () => {
    const { vendor, first, second, settle } = await together('one ');
    first.leave();
    await settle();
    vendor.say('two');
    vendor.end();
    await settle();
    await ends([first, second]);
    expect(content(second.events)).toBe('one two');
  });

  it('may stop: for him it ends, for the others it does not', async () => {
    const { vendor, first, second, settle } = await together('one ');
    first.generation.stop();
    vendor.say('two');
    vendor.end();
    await settle();
    await ends([first, second]);
    expect([content(first.events), content(second.events)]).toEqual(['one ', 'one two']);
  });

  it('is stopped upstream when all have left, wherever they were', async () => {
    const { worlds, first, second, settle } = await together('one ');
    const signal = worlds[0].asked[0]?.options.signal;
    first.leave();
    await settle();
    expect(signal?.aborted).toBe(false);
    second.leave();
    await settle();
    expect(signal?.aborted).toBe(true);
    await ends([first, second]);
  });

  it('is stopped upstream when the process of the last one who read along has died', async () => {
    const { worlds, first, settle, network } = await together('one ');
    const signal = worlds[0].asked[0]?.options.signal;
    first.leave();
    network.kill('p1');
    await settle(4_000);
    expect(signal?.aborted).toBe(false);
    await settle(3_000);
    expect(signal?.aborted).toBe(true);
    await ends([first]);
  });

  it('whose process dies before the first word is followed by another, who asks anew', async () => {
    const { second, settle, network, worlds } = await together('', answers('one two'));
    network.kill('p0');
    await settle(6_000);
    await ends([second]);
    expect([content(second.events), code(second)]).toEqual(['one two', 'response-end']);
    expect(last(second)).toMatchObject({ response: { shared: false } });
    expect(worlds[1].asked).toHaveLength(1);
  });

  it('whose process dies after the first word leaves those who read along with generation_lost', async () => {
    const { second, settle, network, worlds } = await together('one ');
    network.kill('p0');
    await settle(6_000);
    await ends([second]);
    expect([content(second.events), code(second)]).toEqual(['one ', 'generation_lost']);
    expect(worlds[1].asked).toHaveLength(0);
  });

  it('is heard though every message is lost, a second later', async () => {
    const vendor = scripted();
    const { worlds, settle, network } = processes([vendor.turn], []);
    const first = worlds[0].start();
    await vendor.asked;
    const second = worlds[1].start();
    await settle();
    network.losesMessages = true;
    vendor.say('one ');
    vendor.say('two');
    vendor.end();
    await settle(2_000);
    await ends([first, second]);
    expect(content(second.events)).toBe('one two');
  });

  it('that answers nothing at all is not waited for: the others ask anew', async () => {
    const vendor = scripted();
    const { worlds, settle, network } = processes([vendor.turn], [answers('anew')]);
    worlds[0].start();
    await vendor.asked;
    network.losesMessages = true;
    const second = worlds[1].start();
    await settle(7_000);
    await ends([second]);
    expect(content(second.events)).toBe('anew');
  });

  it('cannot be reached, nor anybody: with the store away each process asks for itself', async () => {
    const { worlds, settle, network, asked } = processes([answers('one')], [answers('one')]);
    network.isAway = true;
    const all = worlds.map((world) => world.start());
    await settle();
    await ends(all);
    expect(all.map(({ events }) => content(events))).toEqual(['one', 'one']);
    expect(asked()).toBe(2);
  });

  it.each([
    ['before the first word', '', ['anew', 'response-end']],
    ['after it', 'one ', ['one ', 'generation_lost']],
  ])('is lost when the store goes away for long %s', async (_when, said, expected) => {
    const { second, settle, network } = await together(said, answers('anew'));
    network.isAway = true;
    await settle(7_000);
    await ends([second]);
    expect([content(second.events), code(second)]).toEqual(expected);
  });

  it('that tells an end which cannot be told on is lost', async () => {
    const { first, second, settle, network } = await together('', answers('anew'));
    const name = `flight_log:${first.generation.id}`;
    const log = network.logs.get(name);
    const end = '{"from":1,"entries":[{"type":"landed","answer":{"answer":{},"costPicoUsd":null}}]}';
    if (log !== undefined) network.logs.set(name, { ...log, entries: [...log.entries, end] });
    await settle(1_500);
    await ends([second]);
    expect([content(second.events), code(second)]).toEqual(['anew', 'response-end']);
  });

  it('that cannot pay is followed by whoever can', async () => {
    const { worlds, settle, asked, network } = processes([], [answers('one')]);
    const broke = { scope: 'user', scopeKey: 'acme/poor', name: 'usd_per_day', limit: 1, timezone: 'UTC' } as const;
    const policy = { ...worlds[0].parts.policy, windowsOf: () => [broke], countedOf: () => [broke] };
    Object.assign(worlds[0].parts, { policy });
    const all = [worlds[0].start(), worlds[1].start()];
    await settle();
    await ends(all);
    expect([all.map(code), asked()]).toEqual([['budget_exceeded', 'response-end'], 1]);
    expect(network.claims.size).toBe(0);
  });

  it('whose claim could not be given back is not followed for ever', async () => {
    const { worlds, settle, asked, network } = processes([], [answers('one')]);
    const broke = { scope: 'user', scopeKey: 'acme/poor', name: 'usd_per_day', limit: 1, timezone: 'UTC' } as const;
    const policy = { ...worlds[0].parts.policy, windowsOf: () => [broke], countedOf: () => [broke] };
    Object.assign(worlds[0].parts, { policy });
    network.losesReleasesOf = 'p0';
    const all = [worlds[0].start(), worlds[1].start()];
    await settle();
    await ends(all);
    expect([all.map(code), asked()]).toEqual([['budget_exceeded', 'response-end'], 1]);
    expect(network.claims.size).toBe(0);
  });

  it('whose claim could not be given back leaves its failure to nobody who asks later', async () => {
    const vendor = scripted();
    const { worlds, settle, network } = processes([vendor.turn], [], [answers('later')]);
    network.losesReleasesOf = 'p0';
    const all = [worlds[0].start(), worlds[1].start()];
    await vendor.asked;
    await settle();
    vendor.fail(llmError('provider_auth', 'the key is wrong', { providerStatus: 401 }));
    await settle();
    await ends(all);
    const later = (worlds[2] ?? worlds[0]).start();
    await settle();
    await ends([later]);
    expect([...all, later].map(code)).toEqual(['provider_auth', 'provider_auth', 'response-end']);
  });

  it('is read along by nobody who wants a new answer', async () => {
    const { worlds, settle, asked } = processes([answers('one')], [answers('two')]);
    const all = [worlds[0].start(), worlds[1].start({ cache: 'refresh' })];
    await settle();
    await ends(all);
    expect([all.map(({ events }) => content(events)), asked()]).toEqual([['one', 'two'], 2]);
  });
});

describe('an answer with tools, thoughts and figures', () => {
  it('is the same elsewhere, event by event', async () => {
    const turn = scripted();
    const { worlds, settle } = processes([turn.turn], []);
    const all = [worlds[0].start(), worlds[1].start()];
    await turn.asked;
    await settle();
    turn.tell({ type: 'reasoning-delta', text: 'hm \u{1F40D} \u0000' });
    turn.tell({ type: 'reasoning-end', providerData: { signature: 'c2ln', deep: [1, null] } });
    turn.tell({ type: 'tool-call-start', toolCallId: 'call_1', name: 'run' });
    turn.tell({ type: 'tool-call-delta', toolCallId: 'call_1', argumentsText: '{"a":' });
    turn.tell({ type: 'tool-call-end', toolCallId: 'call_1' });
    turn.tell({ type: 'tool-call-start', toolCallId: 'call_2', name: 'run', providerData: { thought: 'x' } });
    turn.tell({ type: 'tool-call-end', toolCallId: 'call_2', providerData: { thought: 'x' } });
    turn.end(usage(7, 9));
    await settle();
    await ends(all);
    const contentOf = ({ events }: Started) => events.slice(1, -1);
    const [first, second] = all as [Started, Started];
    expect(contentOf(second)).toEqual(contentOf(first));
    expect((await second.generation.whole()).parts).toEqual((await first.generation.whole()).parts);
  });
});
