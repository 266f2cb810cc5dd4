// What a template says of its request beside what is asked: it reaches the request, nobody else can say it, and a key of the caller's
// stands for one template alone.

import { describe, expect, it } from 'vitest';
import type { LLMRequest } from '../../src/core/request.ts';
import { nativeStream } from '../../src/gateway/native-wire.ts';
import { answerJson } from '../../src/index.ts';
import { type MadeByPrompt, Requests } from '../../src/service/requests.ts';
import { BAD, DATA, GOOD, judge, PROMPT, SAID, verification } from '../judge-at-hand.ts';
import { answers, type Turn, World } from '../world.ts';

const ASKED: LLMRequest = {
  messages: [{ role: 'user', content: 'A hint?' }],
  responseFormat: { type: 'json-schema', name: 'hint', schema: { type: 'object' } },
};

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
