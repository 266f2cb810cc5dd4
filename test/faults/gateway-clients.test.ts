// Clients that leave, clients that stop reading, and a gateway that is told to end under many streams: a vendor is told at once,
// nobody is cut before the time that is stated, and every answer has its row.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerReply } from '../../src/gateway/reply-schemas.ts';
import { Folder, vendorEnv, withVendor } from '../cli/command.ts';
import { request } from '../gateway/raw-http.ts';
import { asks, CHAT, COMPLETION, MODEL, type RunningGateway, startGateway } from '../gateway/start.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { startGroqMock } from '../vendor/groq-mock.ts';
import { eventually } from './gateways.ts';

/** A stream is asked for; what comes back is the socket, with nothing read of it yet. */
function askForStream(port: number, path: string, text: string): Socket {
  const body = JSON.stringify({ model: MODEL, ...asks(text, { stream: true, cache: 'off' }) });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  socket.write(request(`POST ${path}`, ['Content-Type: application/json', length], body));
  return socket;
}

describe('a client', () => {
  let running: RunningGateway;
  const clock = new SkippingClock();
  let cwd: string;
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'codementor-clients-'));
    // Nobody comes back here.
    writeFileSync(join(cwd, 'codementor-llm.yaml'), 'generations: { on_disconnect: abort }');
    running = await startGateway({ clock, cwd });
  });
  afterAll(async () => {
    await running.close();
    rmSync(cwd, { recursive: true });
  });

  it.each([COMPLETION, CHAT])(
    'F41: that leaves %s at any byte of its answer takes the answer with it: the vendor is told, and what came has its row',
    async (path) => {
      for (const bytes of [0, 1, 100, 700, 2_500]) {
        const before = running.vendor.requests.length;
        running.vendor.next({ says: { text: 'word '.repeat(2_000) }, eventEveryMs: 2 });
        const socket = askForStream(running.port, path, `${path} ${bytes}`);
        let heard = 0;
        socket.on('data', (chunk) => {
          heard += chunk.length;
        });
        const isTime = () => running.vendor.requests.length > before && heard >= bytes;
        await eventually(isTime, `${bytes} bytes have come`);
        socket.destroy();
        const asked = running.vendor.requests.at(-1);
        await eventually(() => asked?.aborted === true, 'the vendor is told');
        const row = async () => (await running.rows()).find(({ attemptId }) => attemptId === asked?.attemptId);
        await eventually(async () => (await row())?.state === 'settled', 'the row is closed');
        expect(await row()).toMatchObject({ outcome: 'cancelled', usageSource: 'estimate' });
        expect((await row())?.costPicoUsd).toBeGreaterThan(0n);
      }
      expect(running.service.status().inFlight).toBe(0);
    },
  );

  it('F42: that stops reading is waited for, and cut after a minute; nobody else hears of it', async () => {
    // Six megabytes each: more than what sockets hold for a client that does not read.
    const text = `${'w'.repeat(6_000)} `.repeat(1_000);
    const stopReading = async (index: number) => {
      running.vendor.next({ says: { text } });
      const socket = askForStream(running.port, COMPLETION, `stops reading ${index}`);
      socket.on('data', (chunk: Buffer) => heard.set(socket, (heard.get(socket) ?? '') + chunk.toString()));
      await eventually(() => heard.has(socket), 'it has begun');
      socket.pause();
      return socket;
    };
    const heard = new Map<Socket, string>();
    const sockets = await Promise.all(Array.from({ length: 5 }, (_, index) => stopReading(index)));
    const [late, ...gone] = sockets;
    const reply = await running.post(COMPLETION, asks('reads', { stream: true, cache: 'off' }));
    expect(await reply.text()).toContain('event: response-end');
    clock.skip(55_000);
    late?.resume();
    const isWhole = (socket: Socket | undefined) =>
      socket !== undefined && heard.get(socket)?.includes('event: response-end');
    await eventually(() => isWhole(late) === true, 'who reads on within the minute has all of it');
    clock.skip(61_000);
    const closed = gone.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of gone) socket.resume();
    await Promise.all(closed);
    expect(gone.filter(isWhole)).toEqual([]);
    await eventually(() => running.service.status().inFlight === 0, 'all are over');
    expect((await running.rows()).filter(({ state }) => state === 'open')).toEqual([]);
    late?.destroy();
  });
});

describe('a gateway', () => {
  it('F43: that is told to end under 200 streams lets them end, and each has its row', async () => {
    await using vendor = await withVendor(startGroqMock);
    vendor.script({ says: { text: 'word '.repeat(20) }, eventEveryMs: 40 });
    await using folder = new Folder(vendorEnv(vendor.url));
    folder.write('codementor-llm.yaml', 'users: { crowd: { in_flight: 300, requests_per_minute: 300 } }\n');
    const server = await folder.serve();
    const streams = Array.from({ length: 200 }, async (_, index) => {
      const reply = await fetch(server.url + COMPLETION, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asks(`stream ${index}`, { stream: true, cache: 'off', user_id: 'crowd' })),
      });
      return reply.text();
    });
    await eventually(() => vendor.requests.length === 200, 'all streams are under way');
    server.signal('SIGTERM');
    await server.sees('stderr', /SIGTERM/);
    const texts = await Promise.all(streams);
    expect(texts.filter((text) => !text.includes('event: response-end'))).toEqual([]);
    expect(await server.ended).toMatchObject({ code: 0 });
    const again = await folder.serve();
    const states: string[] = [];
    for (let cursor = ''; ; ) {
      const page: unknown = await (await fetch(`${again.url}/api/v1/admin/ledger${cursor}`)).json();
      const { rows, next_cursor } = ledgerReply.parse(page);
      states.push(...rows.map(({ state }) => state));
      if (next_cursor === null) break;
      cursor = `?cursor=${next_cursor}`;
    }
    expect(states).toEqual(Array(200).fill('settled'));
    again.signal('SIGTERM');
    await again.ended;
  });
});
