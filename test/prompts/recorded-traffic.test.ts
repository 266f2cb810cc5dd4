// The eight prompts over what vendors were recorded to send, whole and streamed: with the words of an answer that is right they are delivered
// as that vendor's; with the words that were recorded, which answer no prompt, nothing of them is.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../../src/gateway/index.ts';
import { EXAMPLES } from '../../src/gateway/prompt-examples.ts';
import { promptAnswerShape } from '../../src/gateway/prompt-schemas.ts';
import { createLLMService, LLMError, type LLMService, type StreamEvent } from '../../src/index.ts';
import { PromptLibrary } from '../../src/prompts/library.ts';
import { Folder } from '../cli/command.ts';
import { type ReplayServer, startReplayServer } from '../differential/replay-server.ts';
import { type Recording, recordingsOf } from '../providers/recorded.ts';
import { withWords } from './other-words.ts';

/** By API: how the service asks a vendor that speaks it. */
const MODELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'chat.completions': { groq: 'groq/openai/gpt-oss-120b', openai: 'openai/gpt-5.4-mini' },
  messages: { anthropic: 'anthropic/claude-sonnet-5-5' },
  generateContent: { google: 'gemini/gemini-3.8-flash' },
};

interface Wire {
  readonly model: string;
  readonly recording: Recording;
  readonly isStream: boolean;
}

/** Of each vendor one exchange that ended by itself with text, whole and streamed. */
const wires = Object.entries(MODELS).flatMap(([api, models]) => {
  const recordings = recordingsOf(api).filter(({ status, body, stream }) => {
    const text = stream ?? JSON.stringify(body);
    return status === 200 && !Array.isArray(body) && !/tool_use|tool_calls":\[|functionCall/.test(text);
  });
  return Object.entries(models).flatMap(([provider, model]) =>
    [false, true].flatMap((isStream) => {
      const recording = recordings.find((each) => {
        return each.provider === provider && (each.stream !== null) === isStream && withWords(each, 'x') !== null;
      });
      return recording === undefined ? [] : [{ model, recording, isStream }];
    }),
  );
});

const library = PromptLibrary.load({ dirs: [], secret: 'recorded' });
const NAMES = Object.keys(EXAMPLES);

/** As the offline provider would write it, but for what says that nobody did. */
function rightAnswer(name: string): string {
  const sample = library.prepare(name, EXAMPLES[name] ?? {}).judge.sample?.();
  if (sample === undefined) throw new Error(`${name} has no sample`);
  return sample;
}

let vendor: ReplayServer;
let service: LLMService;
let gateway: Gateway;
let origin: string;
const environment = (url: string) => ({
  ...{ GROQ_API_KEY: 'gsk_recorded', GROQ_BASE_URL: url, OPENAI_API_KEY: 'sk-recorded', OPENAI_BASE_URL: url },
  ...{
    ANTHROPIC_API_KEY: 'sk-ant-recorded',
    ANTHROPIC_BASE_URL: url,
    GEMINI_API_KEY: 'recorded',
    GEMINI_BASE_URL: url,
  },
  ...{ GROQ_RATE_LIMIT_RPM: '100000', LLM_FALLBACK_PROVIDER: 'none' },
});
beforeAll(async () => {
  vendor = await startReplayServer();
  service = await createLLMService({
    dataDir: 'memory',
    promptSecret: 'recorded',
    logs: { report: () => {}, flush: () => Promise.resolve() },
    env: environment(vendor.url),
  });
  gateway = createGateway(service, { logs: { report: () => {}, flush: () => Promise.resolve() } });
  origin = await gateway.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
  await vendor[Symbol.asyncDispose]();
});

async function lastOf(events: AsyncIterable<StreamEvent>) {
  let last: StreamEvent | null = null;
  let text = '';
  for await (const event of events) {
    if (event.type === 'text-delta') text += event.text;
    last = event;
  }
  if (last?.type === 'error') throw last.error;
  if (last?.type !== 'response-end') throw new Error('The stream has no end');
  return { ...last.response, content: text };
}

const ask = ({ model, isStream }: Wire, name: string) => {
  const options = { model, cache: 'off', userId: `${model} ${name} ${isStream}`.replaceAll(/\s/g, '-') } as const;
  const variables = EXAMPLES[name] ?? {};
  return isStream
    ? lastOf(service.prompts.stream(name, variables, options))
    : service.prompts.run(name, variables, options);
};

it('there are recordings of four vendors, whole and streamed', () => {
  console.log(`prompts over recorded traffic: ${wires.length} exchanges, ${wires.length * NAMES.length} answers`);
  // Where the recordings are absent, recordingsOf has said so.
  expect([0, 8]).toContain(wires.length);
});

describe.each(wires)('over the wire of $model, streamed: $isStream ($recording.file)', (wire) => {
  it.each(NAMES)(
    '%s: a right answer is delivered, with what was checked, the template and the vendor’s own figures',
    async (name) => {
      const recording = withWords(wire.recording, rightAnswer(name));
      if (recording === null) throw new Error('There is nothing to say it in');
      vendor.play(recording);
      const response = await ask(wire, name);
      expect(`${response.provider}/${response.model}`).toBe(wire.model);
      expect(response.verification).toMatchObject({ repairs: 0, fallback: null });
      expect(response.verification?.status).toMatch(/^(verified|partly)$/);
      expect(response.prompt).toMatchObject({ name, version: '1.0.0' });
      expect(Object.keys(JSON.parse(response.content)).length).toBe(Object.keys(response.data ?? {}).length);
      expect(response.attempts).toMatchObject([{ outcome: 'completed' }]);
      expect(response.usageSource).toBe('provider');
      expect(vendor.asked).toHaveLength(1);
    },
  );

  it.each(NAMES)(
    '%s: what was recorded answers no prompt: it is told twice what is wrong, and nothing of it is delivered',
    async (name) => {
      vendor.play(wire.recording);
      const outcome = await ask(wire, name).catch((error: unknown) => error);
      if (outcome instanceof LLMError) {
        expect(outcome.code).toBe('provider_rejected_answer');
        expect(
          outcome.detail.attempts?.filter((each) => each.code === 'provider_rejected_answer').length,
        ).toBeGreaterThan(0);
      } else expect(outcome).toMatchObject({ verification: { fallback: 'deterministic' } });
      // The very same answer twice: a third would be no other.
      expect(vendor.asked.length).toBeGreaterThanOrEqual(2);
      expect(vendor.asked.length).toBeLessThanOrEqual(3);
      expect(JSON.stringify(vendor.asked.at(-1))).toContain('That answer was refused');
    },
  );
});

describe.runIf(wires.length > 0)('from outside', () => {
  const [wire] = wires;
  const play = (name: string) => {
    const recording = wire === undefined ? null : withWords(wire.recording, rightAnswer(name));
    if (recording === null) throw new Error('There is nothing to say it in');
    vendor.play(recording);
  };

  it.each(NAMES)('%s: a right answer comes over HTTP', async (name) => {
    play(name);
    const response = await fetch(`${origin}/api/v1/llm/prompts/${name}/completion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ variables: EXAMPLES[name], model: wire?.model, cache: 'off', user_id: `http-${name}` }),
    });
    const answer = promptAnswerShape.parse(await response.json());
    expect(answer).toMatchObject({ provider: 'groq', prompt: { name }, verification: { repairs: 0, fallback: null } });
    expect(JSON.parse(answer.content)).toEqual(answer.data);
  });

  it('all of them come at the command line', { timeout: 240_000 }, async () => {
    await using folder = new Folder(environment(vendor.url));
    for (const name of NAMES) {
      play(name);
      const asked = ['prompts', 'run', name, '--vars', JSON.stringify(EXAMPLES[name]), '--json'];
      const { code, stdout, stderr } = await folder.run(asked);
      expect([name, code], stderr).toEqual([name, 0]);
      expect(JSON.parse(stdout)).toMatchObject({ provider: 'groq', prompt: { name }, verification: { repairs: 0 } });
    }
  });
});
