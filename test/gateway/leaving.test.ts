// A client that leaves takes its answer with it, where nobody can come back to it: the vendor is told to stop at once, and what was used is written down.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../simulated-clock.ts';
import { request } from './raw-http.ts';
import { asks, CHAT, COMPLETION, MODEL, type RunningGateway, startGateway, until } from './start.ts';

let folder: string;
let running: RunningGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codementor-leaving-'));
  writeFileSync(join(folder, 'codementor-llm.yaml'), 'generations: { on_disconnect: abort }');
  running = await startGateway({ cwd: folder });
});
afterAll(async () => {
  await running.close();
  rmSync(folder, { recursive: true });
});

const lastAttempt = async () => (await running.rows()).at(-1);

/** Asks, and hangs up when `when` is true of what came until then. */
function leave(path: string, body: object, when: (text: string) => boolean | Promise<boolean>): Promise<void> {
  return new Promise((resolve) => {
    const text = JSON.stringify(body);
    const socket = connect(running.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
    socket.on('close', () => resolve());
    socket.on('error', () => {});
    socket.write(
      request(`POST ${path}`, ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`], text),
    );
    void until(() => when(heard), 'the moment to leave').then(() => socket.destroy());
  });
}

describe.each([
  ['the native API', COMPLETION],
  ['the OpenAI dialect', CHAT],
])('a client of %s', (_name, path) => {
  it.each([
    ['while a whole answer is made', false, { headersAfterMs: 60_000 }],
    ['before a stream begins', true, { fault: { kind: 'silent' as const } }],
  ])('leaves %s', async (what, stream, behaviour) => {
    const before = running.vendor.requests.length;
    running.vendor.next(behaviour);
    await leave(
      path,
      { model: MODEL, ...asks(`${path} ${what}`, { stream }) },
      () => running.vendor.requests.length > before,
    );
    await until(() => running.vendor.requests.at(-1)?.aborted === true, 'the vendor to be told');
    await until(async () => (await lastAttempt())?.state === 'settled', 'the row to be closed');
    expect(await lastAttempt()).toMatchObject({ outcome: 'cancelled', code: 'cancelled', usageSource: 'estimate' });
  });

  it('leaves in the middle of a stream', async () => {
    running.vendor.next({ says: { text: 'word '.repeat(2_000) }, eventEveryMs: 5 });
    await leave(
      path,
      { model: MODEL, ...asks(`${path} in the middle`, { stream: true }) },
      (heard) => heard.split('word').length > 5,
    );
    const vendor = running.vendor.requests.at(-1);
    const leftAtMs = performance.now();
    await until(() => vendor?.aborted === true, 'the vendor to be told');
    expect(performance.now() - leftAtMs).toBeLessThan(2_000);
    await until(async () => (await lastAttempt())?.state === 'settled', 'the row to be closed');
    const row = await lastAttempt();
    expect(row).toMatchObject({ outcome: 'cancelled', usageSource: 'estimate' });
    expect(row?.usage?.outputTokens).toBeGreaterThan(0);
    expect(row?.costPicoUsd).toBeGreaterThan(0n);
  });
});

describe('a gateway that closes', () => {
  it('lets the streams end that are under way, says that it drains, and takes nothing new', async () => {
    const closing = await startGateway();
    closing.vendor.next({ says: { text: 'a b c d e f g h' }, eventEveryMs: 40 });
    const reply = await closing.post(CHAT, { model: MODEL, ...asks('drain', { stream: true }) });
    const text = reply.text();
    const serviceClosed = closing.service.close();
    const ready = await closing.get('/readyz');
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'draining' }]);
    const refused = await closing.post(CHAT, { model: MODEL, ...asks('late') });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    const gatewayClosed = closing.gateway.close();
    expect(await text).toContain('data: [DONE]');
    await Promise.all([serviceClosed, gatewayClosed]);
    await expect(closing.get('/healthz')).rejects.toThrow();
    await closing.vendor.close();
  });

  it('waits for nobody who says nothing, or nothing whole', async () => {
    const clock = new SimulatedClock();
    const closing = await startGateway({ clock });
    const said = ['', 'GET /healthz HT', `POST ${COMPLETION} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{`];
    const ended = said.map(async (text) => {
      const socket = connect(closing.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      socket.write(text);
      return once(socket, 'close');
    });
    await closing.get('/healthz');
    const closed = closing.gateway.close();
    await clock.advanceAsync(10_000);
    await Promise.all([...ended, closed]);
    await closing.close();
  });
});
