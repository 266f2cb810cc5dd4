// Vendors of every family that no connection leads to: refused, without a name, with a handshake that stalls, with a certificate that
// nobody vouches for. Nothing was sent, so nothing is charged, and the next vendor answers. Time is turned by hand.

import dns from 'node:dns';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../servers/redis.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { SELF_SIGNED_CERTIFICATE, SELF_SIGNED_KEY } from '../transport/self-signed.ts';
import { DIALECTS, readReply, type Told } from './dialects.ts';
import { FAMILIES, type Family, type FamilyId } from './families.ts';
import { type FamilyGateway, OF_THE_WELL, routeTo, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { says, startVendor } from './vendor-server.ts';

const running: FamilyGateway[] = [];
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
});
afterAll(() => {
  for (const close of closing) close();
});

/** All families at one address; each may be asked again up to three times. */
async function startAt(url: string, clock?: SkippingClock): Promise<FamilyGateway> {
  const urls = Object.fromEntries(FAMILIES.map(({ id }) => [id, url])) as Record<FamilyId, string>;
  const yaml = 'retry: { base_ms: 0 }\nbreaker: { failures: 1000, open_ms: 1 }\n';
  const gateway = await startFamilies({ yaml, urls, ...(clock && { clock }) });
  running.push(gateway);
  return gateway;
}

async function ask(
  gateway: FamilyGateway,
  model: string,
  stream: boolean,
): Promise<Told & { readonly status: number }> {
  const [dialect] = DIALECTS;
  if (dialect === undefined) throw new Error('No dialect');
  const reply = await gateway.post(dialect.path, dialect.body(model, stream), { 'cache-control': 'no-store' });
  return { ...(await readReply(reply, dialect)), status: reply.status };
}

/** Asked once in vain, then the one who is well; nothing of it was sent, so nothing of it is charged. */
async function expectPassedOver(gateway: FamilyGateway, family: Family): Promise<void> {
  for (const stream of [true, false]) {
    const before = new Set((await gateway.rows()).map(({ attemptId }) => attemptId));
    const told = await ask(gateway, routeTo(family), stream);
    expect([told.status, told.text, told.isWhole]).toEqual([200, OF_THE_WELL, true]);
    expect(told.attempts.map(([, outcome, code]) => [outcome, code])).toEqual([
      ['failed', 'provider_unreachable'],
      ['completed', null],
    ]);
    const rows = (await gateway.rows()).filter(({ attemptId }) => !before.has(attemptId));
    const failed = rows.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ state, costPicoUsd }) => [state, costPicoUsd])).toEqual([['released', 0n]]);
  }
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

describe('a vendor whose port is closed', () => {
  it.each(FAMILIES.map((family) => [family.id, family] as const))('F01: of the family %s', async (_id, family) => {
    const gateway = await startAt(`http://127.0.0.1:${await freePort()}`);
    // While another one is left it is asked again once.
    await expectPassedOver(gateway, family);
    expect(await ask(gateway, family.model, true)).toMatchObject({ status: 502, code: 'provider_unreachable' });
  });
});

describe('a vendor whose name nobody knows', () => {
  it.each(FAMILIES.map((family) => [family.id, family] as const))('F03: of the family %s', async (_id, family) => {
    const gateway = await startAt('http://no-such-vendor.invalid:8080');
    await expectPassedOver(gateway, family);
  });

  it('F03: is asked as soon as its name is known: nobody remembers that it was not', async () => {
    const [family] = FAMILIES;
    if (family === undefined) throw new Error('No family');
    const vendor = await startVendor(says(family, { text: 'known at last' }));
    closing.push(() => void vendor.close());
    const gateway = await startAt(`http://late-vendor.invalid:${vendor.port}`);
    expect(await ask(gateway, family.model, false)).toMatchObject({ status: 502, code: 'provider_unreachable' });
    const resolver = vi.spyOn(dns, 'lookup').mockImplementation((...asked: unknown[]) => {
      const done = asked.at(-1);
      if (typeof done === 'function') done(null, [{ address: '127.0.0.1', family: 4 }]);
    });
    try {
      expect(await ask(gateway, family.model, false)).toMatchObject({ status: 200, text: 'known at last' });
      expect(resolver).toHaveBeenCalled();
    } finally {
      resolver.mockRestore();
    }
  });
});

describe('a vendor with TLS', () => {
  it.each(FAMILIES.map((family) => [family.id, family] as const))(
    'F04: of the family %s whose handshake stalls is given up after 3 seconds of the clock, and is told nothing in plain text',
    async (_id, family) => {
      let heard = '';
      const stalling = createServer((socket) => {
        socket.on('data', (bytes) => {
          heard += bytes.toString('latin1');
          // The beginning of an answer to a greeting, and no more.
          socket.write(Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, ...Array(95).fill(0x02)]));
        });
      });
      const clock = new SkippingClock();
      const gateway = await startAt(`https://localhost:${await listen(stalling)}`, clock);
      let isOver = false;
      const told = ask(gateway, routeTo(family), true).finally(() => {
        isOver = true;
      });
      for (let attempts = 1; !isOver; attempts++) {
        await eventually(() => isOver || heard.length > 0, 'the greeting');
        heard = isOver ? heard : '';
        clock.skip(2_900);
        await new Promise((resolve) => setImmediate(resolve));
        expect(attempts).toBeLessThan(20);
        clock.skip(200);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect((await told).text).toBe(OF_THE_WELL);
      expect(heard).not.toMatch(/HTTP|canary/);
      // A connection that nobody waits for any more would hold the gateway's end up, until its own time is over.
      for (const close of closing.splice(0)) close();
    },
  );

  it.each(FAMILIES.map((family) => [family.id, family] as const))(
    'F04: of the family %s whose certificate nobody vouches for is not asked again, nor in plain text, and the next one answers',
    async (_id, family) => {
      let connections = 0;
      let requests = 0;
      const server = createTlsServer({ key: SELF_SIGNED_KEY, cert: SELF_SIGNED_CERTIFICATE }, () => {
        requests += 1;
      });
      server.on('connection', () => {
        connections += 1;
      });
      const gateway = await startAt(`https://localhost:${await listen(server)}`);
      await expectPassedOver(gateway, family);
      expect([connections, requests]).toEqual([2, 0]);
    },
  );

  it('F04: whose certificate is vouched for, but for another name, is not asked either', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, SELF_SIGNED_CERTIFICATE]);
    const [family] = FAMILIES;
    if (family === undefined) throw new Error('No family');
    let requests = 0;
    const server = createTlsServer({ key: SELF_SIGNED_KEY, cert: SELF_SIGNED_CERTIFICATE }, (socket) => {
      requests += 1;
      socket.on('error', () => {});
      socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n');
    });
    try {
      const port = await listen(server);
      await expectPassedOver(await startAt(`https://127.0.0.1:${port}`), family);
      expect(requests).toBe(0);
      const named = await ask(await startAt(`https://localhost:${port}`), family.model, false);
      expect([named.code, requests > 0]).toEqual(['provider_overloaded', true]);
    } finally {
      setDefaultCACertificates(trusted);
    }
  });
});
