// Vendors of every family that take no more (429), and say in any form until when, or do not: what a caller hears of it, who is waited for,
// and who is left alone until then. Time is turned by hand.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { failureIn } from '../gateway/failures.ts';
import { SkippingClock } from '../skipping-clock.ts';
import { DIALECTS, readReply } from './dialects.ts';
import { FAMILIES, type Family } from './families.ts';
import { type FamilyGateway, OF_THE_WELL, routeTo, startFamilies } from './family-gateway.ts';
import { eventually } from './gateways.ts';
import { says, status } from './vendor-server.ts';

const clock = new SkippingClock();
const DAY_MS = 86_400_000;
const NO_STORE = { 'cache-control': 'no-store' };
let atOnce: FamilyGateway;
let patient: FamilyGateway;
beforeAll(async () => {
  atOnce = await startFamilies({ clock });
  patient = await startFamilies({ clock, yaml: 'retry: { base_ms: 700, jitter: none, max_retries: 3 }\n' });
});
afterAll(async () => {
  await atOnce.close();
  await patient.close();
});
// Whatever a vendor has said of when it takes more again is over.
beforeEach(() => clock.skip(2 * DAY_MS));

const LIMITED: JsonObject = { error: { type: 'rate_limit_error', message: 'Slow down' } };
const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
type Headers = Readonly<Record<string, string>>;
/** Null: it says nothing that can be read, and the account stays open. */
const FORMS: readonly (readonly [Headers, number | null])[] = [
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '120' }, 120_000],
  [{ 'retry-after': '1.57s' }, 1_570],
  [{ 'retry-after': '6m0s' }, 360_000],
  [{ 'retry-after': '26ms' }, 26],
  [{ 'retry-after-ms': '1500' }, 1_500],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1_000],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date }, 30_000],
  [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT', date }, DAY_MS],
  [{ 'retry-after': '1000000000' }, DAY_MS],
  [{ 'retry-after': '1d' }, DAY_MS],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date }, 0],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '-1' }, null],
  [{ 'retry-after': '1e9' }, null],
  [{ 'retry-after': 'NaN' }, null],
  [{ 'retry-after': 'Infinity' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '2, 3' }, null],
  [{ 'retry-after': '9'.repeat(70) }, null],
  [{ 'retry-after': '2026-10-21T07:28:00Z' }, null],
  [{}, null],
];

const [native] = DIALECTS;
if (native === undefined) throw new Error('No dialect');
const ask = (gateway: FamilyGateway, model: string, dialect = native) =>
  gateway.post(dialect.path, dialect.body(model, false), NO_STORE);

describe.each(FAMILIES)('a vendor of the family $id that takes no more', (family: Family) => {
  it.each(FORMS)(
    'F06: and says so by %o is told on as a wait of %s ms, and left alone for as long',
    async (headers, waitMs) => {
      const vendor = atOnce.vendors[family.id];
      vendor.does(status(429, LIMITED, headers));
      const refused = await ask(atOnce, family.model);
      const told = Number(refused.headers.get('retry-after-ms'));
      expect([refused.status, failureIn(await refused.json()).code]).toEqual([429, 'provider_rate_limited']);
      expect(Number.isInteger(Number(refused.headers.get('retry-after')))).toBe(true);
      if (waitMs === null) expect([told >= 1, told <= DAY_MS]).toEqual([true, true]);
      else expect(told).toBe(Math.max(1, waitMs));
      const asked = vendor.heard.length;
      vendor.does(says(family, { text: 'again' }));
      // A wait of seconds can be over before anybody comes; of one that is none nobody is closed.
      if (waitMs === null || waitMs === 0) expect((await ask(atOnce, family.model)).status).toBe(200);
      else if (waitMs >= 30_000) {
        expect((await ask(atOnce, family.model)).status).toBe(503);
        expect(vendor.heard).toHaveLength(asked);
      }
      clock.skip(waitMs ?? 0);
      expect((await ask(atOnce, family.model)).status).toBe(200);
    },
  );

  it('F05: for two seconds is waited for, and then asked again', async () => {
    const vendor = patient.vendors[family.id];
    vendor.does(status(429, LIMITED, { 'retry-after': '2' }));
    const asked = vendor.heard.length;
    const retries = patient.lines.filter(({ event }) => event.endsWith('_request_retry')).length;
    const reply = ask(patient, family.model);
    await eventually(() => vendor.heard.length > asked, 'it is asked');
    vendor.does(says(family, { text: 'waited for' }));
    await eventually(
      () => patient.lines.filter(({ event }) => event.endsWith('_request_retry')).length > retries,
      'it waits',
    );
    expect(vendor.heard).toHaveLength(asked + 1);
    clock.skip(2_000);
    expect((await readReply(await reply, native)).text).toBe('waited for');
    expect(vendor.heard).toHaveLength(asked + 2);
  });

  it.each(['0', '3600', 'soon'])(
    'F06: and says "%s" each time is asked no more than may be, and the caller hears the end of it',
    async (form) => {
      const vendor = patient.vendors[family.id];
      vendor.does(status(429, LIMITED, { 'retry-after': form }));
      const asked = vendor.heard.length;
      let isOver = false;
      const reply = ask(patient, family.model).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (!isOver) clock.skip(500);
      }
      expect((await reply).status).toBe(429);
      const times = vendor.heard.length - asked;
      expect(times).toBe(form === '3600' ? 1 : 4);
    },
  );

  it('F05: while another one is left is not waited for', async () => {
    patient.vendors[family.id].does(status(429, LIMITED, { 'retry-after': '2' }));
    const told = await readReply(await ask(patient, routeTo(family)), native);
    expect([told.text, told.attempts.map(([, , code]) => code)]).toEqual([
      OF_THE_WELL,
      ['provider_rate_limited', null],
    ]);
  });
});

describe('an account with nothing left', () => {
  const EMPTY: readonly (readonly [Family['id'], number, JsonObject])[] = [
    [
      'anthropic',
      429,
      {
        type: 'error',
        error: {
          type: 'rate_limit_error',
          message: 'You have reached your specified API usage limits.',
          details: { error_code: 'enforced_spend_limit_reached' },
        },
      },
    ],
    [
      'openai',
      429,
      { error: { message: 'You exceeded your quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
    ],
    [
      'responses',
      429,
      { error: { message: 'You exceeded your quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
    ],
    ['compatible', 402, { error: { message: 'Insufficient credits', code: 402 } }],
    ['groq', 429, { error: { message: 'Limit', type: 'billing', code: 'organization_spend_limit_exceeded' } }],
    [
      'gemini',
      429,
      {
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          message: 'Quota',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
              violations: [{ quotaId: 'RequestsPerDayPerProject' }],
            },
          ],
        },
      },
    ],
  ];
  it.each(EMPTY)(
    'F07: of the family %s (%i) is asked once and no more: the next one answers, and who comes after goes there at once',
    async (id, code, body) => {
      const family = FAMILIES.find((each) => each.id === id);
      if (family === undefined) throw new Error(`No family ${id}`);
      const vendor = patient.vendors[id];
      vendor.does(status(code, body));
      const asked = vendor.heard.length;
      const first = await readReply(await ask(patient, routeTo(family)), native);
      expect([first.text, first.attempts.map(([, outcome, of]) => [outcome, of])]).toEqual([
        OF_THE_WELL,
        [
          ['failed', 'provider_quota'],
          ['completed', null],
        ],
      ]);
      const second = await readReply(await ask(patient, routeTo(family)), native);
      expect(second.attempts.map(([, outcome, of]) => [outcome, of])).toEqual([
        ['skipped', 'provider_quota'],
        ['completed', null],
      ]);
      expect(vendor.heard).toHaveLength(asked + 1);
    },
  );
});
