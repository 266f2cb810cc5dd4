// Official clients through the gateway, with the vendor played by its recorded traffic: what the SDK hands its user is what the
// vendor said. Read where it lies; a clone without it says so and skips.

import { createServer, type ServerResponse } from 'node:http';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../faults/seeded-random.ts';
import { hasRecordings, type Reading, type Recording, readingOf, recordingsOf } from '../providers/recorded.ts';
import { MODEL, type RunningGateway, startGateway } from './start.ts';

const recordings = recordingsOf('chat.completions').filter(
  ({ provider, status, stream }) =>
    ['groq', 'openai'].includes(provider) && status === 200 && stream?.includes('event: error') !== true,
);

let current: Recording | null = null;
const random = seededRandom(20_261_123);
const vendor = createServer((request, response) => {
  request.resume().on('end', () => play(response));
});

/** The recorded reply, its stream in pieces of any length. */
function play(response: ServerResponse): void {
  if (current === null) throw new Error('No recording is on');
  const { stream, body } = current;
  response.writeHead(200, { 'content-type': stream === null ? 'application/json' : 'text/event-stream' });
  const bytes = Buffer.from(stream ?? JSON.stringify(body));
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 400));
    response.write(bytes.subarray(at, end));
    at = end;
  }
  response.end();
}

let running: RunningGateway;
beforeAll(async () => {
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  const address = vendor.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  running = await startGateway({ env: { GROQ_BASE_URL: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await running.close();
  vendor.closeAllConnections();
  await new Promise((resolve) => vendor.close(resolve));
});

type Heard = Omit<Reading, 'reasoning' | 'cachedTokens' | 'reasoningTokens' | 'finishReason'>;
interface Called {
  readonly index?: number;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}
interface Told {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
}

const asked = { model: MODEL, messages: [{ role: 'user' as const, content: 'What was recorded?' }] };
// Identical questions would be answered from the cache.
const fresh = { headers: { 'cache-control': 'no-store' }, maxRetries: 0 };

function heard(content: string, calls: readonly Called[], usage: Told | null | undefined): Heard {
  const joined: [string, string][] = [];
  for (const [position, { index = position, function: called }] of calls.entries()) {
    const [name, text] = joined[index] ?? ['', ''];
    joined[index] = [name + (called?.name ?? ''), text + (called?.arguments ?? '')];
  }
  return {
    content,
    calls: joined,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
  };
}

async function byOpenAi({ stream }: Recording): Promise<Heard> {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${running.url}/v1` });
  if (stream === null) {
    const { choices, usage } = await client.chat.completions.create(asked, fresh);
    const message = choices[0]?.message;
    return heard(message?.content ?? '', message?.tool_calls?.filter((call) => call.type === 'function') ?? [], usage);
  }
  const chunks = await client.chat.completions.create(
    { ...asked, stream: true, stream_options: { include_usage: true } },
    fresh,
  );
  let content = '';
  let usage: Told | null = null;
  const calls: Called[] = [];
  for await (const chunk of chunks) {
    content += chunk.choices[0]?.delta.content ?? '';
    calls.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    usage = chunk.usage ?? usage;
  }
  return heard(content, calls, usage);
}

async function byGroq({ stream }: Recording): Promise<Heard> {
  const client = new Groq({ apiKey: 'none', baseURL: running.url });
  if (stream === null) {
    const { choices, usage } = await client.chat.completions.create(asked, fresh);
    return heard(choices[0]?.message.content ?? '', choices[0]?.message.tool_calls ?? [], usage);
  }
  let content = '';
  let usage: Told | null = null;
  const calls: Called[] = [];
  for await (const chunk of await client.chat.completions.create({ ...asked, stream: true }, fresh)) {
    content += chunk.choices[0]?.delta.content ?? '';
    calls.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    usage = chunk.x_groq?.usage ?? usage;
  }
  return heard(content, calls, usage);
}

describe.skipIf(!hasRecordings)('recorded traffic, through the gateway', () => {
  it.each(recordings.map((recording) => [recording.file, recording] as const))('%s', async (_file, recording) => {
    current = recording;
    const { content, calls, promptTokens, completionTokens } = readingOf(recording);
    for (const hear of [byOpenAi, byGroq]) {
      const said = await hear(recording);
      expect([said.content, said.calls]).toEqual([content, calls]);
      if (promptTokens !== null)
        expect([said.promptTokens, said.completionTokens]).toEqual([promptTokens, completionTokens]);
    }
  });
});
