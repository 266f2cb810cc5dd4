// An answer that another process makes: read from any event on, kept going by whoever reads it there, stopped from there. Whatever dies
// or is away on the way, a reader hears an end, and never a short answer for the whole.

import { describe, expect, it } from 'vitest';
import { type LLMError, llmError } from '../../src/core/errors.ts';
import type { StreamEvent } from '../../src/core/events.ts';
import { Generation } from '../../src/generations/generation.ts';
import { SharedGenerations } from '../../src/generations/shared-generations.ts';
import { SharedLogs } from '../../src/generations/shared-logs.ts';
import { DATA, GOOD, judge, PROMPT, SAID, verification } from '../judge-at-hand.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { answers, World } from '../world.ts';
import { PeerNetwork } from './peer-network.ts';

const OWNER = { tenant: 'acme', userId: 'alice' };
const KEPT_MS = 300_000;

async function eventsOf(text: string): Promise<readonly StreamEvent[]> {
  const { life, events } = new World({ turns: [answers(text)] }).start();
  return life.then(() => events);
}

/** Three processes, and an answer that the first makes. */
async function begun({ graceMs = 10_000 as number | null } = {}) {
  const clock = new SimulatedClock();
  const network = new PeerNetwork(clock);
  const processOf = (id: string) => {
    const logs = new SharedLogs(network.join(id), clock);
    return { logs, generations: new SharedGenerations(logs, clock) };
  };
  const [maker, second, third] = [processOf('p1'), processOf('p2'), processOf('p3')];
  const abandoned: LLMError[] = [];
  let record: ((event: StreamEvent) => void) | undefined;
  const generation = new Generation({
    id: 'gen_1',
    requestId: 'req_1',
    clock,
    graceMs,
    abandon: (reason) => abandoned.push(reason),
    stop: (reason) => generation.append({ type: 'error', error: reason }),
    onEvent: (event) => record?.(event),
  });
  record = maker.generations.record(generation, { owner: OWNER, conversationId: 'conv_1', keptMs: KEPT_MS });
  maker.generations.onStop((id, owner) => {
    const isHere = id === 'gen_1' && (owner.userId ?? OWNER.userId) === OWNER.userId;
    return isHere ? generation.stop() : null;
  });
  const settle = (ms = 1) => clock.advanceAsync(ms);
  await settle();
  const events = await eventsOf('one two three four');
  return { clock, network, settle, generation, events, abandoned, maker, second, third };
}

/** What a reader has of it from `after` on. */
function reading(generation: Generation, after = 0) {
  const seen: [number, StreamEvent][] = [];
  const leave = generation.subscribe((event, position) => seen.push([position, event]), after);
  return { seen, leave, types: () => seen.map(([, { type }]) => type) };
}
const numbered = (events: readonly StreamEvent[]) => events.map((event, index) => [index + 1, event]);

describe('an answer of another process', () => {
  it('is read from its first event on, then live, to its end, with the same numbers', async () => {
    const { generation, events, second, third, settle } = await begun();
    for (const event of events.slice(0, 3)) generation.append(event);
    await settle();
    const found = await second.generations.find('gen_1');
    expect(found).toMatchObject({ owner: OWNER, conversationId: 'conv_1' });
    expect(found?.generation).toMatchObject({ id: 'gen_1', requestId: 'req_1', length: 3, ended: false });
    const reader = reading(found?.generation ?? generation);
    expect(reader.seen).toEqual(numbered(events.slice(0, 3)));
    const late = await third.generations.find('gen_1');
    const end = reading(late?.generation ?? generation, 2);
    for (const event of events.slice(3)) {
      generation.append(event);
      await settle();
      expect(reader.seen.at(-1)?.[1]).toEqual(event);
    }
    expect(reader.seen).toEqual(numbered(events));
    expect(end.seen).toEqual(numbered(events).slice(2));
    expect((await found?.generation.whole())?.content).toBe('one two three four');
  });

  it('that was judged is the same there, with its drafts, its data and what was checked', async () => {
    const { generation, second, settle } = await begun();
    const draft = `{"say": "${'word '.repeat(40)}"}`;
    const world = new World({ turns: [answers(draft), answers(GOOD)] });
    const made = world.start({}, true, undefined, { judge: judge(), prompt: PROMPT, drafts: true });
    await made.life;
    expect(made.events[0]).toMatchObject({ type: 'data-draft' });
    for (const event of made.events) generation.append(event);
    await settle();
    const found = await second.generations.find('gen_1');
    expect(reading(found?.generation ?? generation).seen).toEqual(numbered(made.events));
    const whole = await found?.generation.whole();
    expect(whole).toMatchObject({ content: SAID, data: DATA, verification: verification(1), prompt: PROMPT });
  });

  it('is there when it has ended, also when its process has since', async () => {
    const { generation, events, maker, second, network, settle } = await begun();
    for (const event of events) generation.append(event);
    await maker.logs.close();
    network.kill('p1');
    const found = await second.generations.find('gen_1');
    expect(reading(found?.generation ?? generation, events.length - 2).seen).toEqual(numbered(events).slice(-2));
    await settle(KEPT_MS);
    expect(await second.generations.find('gen_1')).toBeNull();
  });

  it('that ended with an error ends with it elsewhere', async () => {
    const { generation, second, settle } = await begun();
    const error = llmError('provider_overloaded', 'Full', { provider: 'groq', providerStatus: 529, retryAfterMs: 7 });
    generation.append({ type: 'error', error });
    await settle();
    const found = await second.generations.find('gen_1');
    expect(found?.generation.failure).toMatchObject({ code: 'provider_overloaded', message: 'Full', status: 503 });
    expect(found?.generation.failure?.detail).toEqual(error.detail);
    expect(found?.generation.failure?.constructor.name).toBe('LLMProviderError');
  });

  it('that is of vectors is not written for others, who hear that it is kept by its own process', async () => {
    const { generation, events, second, network, settle } = await begun();
    generation.append(events[0] as StreamEvent);
    for (let count = 0; count < 455; count++) generation.append({ type: 'embedding', vector: 'A'.repeat(16_384) });
    generation.append(events.at(-1) as StreamEvent);
    await settle();
    expect(network.bytesSent).toBeLessThan(2_000);
    const found = await second.generations.find('gen_1');
    expect(found?.generation.failure).toMatchObject({ code: 'generation_lost' });
    expect(found?.generation.failure?.message).toContain('a new key');
    // Where it was made it is whole.
    expect((await generation.whole()).vectors).toHaveLength(455);
  });

  it('is not there where nobody has written it', async () => {
    const { second } = await begun();
    expect(await second.generations.find('gen_2')).toBeNull();
  });

  it('is not told to be gone while nobody can say', async () => {
    const { second, network } = await begun();
    network.isAway = true;
    await expect(second.generations.find('gen_1')).rejects.toMatchObject({ code: 'store_unavailable' });
    network.isAway = false;
    expect(await second.generations.find('gen_1')).not.toBeNull();
  });

  it.each(['', 'no JSON', '{"from":0,"entries":[{"peer":7}]}', '[]'])(
    'is none where something else stands: %s',
    async (text) => {
      const { second, network, clock } = await begun();
      network.logs.set('generation_log:gen_9', { entries: [text], upTo: 1, untilMs: clock.monotonicMs() + KEPT_MS });
      expect(await second.generations.find('gen_9')).toBeNull();
    },
  );

  it.each([
    ['no JSON', 'no JSON'],
    ['an event that is not known here', '{"from":2,"entries":[{"type":"song"}]}'],
    ['one without its text', '{"from":2,"entries":[{"type":"text-delta"}]}'],
    ['an end without its figures', '{"from":2,"entries":[{"type":"response-end","response":{}}]}'],
    ['a beginning that says nothing', '{"from":2,"entries":[{"type":"response-start"}]}'],
    [
      'a failure that cannot be told',
      '{"from":2,"entries":[{"type":"error","error":{"code":"rate_limited","message":"x","detail":{"attempts":7},"timestamp":null}}]}',
    ],
    ['a gap', '{"from":5,"entries":[{"type":"text-delta","text":"late"}]}'],
  ])('is lost where its log goes on with %s', async (_what, text) => {
    const { generation, events, second, network, settle } = await begun();
    generation.append(events[0] as StreamEvent);
    await settle();
    const found = await second.generations.find('gen_1');
    const reader = reading(found?.generation ?? generation);
    const log = network.logs.get('generation_log:gen_1');
    if (log !== undefined) network.logs.set('generation_log:gen_1', { ...log, entries: [...log.entries, text] });
    await settle(1_500);
    expect(reader.types()).toEqual(['response-start', 'error']);
    expect(reader.seen.at(-1)?.[1]).toMatchObject({ error: { code: 'generation_lost' } });
  });

  it('written twice in part is read once', async () => {
    const { generation, events, second, network, settle } = await begun();
    for (const event of events.slice(0, 2)) generation.append(event);
    await settle();
    const log = network.logs.get('generation_log:gen_1');
    if (log !== undefined)
      network.logs.set('generation_log:gen_1', { ...log, entries: [...log.entries, ...log.entries] });
    for (const event of events.slice(2)) generation.append(event);
    await settle();
    const found = await second.generations.find('gen_1');
    expect(reading(found?.generation ?? generation).seen).toEqual(numbered(events));
  });
});

describe('whoever reads an answer of another process', () => {
  it('keeps it going there as long as he reads', async () => {
    const { generation, events, second, abandoned, settle } = await begun();
    const first = reading(generation);
    generation.append(events[0] as StreamEvent);
    await settle();
    const found = await second.generations.find('gen_1');
    const reader = reading(found?.generation ?? generation);
    await settle();
    first.leave();
    await settle(60_000);
    expect(abandoned).toEqual([]);
    reader.leave();
    // His process may have another who comes back, and then so has the first.
    await settle(19_000);
    expect(abandoned).toEqual([]);
    await settle(2_000);
    expect(abandoned).toMatchObject([{ code: 'cancelled' }]);
  });

  it('who has died keeps it going no longer', async () => {
    const { generation, events, second, abandoned, network, settle } = await begun();
    const first = reading(generation);
    generation.append(events[0] as StreamEvent);
    await settle();
    reading((await second.generations.find('gen_1'))?.generation ?? generation);
    await settle();
    first.leave();
    network.kill('p2');
    await settle(14_000);
    expect(abandoned).toEqual([]);
    await settle(3_000);
    expect(abandoned).toHaveLength(1);
  });

  it('hears that it is lost when its process has died in the middle', async () => {
    const { generation, events, second, network, settle } = await begun();
    for (const event of events.slice(0, 2)) generation.append(event);
    await settle();
    const reader = reading((await second.generations.find('gen_1'))?.generation ?? generation);
    network.kill('p1');
    await settle(3_000);
    expect(reader.types()).toEqual(['response-start', 'text-delta', 'error']);
    expect(reader.seen.at(-1)?.[1]).toMatchObject({ error: { code: 'generation_lost' } });
    // So does whoever comes later.
    const late = await second.generations.find('gen_1');
    await settle(3_000);
    expect(late?.generation.failure?.code).toBe('generation_lost');
  });

  it('hears that it is lost when the store is away for long, and nothing when it is not', async () => {
    const { generation, events, second, network, settle } = await begun();
    generation.append(events[0] as StreamEvent);
    await settle();
    const reader = reading((await second.generations.find('gen_1'))?.generation ?? generation);
    network.isAway = true;
    generation.append(events[1] as StreamEvent);
    await settle(3_000);
    network.isAway = false;
    await settle(2_000);
    expect(reader.types()).toEqual(['response-start', 'text-delta']);
    network.isAway = true;
    await settle(8_000);
    expect(reader.types()).toEqual(['response-start', 'text-delta', 'error']);
  });

  it('waits for a maker that lives and says nothing more no longer than any answer may take', async () => {
    const { generation, events, second, network, settle } = await begun({ graceMs: null });
    generation.append(events[0] as StreamEvent);
    await settle();
    network.losesMessages = true;
    const reader = reading((await second.generations.find('gen_1'))?.generation ?? generation);
    await settle(1_790_000);
    expect(reader.types()).toEqual(['response-start']);
    await settle(15_000);
    expect(reader.seen.at(-1)?.[1]).toMatchObject({ error: { code: 'generation_lost' } });
  });

  it('has what was written though each message is lost, within a second', async () => {
    const { generation, events, second, network, settle } = await begun();
    network.losesMessages = true;
    const found = await second.generations.find('gen_1');
    const reader = reading(found?.generation ?? generation);
    for (const event of events) generation.append(event);
    await settle(1_100);
    expect(reader.seen).toEqual(numbered(events));
  });

  it('hears an end when his own process ends before it', async () => {
    const { generation, events, second, settle } = await begun();
    generation.append(events[0] as StreamEvent);
    await settle();
    const reader = reading((await second.generations.find('gen_1'))?.generation ?? generation);
    await second.logs.close();
    await settle(10_000);
    expect(reader.types()).toEqual(['response-start', 'error']);
  });

  it('and comes back at the last moment hears the rest of it', async () => {
    const { generation, events, second, settle, network } = await begun({ graceMs: null });
    generation.append(events[0] as StreamEvent);
    await settle();
    reading((await second.generations.find('gen_1'))?.generation ?? generation).leave();
    await settle(9_990);
    network.latencyMs = 20;
    const back = second.generations.find('gen_1');
    await settle(200);
    network.latencyMs = 0;
    const reader = reading((await back)?.generation ?? generation);
    for (const event of events.slice(1)) generation.append(event);
    await settle(20_000);
    expect(reader.seen).toEqual(numbered(events));
  });

  it('S45: keeps nothing of another user’s going by asking for it', async () => {
    const { generation, events, second, abandoned, settle } = await begun();
    const first = reading(generation);
    generation.append(events[0] as StreamEvent);
    await settle();
    first.leave();
    const bob = { tenant: 'acme', userId: 'bob' };
    for (let asked = 0; asked < 12; asked++) {
      const found = await second.generations.find('gen_1', bob);
      expect(found).toBeNull();
      await settle(1_000);
    }
    expect(abandoned).toHaveLength(1);
  });

  it('leaves nothing behind', async () => {
    const { generation, events, second, clock, settle, maker } = await begun({ graceMs: null });
    generation.append(events[0] as StreamEvent);
    await settle();
    // He never comes for it.
    await second.generations.find('gen_1');
    await settle(30_000);
    expect(clock.pending).toBe(0);
    const reader = reading((await second.generations.find('gen_1'))?.generation ?? generation);
    for (const event of events.slice(1)) generation.append(event);
    await settle(1_100);
    expect(reader.seen).toHaveLength(events.length);
    expect(clock.pending).toBe(0);
    await maker.logs.close();
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});

describe('a stop from another process', () => {
  it('reaches the answer, and every reader of it', async () => {
    const { generation, events, second, third, settle } = await begun();
    for (const event of events.slice(0, 2)) generation.append(event);
    await settle();
    const reader = reading((await third.generations.find('gen_1'))?.generation ?? generation);
    expect(await second.generations.stop('gen_1', OWNER)).toBe(true);
    await settle();
    expect(reader.types()).toEqual(['response-start', 'text-delta', 'error']);
    expect(await second.generations.stop('gen_1', OWNER)).toBe(false);
  });

  it('by one of those who read it there reaches it too', async () => {
    const { generation, events, second, settle } = await begun();
    generation.append(events[0] as StreamEvent);
    await settle();
    const found = await second.generations.find('gen_1');
    const reader = reading(found?.generation ?? generation);
    expect(found?.generation.stop()).toBe(true);
    await settle();
    expect([generation.failure?.code, reader.types()]).toEqual(['cancelled', ['response-start', 'error']]);
  });

  it('S45: is nobody else’s, and learns nothing', async () => {
    const { generation, second, settle } = await begun();
    const stopped = second.generations.stop('gen_1', { tenant: 'acme', userId: 'bob' });
    await settle(1_000);
    expect(await stopped).toBeNull();
    const none = second.generations.stop('gen_2', OWNER);
    await settle(1_000);
    expect([await none, generation.ended]).toEqual([null, false]);
  });

  it('S45: tells nobody else that it was stopped, who asks for that at the same moment', async () => {
    const { second, settle } = await begun();
    const bobs = second.generations.stop('gen_1', { tenant: 'acme', userId: 'bob' });
    const own = second.generations.stop('gen_1', OWNER);
    await settle(1_000);
    expect([await own, await bobs]).toEqual([true, null]);
  });

  it('of an answer whose process has died is too late; of one that cannot be told, it is to be repeated', async () => {
    const { second, network, settle } = await begun();
    network.losesMessages = true;
    const untold = second.generations.stop('gen_1', OWNER).catch((error: unknown) => error);
    await settle(2_000);
    expect(await untold).toMatchObject({ code: 'store_unavailable', retryAfterMs: 1_000 });
    network.losesMessages = false;
    network.kill('p1');
    await settle(15_000);
    const stopped = second.generations.stop('gen_1', OWNER);
    await settle(10_000);
    expect(await stopped).toBe(false);
  });
});
