// F46: this process stands still while vendors answer. When it goes on, every time-out is long past, and every answer lies there unread:
// that is no vendor's fault. A worker thread is the vendor; time is turned by hand, in the same turn in which the loop stands.

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES, type FamilyId } from './families.ts';
import { routeTo, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';

const CALLS = 12;
const [native] = DIALECTS;
if (native === undefined) throw new Error('No dialect');

async function startLate(body: string, type: string) {
  const isWritten = new SharedArrayBuffer(4);
  const worker = new Worker(new URL('./late-vendor.ts', import.meta.url), { workerData: { body, type, isWritten } });
  let waiting = 0;
  const port = await new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (message: { address?: { port: number }; waiting?: number }) => {
      if (message.address !== undefined) resolve(message.address.port);
      waiting = message.waiting ?? waiting;
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    waiting: () => waiting,
    /** Returns when all is written; until then nothing else happens in this thread. */
    answerWhileWeStandStill() {
      worker.postMessage('answer');
      Atomics.wait(new Int32Array(isWritten), 0, 0);
    },
    stop: () => worker.terminate(),
  };
}

describe.each(FAMILIES)('a loop that stood still while a vendor of the family $id answered', (family) => {
  // Whole answers take one way in all families.
  it.each(family.id === 'groq' ? [true, false] : [true])(
    'F46: takes no answer that lies there for a time-out: nobody is failed over, and no breaker opens (stream: %s)',
    async (stream) => {
      const said = { text: 'It was there all the time.' };
      const body = stream ? family.stream(said).join('') : JSON.stringify(family.whole(said));
      const late = await startLate(body, stream ? 'text/event-stream' : 'application/json');
      const clock = new SkippingClock();
      const urls: Partial<Record<FamilyId, string>> = { [family.id]: late.url };
      const yaml = 'breaker: { failures: 3 }\nretry: { max_retries: 0 }\ntimeouts: { total_ms: 1200000 }\n';
      const gateway = await startFamilies({ clock, urls, yaml });
      const asked = Array.from({ length: CALLS }, (_, call) =>
        gateway.post(native.path, native.body(routeTo(family), stream, `call ${call}`), {
          'cache-control': 'no-store',
        }),
      );
      await eventually(() => late.waiting() === CALLS, 'all of them wait');
      late.answerWhileWeStandStill();
      clock.skip(150_000);
      const told = await Promise.all(asked.map(async (reply) => readReply(await reply, native)));
      expect(told.map(({ text }) => text)).toEqual(Array.from({ length: CALLS }, () => said.text));
      expect(gateway.well.heard).toHaveLength(0);
      expect(gateway.lines.filter(({ event }) => event === 'provider_breaker_open')).toEqual([]);
      await gateway.close();
      await late.stop();
    },
  );
});
