// What a template says of its request beside what is asked: it reaches the request, nobody else can say it, and a key of the caller's
// stands for one template alone.

import { describe, expect, it } from 'vitest';
import type { LLMRequest } from '../../src/core/request.ts';
import { nativeStream } from '../../src/gateway/native-wire.ts';
import { answerJson } from '../../src/index.ts';
import { promptTurn } from '../../src/service/prompt-turns.ts';
import { Prompts } from '../../src/service/prompts.ts';
import { type MadeByPrompt, Requests } from '../../src/service/requests.ts';
import { ANN, ChatWorld } from '../conversations/chat-world.ts';
import { BAD, DATA, GOOD, judge, PROMPT, SAID, verification } from '../judge-at-hand.ts';
import { FolderAtHand, templateOf } from '../prompts/folder-at-hand.ts';
import { answers, hangs, type Turn, World } from '../world.ts';

const ASKED: LLMRequest = {
  messages: [{ role: 'user', content: 'A hint?' }],
  responseFormat: { type: 'json-schema', name: 'hint', schema: { type: 'object' } },
};

const PLAIN: LLMRequest = { messages: [{ role: 'user', content: 'Why?' }] };

function service(...turns: Turn[]) {
  const world = new World({ turns });
  const requests = new Requests({ parts: () => world.parts, isOverflowing: () => false, shared: null });
  return { world, requests };
}
const made = (about: Partial<MadeByPrompt> = {}): { prompt: MadeByPrompt } => ({
  prompt: { version: PROMPT, judge: judge(), cache: {}, drafts: false, ...about },
});

describe('a request that a template has made', () => {
  it('is judged, and bears its template in answer and row', async () => {
    const { world, requests } = service(answers(GOOD));
    const response = await requests.begin(ASKED, { stream: false }, made()).whole();
    expect(response).toMatchObject({ content: SAID, data: DATA, verification: verification(0), prompt: PROMPT });
    expect(world.rowList()).toMatchObject([{ prompt: PROMPT }]);
    await requests.close();
  });

  it('has its sample made only when who answers in this process reads it', async () => {
    let samples = 0;
    const sample = () => {
      samples += 1;
      return SAID;
    };
    const { world, requests } = service(answers(GOOD));
    const response = await requests.begin(ASKED, { stream: false }, made({ judge: judge({ sample }) })).whole();
    expect([response.content, samples]).toEqual([SAID, 0]);
    expect(world.asked[0]?.request.providerOptions['offline']?.['sample']).toBe(SAID);
    expect(samples).toBe(1);
    await requests.close();
  });

  it('tells data, verification and prompt on the wire under the same names', async () => {
    const { requests } = service(answers(GOOD));
    const response = await requests.begin(ASKED, { stream: false }, made()).whole();
    expect(JSON.parse(JSON.stringify(answerJson(response)))).toMatchObject({
      content: SAID,
      data: DATA,
      verification: { status: 'verified', checks: [{ id: 'H1' }], dropped: [], repairs: 0, fallback: null },
      prompt: { name: 'hint', version: '1.0.0', hash: '0a1b2c3d4e5f' },
    });
    await requests.close();
  });

  it('shows drafts as events of their own name, where they are wanted', async () => {
    const { requests } = service(answers(`{"say": "${'word '.repeat(40)}"}`), answers(GOOD));
    const generation = requests.begin(ASKED, { stream: true }, made({ drafts: true }));
    const encoder = nativeStream(generation.id);
    const frames: string[] = [];
    generation.subscribe((event, position) => frames.push(encoder.event(event, position)));
    await generation.whole();
    expect(frames[0]).toMatch(
      /^event: data-draft\nid: 1\ndata: \{"type":"data-draft","data":\{"say":"word [word ]*"\}\}\n\n$/,
    );
    expect(frames.join('')).toContain('event: response-start');
    await requests.close();
  });

  it('as a turn of a conversation leaves there what its judge made of it, drafts aside, and what stands in as well', async () => {
    const chats = new ChatWorld({
      turns: [answers(`{"say": "${'word '.repeat(40)}"}`), answers(GOOD)],
      always: answers(BAD),
    });
    const { world, conversations } = chats;
    const requests = new Requests({ parts: () => world.parts, isOverflowing: () => false, shared: null });
    const say = async (conversationId?: string) => {
      const turn = await conversations.begin({ message: 'A hint?', ...(conversationId && { conversationId }) }, ANN);
      const how = { turn, ...made({ judge: judge({ stand: true }), drafts: true, cache: { scope: 'public' } }) };
      const response = await requests.begin(turn.request, { stream: true, caller: ANN }, how).whole();
      // What is said in a conversation is its user's alone, whatever the template says.
      if (conversationId === undefined) expect(response.cacheKey).toMatch(/^llm_cache:user:/);
      expect(response).toMatchObject({ conversationId: turn.conversationId, warnings: conversationId ? [{}] : [] });
      return turn.conversationId;
    };
    const id = await say();
    await say(id);
    expect(await chats.texts(id)).toEqual(['A hint?', SAID, 'A hint?', 'Read it again.']);
    await requests.close();
  });

  it('is kept in the scope and for the time that its template says', async () => {
    const { world, requests } = service(answers(GOOD), answers(GOOD), answers(GOOD));
    const ask = async (userId: string, about: Partial<MadeByPrompt>) => {
      const generation = requests.begin({ ...ASKED, userId }, { stream: false }, made(about));
      return (await generation.whole()).cached;
    };
    const ofUser: Partial<MadeByPrompt> = { cache: { scope: 'user', ttlMs: 60_000 } };
    expect([await ask('ann', ofUser), await ask('ann', ofUser), await ask('bob', ofUser)]).toEqual([
      false,
      true,
      false,
    ]);
    await world.clock.advanceAsync(60_001);
    expect(await ask('ann', ofUser)).toBe(false);
    await requests.close();
  });

  it('cannot be made by a caller who says the same', async () => {
    const { requests } = service(answers(BAD), answers(BAD));
    const options = { stream: false, ...made(), judge: judge() };
    expect((await requests.begin(ASKED, options).whole()).data).toBeUndefined();
    expect(() => requests.begin(Object.assign({ judge: judge() }, ASKED), { stream: false })).toThrow(/judge/);
    await requests.close();
  });

  it('under a key is itself alone: by another template, or other variables, it is a mismatch', async () => {
    const { world, requests } = service(answers(GOOD));
    const options = { stream: false, idempotencyKey: 'once' };
    const first = await requests.start(ASKED, options, made());
    await first.whole();
    expect((await requests.start(ASKED, options, made())).id).toBe(first.id);
    const others = [made({ version: { ...PROMPT, hash: 'b' } }), made({ judge: judge({ key: 'k2' }) }), {}];
    for (const other of others)
      await expect(requests.start(ASKED, options, other)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    expect(world.asked).toHaveLength(1);
    await requests.close();
  });
});

describe('whoever reads along until his time is up', () => {
  it('hears that the answer broke off of which he has read: nothing stands in for the rest of it', async () => {
    const world = new World({ turns: [hangs('one ')] });
    let totalTimeoutMs = 120_000;
    const parts = () => ({ ...world.parts, policy: { ...world.parts.policy, totalTimeoutMs } });
    const requests = new Requests({ parts, isOverflowing: () => false, shared: null });
    const leader = requests.begin(PLAIN, { stream: true });
    totalTimeoutMs = 60_000;
    const follower = requests.begin(PLAIN, { stream: true });
    const types: string[] = [];
    follower.subscribe(({ type }) => types.push(type));
    await world.clock.advanceAsync(60_000);
    expect([leader.ended, world.asked.length]).toEqual([false, 1]);
    expect(types).toEqual(['response-start', 'text-delta', 'error']);
    expect(follower.failure).toMatchObject({ code: 'stream_broken', message: expect.stringContaining('within 60 s') });
    await world.clock.advanceAsync(60_000);
    await requests.close();
  });
});

describe('a turn that a template answers', () => {
  it('is asked by the template that its caller was let in to, whatever a reload has made of that since', async () => {
    using folder = new FolderAtHand();
    const history =
      'history: { type: array, maxItems: 9, items: { type: object, required: [role, content], properties: { role: { type: string, enum: [user, assistant] }, content: { type: string, maxLength: 100 } } } }';
    const write = (system: string, more: readonly string[]) => {
      const text = templateOf({ name: 'talk', input: [history], system, user: 'Go on.', more });
      folder.write('talk', text.replace('  - { role: user', '  - { history: history }\n  - { role: user'));
    };
    write('For everybody.', []);
    const library = folder.library();
    const { requests } = service();
    const prompts = new Prompts({ library: () => library, requests, tierOf: () => 'free' });
    const turn = promptTurn({ prompt: 'talk', message: 'Hello' }, ANN, prompts, {});
    write('For the staff.', ['tier: staff']);
    expect(library.reload()).toEqual([]);
    const asked = turn?.ask([{ role: 'user', content: 'Hello' }], undefined);
    expect(asked?.request.messages[0]?.content).toContain('For everybody.');
    expect(() => promptTurn({ prompt: 'talk', message: 'Hello' }, ANN, prompts, {})).toThrow('tier staff');
    await requests.close();
  });
});
