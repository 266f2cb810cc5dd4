// A stream whose answer is held back until it has been checked, as long as that takes: its reader hears that we are there, and the
// time-outs of proxies and clients do not end it. The vendor writes when the test tells it to.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SkippingClock } from '../skipping-clock.ts';
import { asks, CHAT, COMPLETION, eventsIn, startGateway, until } from './start.ts';

const VALID = '{"city":"Oslo"}';
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const FORMAT = { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } };
const KEEP_ALIVE = ': keep-alive\n\n';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A gateway before one server that has no schemas and that answers by hand. */
async function start() {
  const asked: ServerResponse[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      asked.push(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const cwd = mkdtempSync(join(tmpdir(), 'codementor-withheld-'));
  closing.push(() => rmSync(cwd, { recursive: true }));
  const local = `{ type: compatible, base_url: "http://127.0.0.1:${port}/v1", api_key: k, lacks: [json_schema] }`;
  writeFileSync(join(cwd, 'codementor-llm.yaml'), `retry: { base_ms: 0 }\nproviders: { local: ${local} }\n`);
  const clock = new SkippingClock();
  const gateway = await startGateway({ cwd, clock });
  closing.push(() => gateway.close());
  return { gateway, clock, asked };
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', model: 'tiny', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

function says(response: ServerResponse, text: string): void {
  response.end(`${chunk({ content: text })}${chunk({}, 'stop')}data: [DONE]\n\n`);
}

function readerOf(reply: Response) {
  let text = '';
  const done = (async () => {
    for await (const piece of reply.body ?? []) text += Buffer.from(piece).toString();
  })();
  return { done, text: () => text };
}

describe.each([
  ['the native API', COMPLETION],
  ['OpenAI’s dialect', CHAT],
])('an answer that is held back, by %s', (_name, path) => {
  const question = { ...asks('Where?'), model: 'local/tiny', stream: true, response_format: FORMAT };

  it('is kept alive after 15 s, though the vendor writes all the time, and comes once and whole', async () => {
    const { gateway, clock, asked } = await start();
    let hasHeaders = false;
    const reply = gateway.post(path, question).finally(() => {
      hasHeaders = true;
    });
    await until(() => asked.length === 1, 'the vendor to be asked');
    asked[0]?.write(chunk({ content: '{"town":' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasHeaders).toBe(false);
    clock.skip(15_000);
    const { done, text } = readerOf(await reply);
    await until(() => text() === KEEP_ALIVE, 'a word that we are there');
    const [first] = asked;
    if (first !== undefined) says(first, '"Oslo"}');
    await until(() => asked.length === 2, 'the vendor to be asked once more');
    clock.skip(15_000);
    await until(() => text() === KEEP_ALIVE.repeat(2), 'another word');
    const [, second] = asked;
    if (second !== undefined) says(second, VALID);
    await done;
    expect(text()).not.toContain('town');
    expect(text().split(JSON.stringify(VALID)).length - 1).toBe(1);
    expect(eventsIn(text()).length).toBeGreaterThan(1);
  });

  it('that is wrong twice is told within the stream once its headers have left', async () => {
    const { gateway, clock, asked } = await start();
    const reply = gateway.post(path, question);
    await until(() => asked.length === 1, 'the vendor to be asked');
    clock.skip(15_000);
    const { done, text } = readerOf(await reply);
    for (let turn = 0; turn < 2; turn++) {
      await until(() => asked.length > turn, 'the vendor to be asked');
      const response = asked[turn];
      if (response !== undefined) says(response, 'No.');
    }
    await done;
    expect((await reply).status).toBe(200);
    expect(text()).toContain('provider_rejected_answer');
    expect(text()).not.toContain('"No."');
  });
});
